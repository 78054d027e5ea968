//! Plays the byte vectors on the core: each case of a file that was read, in every manner in which its bytes may
//! be cut.

mod answers;
mod calls;
pub(crate) mod cuts;
mod deflate;
mod frames_in;
mod frames_out;
mod requests;
pub(crate) mod sessions;
mod urls;

use serde::de::DeserializeOwned;

use super::{Difference, Played};
use crate::vectors::bytes::{self as vectors, Case, File, Hex, Play};

/// A kind of cases that are a pair of input and outcome.
type Pair<I> = Case<I, <I as Play>::Outcome>;

/// A case of `urls.json`.
pub type Urls = Pair<vectors::urls::Input>;
/// A case of `calls.json`.
pub type Calls = Pair<vectors::calls::Input>;
/// A case of `requests.json`.
pub type Requests = Pair<vectors::requests::Input>;
/// A case of `answers.json`.
pub type Answers = Pair<vectors::answers::Input>;
/// A case of `frames-in.json`.
pub type FramesIn = Pair<vectors::frames_in::Input>;
/// A case of `frames-out.json`.
pub type FramesOut = Pair<vectors::frames_out::Input>;
/// A case of `deflate.json`.
pub type Deflate = Pair<vectors::deflate::Input>;
/// A case of `sessions.json`.
pub type Sessions = vectors::sessions::Session;
/// A case of `compressed.json`.
pub type Compressed = vectors::sessions::compressed::Session;

/// A case as it was read.
pub trait Checked: DeserializeOwned {
    /// Its name.
    fn id(&self) -> &str;

    /// How many inputs it has.
    fn steps(&self) -> usize {
        1
    }

    /// What the code does otherwise.
    fn difference(&self) -> Option<String>;
}

impl<I: Play> Checked for Pair<I> {
    fn id(&self) -> &str {
        &self.id
    }

    fn difference(&self) -> Option<String> {
        match self.input.play() {
            Ok(outcome) if outcome == self.outcome => None,
            Ok(outcome) => Some(format!("{outcome:?} instead of {:?}", self.outcome)),
            Err(error) => Some(error),
        }
    }
}

/// Plays a file of this tier.
///
/// # Errors
/// If the text is no such file.
pub fn play<C: Checked>(text: &str) -> serde_json::Result<Played> {
    let file: File<C> = serde_json::from_str(text)?;
    let differs = |case: &C| Some(Difference::new(case.id(), case.difference()?));
    Ok(Played {
        cases: file.cases.len(),
        steps: file.cases.iter().map(Checked::steps).sum(),
        differences: file.cases.iter().filter_map(differs).collect(),
    })
}
