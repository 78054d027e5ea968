//! The committed vectors, played against the real code: what a port does with them, done here. It reads the
//! JSON and nothing of what generated it.

pub mod bytes;
pub mod table;
pub mod traces;

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

/// What came of a file.
#[derive(Debug, Default)]
pub struct Played {
    /// How many cases it has.
    pub cases: usize,
    /// How many inputs they have together; as many as cases where each is one.
    pub steps: usize,
    /// What is not as the file says.
    pub differences: Vec<Difference>,
}

/// A case that does not hold.
#[derive(Debug)]
pub struct Difference {
    /// The case.
    pub id: String,
    /// What is otherwise.
    pub what: String,
}

impl Difference {
    fn new(id: &str, what: impl Into<String>) -> Self {
        Self { id: id.to_owned(), what: what.into() }
    }
}

/// A file of vectors, and what plays it.
pub struct Suite {
    /// Its path among the vectors.
    pub file: &'static str,
    /// Plays the text of the file.
    pub play: fn(&str) -> serde_json::Result<Played>,
}

/// Every file that is played, one group for each tier.
pub const SUITES: &[Suite] = &[
    Suite { file: "table.json", play: table::play },
    Suite { file: "traces/rows.json", play: traces::play },
    Suite { file: "traces/stories.json", play: traces::play },
    Suite { file: "bytes/urls.json", play: bytes::play::<bytes::Urls> },
    Suite { file: "bytes/calls.json", play: bytes::play::<bytes::Calls> },
    Suite { file: "bytes/requests.json", play: bytes::play::<bytes::Requests> },
    Suite { file: "bytes/answers.json", play: bytes::play::<bytes::Answers> },
    Suite { file: "bytes/frames-in.json", play: bytes::play::<bytes::FramesIn> },
    Suite { file: "bytes/frames-out.json", play: bytes::play::<bytes::FramesOut> },
    Suite { file: "bytes/deflate.json", play: bytes::play::<bytes::Deflate> },
    Suite { file: "bytes/sessions.json", play: bytes::play::<bytes::Sessions> },
    Suite { file: "bytes/compressed.json", play: bytes::play::<bytes::Compressed> },
];

impl Suite {
    /// Reads the committed file and plays it; how long that took, reading included.
    pub fn run(&self) -> io::Result<(Played, Duration)> {
        let begun = Instant::now();
        let text = fs::read_to_string(Path::new(crate::vectors::FOLDER).join(self.file))?;
        let played = (self.play)(&text)?;
        Ok((played, begun.elapsed()))
    }
}

/// Here, so that whoever changes core one place at a time builds no more than a library to ask all files.
#[cfg(test)]
mod tests {
    use super::SUITES;

    /// Read as a port reads them.
    #[test]
    fn code_does_what_the_files_say() {
        for suite in SUITES {
            let (played, _) = suite.run().unwrap();
            assert!(played.differences.is_empty(), "{}: {:#?}", suite.file, played.differences);
        }
    }
}
