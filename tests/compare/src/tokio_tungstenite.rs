//! tokio-tungstenite.

use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

use crate::{Delay, PATIENCE, Result};

pub async fn echo(url: &str) -> Result {
    let (mut socket, _) = connect_async(url).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

pub async fn stay(url: &str, attempts: u32) -> Result {
    let mut delay = Delay::default();
    for _ in 0..attempts {
        let mut opened = None;
        if let Ok((mut socket, _)) = connect_async(url).await {
            opened = Some(Instant::now());
            while let Some(Ok(message)) = socket.next().await {
                println!("{message:?}");
            }
        }
        sleep(delay.next(opened)).await;
    }
    Ok(())
}

pub async fn leave(url: &str) -> Result {
    let (mut socket, _) = connect_async(url).await?;
    socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "done".into() })).await?;
    timeout(PATIENCE, async { while let Some(Ok(_)) = socket.next().await {} }).await?;
    Ok(())
}
