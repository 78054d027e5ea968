//! connectSocket, on tokio.

use std::time::{Duration, Instant};

use connect_socket_tokio::connect_socket_core::{Backoff, CloseOptions, Config, ConnectOptions};
use connect_socket_tokio::{Event, Messages, Socket};
use futures_util::StreamExt;

use crate::Result;

pub async fn echo(url: &str) -> Result {
    let (socket, mut events) = Socket::new(Config::default())?;
    socket.connect(&ConnectOptions::new(url));
    while let Some(event) = events.next().await {
        if let Event::Message { message, .. } = event {
            socket.send(&message).await?;
        }
    }
    // How it ended, whichever way that was.
    socket.end().filter(|end| !end.is_clean()).map_or(Ok(()), |end| Err(end.to_string().into()))
}

pub async fn stay(url: &str, attempts: u32) -> Result {
    let (socket, events) = Socket::new(Config::default())?;
    let mut messages = Messages::new(socket, events);
    let mut backoff = Backoff::new(fastrand::u64(..));
    for _ in 0..attempts {
        let connected = messages.socket().connect(&ConnectOptions::new(url)).await;
        let opened = Instant::now();
        while let Some(Ok(message)) = messages.next().await {
            println!("{message:?}");
        }
        let open = connected.map_or(Duration::ZERO, |()| opened.elapsed());
        tokio::time::sleep(backoff.next_delay(open)).await;
    }
    Ok(())
}

pub async fn leave(url: &str) -> Result {
    // Its close timeout is ten seconds.
    let (socket, mut events) = Socket::new(Config::default())?;
    socket.connect(&ConnectOptions::new(url)).await?;
    socket.close(&CloseOptions::new(1000, "done"));
    while events.next().await.is_some() {}
    socket.idle().await;
    Ok(())
}
