//! What waits to be written goes out before the next frame of the same read is acted upon, as far as the
//! transport takes it (semantics T: pings, violations and close frames; Autobahn 2.10, 3.2, 4.1.3 to 5.15).

mod opened;

use connect_socket_core::{CallId, Config, Event, Message, Payload, Session, Tape, TransportId, Workspace};
use opened::{NOW, open};

struct Host {
    session: Session<Tape>,
    work: Workspace,
    transport: TransportId,
    /// Whether the transport takes bytes.
    writable: bool,
    /// Whether the host asks what there is to write although it cannot.
    asks: bool,
    /// What the server got. Masks are zeros, so payloads are readable.
    wire: Vec<u8>,
    told: Vec<String>,
}

impl Host {
    fn open() -> Self {
        let mut work = Workspace::default();
        let (session, transport) = open(Config::default(), &mut work);
        let (wire, told) = (Vec::new(), Vec::new());
        Self { session, work, transport, writable: true, asks: false, wire, told }
    }

    fn receive(&mut self, bytes: &[u8]) {
        assert_eq!(self.session.handle_bytes(NOW, self.transport, bytes, &mut self.work), bytes.len());
        self.turn();
    }

    /// The documented loop, with a handler that echoes texts.
    fn turn(&mut self) {
        loop {
            let mut echo = None;
            let before = (self.told.len(), self.wire.len());
            while let Some(event) = self.session.poll_event(&mut self.work) {
                self.told.push(match event {
                    Event::Settled { call, result } => settled(call, result.map_err(|it| it.code().number())),
                    Event::Open { .. } => "open".into(),
                    Event::Message { message: Message::Text(text), .. } => {
                        echo = Some(text.to_owned());
                        format!("text {text}")
                    }
                    Event::Message { message: Message::Binary(_), .. } => "binary".into(),
                    Event::Error { error, .. } => format!("error {}", error.code().number()),
                    Event::Close { code, .. } => format!("close {code}"),
                });
                if let Some(text) = echo.take() {
                    self.session.send(Payload::Text(&text));
                }
            }
            while self.session.poll_action().is_some() {}
            if self.asks {
                self.session.poll_transmit(self.transport, &mut self.work);
            }
            if self.writable {
                let transmit = self.session.poll_transmit(self.transport, &mut self.work).slices().concat();
                self.wire.extend_from_slice(&transmit);
                let written = self.session.handle_transmitted(NOW, self.transport, transmit.len());
                assert_eq!(written, Ok(()));
            }
            let is_due = self.session.poll_timeout().is_some_and(|(at, _)| at <= NOW);
            self.session.handle_timeout(NOW);
            if !is_due && before == (self.told.len(), self.wire.len()) {
                return;
            }
        }
    }
}

fn settled(call: CallId, result: Result<(), u8>) -> String {
    match result {
        Ok(()) => format!("{call} ok"),
        Err(code) => format!("{call} fail {code}"),
    }
}

/// A masked frame as the client sends it: the mask is zero.
fn sent(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short") | 0x80;
    [&[first, length, 0, 0, 0, 0], payload].concat()
}

#[test]
fn t_an_echo_leaves_before_the_violation_behind_its_message() {
    let mut host = Host::open();
    // A text, then a text with a reserved bit, in one read.
    host.receive(b"\x81\x02hi\xa1\x02no");
    assert_eq!(host.wire, [sent(0x81, b"hi"), sent(0x88, &1002_u16.to_be_bytes())].concat());
    assert_eq!(host.told, ["text hi", "call 2 ok", "error 1", "close 1002"]);
}

#[test]
fn t_an_echo_leaves_before_the_reply_to_the_close_behind_its_message() {
    let mut host = Host::open();
    host.receive(b"\x81\x02hi\x88\x02\x03\xe8");
    assert_eq!(host.wire, [sent(0x81, b"hi"), sent(0x88, &1000_u16.to_be_bytes())].concat());
    assert_eq!(host.told, ["text hi", "call 2 ok", "close 1000"]);
}

#[test]
fn t_a_transport_that_takes_nothing_holds_no_violation_up() {
    for asks in [true, false] {
        let mut host = Host { writable: false, asks, ..Host::open() };
        host.receive(b"\x81\x02hi");
        host.receive(b"\x81\x02ho\xa1\x02no");
        let told = ["text hi", "text ho", "call 2 fail 11", "call 3 fail 11", "error 1", "close 1002"];
        assert_eq!(host.told, told);
    }
}

#[test]
fn t_pings_of_one_read_are_each_answered_while_the_transport_takes_it() {
    let mut host = Host::open();
    let pings: Vec<u8> = (0..10).flat_map(|count| [0x89, 1, count]).collect();
    host.receive(&pings);
    assert_eq!(host.wire, (0..10).flat_map(|count| sent(0x8a, &[count])).collect::<Vec<u8>>());
}

#[test]
fn t_the_newest_ping_is_answered_when_several_wait() {
    for asks in [true, false] {
        let mut host = Host { writable: false, asks, ..Host::open() };
        host.receive(&[0x89, 1, 1, 0x89, 1, 2]);
        host.receive(&[0x89, 1, 3, 0x89, 1, 4]);
        host.writable = true;
        host.turn();
        assert_eq!(host.wire, sent(0x8a, &[4]));
    }
}

#[test]
fn g7_a_flood_of_pings_asks_for_a_bounded_number_of_writes() {
    let mut host = Host::open();
    host.receive(&[0x89, 0].repeat(20_000));
    assert!(host.wire.len() <= 20 * sent(0x8a, &[]).len());
}

/// Semantics G5: sends that have succeeded are told before the next message of what was read before, although a refused
/// call between them keeps them from being one run.
#[test]
fn every_send_that_succeeded_is_told_before_the_next_message() {
    let mut host = Host::open();
    let Host { session, work, transport, .. } = &mut host;
    opened::read(session, *transport, work, b"\x82\x01a\x82\x01b\x82\x01c");
    assert!(matches!(session.poll_event(work), Some(Event::Message { .. })));
    let first = session.send(Payload::Binary(b"1"));
    let refused = session.send(Payload::Invalid);
    let last = session.send(Payload::Binary(b"2"));
    assert!(
        matches!(session.poll_event(work), Some(Event::Settled { call, result: Err(_) }) if call == refused)
    );
    assert!(matches!(session.poll_event(work), Some(Event::Message { .. })));

    let waiting = session.poll_transmit(*transport, work).len();
    assert_eq!(session.handle_transmitted(NOW, *transport, waiting), Ok(()));
    for sent in [first, last] {
        assert!(
            matches!(session.poll_event(work), Some(Event::Settled { call, result: Ok(()) }) if call == sent)
        );
    }
    assert!(matches!(session.poll_event(work), Some(Event::Message { .. })));
}
