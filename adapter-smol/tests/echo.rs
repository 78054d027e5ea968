//! The first echo: over loopback, against tungstenite.
use std::net::TcpListener;
use std::thread;

use connect_socket_smol::core::{CloseOptions, Config, ConnectOptions};
use connect_socket_smol::{Event, Message, Socket};
use futures_util::StreamExt;

#[test]
fn echo() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut ws = tungstenite::accept(listener.accept().unwrap().0).unwrap();
        while let Ok(message) = ws.read() {
            if message.is_text() {
                ws.send(message).unwrap();
            }
        }
    });
    smol::block_on(async {
        let (socket, mut events) = Socket::new(Config::default()).unwrap();
        socket.connect(&ConnectOptions::new(url.as_str())).await.unwrap();
        socket.send("hello").await.unwrap();
        loop {
            match events.next().await.unwrap() {
                Event::Message { message, .. } => {
                    assert_eq!(message, Message::from("hello"));
                    drop(socket.close(&CloseOptions::default()));
                }
                Event::Close { code, .. } => {
                    assert_eq!(code, 1000);
                    break;
                }
                event => println!("{event:?}"),
            }
        }
        socket.idle().await;
        drop(socket);
        assert!(events.next().await.is_none());
    });
    server.join().unwrap();
}
