//! The committed vectors are those that the code generates. That the code is as they say is tested in `replay`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

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

/// Every file that is committed here is generated, or written by hand and known as such.
#[test]
fn nothing_is_left_behind() {
    let generated: HashSet<_> = vectors::files().into_iter().map(|(path, _)| path.to_owned()).collect();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(vectors::FOLDER).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(format!("{path}/"));
            } else {
                let by_hand = path == "README.md" || path.starts_with("schemas/");
                assert!(by_hand || generated.contains(&path), "{path} is not generated any more");
            }
        }
    }
}
