//! Keeps a connection: when it ends, it waits and connects again. The wait is random, and grows until a connection
//! lasts.
//!
//! `reconnect URL [CONNECTS [FIRST_WAIT_IN_MILLISECONDS]]`

use std::time::{Duration, Instant};

use connect_socket_tokio::connect_socket_core::{Backoff, Config, ConnectOptions, End, Error, ErrorCode};
use connect_socket_tokio::{Event, Socket};
use futures_util::StreamExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "wss://feed.example/".into());
    let connects = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
    let first = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(500);
    // The seed only has to differ between clients.
    let seed = getrandom::u64().map_err(std::io::Error::other)?;
    let mut backoff = Backoff::new(seed).first(Duration::from_millis(first));
    let (socket, mut events) = Socket::new(Config::default())?;
    for _ in 0..connects {
        socket.connect(&ConnectOptions::new(&url));
        let mut opened = None;
        while let Some(event) = events.next().await {
            match event {
                Event::Open { .. } => {
                    opened = Some(Instant::now());
                    println!("open");
                }
                Event::Message { message, .. } => println!("{message:?}"),
                Event::Settled { .. } | Event::Error { .. } | Event::Close { .. } => {}
            }
        }
        let Some(end) = socket.end() else { continue };
        println!("{end}");
        if is_hopeless(&end) {
            break;
        }
        // Only a connection that was open for a while makes the next wait short again.
        let wait = backoff.next_delay(opened.map_or(Duration::ZERO, |at| at.elapsed()));
        println!("next connect in {} ms", wait.as_millis());
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

/// An invalid url stays invalid.
fn is_hopeless(end: &End) -> bool {
    let code = end.error().map(Error::code);
    matches!(code, Some(ErrorCode::UrlMissing | ErrorCode::UrlInvalid | ErrorCode::SchemeInvalid))
}
