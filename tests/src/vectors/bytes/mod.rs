//! Tier 3 of the vectors: bytes. One file of JSON for each kind, and here what they have in common: the frame of a
//! file, the frame of a case, and how values and bytes are written.
//!
//! What goes in is written by hand, and so is what the rules say of it: valid or not, the code, what is told. The
//! generator plays each case on the code and refuses to write a file where the two differ, so wrong code cannot
//! bless itself.

pub mod calls;
pub mod requests;
pub mod urls;

use std::collections::BTreeMap;
use std::fmt::Debug;

use connect_socket_core::Value;
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How the files are made.
pub const GENERATOR: &str = "cargo run -p connect-socket-tests --bin regenerate";

/// Every file of this tier: its path below `tests/vectors`, and its text.
pub fn files() -> Vec<(String, String)> {
    [("urls", urls::text()), ("calls", calls::text()), ("requests", requests::text())]
        .into_iter()
        .map(|(name, text)| (format!("bytes/{name}.json"), text))
        .collect()
}

/// A file: what it is, and its cases.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File<C> {
    /// The version of the format.
    pub version: u32,
    /// The schema that it keeps, below `tests/vectors`.
    pub schema: String,
    /// The command that writes it.
    pub generator: String,
    /// How many cases there are.
    pub count: usize,
    /// The flags that cases carry, and what each means.
    pub flags: BTreeMap<String, String>,
    /// The cases.
    pub cases: Vec<C>,
}

/// A case: its name, what goes in, and what must come of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Case<I, O> {
    /// `area/section/name`: unique over all files, and the same for as long as the case exists.
    pub id: String,
    /// What it is about.
    pub comment: String,
    /// What a port may be unable to do that this case asks for.
    pub flags: Vec<String>,
    /// The rules that it pins.
    pub rules: Vec<String>,
    /// What goes in.
    #[serde(flatten)]
    pub input: I,
    /// What comes of it.
    #[serde(flatten)]
    pub outcome: O,
}

/// What the code makes of a case.
pub trait Play: Serialize + DeserializeOwned {
    /// What comes of it.
    type Outcome: Serialize + DeserializeOwned + PartialEq + Debug;

    /// Plays it, in every manner in which it may be played.
    ///
    /// # Errors
    /// In words, if two manners come to different outcomes.
    fn play(&self) -> Result<Self::Outcome, String>;
}

/// The cases of one section while they are written: `area/section`, and the rules that they pin.
pub(super) struct Section<I: Play> {
    path: &'static str,
    rules: &'static [&'static str],
    cases: Vec<Case<I, I::Outcome>>,
}

impl<I: Play> Section<I> {
    pub(super) fn new(path: &'static str, rules: &'static [&'static str]) -> Self {
        Self { path, rules, cases: Vec::new() }
    }

    /// Adds a case. `expected` looks at what the code made of it and says what differs from what the rules say.
    pub(super) fn case(
        &mut self,
        name: &str,
        comment: &str,
        input: I,
        expected: impl FnOnce(&I::Outcome) -> bool,
    ) -> &mut Case<I, I::Outcome> {
        let id = format!("{}/{name}", self.path);
        let outcome = input.play().unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(expected(&outcome), "{id}: the code does not do what is written here: {outcome:#?}");
        let rules = self.rules.iter().map(|rule| (*rule).to_owned()).collect();
        let at = self.cases.len();
        self.cases.push(Case { id, comment: comment.to_owned(), flags: Vec::new(), rules, input, outcome });
        &mut self.cases[at]
    }

    pub(super) fn done(self) -> Vec<Case<I, I::Outcome>> {
        self.cases
    }
}

/// The text of the file `name`, a case to a line.
fn text<I: Play>(name: &str, flags: &[(&str, &str)], sections: Vec<Vec<Case<I, I::Outcome>>>) -> String {
    let cases: Vec<String> = sections.into_iter().flatten().map(|case| line(&case)).collect();
    let flags: BTreeMap<_, _> = flags.iter().copied().collect();
    format!(
        "{{\n  \"version\": 1,\n  \"schema\": {},\n  \"generator\": {},\n  \"count\": {},\n  \"flags\": {},\n  \
         \"cases\": [\n    {}\n  ]\n}}\n",
        line(&format!("schemas/{name}.schema.json")),
        line(&GENERATOR),
        cases.len(),
        line(&flags),
        cases.join(",\n    "),
    )
}

/// A value as JSON in ASCII: a file shows every letter, the invisible ones too.
fn line(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Ascii);
    value.serialize(&mut serializer).expect("what is written here can be written");
    String::from_utf8(out).expect("ASCII")
}

struct Ascii;

impl serde_json::ser::Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        for letter in fragment.chars() {
            if matches!(letter, ' '..='~') {
                write!(writer, "{letter}")?;
            } else {
                letter
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            }
        }
        Ok(())
    }
}

/// A value of a script: JSON, with its members in order. What JSON cannot say is in no case: not-a-number, the
/// infinities, half a surrogate pair, nesting without end; `null` stands for what is absent, too.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Json(pub Value);

impl Json {
    /// Nothing: null, or absent.
    pub const NULL: Self = Self(Value::Null);

    /// What `text` says.
    pub(super) fn read(text: &str) -> Self {
        Self(Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}")))
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self(Value::from(text))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(&self.0, serializer)
    }
}

fn write<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    /// Up to here a double has every whole number.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Null => serializer.serialize_unit(),
        Value::Bool(value) => serializer.serialize_bool(*value),
        // Whole numbers are written as such, but for the zero that has a sign.
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number within the range")]
        Value::Number(number)
            if number.fract() == 0.0
                && number.abs() < WHOLE
                && (*number != 0.0 || number.is_sign_positive()) =>
        {
            serializer.serialize_i64(*number as i64)
        }
        Value::Number(number) => serializer.serialize_f64(*number),
        Value::String(text) => serializer.serialize_str(text),
        Value::Array(elements) => {
            let mut list = serializer.serialize_seq(Some(elements.len()))?;
            elements.iter().try_for_each(|element| list.serialize_element(&Written(element)))?;
            list.end()
        }
        Value::Object(members) => {
            let mut map = serializer.serialize_map(Some(members.len()))?;
            members.iter().try_for_each(|(name, member)| map.serialize_entry(name, &Written(member)))?;
            map.end()
        }
    }
}

struct Written<'v>(&'v Value);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, serializer)
    }
}

/// Bytes, written as lowercase hex.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl Debug for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.text())
    }
}

impl Hex {
    fn text(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl<T: AsRef<[u8]>> From<T> for Hex {
    fn from(bytes: T) -> Self {
        Self(bytes.as_ref().to_vec())
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |letter: &u8| match letter {
            b'0'..=b'9' => Some(letter - b'0'),
            b'a'..=b'f' => Some(letter - b'a' + 10),
            _ => None,
        };
        let pair = |pair: &[u8]| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("not lowercase hex"))
    }
}
