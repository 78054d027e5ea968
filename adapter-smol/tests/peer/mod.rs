//! Servers on loopback, in threads of their own, for tests of the client.

// Each test file uses a part.
#![allow(dead_code, unreachable_pub)]

pub mod gone;

use std::env;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread::{self, JoinHandle};

use connect_socket_core::ConnectOptions;
use tungstenite::{Message, WebSocket};

/// A server for one connection. Dropped without [`Server::join`], it is left to itself.
pub struct Server<T> {
    url: String,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Server<T> {
    /// Accepts one connection and hands it to `serve`.
    pub fn start(serve: impl FnOnce(WebSocket<TcpStream>) -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("ws://{}/", listener.local_addr().expect("an address"));
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            serve(tungstenite::accept(stream).expect("an upgrade"))
        });
        Self { url, thread }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to connect with.
    pub fn options(&self) -> ConnectOptions {
        ConnectOptions::new(self.url.as_str())
    }

    /// Waits for the server's end.
    pub fn join(self) -> T {
        self.thread.join().expect("the server is content")
    }
}

/// Gives every message back until the client closes, and tells them all.
pub fn echo(mut socket: WebSocket<TcpStream>) -> Vec<Message> {
    let mut seen = Vec::new();
    while let Ok(message) = socket.read() {
        if message.is_text() || message.is_binary() {
            seen.push(message.clone());
            // The client may be gone by now.
            let _ = socket.send(message);
        }
    }
    seen
}

/// Takes every message until the client closes, and tells them all.
pub fn listen(mut socket: WebSocket<TcpStream>) -> Vec<Message> {
    let mut seen = Vec::new();
    while let Ok(message) = socket.read() {
        if message.is_text() || message.is_binary() {
            seen.push(message);
        }
    }
    seen
}

/// Set where this program is the child.
const CHILD: &str = "CONNECT_SOCKET_CHILD";

/// Runs `program` in a process of its own, for what changes a whole process. `name` is that of the test that calls this.
pub fn in_a_child(name: &str, program: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return program();
    }
    let mut child = Command::new(env::current_exe().expect("this program"));
    child.args(["--exact", name, "--nocapture"]).env(CHILD, "1");
    let status = child.status().expect("a child process");
    assert!(status.success(), "{status}");
}
