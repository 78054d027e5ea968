//! Clients in tasks over smol, in one thread.

use std::io;
use std::net::SocketAddr;

use async_tungstenite::WebSocketStream;
use async_tungstenite::tungstenite::Message;
use async_tungstenite::tungstenite::protocol::Role;
use bytes::Bytes;
use futures_util::{AsyncReadExt, AsyncWriteExt, SinkExt, StreamExt};
use smol::{Async, LocalExecutor};

use super::client::{Client, Connect};
use super::dial;
use super::pattern::Pattern;
use super::raw::Stream;
use super::talk::{Talk, play};

/// One task for each connection, if there are several.
pub(crate) struct Tasks<T> {
    executor: LocalExecutor<'static>,
    talks: Vec<T>,
    pattern: Pattern,
}

impl<T: Talk> Connect for Tasks<T> {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let talks = smol::block_on(async {
            let group = T::group(pattern)?;
            let mut talks = Vec::new();
            for _ in 0..pattern.connections {
                talks.push(T::open(&group, server, pattern).await?);
            }
            io::Result::Ok(talks)
        })?;
        Ok(Self { executor: LocalExecutor::new(), talks, pattern: *pattern })
    }
}

impl<T: Talk> Client for Tasks<T> {
    fn run(&mut self, batches: usize) {
        let pattern = self.pattern;
        if let [talk] = &mut self.talks[..] {
            return smol::block_on(play(talk, pattern, batches));
        }
        let tasks: Vec<_> = self
            .talks
            .drain(..)
            .map(|mut talk| {
                self.executor.spawn(async move {
                    play(&mut talk, pattern, batches).await;
                    talk
                })
            })
            .collect();
        self.talks = smol::block_on(self.executor.run(async {
            let mut talks = Vec::new();
            for task in tasks {
                talks.push(task.await);
            }
            talks
        }));
    }
}

impl Stream for Async<std::net::TcpStream> {
    async fn open(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        Self::new(dial::connect(server, pattern)?)
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        AsyncWriteExt::write_all(self, bytes).await
    }

    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        AsyncReadExt::read(self, into).await
    }
}

/// async-tungstenite over async-io's socket.
pub(crate) struct AsyncTungstenite {
    socket: WebSocketStream<Async<std::net::TcpStream>>,
    payload: Bytes,
}

impl Talk for AsyncTungstenite {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let stream = Async::new(dial::connect(server, pattern)?)?;
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        Ok(Self { socket, payload: vec![b'x'; pattern.sent].into() })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            self.socket.feed(Message::Binary(self.payload.clone())).await.expect("a send");
        }
        self.socket.flush().await.expect("a flush");
    }

    async fn receive(&mut self) -> usize {
        self.socket.next().await.expect("a message").expect("a message").len()
    }
}
