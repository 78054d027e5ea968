//! The judgement on the results of an implementation.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::{CaseResult, Known, Status};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq)]
pub enum Complaint {
    /// A case failed, and nobody knew.
    Failed(CaseResult),
    /// A case that is known to fail passes, or is not even tried: the list is out of date.
    NotFailed(CaseResult, String),
    /// No result came for a case.
    Missing(String),
    /// A result came twice.
    Twice(String),
    /// A result came for something that is no case.
    Unknown(String),
    /// A pattern among the known failures stands for no case.
    Unused(String),
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(result) => write!(f, "{} failed: {:.2000}", result.id, Shown(result)),
            Self::NotFailed(result, reason) => {
                write!(f, "{} is known to fail ({reason}), but is: {}", result.id, result.status.name())
            }
            Self::Missing(id) => write!(f, "{id} has no result"),
            Self::Twice(id) => write!(f, "{id} has two results"),
            Self::Unknown(id) => write!(f, "{id} has a result, but there is no such case"),
            Self::Unused(pattern) => {
                write!(f, "{pattern} is among the known failures, but there is no such case")
            }
        }
    }
}

/// What came out: words as they are, everything else as JSON.
struct Shown<'a>(&'a CaseResult);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.got.as_str() {
            Some(words) => words.fmt(f),
            None => self.0.got.to_string().fmt(f),
        }
    }
}

/// Judges the results for the cases `ids`.
pub fn judge(ids: &[String], results: &[CaseResult], known: &Known) -> Vec<Complaint> {
    let cases: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut complaints = Vec::new();
    for result in results {
        let times = seen.entry(&result.id).or_default();
        *times += 1;
        if !cases.contains(&*result.id) {
            complaints.push(Complaint::Unknown(result.id.clone()));
        } else if *times > 1 {
            complaints.push(Complaint::Twice(result.id.clone()));
        } else {
            complaints.extend(surprise(result, known.reason(&result.id)));
        }
    }
    let missing = ids.iter().filter(|id| !seen.contains_key(id.as_str()));
    complaints.extend(missing.cloned().map(Complaint::Missing));
    complaints.extend(known.unused(ids).map(|pattern| Complaint::Unused(pattern.to_owned())));
    complaints
}

fn surprise(result: &CaseResult, reason: Option<&str>) -> Option<Complaint> {
    match (result.status, reason) {
        (Status::Pass | Status::Unsupported, None) | (Status::Fail, Some(_)) => None,
        (Status::Fail, None) => Some(Complaint::Failed(result.clone())),
        (Status::Pass | Status::Unsupported, Some(reason)) => {
            Some(Complaint::NotFailed(result.clone(), reason.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(id: &str, status: Status) -> CaseResult {
        CaseResult { id: id.to_owned(), status, got: json!("words") }
    }

    fn judged(results: &[CaseResult], known: &str) -> Vec<Complaint> {
        let ids = ["a", "b"].map(str::to_owned);
        judge(&ids, results, &Known::from_json(known).expect("sound"))
    }

    #[test]
    fn nothing_to_complain_about() {
        let fine = [result("b", Status::Pass), result("a", Status::Unsupported)];
        assert_eq!(judged(&fine, "{}"), []);
        assert_eq!(judged(&[result("a", Status::Fail), result("b", Status::Pass)], r#"{"a": "why"}"#), []);
    }

    #[test]
    fn each_kind_of_complaint() {
        use Complaint::{Failed, Missing, NotFailed, Twice, Unknown, Unused};
        let (pass_a, pass_b) = (result("a", Status::Pass), result("b", Status::Pass));
        let fail_a = result("a", Status::Fail);
        let left_a = result("a", Status::Unsupported);
        let known = r#"{"a": "why"}"#;
        let with_b = |first: &CaseResult| [first.clone(), pass_b.clone()];
        assert_eq!(judged(&with_b(&fail_a), "{}"), [Failed(fail_a.clone())]);
        assert_eq!(judged(&with_b(&pass_a), known), [NotFailed(pass_a.clone(), "why".to_owned())]);
        assert_eq!(judged(&with_b(&left_a), known), [NotFailed(left_a, "why".to_owned())]);
        assert_eq!(judged(std::slice::from_ref(&pass_a), "{}"), [Missing("b".to_owned())]);
        assert_eq!(judged(&[], "{}").len(), 2);
        let twice = [pass_a.clone(), pass_b.clone(), pass_a.clone()];
        assert_eq!(judged(&twice, "{}"), [Twice("a".to_owned())]);
        let more = [pass_a.clone(), pass_b.clone(), result("c", Status::Pass)];
        assert_eq!(judged(&more, "{}"), [Unknown("c".to_owned())]);
        assert_eq!(judged(&with_b(&pass_a), r#"{"x*": "why"}"#), [Unused("x*".to_owned())]);
    }
}
