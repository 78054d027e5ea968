//! The examples are run, and tell the story that they should.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// What the user of an example observes, from connect to close.
const STORY: &str = "\
call 1: success, complete
connection 1: open
call 2: success, complete
call 3: success, complete
text \"hello\"
bytes [1, 2, 3]
call 4: success, complete
connection 1: close 1000 \"bye\", Local
";

/// An example that cargo has built beside this test.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test is a file");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("it lies in target/.../deps");
    folder.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Runs an example, and gives what it printed.
fn run(name: &str, arguments: &[&str]) -> String {
    let example = example(name);
    let output = Command::new(&example).args(arguments).output().unwrap_or_else(|error| {
        panic!(
            "{}: {error}; cargo builds the examples unless a single test target is named",
            example.display()
        )
    });
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} {arguments:?}: {}\n{told}{errors}", output.status);
    told.into_owned()
}

#[test]
fn polling() {
    assert_eq!(run("polling", &[]), STORY);
}

#[test]
fn tokio() {
    assert_eq!(run("tokio", &[]), STORY);
}

/// README shows this one, so it prints events as they are.
#[test]
fn blocking() {
    let told = run("blocking", &[]);
    let lines = [
        "Settled { call: CallId(1), result: Ok(()) }\n",
        "Open { ",
        "Settled { call: CallId(3), result: Ok(()) }\n",
        "Message { connection: ConnectionId(1), message: Text(\"hello\"), last: true }\n",
        "Message { connection: ConnectionId(1), message: Binary(b\"\\x01\\x02\\x03\"), last: true }\n",
        "Close { connection: ConnectionId(1), code: 1000, reason: \"bye\", cause: Local }\n",
    ];
    tells_in_order(&told, &lines);
}

/// That the lines are there in this order, and nothing is behind the last.
fn tells_in_order(told: &str, lines: &[&str]) {
    let mut rest = told;
    for line in lines {
        (_, rest) = rest.split_once(line).unwrap_or_else(|| panic!("{line:?} is missing from\n{told}"));
    }
    assert_eq!(rest, "");
}

#[test]
fn the_same_seed_is_the_same_trace() {
    for seed in ["1", "2", "3"] {
        assert_eq!(run("simulated", &[seed]), run("simulated", &[seed]));
    }
    assert_ne!(run("simulated", &["1"]), run("simulated", &["3"]));
}

/// They end whatever becomes of their connection: closed by the server at once, refused, or never begun.
#[test]
fn they_end_with_their_connection() {
    for name in ["blocking", "polling", "tokio"] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("ws://{}/", listener.local_addr().expect("an address"));
        let server = thread::spawn(move || {
            let mut socket = tungstenite::accept(listener.accept().expect("a client").0).expect("an upgrade");
            socket.close(None).expect("the client is there");
            while socket.read().is_ok() {}
        });
        let told = run(name, &[&url]);
        assert!(told.contains("1005"), "{name}: {told}");
        server.join().expect("the server is content");
        // Nobody listens there any more.
        let told = run(name, &[&url]);
        assert!(told.contains("could not connect"), "{name}: {told}");
        let told = run(name, &["wss://"]);
        assert!(told.contains("the url is not valid"), "{name}: {told}");
    }
}

/// `simulated 7 | head -1`
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (output, input) = std::io::pipe().expect("a pipe");
    drop(output);
    let ended = Command::new(example("simulated")).arg("7").stdout(input).output().expect("it starts");
    assert!(ended.status.success(), "{}", ended.status);
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

/// Rules G2, G3, G7: whatever the network does, every call settles once, the connection ends once, nothing
/// of it follows, and all of it in bounded time.
#[test]
fn every_seed_keeps_the_ground_rules() {
    let mut endings = BTreeSet::new();
    for seed in 0..150 {
        let trace = run("simulated", &[&seed.to_string()]);
        let times = trace.lines().map(|line| line.trim_start().split(' ').next()?.parse::<f64>().ok());
        assert!(times.is_sorted(), "time goes backwards with seed {seed}\n{trace}");
        let told: Vec<_> = trace.lines().filter_map(|line| line.split_once("client   ")).collect();
        let told: Vec<_> = told.into_iter().map(|(_, what)| what).collect();
        assert_eq!(told.last(), Some(&"quiet"), "seed {seed}\n{trace}");
        let calls: Vec<_> = told.iter().filter_map(|it| it.strip_prefix("call ")?.split_once(':')).collect();
        let settled: BTreeSet<_> = calls.iter().map(|(call, _)| *call).collect();
        let opened = told.contains(&"connection 1: open");
        let left = told.contains(&"bytes [1, 2, 3]");
        assert_eq!(calls.len(), settled.len(), "a call settled twice with seed {seed}\n{trace}");
        let made = 1 + 2 * usize::from(opened) + usize::from(left);
        assert_eq!(settled.len(), made, "not every call settled with seed {seed}\n{trace}");
        let observed = |it: &&&str| {
            ["call ", "text ", "bytes ", "connection "].iter().any(|start| it.starts_with(start))
        };
        let last = told.iter().rfind(observed).copied().unwrap_or_default();
        let ends = |it: &str| it.starts_with("connection 1: close") || it.starts_with("connection 1: error");
        let close = told.iter().filter(|it| it.starts_with("connection 1: close")).count();
        assert!(ends(last) && close == usize::from(opened), "seed {seed}\n{trace}");
        endings.insert(last.chars().take(24).collect::<String>());
    }
    // The seeds are worth something only if they come to different ends.
    let wanted = ["close 1000", "close 1006", "error 1:", "error 6:"];
    let missing = wanted.iter().find(|wanted| !endings.iter().any(|ending| ending.contains(**wanted)));
    assert_eq!(missing, None, "{endings:?}");
}
