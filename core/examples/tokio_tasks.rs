//! Tasks on tokio: the module `tasks` brings futures, a stream and a sink, and this file the runtime under them.
//!
//! `cargo run -p connect-socket-core --features tasks --example tokio_tasks` talks to a server of its own; a ws url
//! behind `--` is talked to instead.

mod support;

use std::error::Error;
use std::future::Future;
use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use connect_socket_core::tasks::{Group, LookUp, Runtime, Transport};
use connect_socket_core::{
    CloseOptions, Config, ConnectOptions, OwnedEvent as Event, OwnedMessage as Message, Time,
};
use futures_util::StreamExt;
use tokio::io::AsyncWrite;
use tokio::net::{TcpStream, lookup_host};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(support::serve, Ok)?;
    let (socket, mut events) = Group::on(Tokio::here(), Config::default())?.socket();

    // Whoever sends need not be whoever listens.
    let sender = socket.clone();
    let sending = tokio::spawn(async move {
        sender.connect(&ConnectOptions::new(url)).await?;
        sender.send("hello").await?;
        sender.send(&[1, 2, 3][..]).await
    });
    while let Some(event) = events.next().await {
        println!("{event:?}");
        match event {
            Event::Message { message: Message::Binary(_), .. } => {
                socket.close(&CloseOptions::new(1000, "bye"));
            }
            Event::Error { .. } | Event::Close { .. } => break,
            Event::Settled { .. } | Event::Open { .. } | Event::Message { .. } => {}
        }
    }
    sending.await??;
    socket.idle().await;
    Ok(())
}

/// What of tokio a socket needs.
struct Tokio {
    handle: Handle,
    origin: Instant,
}

impl Tokio {
    /// The runtime of the task that calls this.
    fn here() -> Self {
        Self { handle: Handle::current(), origin: Instant::now() }
    }
}

impl Runtime for Tokio {
    type Transport = Tcp;
    type Dial = Pin<Box<dyn Future<Output = io::Result<Tcp>> + Send>>;
    /// Made when it is first set: most timers of most sockets never are.
    type Timer = Option<Pin<Box<Sleep>>>;

    fn configure(&self, config: Config) -> Config {
        // With the feature `platform-roots` wss would trust what the system trusts.
        config.or_platform_tls()
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(seed)
    }

    fn now(&self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }

    fn timer(&self) -> Self::Timer {
        None
    }

    fn poll_timer(&self, timer: &mut Self::Timer, at: Time, cx: &mut Context<'_>) -> Poll<()> {
        let Some(instant) = self.origin.checked_add(at.since(Time::ZERO)) else { return Poll::Pending };
        let sleep = timer.get_or_insert_with(|| Box::pin(sleep_until(instant)));
        sleep.as_mut().reset(instant);
        sleep.as_mut().poll(cx)
    }

    fn look_up(&self, look_up: LookUp<Self>) {
        self.handle.spawn(async move {
            let addresses = lookup_host((look_up.host(), look_up.port())).await.map(Iterator::collect);
            look_up.answer(addresses);
        });
    }

    fn dial(&self, address: SocketAddr) -> Self::Dial {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(Tcp(stream))
        })
    }
}

struct Tcp(TcpStream);

impl Transport for Tcp {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read_ready(cx)
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write_ready(cx)
    }

    fn stream(&mut self) -> impl Read + Write {
        Now(&self.0)
    }

    fn shut_down_write(&mut self) {
        // A TCP socket is shut down at once: there is nothing to wait for.
        let _ = Pin::new(&mut self.0).poll_shutdown(&mut Context::from_waker(Waker::noop()));
    }
}

/// A stream that does what it can at once.
struct Now<'s>(&'s TcpStream);

impl Read for Now<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Now<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
