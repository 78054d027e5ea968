//! Results as a port or a runner reports them, one JSON object a line, and the judgement on them: what has to
//! pass, what is known to fail, and what is missing.

mod judge;
mod known;
mod port;

use std::fmt;

use serde_json::{Value, json};

pub use judge::{Complaint, judge};
pub use known::Known;
pub use port::{CaseFile, PortError, Report};

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// As expected.
    Pass,
    /// Not as expected.
    Fail,
    /// Not tried: the implementation does not have what it takes.
    Unsupported,
}

impl Status {
    /// Its name in a line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unsupported => "unsupported",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Pass, Self::Fail, Self::Unsupported].into_iter().find(|status| status.name() == name)
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseResult {
    /// The case.
    pub id: String,
    /// What became of it.
    pub status: Status,
    /// What came out, as far as that helps a reader; for what is not supported, the reason.
    pub got: Value,
}

impl CaseResult {
    /// Reads a line; an error says what is wrong with it.
    ///
    /// # Errors
    /// It is no result.
    pub fn from_line(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let Value::Object(mut members) = value else { return Err("a result is an object".to_owned()) };
        let mut take =
            |name: &str| members.remove(name).ok_or_else(|| format!("a result has a member {name:?}"));
        let (id, status, got) = (take("id")?, take("status")?, take("got")?);
        if let Some(name) = members.keys().next() {
            return Err(format!("a result has no member {name:?}"));
        }
        let id = id.as_str().ok_or("an id is a string")?.to_owned();
        let status = status.as_str().and_then(Status::named);
        let status = status.ok_or("a status is pass, fail or unsupported")?;
        if status == Status::Unsupported && got.as_str().is_none_or(str::is_empty) {
            return Err(format!("{id} is unsupported, and does not say why"));
        }
        Ok(Self { id, status, got })
    }
}

impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        json!({"id": self.id, "status": self.status.name(), "got": self.got}).fmt(f)
    }
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Not tried.
    pub unsupported: usize,
}

impl Counts {
    /// Counts these.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let mut counts = Self::default();
        for result in results {
            match result.status {
                Status::Pass => counts.pass += 1,
                Status::Fail => counts.fail += 1,
                Status::Unsupported => counts.unsupported += 1,
            }
        }
        counts
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |all, some| Self {
            pass: all.pass + some.pass,
            fail: all.fail + some.fail,
            unsupported: all.unsupported + some.unsupported,
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5} passed {:>4} failed {:>4} unsupported", self.pass, self.fail, self.unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back() {
        for (status, got) in [
            (Status::Pass, Value::Null),
            (Status::Fail, json!({"state": "open"})),
            (Status::Unsupported, json!("no TLS")),
        ] {
            let result = CaseResult { id: "table/idle".to_owned(), status, got };
            assert_eq!(CaseResult::from_line(&result.to_string()), Ok(result));
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "pass",
            "[]",
            r#"{"id":"a","status":"pass"}"#,
            r#"{"id":"a","got":null}"#,
            r#"{"status":"pass","got":null}"#,
            r#"{"id":1,"status":"pass","got":null}"#,
            r#"{"id":"a","status":"skipped","got":null}"#,
            r#"{"id":"a","status":"pass","got":null,"more":1}"#,
            r#"{"id":"a","status":"unsupported","got":null}"#,
            r#"{"id":"a","status":"unsupported","got":""}"#,
        ] {
            assert!(CaseResult::from_line(line).is_err(), "{line}");
        }
    }
}
