//! Who is measured: clients whose connection is open and compresses.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use connect_socket_core::deflate::{Compression, Offer};
use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Session, Tape, Time, TransportId, Workspace,
};
use futures_util::{SinkExt, StreamExt};
use tokio::runtime::{Builder, Runtime};

use super::LEVEL;
use super::wire::Wire;

const NOW: Time = Time::ZERO;

/// Polls to the end; nothing here waits for anybody.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..1000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
    panic!("a contender waits for more than there is");
}

/// What a loop has for all its connections.
pub(super) struct Loop {
    work: Workspace,
    /// sockudo-ws asks it for timers.
    runtime: Runtime,
}

impl Loop {
    pub(super) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { work: Workspace::default(), runtime }
    }
}

/// A client whose connection is open and compresses.
pub(super) trait Contender: Sized {
    const NAME: &'static str;
    fn open(wire: Wire, bits: u8, around: &mut Loop) -> Self;
    fn send(&mut self, message: &str, around: &mut Loop);
    fn receive(&mut self, count: usize, around: &mut Loop, seen: impl FnMut(&[u8]));
    /// The connection is idle now.
    fn idle(&mut self) {}
}

pub(super) struct Ours {
    session: Session<Tape>,
    transport: TransportId,
    wire: Wire,
}

impl Ours {
    fn write(&mut self, around: &mut Loop) {
        let transmit = self.session.poll_transmit(self.transport, &mut around.work);
        let slices = transmit.slices();
        slices.iter().for_each(|slice| self.wire.write(slice));
        let count = transmit.len();
        self.session.handle_transmitted(NOW, self.transport, count).expect("as offered");
    }
}

impl Contender for Ours {
    const NAME: &'static str = "connectSocket";

    fn open(wire: Wire, bits: u8, around: &mut Loop) -> Self {
        let offer = Offer::new().client_window_bits(bits).server_window_bits(bits);
        let config = Config::default().compression(Compression::offering(offer).level(LEVEL).threshold(0));
        let mut session = Session::new(config, Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("a dial") };
        session.handle_connected(NOW, transport);
        let mut ours = Self { session, transport, wire };
        ours.write(around);
        ours.wire.take_written();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits={bits}\r\n\r\n"
        );
        ours.session.handle_bytes(NOW, transport, answer.as_bytes(), &mut around.work);
        while ours.session.poll_event(&mut around.work).is_some() {}
        ours
    }

    fn send(&mut self, message: &str, around: &mut Loop) {
        self.session.send(message);
        self.write(around);
        while self.session.poll_event(&mut around.work).is_some() {}
    }

    fn receive(&mut self, count: usize, around: &mut Loop, mut seen: impl FnMut(&[u8])) {
        let mut left = count;
        while left > 0 {
            let mut space = self.session.receive_space(self.transport, &mut around.work).expect("it is read");
            let read = self.wire.read(&mut space);
            assert!(read > 0, "it waits for more than there is");
            space.filled(NOW, read).expect("it lay there");
            while let Some(event) = self.session.poll_event(&mut around.work) {
                if let Event::Message { message, .. } = event {
                    seen(message.as_bytes());
                    left -= 1;
                }
            }
        }
    }

    fn idle(&mut self) {
        while let Some((at, _)) = self.session.poll_timeout().filter(|(at, _)| *at <= NOW + MINUTE) {
            self.session.handle_timeout(at);
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

pub(super) struct Yawc(yawc::WebSocket<Wire>);

impl Contender for Yawc {
    const NAME: &'static str = "yawc";

    fn open(wire: Wire, bits: u8, _: &mut Loop) -> Self {
        let options = yawc::Options::default()
            .with_utf8()
            .with_limits(16 << 20, 32 << 20)
            .with_compression_level(yawc::CompressionLevel::new(LEVEL.into()))
            .with_compression_threshold(0)
            .with_client_max_window_bits(bits)
            .with_server_max_window_bits(bits);
        let agreed =
            format!("permessage-deflate; server_max_window_bits={bits}; client_max_window_bits={bits}");
        let client = yawc::Role::Client;
        Self(
            yawc::WebSocket::from_stream_with_extensions(wire, client, Some(&agreed), options)
                .expect("a client"),
        )
    }

    fn send(&mut self, message: &str, _: &mut Loop) {
        run(async {
            let frame = yawc::Frame::text(Bytes::copy_from_slice(message.as_bytes()));
            self.0.send(frame).await.expect("a send");
        });
    }

    fn receive(&mut self, count: usize, _: &mut Loop, mut seen: impl FnMut(&[u8])) {
        run(async {
            for _ in 0..count {
                seen(self.0.next_frame().await.expect("a message").payload());
            }
        });
    }
}

pub(super) struct Sockudo(sockudo_ws::CompressedWebSocketStream<Wire>);

impl Contender for Sockudo {
    const NAME: &'static str = "sockudo-ws";

    fn open(wire: Wire, bits: u8, around: &mut Loop) -> Self {
        let _inside = around.runtime.enter();
        let window = sockudo_ws::DeflateWindowBits::try_from(bits).expect("a window");
        let deflate = sockudo_ws::DeflateConfig {
            server_max_window_bits: window,
            client_max_window_bits: window,
            compression_level: LEVEL.into(),
            compression_threshold: 0,
            ..sockudo_ws::DeflateConfig::default()
        };
        Self(sockudo_ws::CompressedWebSocketStream::client(wire, sockudo_ws::Config::default(), deflate))
    }

    fn send(&mut self, message: &str, around: &mut Loop) {
        let _inside = around.runtime.enter();
        run(async {
            let message = sockudo_ws::Message::Text(Bytes::copy_from_slice(message.as_bytes()));
            self.0.send(message).await.expect("a send");
        });
    }

    fn receive(&mut self, count: usize, around: &mut Loop, mut seen: impl FnMut(&[u8])) {
        let _inside = around.runtime.enter();
        run(async {
            for _ in 0..count {
                match self.0.next().await.expect("an open stream").expect("a message") {
                    sockudo_ws::Message::Text(bytes) => seen(&bytes),
                    other => panic!("{other:?}"),
                }
            }
        });
    }
}
