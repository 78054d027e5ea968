//! Failures that are known: a JSON object from patterns of ids to the reasons why they fail. In a pattern, `*`
//! stands for any text.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The known failures of one implementation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(Vec<(String, String)>);

impl Known {
    /// Reads such a file; an error says what is wrong with it.
    ///
    /// # Errors
    /// As with [`from_json`](Self::from_json), or it cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string());
        text.and_then(|text| Self::from_json(&text)).map_err(|words| format!("{}: {words}", path.display()))
    }

    /// Reads the text of such a file; an error says what is wrong with it.
    ///
    /// # Errors
    /// It is no object of strings, or a reason is missing.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Value::Object(members) = value else { return Err("known failures are an object".to_owned()) };
        let reasons = members.into_iter().map(|(pattern, reason)| match reason.as_str() {
            Some(words) if !words.trim().is_empty() => Ok((pattern, words.to_owned())),
            Some(_) | None => Err(format!("{pattern} has no reason")),
        });
        reasons.collect::<Result<_, _>>().map(Self)
    }

    /// Why this case is known to fail, if it is.
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| matches(pattern, id)).map(|(_, reason)| reason.as_str())
    }

    /// The patterns that stand for none of these ids.
    pub fn unused<'a>(&'a self, ids: &'a [String]) -> impl Iterator<Item = &'a str> {
        let is_unused = |pattern: &&str| !ids.iter().any(|id| matches(pattern, id));
        self.0.iter().map(|(pattern, _)| pattern.as_str()).filter(is_unused)
    }
}

fn matches(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == id,
        Some((begin, rest)) => id.strip_prefix(begin).is_some_and(|id| {
            id.char_indices().map(|(at, _)| at).chain([id.len()]).any(|at| matches(rest, &id[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, id) in
            [("a/b", "a/b"), ("a/*", "a/b/c"), ("*", ""), ("*/c", "a/b/c"), ("a*b*c", "aXbbc")]
        {
            assert!(matches(pattern, id), "{pattern} {id}");
        }
        for (pattern, id) in [("a/b", "a/bc"), ("a/*", "a"), ("*/c", "a/cd"), ("a*b*c", "acb"), ("", "a")] {
            assert!(!matches(pattern, id), "{pattern} {id}");
        }
    }

    #[test]
    fn every_pattern_has_a_reason_and_an_id() {
        let known = Known::from_json(r#"{"tls/*": "no TLS", "gone": "fixed"}"#).expect("sound");
        assert_eq!(known.reason("tls/a"), Some("no TLS"));
        assert_eq!(known.reason("urls/a"), None);
        assert_eq!(known.unused(&["tls/a".to_owned()]).collect::<Vec<_>>(), ["gone"]);
        for text in ["[]", "no JSON", r#"{"a": 1}"#, r#"{"a": " "}"#] {
            assert!(Known::from_json(text).is_err(), "{text}");
        }
    }
}
