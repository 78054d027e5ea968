//! The example as its users see it: a process with arguments, input, output and an exit status.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use serde_json::Value;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket, accept_hdr};

/// The name of the example. This file tests the examples of all adapters.
fn name() -> &'static str {
    match env!("CARGO_PKG_NAME") {
        "connect-socket-smol" => "smol-connect",
        "connect-socket-tokio" => "tokio-connect",
        _ => "connect",
    }
}

/// The example's binary: `cargo test` builds it beside this test.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in deps of a profile");
    profile.join("examples").join(name()).with_extension(std::env::consts::EXE_EXTENSION)
}

fn start(arguments: &[&str]) -> Child {
    Command::new(binary())
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts")
}

/// Runs the example to its end with this input.
fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = start(arguments);
    // One that has ended already takes no input, which is for its status to tell.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("the example ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the example prints UTF-8")
}

/// A server for one connection, on a thread: gives its address and what it saw.
fn serve<T: Send + 'static>(
    handle: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (String, thread::JoinHandle<T>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    (address, thread::spawn(move || handle(listener.accept().expect("a connection").0)))
}

/// Accepts the upgrade and the first subprotocol, and gives the request's target and headers.
#[expect(clippy::result_large_err, reason = "the signature is tungstenite's")]
fn accept<S: Read + Write>(stream: S) -> (WebSocket<S>, Vec<String>) {
    let mut seen = Vec::new();
    let upgrade = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        seen.push(request.uri().to_string());
        for (name, value) in request.headers() {
            seen.push(format!("{name}: {}", value.to_str().unwrap_or("?")));
        }
        if let Some(offer) = request.headers().get("sec-websocket-protocol") {
            let first = offer.to_str().unwrap_or("").split(", ").next().unwrap_or("");
            response.headers_mut().insert("sec-websocket-protocol", first.parse().expect("a token"));
        }
        Ok(response)
    };
    let Ok(socket) = accept_hdr(stream, upgrade) else { panic!("no upgrade") };
    (socket, seen)
}

fn echo<S: Read + Write>(mut socket: WebSocket<S>) {
    while let Ok(message) = socket.read() {
        if message.is_text() || message.is_binary() {
            socket.send(message).expect("an echo");
        }
    }
}

#[test]
fn the_tour_shows_a_whole_life() {
    let output = run(&[], b"");
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", text(&output.stderr));
    assert!(!told.contains('\x1b'), "colours are for terminals");
    let mut rest = told;
    for part in [
        "connection  state       call  what happens",
        "1  connecting     1  connectSocket ws://127.0.0.1:",
        "server            request for /first?room=7",
        "1  open           1  connectSocket success, complete",
        "onSocketOpen, subprotocol chat",
        "upgrade: websocket",
        "onSocketMessage \"hello from a Mini Program\"",
        "onSocketMessage 00 01 02 03 04 05 06 07 (8 bytes)",
        "2  connecting     4  connectSocket ws://127.0.0.1:",
        "1  replaced          onSocketClose 1000 \"\", replaced",
        "2  open           4  connectSocket success, complete",
        "onSocketMessage \"the second has the slot now\"",
        "connectSocket fail 4, complete",
        "connectSocket fail 5, complete",
        "onSocketMessage \"refused urls leave it alone\"",
        "closing        9  closeSocket success, complete",
        "2  closed            onSocketClose 1000 \"that was all\", local",
    ] {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or out of order, in\n{told}"));
        rest = &rest[at + part.len()..];
    }
    // The server has seen how both ended, the replaced one too (rule T).
    assert!(told.contains("1  server            close frame 1000 \"\""), "{told}");
    assert!(told.contains("2  server            close frame 1000 \"that was all\""), "{told}");
}

