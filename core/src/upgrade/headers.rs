//! The headers of an answer, as a list.

use core::fmt;
use std::collections::BTreeMap;

use crate::params::token::FieldName;
use crate::show::ShowNames;

/// The headers of a server's answer, in order. A header that came several times, such as `Set-Cookie`, is listed
/// several times.
///
/// Names are in lower case, and look-ups ignore letter case. Bytes of a value above 0x7f are read as Latin-1. `{:?}`
/// shows the names, but no values ([G6](crate::rules#g6)).
///
/// ```
/// use connect_socket_core::upgrade::Headers;
///
/// let headers: Headers = [("Set-Cookie", "a=1"), ("Retry-After", "30"), ("set-cookie", "b=2")].into_iter().collect();
/// assert_eq!(headers.get("Retry-After"), Some("30"));
/// assert!(headers.get_all("SET-COOKIE").eq(["a=1", "b=2"]));
/// assert_eq!(headers.joined()[0], ("set-cookie".to_owned(), "a=1, b=2".to_owned()));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The value of the first header with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The values of all headers with this name, in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(known, _)| FieldName(known) == FieldName(name)).map(|(_, value)| value)
    }

    /// All headers: names and values.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The headers in the form that onSocketOpen gives to a script, which expects an object: values with equal names
    /// are joined by `, `, at the place of the first.
    pub fn joined(&self) -> Vec<(String, String)> {
        let mut joined: Vec<(String, String)> = Vec::new();
        let mut places = BTreeMap::new();
        for (name, value) in self.iter() {
            let place = *places.entry(name).or_insert(joined.len());
            if let Some((_, before)) = joined.get_mut(place) {
                before.push_str(", ");
                before.push_str(value);
            } else {
                joined.push((name.to_owned(), value.to_owned()));
            }
        }
        joined
    }

    /// The headers of a parsed head, without blanks around their values. None if there is no memory for them.
    pub(super) fn parsed(lines: &[httparse::Header<'_>]) -> Option<Self> {
        let mut headers = Vec::new();
        headers.try_reserve_exact(lines.len()).ok()?;
        headers.extend(lines.iter().map(|line| {
            let value = super::judge::trim(line.value).iter().map(|byte| char::from(*byte));
            (line.name.to_ascii_lowercase(), value.collect())
        }));
        Some(Self(headers))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let headers = headers.into_iter();
        Self(headers.map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into())).collect())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&ShowNames(self.0.iter().map(|(name, _)| name.as_str())), f)
    }
}
