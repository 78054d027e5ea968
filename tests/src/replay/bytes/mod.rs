//! Plays the byte vectors on the core: each case of a file that was read, in every manner in which its bytes may
//! be cut.

mod answers;
mod calls;
pub(crate) mod cuts;
mod frames_in;
mod frames_out;
mod requests;
pub(crate) mod sessions;
mod urls;

use serde::de::DeserializeOwned;

use crate::vectors::bytes::{Case, File, Hex, Play};

/// What became of one file.
#[derive(Debug, Default)]
pub struct Replayed {
    /// How many cases it has.
    pub cases: usize,
    /// Where the code does something else: a line for each case.
    pub differences: Vec<String>,
}

/// Plays the file of this tier with this name (`urls`, for one), of which `text` is the text.
///
/// # Errors
/// In words, if the text cannot be read, or there is no such file.
pub fn replay(name: &str, text: &str) -> Result<Replayed, String> {
    use crate::vectors::bytes as files;
    match name {
        "urls" => play::<Pair<files::urls::Input>>(text),
        "calls" => play::<Pair<files::calls::Input>>(text),
        "requests" => play::<Pair<files::requests::Input>>(text),
        "answers" => play::<Pair<files::answers::Input>>(text),
        "frames-in" => play::<Pair<files::frames_in::Input>>(text),
        "frames-out" => play::<Pair<files::frames_out::Input>>(text),
        "sessions" => play::<files::sessions::Session>(text),
        _ => Err(format!("no such file: {name}")),
    }
}

/// A case as it was read.
trait Checked: DeserializeOwned {
    fn id(&self) -> &str;

    /// What the code does otherwise.
    fn difference(&self) -> Option<String>;
}

impl<I: Play> Checked for Case<I, I::Outcome> {
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

fn play<C: Checked>(text: &str) -> Result<Replayed, String> {
    let file: File<C> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if file.count != file.cases.len() {
        return Err(format!("{} cases, but it says {}", file.cases.len(), file.count));
    }
    let differences =
        file.cases.iter().filter_map(|case| Some(format!("{}: {}", case.id(), case.difference()?)));
    Ok(Replayed { cases: file.cases.len(), differences: differences.collect() })
}

/// A kind of cases that are a pair of input and outcome.
type Pair<I> = Case<I, <I as Play>::Outcome>;