#[test]
fn lines_become_messages_and_messages_lines() {
    let (address, server) = serve(|stream| {
        let (socket, seen) = accept(stream);
        echo(socket);
        seen
    });
    let url = format!("ws://{address}/feed?a=b");
    let arguments = [
        url.as_str(),
        "--header",
        "Authorization: Bearer 0123",
        "--data",
        "room=7 or 8",
        "--protocol",
        "chat",
        "--protocol",
        "echo",
    ];
    let output = run(&arguments, "hello\n\u{4f60}\u{597d}\r\n\nlast".as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "hello\n\u{4f60}\u{597d}\n\nlast\n");
    let told = text(&output.stderr);
    assert!(told.contains("onSocketOpen, subprotocol chat"), "{told}");
    assert!(told.contains("onSocketClose 1000 \"\", local"), "{told}");
    assert!(!told.contains("0123"), "a header's value is nobody's business: {told}");
    let seen = server.join().expect("the server ends");
    for line in
        ["/feed?a=b&room=7%20or%208", "authorization: Bearer 0123", "sec-websocket-protocol: chat, echo"]
    {
        assert!(seen.iter().any(|it| it == line), "{line} is missing in {seen:?}");
    }
}

#[test]
fn json_has_one_object_per_line() {
    let (address, server) = serve(|stream| echo(accept(stream).0));
    let output = run(&[&format!("ws://{address}"), "--json", "--binary"], b"\x00\xff\n");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a JSON text"))
        .collect();
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            assert!(line["time"].as_f64().is_some_and(|time| time >= 0.0), "{line}");
            let words = ["state", "do", "api", "result", "event", "data", "code", "cause"];
            let words = words.map(|name| line[name].to_string().replace('"', ""));
            words.into_iter().filter(|word| word != "null").collect::<Vec<_>>().join(" ")
        })
        .collect();
    let expected = [
        "connecting connectSocket",
        "open connectSocket success",
        "open open",
        "open sendSocketMessage AP8=",
        "open sendSocketMessage success",
        "open message AP8=",
        "closing closeSocket 1000",
        "closing closeSocket success",
        "closed close 1000 local",
    ];
    assert_eq!(told, expected);
    server.join().expect("the server ends");
}

/// The tour's remarks are for readers, and not part of a url.
#[test]
fn a_url_in_json_is_only_a_url() {
    let output = run(&["--json"], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let urls: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("each line is a JSON text"))
        .filter_map(|line| line["url"].as_str().map(str::to_owned))
        .collect();
    let [first, second, relative, http] = &urls[..] else { panic!("{urls:?}") };
    assert!(first.starts_with("ws://127.0.0.1:") && first.ends_with("/first"), "{first}");
    assert!(second.ends_with("/second"), "{second}");
    assert_eq!([relative, http], ["test.php", "http://example.com"]);
}

#[test]
fn help_and_errors_name_the_example_that_runs() {
    let name = name();
    let output = run(&["--help"], b"");
    assert!(output.status.success());
    let told = text(&output.stdout);
    assert!(told.contains(&format!("Usage: {name} [OPTIONS] [URL]")), "{told}");
    assert!(told.contains(&format!("\n  {name} wss://host/feed ")), "{told}");
    assert!(told.contains(&format!("echo hello | {name} ws://")), "{told}");
    let output = run(&["ws://localhost", "--ca", "/no/such/file"], b"");
    let told = text(&output.stderr);
    assert!(told.starts_with(&format!("{name}: --ca /no/such/file: ")), "{told}");
}

/// The tour is its rows: without them nothing is left.
#[test]
fn only_a_client_is_quiet() {
    let output = run(&["--quiet"], b"");
    assert_eq!(output.status.code(), Some(64), "{}", text(&output.stdout));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("URL"), "{}", text(&output.stderr));
}

#[test]
fn a_server_that_closes_ends_it_at_once() {
    let (address, server) = serve(|stream| {
        let (mut socket, _) = accept(stream);
        socket.send(Message::text("bye")).expect("sent");
        let frame = CloseFrame { code: 4001.into(), reason: "enough".into() };
        socket.close(Some(frame)).expect("closed");
        while socket.read().is_ok() {}
    });
    // The input stays open all the while.
    let mut child = start(&[&format!("ws://{address}")]);
    let input = child.stdin.take();
    let output = child.wait_with_output().expect("the example ends");
    drop(input);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "bye\n");
    assert!(text(&output.stderr).contains("onSocketClose 4001 \"enough\", remote"));
    server.join().expect("the server ends");
}

