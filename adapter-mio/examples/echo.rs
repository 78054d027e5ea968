//! Sends back whatever the server sends, until the connection ends.

use connect_socket_mio::EventLoop;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, OwnedEvent as Event};

fn main() -> std::io::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "wss://echo.example/feed".into());
    let mut socket = EventLoop::new(Config::default())?;
    socket.connect(&ConnectOptions::new(url));
    // The loop ends by itself when nothing more can come, however the connection ended.
    while let Some(event) = socket.next_event()? {
        match event {
            Event::Open { .. } => println!("open"),
            Event::Message { message, .. } => {
                println!("{message:?}");
                socket.send(&message);
            }
            Event::Settled { .. } | Event::Error { .. } | Event::Close { .. } => {}
        }
    }
    if let Some(end) = socket.end() {
        println!("{end}");
    }
    Ok(())
}
