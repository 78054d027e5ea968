//! Tier 3 of the vectors: bytes. One file of JSON for each kind, and here what they have in common: the frame of a
//! file, the frame of a case, and how values and bytes are written.
//!
//! What goes in is written by hand, and so is what the rules say of it: valid or not, the code, what is told. The
//! generator plays each case on the code and refuses to write a file where the two differ, so wrong code cannot
//! bless itself.

pub mod answers;
pub mod calls;
pub mod deflate;
pub mod frames_in;
pub mod frames_out;
mod hex;
mod json;
pub mod requests;
pub mod sessions;
pub mod urls;

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frame;
pub use hex::Hex;
pub use json::Json;

/// Every file of this tier.
pub fn files() -> [super::File; 9] {
    [
        ("bytes/urls.json", urls::text()),
        ("bytes/calls.json", calls::text()),
        ("bytes/requests.json", requests::text()),
        ("bytes/answers.json", answers::text()),
        ("bytes/frames-in.json", frames_in::text()),
        ("bytes/frames-out.json", frames_out::text()),
        ("bytes/deflate.json", deflate::text()),
        ("bytes/sessions.json", sessions::text()),
        ("bytes/compressed.json", sessions::compressed::text()),
    ]
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
        assert!(!comment.is_empty(), "{id}: why is it there?");
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

/// The text of the file `name`.
fn text<I: Play>(name: &str, flags: &[(&str, &str)], sections: Vec<Vec<Case<I, I::Outcome>>>) -> String {
    file(name, flags, sections.into_iter().flatten().collect::<Vec<_>>())
}

fn file<C: Serialize>(name: &str, flags: &[(&str, &str)], cases: Vec<C>) -> String {
    frame::text(&File {
        version: frame::VERSION.into(),
        schema: format!("schemas/{name}.schema.json"),
        generator: frame::GENERATOR.to_owned(),
        count: cases.len(),
        flags: flags.iter().map(|(flag, meaning)| ((*flag).to_owned(), (*meaning).to_owned())).collect(),
        cases,
    })
}
