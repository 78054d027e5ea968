//! What a port's replay printed, judged against every case of the vectors.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::{CaseResult, Complaint, Counts, Known, judge};

/// The cases of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// Its path within the folder of the vectors.
    pub path: String,
    /// The cases in their order.
    pub ids: Vec<String>,
}

impl CaseFile {
    /// Every file of the tiers that lies in `folder`.
    ///
    /// # Errors
    /// One cannot be read, or holds no cases.
    pub fn all_in(folder: &Path) -> io::Result<Vec<Self>> {
        let mut paths = vec!["table.json".to_owned()];
        for tier in ["traces", "bytes"] {
            for entry in fs::read_dir(folder.join(tier))? {
                paths.push(format!("{tier}/{}", entry?.file_name().to_string_lossy()));
            }
        }
        paths.sort();
        let file = |path: String| {
            let text = fs::read_to_string(folder.join(&path))?;
            let ids = ids(&text).ok_or_else(|| io::Error::other(format!("{path} holds no cases")))?;
            Ok(Self { path, ids })
        };
        paths.into_iter().map(file).collect()
    }
}

/// The ids of a file's cases, which it calls rows, traces or cases.
fn ids(text: &str) -> Option<Vec<String>> {
    let file: Value = serde_json::from_str(text).ok()?;
    let cases = ["rows", "traces", "cases"].into_iter().find_map(|name| file[name].as_array())?;
    cases.iter().map(|case| case["id"].as_str().map(str::to_owned)).collect()
}

/// The judgement on a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What became of the cases, file by file.
    pub counts: Vec<(String, Counts)>,
    /// What must not be.
    pub errors: Vec<PortError>,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq)]
pub enum PortError {
    /// The replay ended with another status than 0.
    Ended(String),
    /// A line is no result: its number from 1, and why.
    Line(usize, String),
    /// About a result.
    Result(Complaint),
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(how) => write!(f, "the replay ended with {how}"),
            Self::Line(number, why) => write!(f, "line {number} is no result: {why}"),
            Self::Result(complaint) => complaint.fmt(f),
        }
    }
}

impl Report {
    /// Judges what was printed; `failure` says how the replay ended, if that was not well.
    pub fn new(files: &[CaseFile], output: &str, failure: Option<String>, known: &Known) -> Self {
        let mut errors: Vec<_> = failure.map(PortError::Ended).into_iter().collect();
        let mut results = Vec::new();
        for (number, line) in (1..).zip(output.lines()) {
            match CaseResult::from_line(line) {
                Ok(result) => results.push(result),
                Err(why) => errors.push(PortError::Line(number, why)),
            }
        }
        let ids: Vec<_> = files.iter().flat_map(|file| file.ids.iter().cloned()).collect();
        errors.extend(judge(&ids, &results, known).into_iter().map(PortError::Result));
        let count = |file: &CaseFile| {
            let ids: std::collections::HashSet<&String> = file.ids.iter().collect();
            (file.path.clone(), Counts::of(results.iter().filter(|result| ids.contains(&result.id))))
        };
        Self { counts: files.iter().map(count).collect(), errors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = r#"{"id":"a","status":"pass","got":null}"#;
    const B: &str = r#"{"id":"b","status":"unsupported","got":"no TLS"}"#;

    fn report(lines: &[&str], failure: Option<&str>, known: &str) -> Vec<String> {
        let files = [CaseFile { path: "table.json".to_owned(), ids: vec!["a".to_owned(), "b".to_owned()] }];
        let known = Known::from_json(known).expect("sound");
        let report = Report::new(&files, &lines.join("\n"), failure.map(str::to_owned), &known);
        report.errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_replay() {
        assert_eq!(report(&[A, B], None, "{}"), [""; 0]);
        let failed = r#"{"id":"a","status":"fail","got":{"next":"open"}}"#;
        assert_eq!(report(&[failed, B], None, r#"{"a":"not yet"}"#), [""; 0]);
    }

    #[test]
    fn each_kind_of_error() {
        let failed = r#"{"id":"a","status":"fail","got":{"next":"open"}}"#;
        let other = r#"{"id":"c","status":"pass","got":null}"#;
        let known = r#"{"a":"not yet"}"#;
        for (lines, failure, known, expected) in [
            (&[failed, B][..], None, "{}", r#"a failed: {"next":"open"}"#),
            (&[A, B], None, known, "a is known to fail (not yet), but is: pass"),
            (&[B], None, "{}", "a has no result"),
            (&[A, B, A], None, "{}", "a has two results"),
            (&[A, B, other], None, "{}", "c has a result, but there is no such case"),
            (&[A, B], None, r#"{"c":"why"}"#, "c is among the known failures, but there is no such case"),
            (&[A, "oh", B], None, "{}", "line 2 is no result: expected value at line 1 column 1"),
            (&[A, B], Some("exit status: 1"), "{}", "the replay ended with exit status: 1"),
        ] {
            assert_eq!(report(lines, failure, known), [expected]);
        }
    }

    #[test]
    fn counts_are_per_file() {
        let file = |path: &str, id: &str| CaseFile { path: path.to_owned(), ids: vec![id.to_owned()] };
        let report =
            Report::new(&[file("x", "a"), file("y", "b")], &[A, B].join("\n"), None, &Known::default());
        let counts: Vec<_> = report.counts.iter().map(|(path, counts)| (&**path, *counts)).collect();
        let (pass, unsupported) =
            (Counts { pass: 1, ..Counts::default() }, Counts { unsupported: 1, ..Counts::default() });
        assert_eq!(counts, [("x", pass), ("y", unsupported)]);
    }

    #[test]
    fn the_committed_files_hold_cases() {
        let files = CaseFile::all_in(Path::new(crate::vectors::FOLDER)).expect("files");
        assert!(files.iter().any(|file| file.path == "table.json" && file.ids.len() == 832));
        assert!(files.iter().any(|file| file.path == "bytes/urls.json" && !file.ids.is_empty()));
    }
}
