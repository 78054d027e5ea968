//! The binaries `conformance` and `port` as their users run them: what they print, and how they end.
#![cfg(unix)]

use std::io::Write;
use std::process::{Command, Output};

use connect_socket_tests::results::{CaseResult, Status};
use tempfile::NamedTempFile;

const PLAYED: &str = "scenario/closing/close_in_idle";

fn harness() -> String {
    format!("'{}' --adapter mio", env!("CARGO_BIN_EXE_harness"))
}

/// A harness that ends at once.
const MUTE: &str = "true";

fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance")).args(arguments).output().expect("the runner")
}

fn port(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_port")).args(arguments).output().expect("the judge")
}

fn known_failures(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("what is written");
    file
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().expect("a path")
}

/// The one result that was printed.
fn result(output: &Output) -> CaseResult {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    CaseResult::from_line(text.trim_end()).expect("one result")
}

#[test]
fn conformance_passes_and_fails() {
    let passed = conformance(&["--only", PLAYED, "--harness", &harness()]);
    assert_eq!((result(&passed).status, passed.status.code()), (Status::Pass, Some(0)));
    let failed = conformance(&["--only", PLAYED, "--harness", MUTE]);
    assert_eq!((result(&failed).status, failed.status.code()), (Status::Fail, Some(1)));
    assert!(String::from_utf8_lossy(&failed.stderr).contains(PLAYED), "{failed:?}");
}

#[test]
fn conformance_knows_failures() {
    let known = known_failures(r#"{"scenario/closing/*": "says nothing", "tls/*": "of no interest here"}"#);
    let known = ["--only", PLAYED, "--known-failures", path(&known), "--harness"];
    assert_eq!(conformance(&[&known[..], &[MUTE]].concat()).status.code(), Some(0));
    assert_eq!(conformance(&[&known[..], &[&harness()]].concat()).status.code(), Some(1), "it passes");
}

#[test]
fn conformance_lists() {
    let listed = conformance(&["--list", "--only", "closing/"]);
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.lines().any(|line| line.starts_with(PLAYED)) && listed.status.success(), "{text}");
}

#[test]
fn a_command_line_that_makes_no_sense_is_2() {
    for arguments in [
        &[][..],
        &["--harness", "'no end"],
        &["--harness", "/no/such/program"],
        &["--only", "no such scenario", "--harness", MUTE],
        &["--known-failures", "/no/such/file", "--harness", MUTE],
    ] {
        assert_eq!(conformance(arguments).status.code(), Some(2), "{arguments:?}");
    }
    for arguments in [&[][..], &["/no/such/program"], &["--known-failures", "/no/such/file", "true"]] {
        assert_eq!(port(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_port_has_to_report_every_case() {
    let silent = port(&["true"]);
    assert_eq!(silent.status.code(), Some(1));
    let complaints = String::from_utf8_lossy(&silent.stderr).into_owned();
    assert!(complaints.lines().any(|line| line == "urls/v1/null has no result"), "{complaints:.1000}");
}

#[test]
fn a_port_may_fail_what_is_known() {
    // Every case of the vectors, told to have failed.
    let failing = concat!(
        r#"grep -ho '{"id":"[^"]*"' vectors/table.json vectors/*/*.json "#,
        r#"| sed 's/$/,"status":"fail","got":null}/'"#
    );
    let known = known_failures(r#"{"*": "not begun"}"#);
    assert_eq!(port(&["sh", "-c", failing]).status.code(), Some(1));
    let judged = port(&["--known-failures", path(&known), "sh", "-c", failing]);
    assert_eq!(judged.status.code(), Some(0), "{:.1000}", String::from_utf8_lossy(&judged.stderr));
    assert!(String::from_utf8_lossy(&judged.stdout).contains("table.json"));
}
