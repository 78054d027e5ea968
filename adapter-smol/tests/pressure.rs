//! Back-pressure both ways, and messages as a stream and a sink.

mod peer;

use std::sync::mpsc::channel;

use connect_socket_smol::connect_socket_core::{CloseOptions, Config, End, ErrorCode, Phase};
use connect_socket_smol::{Event, Message, Messages, Socket};
use futures_util::{SinkExt, StreamExt};
use smol::block_on;
use smol::future::{self, poll_once};

use peer::{Server, echo, listen};

const CHUNK: usize = 256 * 1024;

#[test]
fn a_sink_waits_for_room() {
    const LIMIT: usize = CHUNK;
    const HIGH_WATER: usize = 4 * CHUNK;
    let (go, going) = channel();
    let server = Server::start(move |socket| {
        going.recv().unwrap();
        listen(socket)
    });
    block_on(async {
        let config = Config::default().message_limit(LIMIT).high_water(HIGH_WATER);
        let (socket, events) = Socket::new(config).unwrap();
        drop(socket.connect(&server.options()));
        let mut messages = Messages::new(socket.clone(), events);
        // The sink waits for the connection, and then takes until the mark is reached, and no more.
        let mut fed = 0_u64;
        loop {
            let mut feeding = messages.feed(Message::Binary(vec![1; LIMIT]));
            if fed > 0 && poll_once(&mut feeding).await.is_none() {
                break;
            } else if fed == 0 {
                feeding.await.unwrap();
            }
            fed += 1;
            assert!(socket.buffered_amount() <= HIGH_WATER);
        }
        assert!(fed > 3);
        // Nothing was refused, and as soon as the server reads, it goes on.
        go.send(()).unwrap();
        for _ in 0..10 {
            messages.feed(Message::Binary(vec![2; LIMIT])).await.unwrap();
        }
        messages.flush().await.unwrap();
        assert_eq!(socket.buffered_amount(), 0);
        messages.close().await.unwrap();
        assert!(messages.next().await.is_none());
        assert!(matches!(messages.socket().end(), Some(End::Closed { code: 1000, .. })));
        fed += 10;
        let seen = smol::unblock(|| server.join()).await;
        assert_eq!(seen.len() as u64, fed);
    });
}

#[test]
fn a_server_is_held_back_while_nobody_listens() {
    const COUNT: usize = 200;
    let (told, tell) = channel();
    let server = Server::start(move |mut socket| {
        for number in 0..COUNT {
            let payload = vec![u8::try_from(number).unwrap(); CHUNK];
            socket.send(tungstenite::Message::Binary(payload.into())).unwrap();
            told.send(number).unwrap();
        }
        echo(socket)
    });
    block_on(async {
        let (socket, mut events) = Socket::new(Config::default()).unwrap();
        socket.connect(&server.options()).await.unwrap();
        // The socket is served, and sends; only its events are not taken.
        let mut serving = socket.run();
        let mut last = None;
        for _ in 0..200 {
            socket.send("still here").await.unwrap();
            assert!(poll_once(&mut serving).await.is_none());
            last = tell.try_iter().last().or(last);
        }
        // What the kernels on both sides hold is a few MiB; all of it would be 50.
        assert!(last.is_none_or(|number| number < COUNT - 1), "{last:?}");
        let mut heard = 0;
        while heard < COUNT {
            match events.next().await.unwrap() {
                Event::Message { message: Message::Binary(payload), .. } => {
                    assert!(payload == vec![u8::try_from(heard).unwrap(); CHUNK]);
                    heard += 1;
                }
                Event::Open { .. } | Event::Settled { result: Ok(()), .. } => {}
                other => panic!("{other:?}"),
            }
        }
        socket.close(&CloseOptions::default()).await.unwrap();
        socket.idle().await;
    });
    assert_eq!(server.join().len(), 200);
}

#[test]
fn a_socket_that_is_never_empty_leaves_others_their_time() {
    let server = Server::start(|mut socket| {
        let payload = tungstenite::Bytes::from(vec![0; CHUNK]);
        while socket.send(tungstenite::Message::Binary(payload.clone())).is_ok() {}
    });
    block_on(async {
        let (socket, mut events) = Socket::new(Config::default()).unwrap();
        socket.connect(&server.options()).await.unwrap();
        let mut bytes = 0;
        // As long as there is always a message, nobody else runs; it must not be so for long.
        let flood = async {
            loop {
                if let Some(Event::Message { message, .. }) = events.next().await {
                    bytes += message.as_bytes().len();
                    assert!(bytes < 1 << 30, "a gibibyte without a pause");
                }
            }
        };
        let other = async {
            for _ in 0..3 {
                future::yield_now().await;
            }
        };
        future::or(flood, other).await;
    });
}

#[test]
fn messages_can_be_forwarded() {
    let server = Server::start(echo);
    // What the other server says, this one gets.
    let source = Server::start(|mut socket| {
        for number in 0..1000 {
            socket.send(tungstenite::Message::Text(number.to_string().into())).unwrap();
        }
        let _ = socket.close(None);
        echo(socket)
    });
    block_on(async {
        let connect = async |server: &Server<Vec<_>>| {
            let (socket, events) = Socket::new(Config::default()).unwrap();
            socket.connect(&server.options()).await.unwrap();
            Messages::new(socket, events)
        };
        let from = connect(&source).await;
        let to = connect(&server).await;
        from.forward(to).await.unwrap();
    });
    source.join();
    let seen: Vec<_> =
        server.join().into_iter().map(|message| message.into_text().unwrap().to_string()).collect();
    assert_eq!(seen, (0..1000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn halves_echo_in_two_tasks() {
    let server = Server::start(echo);
    block_on(async {
        let (socket, events) = Socket::new(Config::default()).unwrap();
        drop(socket.connect(&server.options()));
        let (mut sink, mut stream) = Messages::new(socket, events).split();
        let say = async {
            for number in 0..300 {
                sink.send(Message::Text(number.to_string())).await.unwrap();
            }
        };
        let hear = async {
            for number in 0..300 {
                assert_eq!(stream.next().await.unwrap().unwrap(), Message::Text(number.to_string()));
            }
        };
        future::zip(say, hear).await;
        sink.close().await.unwrap();
        assert!(stream.next().await.is_none());
    });
    server.join();
}

#[test]
fn a_message_that_cannot_be_sent_is_an_error_of_the_sink() {
    block_on(async {
        let (socket, events) = Socket::new(Config::default()).unwrap();
        let mut messages = Messages::new(socket, events);
        let error = messages.send(Message::from("to nobody")).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotOpen);
        messages.close().await.unwrap();
        assert_eq!(messages.socket().phase(), Phase::Idle);
    });
}

#[test]
fn a_connection_that_never_opens_is_one_error_and_the_end() {
    block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        drop(listener);
        let (socket, events) = Socket::new(Config::default()).unwrap();
        drop(socket.connect(&connect_socket_smol::connect_socket_core::ConnectOptions::new(url)));
        let mut messages = Messages::new(socket, events);
        assert_eq!(messages.next().await.unwrap().unwrap_err().code(), ErrorCode::Unknown);
        assert!(messages.next().await.is_none());
        assert!(matches!(messages.socket().end(), Some(End::Failed(_))));
        assert!(messages.next().await.is_none(), "it stays at that");
    });
}
