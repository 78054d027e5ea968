//! Plays the byte vectors on the core: each case of a file that was read, in every manner in which its bytes may
//! be cut.

mod answers;
mod calls;
mod cuts;
mod frames_in;
mod frames_out;
mod requests;
mod urls;

use crate::vectors::bytes::{Case, File, Play};

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
        "urls" => play::<files::urls::Input>(text),
        "calls" => play::<files::calls::Input>(text),
        "requests" => play::<files::requests::Input>(text),
        "answers" => play::<files::answers::Input>(text),
        "frames-in" => play::<files::frames_in::Input>(text),
        "frames-out" => play::<files::frames_out::Input>(text),
        _ => Err(format!("no such file: {name}")),
    }
}

fn play<I: Play>(text: &str) -> Result<Replayed, String> {
    let file: File<Case<I, I::Outcome>> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if file.count != file.cases.len() {
        return Err(format!("{} cases, but it says {}", file.cases.len(), file.count));
    }
    let differences = file.cases.iter().filter_map(|case| match case.input.play() {
        Ok(outcome) if outcome == case.outcome => None,
        Ok(outcome) => Some(format!("{}: {outcome:?} instead of {:?}", case.id, case.outcome)),
        Err(error) => Some(format!("{}: {error}", case.id)),
    });
    Ok(Replayed { cases: file.cases.len(), differences: differences.collect() })
}
