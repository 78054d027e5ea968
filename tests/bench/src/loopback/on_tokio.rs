//! Clients in tasks over tokio, in one thread.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use fastwebsockets::{FragmentCollector, Frame, Payload, Role, WebSocket};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use tokio_tungstenite::tungstenite;
use wtx::collection::Vector;
use wtx::rng::Xorshift64;
use wtx::web_socket::{self as wtx_socket, OpCode, WebSocketBuffer, WebSocketPayloadOrigin};

use super::client::{Client, Connect};
use super::dial;
use super::pattern::Pattern;
use super::raw::Stream;
use super::talk::{Talk, play};

/// One task for each connection, if there are several.
pub(crate) struct Tasks<T> {
    // Before the runtime, in which sockets end.
    talks: Vec<T>,
    runtime: Runtime,
    pattern: Pattern,
}

impl<T: Talk> Connect for Tasks<T> {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let talks = runtime.block_on(async {
            let group = T::group(pattern)?;
            let mut talks = Vec::new();
            for _ in 0..pattern.connections {
                talks.push(T::open(&group, server, pattern).await?);
            }
            io::Result::Ok(talks)
        })?;
        Ok(Self { talks, runtime, pattern: *pattern })
    }
}

impl<T: Talk> Client for Tasks<T> {
    fn run(&mut self, batches: usize) {
        let pattern = self.pattern;
        if let [talk] = &mut self.talks[..] {
            return self.runtime.block_on(play(talk, pattern, batches));
        }
        let local = LocalSet::new();
        let tasks: Vec<_> = self
            .talks
            .drain(..)
            .map(|mut talk| {
                local.spawn_local(async move {
                    play(&mut talk, pattern, batches).await;
                    talk
                })
            })
            .collect();
        self.talks = local.block_on(&self.runtime, async {
            let mut talks = Vec::new();
            for task in tasks {
                talks.push(task.await.expect("a task"));
            }
            talks
        });
    }
}

async fn stream(server: SocketAddr, pattern: &Pattern) -> io::Result<TcpStream> {
    TcpStream::from_std(dial::connect_nonblocking(server, pattern)?)
}

impl Stream for TcpStream {
    async fn open(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        stream(server, pattern).await
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        AsyncWriteExt::write_all(self, bytes).await
    }

    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        AsyncReadExt::read(self, into).await
    }
}

/// tokio-tungstenite.
pub(crate) struct TokioTungstenite {
    socket: tokio_tungstenite::WebSocketStream<TcpStream>,
    payload: Bytes,
}

impl Talk for TokioTungstenite {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let stream = stream(server, pattern).await?;
        let role = tungstenite::protocol::Role::Client;
        let socket = tokio_tungstenite::WebSocketStream::from_raw_socket(stream, role, None).await;
        Ok(Self { socket, payload: vec![b'x'; pattern.sent].into() })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            self.socket.feed(tungstenite::Message::Binary(self.payload.clone())).await.expect("a send");
        }
        self.socket.flush().await.expect("a flush");
    }

    async fn receive(&mut self) -> usize {
        self.socket.next().await.expect("a message").expect("a message").len()
    }
}

/// fastwebsockets, which writes each frame at once.
pub(crate) struct FastWebsockets {
    socket: FragmentCollector<TcpStream>,
    payload: Vec<u8>,
}

impl Talk for FastWebsockets {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let socket = WebSocket::after_handshake(stream(server, pattern).await?, Role::Client);
        Ok(Self { socket: FragmentCollector::new(socket), payload: vec![b'x'; pattern.sent] })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            let frame = Frame::binary(Payload::Borrowed(&self.payload));
            self.socket.write_frame(frame).await.expect("a send");
        }
    }

    async fn receive(&mut self) -> usize {
        self.socket.read_frame().await.expect("a message").payload.len()
    }
}

/// tokio-websockets.
pub(crate) struct TokioWebsockets {
    socket: tokio_websockets::WebSocketStream<TcpStream>,
    payload: Bytes,
}

impl Talk for TokioWebsockets {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let socket = tokio_websockets::ClientBuilder::new().take_over(stream(server, pattern).await?);
        Ok(Self { socket, payload: vec![b'x'; pattern.sent].into() })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            let message = tokio_websockets::Message::binary(self.payload.clone());
            self.socket.feed(message).await.expect("a send");
        }
        self.socket.flush().await.expect("a flush");
    }

    async fn receive(&mut self) -> usize {
        self.socket.next().await.expect("a message").expect("a message").as_payload().len()
    }
}

/// yawc.
pub(crate) struct Yawc {
    socket: yawc::WebSocket<TcpStream>,
    payload: Bytes,
}

impl Talk for Yawc {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let stream = stream(server, pattern).await?;
        let socket = yawc::WebSocket::from_stream(stream, yawc::Role::Client, yawc::Options::default())
            .map_err(io::Error::other)?;
        Ok(Self { socket, payload: vec![b'x'; pattern.sent].into() })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            self.socket.feed(yawc::Frame::binary(self.payload.clone())).await.expect("a send");
        }
        self.socket.flush().await.expect("a flush");
    }

    async fn receive(&mut self) -> usize {
        self.socket.next_frame().await.expect("a message").payload().len()
    }
}

/// sockudo-ws.
pub(crate) struct Sockudo {
    socket: sockudo_ws::WebSocketStream<TcpStream>,
    payload: Bytes,
}

impl Talk for Sockudo {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let stream = stream(server, pattern).await?;
        let socket = sockudo_ws::WebSocketStream::client(stream, sockudo_ws::Config::default());
        Ok(Self { socket, payload: vec![b'x'; pattern.sent].into() })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            self.socket.feed(sockudo_ws::Message::Binary(self.payload.clone())).await.expect("a send");
        }
        self.socket.flush().await.expect("a flush");
    }

    async fn receive(&mut self) -> usize {
        self.socket.next().await.expect("a message").expect("a message").as_bytes().len()
    }
}

/// wtx, which masks the caller's buffer in place and writes each frame at once.
pub(crate) struct Wtx {
    socket: wtx_socket::WebSocket<(), Xorshift64, TcpStream, WebSocketBuffer, true>,
    received: Vector<u8>,
    payload: Vec<u8>,
}

impl Talk for Wtx {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let stream = stream(server, pattern).await?;
        let random = Xorshift64::from(fastrand::u64(1..));
        let socket = wtx_socket::WebSocket::new((), false, random, stream, WebSocketBuffer::new());
        Ok(Self { socket, received: Vector::new(), payload: vec![b'x'; pattern.sent] })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            let mut frame = wtx_socket::Frame::new_fin(OpCode::Binary, &mut self.payload[..]);
            self.socket.write_frame(&mut frame).await.expect("a send");
        }
    }

    async fn receive(&mut self) -> usize {
        let origin = WebSocketPayloadOrigin::Adaptive;
        let frame = self.socket.read_frame(&mut self.received, origin).await.expect("a message");
        frame.payload().len()
    }
}
