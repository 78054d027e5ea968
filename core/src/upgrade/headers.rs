//! The headers of an answer, as a list.

use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::params::token::{FieldName, trim_blanks};
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
pub struct Headers {
    /// Each name and its value, one behind the other. So a connection keeps them in two pieces of memory, however many
    /// there are.
    text: String,
    places: Vec<Place>,
}

/// Where one header is in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    begin: usize,
    /// Where the name ends and the value begins.
    middle: usize,
    end: usize,
}

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
        self.places.iter().map(|place| self.at(*place))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
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

    /// The headers of a complete head that the scanner has passed, without blanks around their values; `lines` says how
    /// many there are. None if there is no memory for them.
    pub(super) fn of(head: &[u8], lines: usize) -> Option<Self> {
        let mut headers = Self::default();
        headers.places.try_reserve_exact(lines).ok()?;
        let head = latin_1(head)?;
        headers.text.try_reserve_exact(head.len()).ok()?;
        let (_status_line, mut rest) = cut(&head, b'\n')?;
        // Only the blank line at the end has no colon.
        while let Some((name, behind)) = cut(rest, b':')
            && let Some((value, behind)) = cut(behind, b'\n')
        {
            headers.push(name, trim_blanks(value.strip_suffix('\r').unwrap_or(value)));
            rest = behind;
        }
        Some(headers)
    }

    /// The values of all headers with this name, which is in lower case, in order.
    pub(super) fn values_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.places
            .iter()
            .filter(move |place| self.text.get(place.begin..place.middle) == Some(name))
            .map(|place| self.at(*place).1)
    }

    fn at(&self, place: Place) -> (&str, &str) {
        let part = |range| self.text.get(range).unwrap_or_default();
        (part(place.begin..place.middle), part(place.middle..place.end))
    }

    fn push(&mut self, name: &str, value: &str) {
        let begin = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.get_mut(begin..).unwrap_or_default().make_ascii_lowercase();
        self.text.push_str(value);
        self.places.push(Place { begin, middle, end: self.text.len() });
    }
}

/// What stands before and behind the first byte `at`, which is ASCII. For short parts, `str::split_once` takes twice as
/// long.
fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// `bytes` read as Latin-1. None if there is no memory for it.
fn latin_1(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Some(Cow::Borrowed(text)),
        Ok(_) | Err(_) => {
            let mut text = String::new();
            // Each byte above 0x7f takes two.
            text.try_reserve_exact(bytes.len() + bytes.iter().filter(|byte| !byte.is_ascii()).count())
                .ok()?;
            text.extend(bytes.iter().map(|byte| char::from(*byte)));
            Some(Cow::Owned(text))
        }
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::default();
        for (name, value) in headers {
            all.push(name.as_ref(), &value.into());
        }
        all
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&ShowNames(self.places.iter().map(|place| self.at(*place).0)), f)
    }
}
