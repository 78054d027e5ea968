//! Every future can be dropped at any time: nothing is half sent, lost or sent twice.

mod peer;

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use connect_socket_smol::connect_socket_core::{CloseOptions, Config};
use connect_socket_smol::{Event, Events, Message, Messages, Socket};
use futures_util::{SinkExt, StreamExt};
use smol::block_on;

use peer::{Server, echo, listen};

/// Polls a future so many times, each time when it was woken, and then lets go of it. A future of which nobody
/// knows whether it will be woken at all is polled again at once.
struct Few<F>(F, usize, Next);

#[derive(Clone, Copy, PartialEq)]
enum Next {
    Woken,
    AtOnce,
}

impl<F: Future + Unpin> Future for Few<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.1.checked_sub(1) else { return Poll::Ready(None) };
        self.1 = left;
        match Pin::new(&mut self.0).poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                if self.2 == Next::AtOnce {
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
        }
    }
}

/// More polls than any of the futures here needs until it is ready.
const POLLS: usize = 12;

/// A payload that says which it is, of a size that does not go out in one piece.
fn large(number: u8) -> Vec<u8> {
    let mut bytes = vec![number; 3 * 1024 * 1024];
    bytes[..4].copy_from_slice(&[number, 1, 2, 3]);
    bytes
}

async fn closed(events: &mut Events) -> Vec<Event> {
    let mut seen = Vec::new();
    loop {
        let event = events.next().await.expect("the socket is there");
        let is_end = matches!(event, Event::Close { .. } | Event::Error { .. });
        seen.push(event);
        if is_end {
            return seen;
        }
    }
}

#[test]
fn a_connect_that_is_let_go_of_goes_on() {
    for polls in 0..POLLS {
        let server = Server::start(echo);
        block_on(async {
            let (socket, mut events) = Socket::new(Config::default()).unwrap();
            let call = socket.connect(&server.options());
            let id = call.id();
            let result = Few(call, polls, Next::Woken).await;
            assert!(result.is_none_or(|result| result.is_ok()));
            assert!(
                matches!(events.next().await, Some(Event::Settled { call, result: Ok(()) }) if call == id)
            );
            assert!(matches!(events.next().await, Some(Event::Open { .. })));
            socket.close(&CloseOptions::default()).await.unwrap();
            closed(&mut events).await;
        });
        assert!(server.join().is_empty());
    }
}

#[test]
fn a_send_that_is_let_go_of_arrives_once_and_whole() {
    for polls in 0..POLLS {
        let server = Server::start(listen);
        block_on(async {
            let (socket, mut events) = Socket::new(Config::default()).unwrap();
            socket.connect(&server.options()).await.unwrap();
            let mut ids = Vec::new();
            for number in 0..4 {
                let call = socket.send(large(number).as_slice());
                ids.push(call.id());
                Few(call, polls, Next::Woken).await;
            }
            drop(socket.close(&CloseOptions::default()));
            let settled = closed(&mut events).await.into_iter().filter_map(|event| match event {
                Event::Settled { call, result: Ok(()) } if ids.contains(&call) => Some(call),
                _ => None,
            });
            assert_eq!(settled.collect::<Vec<_>>(), ids, "each is told, once, in order");
        });
        let seen: Vec<_> = server.join().into_iter().map(|message| message.into_data().to_vec()).collect();
        assert!(seen == (0..4).map(large).collect::<Vec<_>>(), "after {polls} polls");
    }
}

#[test]
fn an_event_that_is_let_go_of_comes_with_the_next() {
    for polls in 1..POLLS {
        let server = Server::start(echo);
        let seen = block_on(async {
            let (socket, mut events) = Socket::new(Config::default()).unwrap();
            socket.connect(&server.options()).await.unwrap();
            for number in 0..200 {
                drop(socket.send(number.to_string().as_str()));
            }
            drop(socket.send(large(7).as_slice()));
            let mut seen = Vec::new();
            while seen.len() < 201 {
                match Few(events.next(), polls, Next::Woken).await.flatten() {
                    Some(Event::Message { message, .. }) => seen.push(message),
                    // None: every poll found nothing; another future waits for more.
                    None | Some(Event::Settled { .. } | Event::Open { .. }) => {}
                    other => panic!("{other:?}"),
                }
                if seen.len() % 3 == 0 {
                    Few(socket.idle(), polls, Next::AtOnce).await;
                }
            }
            socket.close(&CloseOptions::default()).await.unwrap();
            closed(&mut events).await;
            seen
        });
        let mut expected: Vec<_> = (0..200).map(|number| Message::Text(number.to_string())).collect();
        expected.push(Message::Binary(large(7)));
        assert!(seen == expected);
        assert_eq!(server.join().len(), 201);
    }
}

#[test]
fn a_close_that_is_let_go_of_is_made() {
    for polls in 0..3 {
        let server = Server::start(echo);
        block_on(async {
            let (socket, mut events) = Socket::new(Config::default()).unwrap();
            socket.connect(&server.options()).await.unwrap();
            Few(socket.close(&CloseOptions::new(3000, "enough")), polls, Next::Woken).await;
            let end = closed(&mut events).await.pop();
            assert!(matches!(end, Some(Event::Close { code: 3000, .. })), "{end:?}");
            Few(socket.idle(), polls, Next::AtOnce).await;
            socket.idle().await;
        });
        server.join();
    }
}

#[test]
fn a_sink_that_is_let_go_of_sends_once_and_whole() {
    for polls in 1..POLLS {
        let server = Server::start(listen);
        block_on(async {
            let (socket, events) = Socket::new(Config::default()).unwrap();
            drop(socket.connect(&server.options()));
            let mut messages = Messages::new(socket, events);
            for number in 0..8 {
                // Feeding is waiting for room, and then an act that nothing interrupts.
                let mut ready = false;
                while !ready {
                    let room = std::future::poll_fn(|cx| Pin::new(&mut messages).poll_ready_unpin(cx));
                    ready = Few(pin!(room), polls, Next::Woken).await.transpose().unwrap().is_some();
                }
                messages.start_send_unpin(Message::Binary(large(number))).unwrap();
                Few(messages.flush(), polls, Next::Woken).await;
            }
            Few(messages.close(), polls, Next::Woken).await;
            messages.close().await.unwrap();
        });
        let seen: Vec<_> = server.join().into_iter().map(|message| message.into_data().to_vec()).collect();
        assert!(seen == (0..8).map(large).collect::<Vec<_>>(), "after {polls} polls");
    }
}

#[test]
fn a_driver_that_is_let_go_of_leaves_nothing_undone() {
    for polls in 0..POLLS {
        let server = Server::start(echo);
        block_on(async {
            let (socket, mut events) = Socket::new(Config::default()).unwrap();
            drop(socket.connect(&server.options()));
            Few(socket.run(), polls, Next::AtOnce).await;
            loop {
                match events.next().await.unwrap() {
                    Event::Open { .. } => drop(socket.send("hello")),
                    Event::Message { message, .. } => {
                        assert_eq!(message, Message::from("hello"));
                        break;
                    }
                    Event::Settled { .. } => {}
                    other => panic!("{other:?}"),
                }
                Few(socket.run(), polls, Next::AtOnce).await;
            }
            drop(socket.close(&CloseOptions::default()));
            Few(socket.run(), polls, Next::AtOnce).await;
            closed(&mut events).await;
        });
        server.join();
    }
}
