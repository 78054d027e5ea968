//! Sends back whatever the server sends, until the connection ends.

use connect_socket_mio::EventLoop;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, OwnedEvent as Event};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: mio-echo URL")?;
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
        // As long as the server does not take the answers, it has to wait with its messages.
        socket.set_receiving(socket.session().buffered_amount() < 1024 * 1024);
    }
    if let Some(end) = socket.end() {
        println!("{end}");
    }
    Ok(())
}
