//! The conformance runner passes our own harness with every adapter, and fails programs that are wrong.

use connect_socket_tests::conformance::{Entry, entries, play, play_one};
use connect_socket_tests::protocol::program::Program;
use connect_socket_tests::results::{Known, Status, judge};

/// Everything, played against the harness with this adapter.
fn passes(adapter: &str) {
    let entries = entries();
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    let program = Program::new([env!("CARGO_BIN_EXE_harness"), "--adapter", adapter]);
    let results: Vec<_> = play(entries, &program, 4).iter().collect();
    let complaints: Vec<_> =
        judge(&ids, &results, &Known::default()).iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let unsupported = results.iter().filter(|result| result.status == Status::Unsupported).count();
    assert!(unsupported * 6 < ids.len(), "most of it can be played: {unsupported} of {}", ids.len());
}

#[test]
fn mio_passes() {
    passes("mio");
}

#[test]
fn smol_passes() {
    passes("smol");
}

#[test]
fn tokio_passes() {
    passes("tokio");
}

fn entry(id: &str) -> Entry {
    entries().into_iter().find(|entry| entry.id == id).expect("an entry")
}

/// Our harness behind a filter of its lines.
#[cfg(target_os = "linux")]
fn filtered(sed: &str) -> Program {
    let harness = env!("CARGO_BIN_EXE_harness");
    Program::new(["sh", "-c", &format!("'{harness}' --adapter mio | sed -u '{sed}'")])
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_wrong_is_failed() {
    let cases = [
        ("s/replaced/local/", "scenario/sequences/s03_three_connects_in_one_turn"),
        ("s/\"error\":2/\"error\":1/", "scenario/sequences/s03_three_connects_in_one_turn"),
        ("s/1006/1005/", "scenario/closing/end_of_stream_while_closing"),
        ("/complete/d", "scenario/sequences/s01_connect_opens_and_stays"),
        ("p", "scenario/sequences/s01_connect_opens_and_stays"),
        ("s/still alive/STILL ALIVE/", "scenario/closing/close_in_idle"),
        ("s/}$/,\"more\":1}/", "scenario/closing/close_in_idle"),
        ("s/\"sent\":0/\"sent\":1/", "harness/a_batch_is_one_turn"),
    ];
    for (sed, id) in cases {
        let entry = entry(id);
        assert_eq!(play_one(&entry, &filtered("")).status, Status::Pass, "{id} as it is");
        assert_eq!(play_one(&entry, &filtered(sed)).status, Status::Fail, "{id} through {sed}");
    }
}

#[test]
fn programs_that_are_none_are_failed() {
    let entry = entry("scenario/closing/close_in_idle");
    for words in [&["/no/such/program"][..], &["cargo", "--version"]] {
        assert_eq!(play_one(&entry, &Program::new(words.iter().copied())).status, Status::Fail, "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_a_program_says_that_it_lacks_is_unsupported() {
    let program = Program::new(["sh", "-c", "read line; echo no such thing >&2; exit 89"]);
    for id in ["scenario/policies/wss_can_be_required", "harness/everything_can_be_configured"] {
        let result = play_one(&entry(id), &program);
        assert_eq!(
            (result.status, result.got.as_str()),
            (Status::Unsupported, Some("no such thing")),
            "{id}"
        );
    }
}

#[test]
fn what_the_protocol_cannot_say_is_unsupported() {
    let program = Program::new([env!("CARGO_BIN_EXE_harness"), "--adapter", "mio"]);
    let result = play_one(&entry("scenario/connecting/close_while_resolving"), &program);
    assert_eq!(
        (result.status, result.got.as_str()),
        (Status::Unsupported, Some("a resolver of the test's own"))
    );
}
