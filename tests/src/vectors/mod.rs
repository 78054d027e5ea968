//! What a port is measured with, generated from the code: `tests/vectors/`.
//!
//! The binary `regenerate` writes all of it, and a test compares what is committed. Nothing is recorded by
//! itself, so a change of behaviour is a difference that somebody reads.

pub mod bytes;
pub mod compact;
mod convert;
pub mod frame;
pub mod shape;
pub mod table;
pub mod traces;

/// Where the repository keeps the files, from this package.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors");

/// A file that is generated: its path within [`FOLDER`], and its text.
pub type File = (&'static str, String);

/// Every file, one group for each tier.
pub fn files() -> Vec<File> {
    let mut files = vec![
        ("table.json", table::json()),
        ("table.md", compact::markdown()),
        // The other way round: the rules are published with core, and a port that takes this folder has them, too.
        ("RULES.md", include_str!("../../../core/RULES.md").to_owned()),
    ];
    files.extend([("traces/rows.json", traces::rows()), ("traces/stories.json", traces::stories())]);
    files.extend(bytes::files());
    files
}
