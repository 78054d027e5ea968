//! Replays what is kept in `fuzz/corpus`: seeds made by hand, inputs that a fuzzer found to reach something
//! new, and every input that ever violated a property (names that begin with `regression`).

use std::fs;
use std::path::{Path, PathBuf};

use connect_socket_tests::fuzz;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

fn replay(target: &str, body: fn(&[u8])) {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus of {target} is gone");
    for file in files {
        let data = fs::read(&file).unwrap();
        // Shown only when it fails: names the file that the assertion is about.
        println!("{}", file.display());
        body(&data);
    }
}

#[test]
fn g7_session_corpus() {
    replay("session", fuzz::session);
}

#[test]
fn u_upgrade_corpus() {
    replay("upgrade", fuzz::upgrade);
}

#[test]
fn f2_inflate_corpus() {
    replay("inflate", fuzz::inflate);
}

#[test]
fn f_frames_corpus() {
    replay("frames", fuzz::frames);
}
