//! The committed vectors are those that the code generates.

use std::fs;
use std::path::Path;

use connect_socket_tests::replay::SUITES;
use connect_socket_tests::vectors;

/// Byte for byte: a change of behaviour shows as a difference that somebody reads and commits.
#[test]
fn committed_files_are_the_generated() {
    for (path, text) in vectors::files() {
        let committed = fs::read_to_string(Path::new(vectors::FOLDER).join(path)).unwrap_or_default();
        let line = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count() + 1;
        assert!(
            committed == text,
            "tests/vectors/{path} differs from line {line} on: run `{}` and read the difference",
            vectors::frame::GENERATOR
        );
    }
}

/// What a port does: it reads the files and plays them.
#[test]
fn committed_files_are_kept() {
    for suite in SUITES {
        let (played, _) = suite.run().unwrap();
        assert!(
            played.cases > 0 && played.differences.is_empty(),
            "{}: {:#?}",
            suite.file,
            played.differences
        );
    }
}
