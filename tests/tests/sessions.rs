//! Many runs of `fuzz::sessions`, each from a seed. A failure prints its seed and, for `fuzz/corpus/sessions`, its
//! bytes.

mod counting;

use std::fs;
use std::path::Path;

use connect_socket_tests::fuzz::sessions::{Outside, play};
use connect_socket_tests::memory_tls::MemoryTls;
use counting::HELD;

/// So many runs, by two threads.
const RUNS: u64 = 3_000;

/// `SplitMix64`: as good as it has to be.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

fn made_up(seed: u64) -> Vec<u8> {
    let mut words = Seeded(seed);
    let length = 8 + words.next() % 400;
    (0..length).map(|_| words.next().to_le_bytes()[0]).collect()
}

/// Says what was played when it fails.
struct Played<'d> {
    name: String,
    data: &'d [u8],
}

impl Drop for Played<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let bytes: Vec<String> = self.data.iter().map(|byte| format!("{byte:02x}")).collect();
            eprintln!("{}: {}", self.name, bytes.concat());
        }
    }
}

fn run(name: String, data: &[u8], tls: &MemoryTls) {
    let accept = || tls.accept();
    let outside = Outside { config: tls.config(), tls: Some(&accept), held: || HELD.get() };
    let played = Played { name, data };
    play(played.data, &outside);
}

/// G2, G3, G5, G7, F6, F7, F8, M2 over sessions that share workspaces.
#[test]
fn g_sessions_that_share_workspaces_keep_the_rules() {
    let tls = MemoryTls::new();
    let run = |seed| run(format!("seed {seed}"), &made_up(seed), &tls);
    std::thread::scope(|scope| {
        scope.spawn(|| (0..RUNS / 2).for_each(run));
        (RUNS / 2..RUNS).for_each(run);
    });
}

/// The same for what is kept: each shows a fault that was once there, or made to see that it is found.
#[test]
fn g_sessions_corpus() {
    let tls = MemoryTls::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/sessions");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus is gone");
    for file in files {
        run(file.display().to_string(), &fs::read(&file).unwrap(), &tls);
    }
}