#[test]
fn whoever_listens_stays_after_the_end_of_the_input() {
    let (address, server) = serve(|stream| {
        let (mut socket, _) = accept(stream);
        assert_eq!(socket.read().expect("a message"), Message::text("go on"));
        for number in 0..3 {
            socket.send(Message::text(number.to_string())).expect("sent");
        }
        socket.close(None).expect("closed");
        while socket.read().is_ok() {}
    });
    let output = run(&[&format!("ws://{address}"), "--listen", "--wait", "0"], b"go on\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "0\n1\n2\n");
    server.join().expect("the server ends");
}

#[test]
fn the_exit_status_is_the_error_code() {
    let refused = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.local_addr().expect("bound")
    };
    for (arguments, status) in [
        (&[format!("ws://{refused}")][..], 1),
        (&[" ".to_owned()], 3),
        (&["test.php".to_owned()], 4),
        (&["localhost:9101".to_owned()], 4),
        (&["http://localhost".to_owned()], 5),
        (&[format!("ws://{refused}"), "--timeout".to_owned(), "0".to_owned()], 6),
        (&[format!("ws://{refused}"), "--timeout".to_owned(), "x".to_owned()], 64),
        (&["ws://localhost".to_owned(), "--header".to_owned(), "no colon".to_owned()], 64),
        (&["ws://localhost".to_owned(), "--ca".to_owned(), "/no/such/file".to_owned()], 64),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(&arguments, b"");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty(), "{arguments:?} says why");
    }
}

/// A file of the trusted certificate, and what a server needs to show it.
fn certificate(name: &str) -> (String, std::sync::Arc<rustls::ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, made.cert.pem()).expect("a file");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate and its key");
    (path.to_str().expect("a path in UTF-8").to_owned(), config.into())
}

#[test]
fn wss_trusts_the_given_certificate_and_no_other() {
    let (trusted, config) = certificate("trusted.pem");
    let (other, _) = certificate("other.pem");
    for (arguments, status, told) in [
        (&["--ca", trusted.as_str()][..], 0, "onSocketOpen, TLSv1_3"),
        (&["--ca", &other], 7, "connectSocket fail 7, complete"),
        (&["--insecure"], 0, "onSocketOpen, TLSv1_3"),
    ] {
        let config = config.clone();
        let (address, server) = serve(move |stream| {
            let tls = rustls::ServerConnection::new(config).expect("a TLS server");
            let stream = rustls::StreamOwned::new(tls, stream);
            // Where the client refuses the certificate there is no upgrade.
            if let Ok(socket) = tungstenite::accept(stream) {
                echo(socket);
            }
        });
        let url = format!("wss://{}", address.replace("127.0.0.1", "localhost"));
        let arguments = [&[url.as_str()], arguments].concat();
        let output = run(&arguments, b"hello\n");
        assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), if status == 0 { "hello\n" } else { "" });
        server.join().expect("the server ends");
    }
}

