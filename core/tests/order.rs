//! What waits to be written goes out before the next frame of the same read is acted upon, as far as the
//! transport takes it (rule T: pings, violations and close frames; Autobahn 2.10, 3.2, 4.1.3 to 5.15).

mod memory;

use connect_socket_core::{Config, Event, Message, Payload};
use memory::{Host, NOW, words};

/// A host with a handler that echoes texts.
struct Echo {
    host: Host,
    /// Whether the transport takes bytes.
    writable: bool,
    /// Whether the host asks what there is to write although it cannot.
    asks: bool,
    /// What the server got.
    wire: Vec<u8>,
    told: Vec<String>,
}

impl Echo {
    fn open() -> Self {
        let host = Host::open(Config::default());
        Self { host, writable: true, asks: false, wire: Vec::new(), told: Vec::new() }
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.host.read(bytes);
        self.turn();
    }

    /// The documented loop.
    fn turn(&mut self) {
        loop {
            let before = (self.told.len(), self.wire.len());
            let Host { session, work, transport } = &mut self.host;
            while let Some(event) = session.poll_event(work) {
                self.told.push(words(&event));
                if let Event::Message { message: Message::Text(text), .. } = event {
                    let text = text.to_owned();
                    session.send(Payload::Text(&text));
                }
            }
            while session.poll_action().is_some() {}
            if self.asks {
                session.poll_transmit(*transport, work);
            }
            if self.writable {
                self.wire.extend(self.host.write());
            }
            let session = &mut self.host.session;
            let is_due = session.poll_timeout().is_some_and(|(at, _)| at <= NOW);
            session.handle_timeout(NOW);
            if !is_due && before == (self.told.len(), self.wire.len()) {
                return;
            }
        }
    }
}

/// A masked frame as the client sends it: the mask is zero.
fn sent(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short") | 0x80;
    [&[first, length, 0, 0, 0, 0], payload].concat()
}

#[test]
fn t_an_echo_leaves_before_the_violation_behind_its_message() {
    let mut echo = Echo::open();
    // A text, then a text with a reserved bit, in one read.
    echo.receive(b"\x81\x02hi\xa1\x02no");
    assert_eq!(echo.wire, [sent(0x81, b"hi"), sent(0x88, &1002_u16.to_be_bytes())].concat());
    assert_eq!(echo.told, ["text hi", "call 2 ok", "error 1", "close 1002 protocol"]);
}

#[test]
fn t_an_echo_leaves_before_the_reply_to_the_close_behind_its_message() {
    let mut echo = Echo::open();
    echo.receive(b"\x81\x02hi\x88\x02\x03\xe8");
    assert_eq!(echo.wire, [sent(0x81, b"hi"), sent(0x88, &1000_u16.to_be_bytes())].concat());
    assert_eq!(echo.told, ["text hi", "call 2 ok", "close 1000 remote"]);
}

#[test]
fn t_a_transport_that_takes_nothing_holds_no_violation_up() {
    for asks in [true, false] {
        let mut echo = Echo { writable: false, asks, ..Echo::open() };
        echo.receive(b"\x81\x02hi");
        echo.receive(b"\x81\x02ho\xa1\x02no");
        let told =
            ["text hi", "text ho", "call 2 fail 11", "call 3 fail 11", "error 1", "close 1002 protocol"];
        assert_eq!(echo.told, told);
    }
}

#[test]
fn t_pings_of_one_read_are_each_answered_while_the_transport_takes_it() {
    let mut echo = Echo::open();
    let pings: Vec<u8> = (0..10).flat_map(|count| [0x89, 1, count]).collect();
    echo.receive(&pings);
    assert_eq!(echo.wire, (0..10).flat_map(|count| sent(0x8a, &[count])).collect::<Vec<u8>>());
}

#[test]
fn t_the_newest_ping_is_answered_when_several_wait() {
    for asks in [true, false] {
        let mut echo = Echo { writable: false, asks, ..Echo::open() };
        echo.receive(&[0x89, 1, 1, 0x89, 1, 2]);
        echo.receive(&[0x89, 1, 3, 0x89, 1, 4]);
        echo.writable = true;
        echo.turn();
        assert_eq!(echo.wire, sent(0x8a, &[4]));
    }
}

#[test]
fn g7_a_flood_of_pings_asks_for_a_bounded_number_of_writes() {
    let mut echo = Echo::open();
    echo.receive(&[0x89, 0].repeat(20_000));
    assert!(echo.wire.len() <= 20 * sent(0x8a, &[]).len());
}

/// Rule G5: sends that have succeeded are told before the next message of what was read before, although a refused
/// call between them keeps them from being one run.
#[test]
fn every_send_that_succeeded_is_told_before_the_next_message() {
    let mut host = Host::open(Config::default());
    host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    assert_eq!(host.event().as_deref(), Some("text a"));
    host.session.send(Payload::Binary(b"1"));
    host.session.send(Payload::Invalid);
    host.session.send(Payload::Binary(b"2"));
    assert_eq!([host.event(), host.event()].map(Option::unwrap), ["call 3 fail 11", "text b"]);
    host.write();
    assert_eq!(host.told(), ["call 2 ok", "call 4 ok", "text c"]);
}
