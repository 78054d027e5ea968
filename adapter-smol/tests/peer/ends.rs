//! The programs of an adapter's page, run as their users run them, whatever the server does.

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tungstenite::Message;

/// What the example called `name` prints when it is given these arguments, a url first. `cargo test` builds it beside the tests.
fn run(name: &str, arguments: &[&str]) -> String {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in deps of a profile");
    let program = profile.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION);
    let output = Command::new(program).args(arguments).output().expect("run `cargo build --examples` first");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Lets the first client in, and says where.
fn serve(serve: impl FnOnce(TcpStream) + Send + 'static) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    (url, thread::spawn(move || serve(listener.accept().expect("a client").0)))
}

/// It sends back what it receives, and ends with the connection: closed, lost, refused in both ways, or never begun.
pub(crate) fn echo_ends(name: &str) {
    let (url, server) = serve(|stream| {
        let mut socket = tungstenite::accept(stream).expect("an upgrade");
        for text in ["one", "two"] {
            socket.send(Message::text(text)).expect("the client is there");
            assert_eq!(socket.read().expect("the echo"), Message::text(text));
        }
        socket.close(None).expect("the client is there");
        while socket.read().is_ok() {}
    });
    let told = run(name, &[&url]);
    assert_eq!(told, "open\nText(\"one\")\nText(\"two\")\nthe connection was closed with code 1005\n");
    server.join().expect("the server is content");

    let (url, server) = serve(|stream| drop(tungstenite::accept(stream).expect("an upgrade")));
    let told = run(name, &[&url]);
    assert!(told.starts_with("open\nthe connection was lost"), "{told}");
    server.join().expect("the server is content");

    let (url, server) = serve(|mut stream| {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
            request.extend(byte);
        }
        stream
            .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            .expect("the client is there");
    });
    let told = run(name, &[&url]);
    assert!(told.starts_with("the connection failed: ") && told.contains("403"), "{told}");
    server.join().expect("the server is content");

    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let told = run(name, &[&format!("ws://{nobody}/")]);
    assert!(told.starts_with("the connection failed: "), "{told}");

    let told = run(name, &["wss://"]);
    assert!(told.starts_with("the connection failed: "), "{told}");
}

/// It loses no message to a server that sends more than any buffer takes before it reads: the server has to wait.
pub(crate) fn echo_loses_nothing(name: &str) {
    const MESSAGES: usize = 12;
    // Together they are three times the high-water mark of the client.
    const LENGTH: usize = 4 << 20;
    let (url, server) = serve(|stream| {
        let mut socket = tungstenite::accept(stream).expect("an upgrade");
        let mut output = socket.get_ref().try_clone().expect("a second handle");
        let (waits, waiting) = channel();
        let sends = thread::spawn(move || {
            let mut frame = vec![0x82, 127];
            frame.extend((LENGTH as u64).to_be_bytes());
            frame.resize(frame.len() + LENGTH, b'x');
            // Whoever takes nothing for so long holds it back.
            output.set_write_timeout(Some(Duration::from_millis(100))).expect("a timeout");
            for _ in 0..MESSAGES {
                let mut rest = &frame[..];
                while !rest.is_empty() {
                    match output.write(rest) {
                        Ok(count) => rest = &rest[count..],
                        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                            let _ = waits.send(());
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
        // So that the test ends if a message is lost.
        socket.get_ref().set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        // It reads once it is held back, or once all is sent.
        let _ = waiting.recv();
        for _ in 0..MESSAGES {
            assert_eq!(socket.read().expect("an echo").len(), LENGTH);
        }
        sends.join().expect("all is sent");
        socket.close(None).expect("the client is there");
        while socket.read().is_ok() {}
    });
    let told = run(name, &[&url]);
    server.join().expect("every message came back");
    assert_eq!(told.lines().count(), 1 + MESSAGES + 1, "{told}");
}

/// It connects as often as it is told, waits within bounds that double, and gives up a url that cannot be right.
pub(crate) fn reconnect_waits(name: &str) {
    const CONNECTS: usize = 6;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        for _ in 0..CONNECTS {
            let stream = listener.accept().expect("a client").0;
            let mut socket = tungstenite::accept(stream).expect("an upgrade");
            socket.close(None).expect("the client is there");
            while socket.read().is_ok() {}
        }
    });
    let told = run(name, &[&url, &CONNECTS.to_string(), "4"]);
    server.join().expect("the server is content");
    assert_eq!(told.matches("open\n").count(), CONNECTS, "{told}");
    let waits = told.lines().filter_map(|line| line.strip_prefix("next connect in ")?.strip_suffix(" ms"));
    let waits: Vec<u32> = waits.map(|wait| wait.parse().expect("a number")).collect();
    assert_eq!(waits.len(), CONNECTS - 1, "it does not wait after the last: {told}");
    // A server that drops every connection at once is called less and less often: no connection was open for long.
    assert!((0..).zip(&waits).all(|(attempt, wait)| *wait <= 4 << attempt), "{told}");

    for hopeless in ["wss://", "http://127.0.0.1/", "echo.example"] {
        let told = run(name, &[hopeless]);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.starts_with("the connection failed: "), "{told}");
    }
}