#[test]
fn a_failed_connect_tells_its_error_event_too() {
    let (address, server) = serve(|mut stream| {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).expect("an answer");
        // What the client still has to say is read, so that the answer is not lost to a reset.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let output = run(&[&format!("ws://{address}")], b"");
    assert_eq!(output.status.code(), Some(8));
    let told = text(&output.stderr);
    assert!(told.contains("connectSocket fail 8, complete") && told.contains("503"), "{told}");
    assert!(told.contains("1  failed            onSocketError 8"), "{told}");
    server.join().expect("the server ends");
}

#[test]
fn a_stream_that_ends_without_a_close_frame_is_no_success() {
    let (address, server) = serve(|stream| drop(accept(stream)));
    let output = run(&[&format!("ws://{address}"), "--listen"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("onSocketClose 1006 \"\", abnormal"));
    server.join().expect("the server ends");
}

#[test]
fn what_is_no_text_is_not_sent_as_text() {
    let (address, server) = serve(|stream| echo(accept(stream).0));
    let output = run(&[&format!("ws://{address}")], b"\xff\nhello\n");
    assert_eq!(output.status.code(), Some(11));
    assert_eq!(text(&output.stdout), "hello\n");
    server.join().expect("the server ends");
}

/// A user who types no scheme is told what is missing, and not that the host is.
#[test]
fn a_missing_scheme_is_named() {
    let output = run(&["localhost:9101"], b"");
    assert!(text(&output.stderr).contains("it has no scheme"), "{}", text(&output.stderr));
}

#[test]
fn why_it_failed_is_said_once() {
    let (address, server) = serve(|mut stream| {
        stream
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            .expect("an answer");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let output = run(&[&format!("ws://{address}"), "--quiet"], b"");
    assert_eq!(output.status.code(), Some(8));
    let told = text(&output.stderr);
    assert_eq!((told.lines().count(), told.matches("503").count()), (1, 1), "{told}");
    server.join().expect("the server ends");
}

#[test]
fn quiet_prints_messages_alone() {
    let (address, server) = serve(|stream| echo(accept(stream).0));
    let output = run(&[&format!("ws://{address}"), "--quiet"], b"hello\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("hello\n", ""));
    server.join().expect("the server ends");
}

/// The end of the input is not the end of the conversation: an answer to each line is awaited, and no longer than that.
#[test]
fn piped_lines_get_their_answers() {
    let (address, server) = serve(|stream| {
        let (mut socket, _) = accept(stream);
        // All lines are here, and so is the end of the input, before the first answer goes out.
        let lines: Vec<Message> = (0..3).map(|_| socket.read().expect("a line")).collect();
        for line in lines {
            socket.send(line).expect("an answer");
        }
        while socket.read().is_ok() {}
    });
    // Far longer than this test may take.
    let output = run(&[&format!("ws://{address}"), "--wait", "3600"], b"1\n2\n3\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "1\n2\n3\n");
    server.join().expect("the server ends");
}

/// One Ctrl-C closes the connection as the end of the input does.
#[cfg(unix)]
#[test]
fn ctrl_c_closes() {
    let (address, server) = serve(|stream| {
        let (mut socket, _) = accept(stream);
        socket.send(Message::text("ready")).expect("sent");
        let mut code = None;
        while let Ok(message) = socket.read() {
            if let Message::Close(frame) = message {
                code = frame.map(|frame| u16::from(frame.code));
            }
        }
        code
    });
    let mut child = start(&[&format!("ws://{address}")]);
    let input = child.stdin.take();
    let mut output = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut output, &mut line).expect("a line");
    assert_eq!(line, "ready\n");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill is there").success());
    assert_eq!(server.join().expect("the server ends"), Some(1000));
    assert_eq!(child.wait().expect("the example ends").code(), Some(0));
    drop(input);
}

/// A connection that never opens is given up at the first Ctrl-C, too.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_connect() {
    let (arrived, here) = std::sync::mpsc::channel();
    let (address, server) = serve(move |mut stream| {
        // The request is here, so the program is under way.
        stream.read_exact(&mut [0; 4]).expect("a request");
        arrived.send(()).expect("the test waits");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut child = start(&[&format!("ws://{address}")]);
    let input = child.stdin.take();
    here.recv().expect("the server is there");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill is there").success());
    let output = child.wait_with_output().expect("the example ends");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    drop(input);
    server.join().expect("the server ends");
}

#[test]
fn help_is_help() {
    let output = run(&["--help"], b"");
    assert!(output.status.success());
    let told = text(&output.stdout);
    for part in [
        "Examples:",
        "Exit status:",
        "--header",
        "--ca",
        "--insecure",
        "--json",
        "--quiet",
        "--wait",
        "--keepalive",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    let output = run(&["--version"], b"");
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), format!("{} {}\n", name(), env!("CARGO_PKG_VERSION")));
}
