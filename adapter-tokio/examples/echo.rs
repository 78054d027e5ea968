//! Sends back whatever the server sends, until the connection ends.

use connect_socket_tokio::connect_socket_core::{Config, ConnectOptions};
use connect_socket_tokio::{Event, Socket};
use futures_util::StreamExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: tokio-echo URL")?;
    let (socket, mut events) = Socket::new(Config::default())?;
    socket.connect(&ConnectOptions::new(url));
    // The loop ends by itself when nothing more can come, however the connection ended.
    while let Some(event) = events.next().await {
        match event {
            Event::Open { .. } => println!("open"),
            Event::Message { message, .. } => {
                println!("{message:?}");
                // Waits until the system has taken it. Meanwhile, the server has to wait with its messages.
                if let Err(error) = socket.send(&message).await {
                    println!("not sent: {error}");
                }
            }
            Event::Settled { .. } | Event::Error { .. } | Event::Close { .. } => {}
        }
    }
    if let Some(end) = socket.end() {
        println!("{end}");
    }
    Ok(())
}
