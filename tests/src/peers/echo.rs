//! An echo server of sound make, tungstenite's: the peer for everything that a client does every day.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustls::ServerConfig;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Message, WebSocket, accept_hdr_with_config};

use super::mailbox::{Mailbox, lock};
use super::registry::Registry;
use super::wire::Stream;

/// What an echo server does besides echoing.
#[derive(Clone, Default)]
pub struct EchoOptions {
    /// Serve behind TLS.
    pub tls: Option<Arc<ServerConfig>>,
    /// The subprotocol to choose, asked for or not.
    pub subprotocol: Option<&'static str>,
    /// Further header lines of the answer.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// What a server heard, on its connection number so-and-so, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which connection.
    pub connection: usize,
    /// What.
    pub what: What,
}

/// What can be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The upgrade: path with query, and the header lines with names in lower case.
    Request {
        /// Path and query.
        target: String,
        /// Header names and values.
        headers: Vec<(String, String)>,
    },
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A close frame; 1005 if it is empty.
    Close(u16, String),
    /// The end of the connection, however it came.
    Ended,
}

/// The server. It sends every message back; a text `close 4001 why` makes it close with that code and reason,
/// a text `drop` makes it hang up without a close frame.
pub struct EchoServer {
    address: SocketAddr,
    tls: bool,
    heard: Mailbox<Heard>,
    registry: Registry,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
    accepting: Option<JoinHandle<()>>,
}

impl EchoServer {
    /// A plain one.
    pub fn start() -> Self {
        Self::with(EchoOptions::default())
    }

    /// One behind TLS.
    pub fn start_tls(config: Arc<ServerConfig>) -> Self {
        Self::with(EchoOptions { tls: Some(config), ..EchoOptions::default() })
    }

    /// One with options.
    ///
    /// # Panics
    /// If it cannot listen.
    pub fn with(options: EchoOptions) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on 127.0.0.1");
        let address = listener.local_addr().expect("its address");
        let tls = options.tls.is_some();
        let heard = Mailbox::default();
        let registry = Registry::default();
        let threads = Arc::new(Mutex::new(Vec::new()));
        let (streams, mailbox, spawned) = (registry.clone(), heard.clone(), Arc::clone(&threads));
        let accepting = thread::spawn(move || {
            for (connection, socket) in listener.incoming().enumerate() {
                let Ok(socket) = socket else { continue };
                if streams.is_stopping() {
                    return;
                }
                let registered = streams.add(&socket);
                let (options, mailbox) = (options.clone(), mailbox.clone());
                lock(&spawned).push(thread::spawn(move || {
                    let _registered = registered;
                    let stream = Stream::new(socket, options.tls.as_ref());
                    let tell = |what| mailbox.post(Heard { connection, what });
                    serve(stream, &options, &tell);
                    tell(What::Ended);
                }));
            }
        });
        Self { address, tls, heard, registry, threads, accepting: Some(accepting) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A url that leads to it: by its address, or with TLS by the name localhost.
    pub fn url(&self) -> String {
        self.url_with("/")
    }

    /// A url with this path and query.
    pub fn url_with(&self, target: &str) -> String {
        if self.tls {
            format!("wss://localhost:{}{target}", self.port())
        } else {
            format!("ws://{}{target}", self.address)
        }
    }

    /// What it heard.
    pub fn heard(&self) -> &Mailbox<Heard> {
        &self.heard
    }
}

impl Drop for EchoServer {
    fn drop(&mut self) {
        self.registry.stop(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        for thread in lock(&self.threads).drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(stream: Stream, options: &EchoOptions, tell: &dyn Fn(What)) {
    #[expect(clippy::result_large_err, reason = "the signature of tungstenite's callback")]
    let answer = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        tell(What::Request { target: request.uri().to_string(), headers: headers.collect() });
        let chosen = options.subprotocol.map(|chosen| ("sec-websocket-protocol", chosen));
        for (name, value) in options.headers.iter().copied().chain(chosen) {
            response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Ok(response)
    };
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let Ok(mut socket) = accept_hdr_with_config(stream, answer, Some(config)) else { return };
    while let Ok(message) = socket.read() {
        if answer_message(&mut socket, message, tell).is_none() {
            return;
        }
    }
    // The close handshake is over; TLS says its own goodbye.
    if let Stream::Tls(stream) = socket.get_mut() {
        stream.conn.send_close_notify();
        let _ = std::io::Write::flush(stream);
    }
}

/// None: hang up.
fn answer_message(socket: &mut WebSocket<Stream>, message: Message, tell: &dyn Fn(What)) -> Option<()> {
    match message {
        Message::Text(text) => {
            tell(What::Text(text.to_string()));
            if text.as_str() == "drop" {
                return None;
            }
            if let Some((code, reason)) = asked_to_close(&text) {
                let _ = socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() }));
                return Some(());
            }
            let _ = socket.send(Message::Text(text));
        }
        Message::Binary(bytes) => {
            tell(What::Binary(bytes.to_vec()));
            let _ = socket.send(Message::Binary(bytes));
        }
        Message::Close(frame) => {
            let (code, reason) =
                frame.map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
            tell(What::Close(code, reason));
        }
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
    }
    Some(())
}

fn asked_to_close(text: &str) -> Option<(u16, &str)> {
    let (code, reason) = text.strip_prefix("close ")?.split_once(' ')?;
    Some((code.parse().ok()?, reason))
}
