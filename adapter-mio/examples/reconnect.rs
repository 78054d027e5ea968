//! Keeps a connection: when it ends, it waits and connects again. The wait is random, and grows until a connection
//! lasts.
//!
//! `mio-reconnect URL [CONNECTS [FIRST_WAIT_IN_MILLISECONDS]]`

use std::time::{Duration, Instant};

use connect_socket_mio::EventLoop;
use connect_socket_mio::connect_socket_core::{
    Backoff, Config, ConnectOptions, End, Error, ErrorCode, OwnedEvent as Event,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = "usage: mio-reconnect URL [CONNECTS [FIRST_WAIT_IN_MILLISECONDS]]";
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or(usage)?;
    let connects = arguments.next().map_or(Ok(u32::MAX), |text| text.parse().map_err(|_| usage))?;
    let first = arguments.next().map_or(Ok(500), |text| text.parse().map_err(|_| usage))?;
    // The seed only has to differ between clients.
    let seed = getrandom::u64()?;
    let mut backoff = Backoff::new(seed).first(Duration::from_millis(first));
    let mut socket = EventLoop::new(Config::default())?;
    for connect in 1..=connects {
        socket.connect(&ConnectOptions::new(&url));
        let mut opened = None;
        while let Some(event) = socket.next_event()? {
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
        if is_hopeless(end) || connect == connects {
            break;
        }
        // Only a connection that was open for a while makes the next wait short again.
        let wait = backoff.next_delay(opened.map_or(Duration::ZERO, |at| at.elapsed()));
        println!("next connect in {} ms", wait.as_millis());
        std::thread::sleep(wait);
    }
    Ok(())
}

/// An invalid url stays invalid.
fn is_hopeless(end: &End) -> bool {
    let code = end.error().map(Error::code);
    matches!(code, Some(ErrorCode::UrlMissing | ErrorCode::UrlInvalid | ErrorCode::SchemeInvalid))
}
