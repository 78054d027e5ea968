//! What the examples share: a server in the process, and a user that greets it, waits for the echoes and closes.
#![allow(dead_code, reason = "an example takes what it needs")]

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::thread;

use connect_socket_core::host::Slot;
use connect_socket_core::{CloseOptions, Entropy, Event, Message, Payload, SeededEntropy, Session, Time};
use tungstenite::WebSocket;

/// What the user sends as bytes, last of all.
const BYTES: &[u8] = &[1, 2, 3];

/// Starts a server that echoes, on a free port of this machine, and returns its url.
pub(crate) fn serve() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("ws://localhost:{}/", listener.local_addr()?.port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Ok(mut socket) = tungstenite::accept(stream) {
                // It always ends with an error, because a closed connection is one.
                let _ = echo(&mut socket);
            }
        }
    });
    Ok(url)
}

/// The urls on the command line. If there are none, the url of a server that is started for it.
pub(crate) fn urls() -> io::Result<Vec<String>> {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    if urls.is_empty() { Ok(vec![serve()?]) } else { Ok(urls) }
}

/// Entropy from the operating system.
pub(crate) fn entropy() -> io::Result<SeededEntropy> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(SeededEntropy::new(seed))
}

/// Sends every message back until there is an error, such as the end of the connection.
pub(crate) fn echo<S: Read + Write>(socket: &mut WebSocket<S>) -> tungstenite::Result<()> {
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            socket.send(message)?;
        }
    }
}

/// A line for an event, as the examples print it.
pub(crate) fn line(event: &Event<Message<'_>>) -> String {
    match event {
        Event::Settled { call, result: Ok(()) } => format!("{call}: success, complete"),
        Event::Settled { call, result: Err(error) } => {
            format!("{call}: fail {}, complete: {error}", error.code().number())
        }
        Event::Open { connection, .. } => format!("{connection}: open"),
        Event::Message { message: Message::Text(text), .. } => format!("text {text:?}"),
        Event::Message { message: Message::Binary(bytes), .. } => format!("bytes {bytes:?}"),
        Event::Error { connection, error } => {
            format!("{connection}: error {}: {error}", error.code().number())
        }
        Event::Close { connection, code, reason, cause } => {
            format!("{connection}: close {code} {reason:?}, {cause:?}")
        }
    }
}

/// What the user does next.
#[derive(Clone, Copy)]
pub(crate) enum Next {
    Wait,
    Greet,
    Leave,
}

impl Next {
    /// What the user does after `event`.
    pub(crate) fn after(event: &Event<Message<'_>>) -> Self {
        match event {
            Event::Open { .. } => Self::Greet,
            Event::Message { message: Message::Binary(BYTES), .. } => Self::Leave,
            Event::Settled { .. } | Event::Message { .. } | Event::Error { .. } | Event::Close { .. } => {
                Self::Wait
            }
        }
    }

    /// Does it.
    pub(crate) fn act<E: Entropy>(self, session: &mut Session<E>, now: Time) {
        match self {
            Self::Wait => {}
            Self::Greet => {
                session.send("hello");
                session.send(Payload::Binary(BYTES));
            }
            Self::Leave => {
                session.close(now, &CloseOptions::new(1000, "bye"));
            }
        }
    }
    /// The same for a session of a hub.
    pub(crate) fn act_in<E: Entropy>(self, slot: &mut Slot<'_, E>) {
        match self {
            Self::Wait => {}
            Self::Greet => {
                slot.send("hello");
                slot.send(Payload::Binary(BYTES));
            }
            Self::Leave => {
                slot.close(&CloseOptions::new(1000, "bye"));
            }
        }
    }
}
