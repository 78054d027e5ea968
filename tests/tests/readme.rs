//! README and the guide say what the code does.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::{fs, path::Path};

use connect_socket_core::ErrorCode;
use connect_socket_tests::generated;
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

const README: &str = include_str!("../../README.md");
const EMBED: &str = include_str!("../../core/guide/embed.md");
const RULES: &str = include_str!("../../core/RULES.md");

/// Programs on pages are those that are run, and the table of states is the lifecycle's (rule T).
#[test]
fn pages_are_as_generated() {
    for page in generated::pages() {
        assert_eq!(
            page.generated.as_deref(),
            Some(page.committed),
            "{}: run `cargo run -p connect-socket-tests --bin regenerate` and read the difference",
            page.path
        );
    }
}

/// Rule C: the table of codes has all twelve, in the words of the code.
#[test]
fn codes_are_the_twelve() {
    for code in ErrorCode::ALL {
        let row = format!("| {} | {} |", code.number(), code.text());
        assert!(EMBED.contains(&row), "the guide has no row that begins {row:?}");
    }
}

/// A stranger reads all of it.
#[test]
fn readme_is_short() {
    let lines = README.lines().count();
    assert!(lines <= 150, "README has {lines} lines; 150 are the limit");
}

/// README's program prints what README says, against the server that it describes.
#[test]
fn program_prints_what_readme_says() {
    let greeted = run_echo(&serve(greet));
    let refused = run_echo(&serve(refuse));
    let not_a_url = run_echo("echo.example");
    assert!(refused.contains("the server answered with HTTP status"), "{refused}");
    let shown = [format!("```text\n{greeted}```\n"), format!("`{}`\n", not_a_url.trim_end())];
    for shown in shown {
        assert!(README.contains(&shown), "README does not show what it prints:\n{shown}");
    }
}

fn run_echo(url: &str) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_readme-echo")).arg(url).output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// A server for one connection on a thread of its own, and its url.
fn serve(handle: fn(TcpStream)) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("ws://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || handle(listener.accept().expect("a connection").0));
    url
}

/// Greets, awaits the echo, and closes.
fn greet(stream: TcpStream) {
    let mut socket = tungstenite::accept(stream).expect("an upgrade");
    socket.send("hello".into()).expect("a client that reads");
    assert_eq!(socket.read().expect("an echo"), Message::text("hello"));
    socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "bye".into() })).expect("a close frame");
    while socket.read().is_ok() {}
}

/// Is no WebSocket server.
fn refuse(mut stream: TcpStream) {
    use std::io::{BufRead, BufReader, Write};
    let head = BufReader::new(stream.try_clone().expect("a second handle"));
    for line in head.lines() {
        if line.expect("a request").is_empty() {
            break;
        }
    }
    stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").expect("a client that reads");
}

/// Every rule has an anchor, and every reference in the crates' documentation leads to one. rustdoc checks no anchors.
#[test]
fn references_lead_to_rules() {
    let anchors: Vec<_> =
        RULES.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
    for rule in RULES.split("</a>**").skip(1).map(|rest| rest.split('*').next().unwrap_or_default()) {
        assert!(anchors.contains(&rule.to_lowercase().as_str()), "{rule} has no anchor");
    }
    let mut references = 0;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<_> = ["core", "adapter-mio", "adapter-smol", "adapter-tokio"]
        .into_iter()
        .map(|crate_| root.join(crate_).join("src"))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the crate") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            for reference in text.split("crate::rules#").skip(1) {
                let anchor = reference.split(')').next().unwrap_or_default();
                assert!(anchors.contains(&anchor), "{}: there is no rule {anchor:?}", path.display());
                references += 1;
            }
        }
    }
    assert!(references > 50, "only {references} references were found");
}
