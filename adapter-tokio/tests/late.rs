//! A program that kept its thread for longer than a pong may take: the pong has been in the socket all the time (rule F8), though
//! tokio has not looked there yet.

use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use connect_socket_tokio::connect_socket_core::{CloseOptions, Config, ConnectOptions, Keepalive};
use connect_socket_tokio::{Event, Socket};
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tungstenite::Message;

const INTERVAL: Duration = Duration::from_millis(100);
const PONG: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "current_thread")]
async fn a_busy_thread_takes_no_live_server_for_dead() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let (pinged, is_pinged) = oneshot::channel();
    let (busy, is_busy) = channel::<()>();
    let (answered, is_answered) = channel();
    let server = thread::spawn(move || {
        let mut socket = tungstenite::accept(listener.accept().expect("a client").0).expect("an upgrade");
        let mut pinged = Some(pinged);
        while let Ok(message) = socket.read() {
            if message.is_ping()
                && let Some(pinged) = pinged.take()
            {
                pinged.send(()).expect("the client waits");
                is_busy.recv().expect("the client is busy now");
                // The pong goes out.
                socket.flush().expect("the client is there");
                answered.send(()).expect("the client waits");
            }
            if let Message::Text(text) = message {
                socket.send(Message::Text(text)).expect("the client is there");
            }
        }
    });
    let config = Config::default().keepalive(Keepalive::new(INTERVAL, PONG));
    let (socket, mut events) = Socket::new(config).expect("a runtime");
    socket.connect(&ConnectOptions::new(url)).await.expect("open");
    while !matches!(events.next().await, Some(Event::Open { .. })) {}
    tokio::select! {
        event = events.next() => panic!("{event:?}"),
        ping = is_pinged => ping.expect("a ping"),
    }
    // From here on nothing but this has the thread.
    busy.send(()).expect("the server waits");
    is_answered.recv().expect("the pong is here");
    let begun = Instant::now();
    while begun.elapsed() < 2 * PONG {
        std::hint::spin_loop();
    }
    drop(socket.send("still there"));
    loop {
        match events.next().await.expect("it is open") {
            Event::Settled { result: Ok(()), .. } => {}
            Event::Message { message, .. } => {
                assert_eq!(message.as_bytes(), b"still there");
                break;
            }
            event @ (Event::Settled { .. }
            | Event::Open { .. }
            | Event::Error { .. }
            | Event::Close { .. }) => {
                panic!("{event:?}")
            }
        }
    }
    drop(socket.close(&CloseOptions::default()));
    socket.idle().await;
    server.join().expect("the server is content");
}
