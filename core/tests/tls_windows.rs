//! Sessions over TLS that share a workspace: what rustls has decrypted and nobody has taken is told after a pause, before
//! the end, and in whichever workspace the session is polled with (rules G1, G5).
#![cfg(feature = "aws-lc-rs")]

mod memory;

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;

use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Session, Tape, TransportError, TransportId, Workspace,
};
use memory::{ANSWER, NOW};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

/// What a client trusts, and a server that it trusts.
fn trust() -> (TlsConfig, Arc<ServerConfig>) {
    let mut authority = CertificateParams::new([]).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("signed");
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(vec!["192.0.2.1".to_owned()]).expect("an address");
    let certificate = names.signed_by(&key, &issuer).expect("signed");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate");
    (TlsConfig::with_roots_pem(root.pem().as_bytes()).expect("a root"), Arc::new(server))
}

/// A session and its server, without a network between them.
struct Pair {
    session: Session<Tape>,
    transport: TransportId,
    server: ServerConnection,
}

impl Pair {
    fn open(trust: &(TlsConfig, Arc<ServerConfig>), work: &mut Workspace) -> Self {
        Self::open_with(Config::default(), trust, work)
    }

    fn open_with(
        config: Config,
        (tls, server): &(TlsConfig, Arc<ServerConfig>),
        work: &mut Workspace,
    ) -> Self {
        let mut session = Session::new(config.tls(tls.clone()), Tape::default());
        session.connect(NOW, &ConnectOptions::new("wss://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        let server = ServerConnection::new(Arc::clone(server)).expect("a server");
        let mut pair = Self { session, transport, server };
        let mut asked = false;
        let mut open = false;
        while !open {
            pair.transmit(work);
            if !asked && pair.server.reader().read(&mut [0; 1024]).is_ok() {
                asked = true;
                pair.server.writer().write_all(ANSWER).expect("memory takes it");
            }
            let wire = pair.wire();
            assert_eq!(pair.session.handle_bytes(NOW, transport, &wire, work), wire.len());
            while let Some(event) = pair.session.poll_event(work) {
                open |= matches!(event, Event::Open { .. });
            }
        }
        pair
    }

    /// What the session has to write reaches the server.
    fn transmit(&mut self, work: &mut Workspace) {
        loop {
            let bytes = self.session.poll_transmit(self.transport, work).slices().concat();
            if bytes.is_empty() {
                return;
            }
            assert_eq!(self.session.handle_transmitted(NOW, self.transport, bytes.len()), Ok(()));
            let mut input = &bytes[..];
            while !input.is_empty() {
                self.server.read_tls(&mut input).expect("memory gives it");
                self.server.process_new_packets().expect("records");
            }
        }
    }

    fn wire(&mut self) -> Vec<u8> {
        let mut wire = Vec::new();
        while self.server.wants_write() {
            self.server.write_tls(&mut wire).expect("memory takes it");
        }
        wire
    }

    /// The records that say `frames`.
    fn say(&mut self, frames: &[u8]) -> Vec<u8> {
        self.server.writer().write_all(frames).expect("memory takes it");
        self.wire()
    }

    fn read(&mut self, bytes: &[u8], work: &mut Workspace) {
        assert_eq!(self.session.handle_bytes(NOW, self.transport, bytes, work), bytes.len());
    }

    /// How long the next message is, if that is what is told next.
    fn message(&mut self, work: &mut Workspace) -> Option<usize> {
        match self.session.poll_event(work) {
            None => None,
            Some(Event::Message { message, .. }) => Some(message.as_bytes().len()),
            Some(other) => panic!("{other:?}"),
        }
    }
}

/// A message of 1,020 bytes, so that four of them with their heads fill 4 KiB.
fn kibibyte() -> Vec<u8> {
    [&[0x82, 126, 3, 252][..], &[7; 1020]].concat()
}

/// Reads one record with many messages, but so that rustls decrypts it all at once; then takes `taken` of them.
fn begin(pair: &mut Pair, many: usize, taken: usize, window: usize, work: &mut Workspace) {
    let wire = pair.say(&kibibyte().repeat(many));
    let (most, last) = wire.split_at(wire.len() - 1);
    for piece in most.chunks(window) {
        pair.read(piece, work);
        assert_eq!(pair.message(work), None, "the record is not complete");
    }
    pair.read(last, work);
    for _ in 0..taken {
        assert_eq!(pair.message(work), Some(1020));
    }
}

/// A pause begins wherever it likes: while the window is empty to the byte and rustls holds the rest, too. Meanwhile
/// another session reads.
#[test]
fn what_rustls_holds_is_told_after_a_pause() {
    let trust = trust();
    for window in [512, 4096, 20_000, 64 * 1024] {
        for taken in [0, 1, 4, 7, 14] {
            let mut work = Workspace::new(window);
            let mut a = Pair::open(&trust, &mut Workspace::default());
            let mut b = Pair::open(&trust, &mut Workspace::default());
            begin(&mut a, 15, taken, window, &mut work);
            a.session.set_receiving(false);
            assert_eq!(a.message(&mut work), None);
            assert!(!a.session.wants_read(a.transport));

            let wire = b.say(b"\x81\x02hi");
            b.read(&wire, &mut work);
            assert_eq!([b.message(&mut work), b.message(&mut work)], [Some(2), None]);

            a.session.set_receiving(true);
            let mut another = Workspace::new(2 * window);
            for _ in taken..15 {
                assert_eq!(a.message(&mut another), Some(1020), "window {window}, {taken} before the pause");
            }
            assert_eq!(a.message(&mut another), None);
            assert!(a.session.wants_read(a.transport));
        }
    }
}

/// The end of the stream, which a host may learn in the pause, is told behind them (F6).
#[test]
fn what_rustls_holds_is_told_before_the_end() {
    let trust = trust();
    for notified in [false, true] {
        let mut work = Workspace::new(4096);
        let mut pair = Pair::open(&trust, &mut Workspace::default());
        begin(&mut pair, 15, 4, 4096, &mut work);
        if notified {
            pair.server.send_close_notify();
        }
        pair.session.set_receiving(false);
        assert_eq!(pair.message(&mut work), None);
        pair.session.handle_end_of_stream(NOW, pair.transport);
        assert_eq!(pair.message(&mut work), None);

        pair.session.set_receiving(true);
        for _ in 4..15 {
            assert_eq!(pair.message(&mut work), Some(1020));
        }
        assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Close { code: 1006, .. })));
    }
}

/// What one session kept in memory of its own leaves the windows of the next workspace as they are.
#[test]
fn a_pause_changes_no_window() {
    let trust = trust();
    let mut pair = Pair::open(&trust, &mut Workspace::default());
    let mut work = Workspace::default();
    let wire = [pair.say(b"\x81\x02hi"), pair.say(&kibibyte().repeat(5))].concat();
    // One message, and a record of which the last bytes are missing.
    pair.read(&wire[..wire.len() - 10], &mut work);
    assert_eq!([pair.message(&mut work), pair.message(&mut work)], [Some(2), None]);
    pair.session.set_receiving(false);
    pair.session.shrink(&mut work);

    pair.session.set_receiving(true);
    let mut another = Workspace::default();
    assert_eq!(pair.message(&mut another), None);
    let space = pair.session.receive_space(pair.transport, &mut another).expect("room");
    assert_eq!(space.len(), Workspace::DEFAULT_WINDOW);
    pair.read(&wire[wire.len() - 10..], &mut another);
    for _ in 0..5 {
        assert_eq!(pair.message(&mut another), Some(1020));
    }
    assert_eq!(pair.message(&mut another), None);
    let space = pair.session.receive_space(pair.transport, &mut another).expect("room");
    assert_eq!(space.len(), Workspace::DEFAULT_WINDOW);
}

/// What is counted over TLS is what is on the wire, and a frame counts once all of its records are written.
#[test]
fn bytes_are_those_of_the_wire_and_frames_those_whose_records_are_out() {
    let mut work = Workspace::default();
    let mut pair = Pair::open(&trust(), &mut work);
    let (before, transport) = (pair.session.stats(), pair.transport);
    assert_eq!((before.sent.frames, before.received.frames), (0, 0));

    for _ in 0..2 {
        pair.session.send(connect_socket_core::Payload::Binary(&[7; 100]));
    }
    let ping = pair.say(&[&[0x89, 1, b'?'][..], &kibibyte()].concat());
    pair.read(&ping, &mut work);
    assert_eq!(pair.message(&mut work), None, "what waits is written first");
    let sealed = pair.session.poll_transmit(transport, &mut work).len();
    assert!(sealed > 2 * 106, "TLS adds to it");
    pair.session.handle_transmitted(NOW, transport, sealed - 1).expect("as offered");
    let half = pair.session.stats().sent;
    assert_eq!((half.bytes - before.sent.bytes, half.frames), (sealed as u64 - 1, 0));
    assert_eq!(pair.session.poll_transmit(transport, &mut work).len(), 1);
    pair.session.handle_transmitted(NOW, transport, 1).expect("as offered");

    let settled = |session: &mut Session<Tape>, work: &mut Workspace| {
        assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    };
    settled(&mut pair.session, &mut work);
    settled(&mut pair.session, &mut work);
    let after = pair.session.stats().sent;
    assert_eq!((after.bytes - before.sent.bytes, after.frames, after.messages), (sealed as u64, 2, 2));

    assert_eq!(pair.message(&mut work), Some(1020));
    assert_eq!(pair.session.stats().sent.pongs, 0, "it waits");
    let last = pair.session.poll_transmit(transport, &mut work).len();
    pair.session.handle_transmitted(NOW, transport, last).expect("as offered");
    let after = pair.session.stats();
    assert_eq!(after.sent.bytes - before.sent.bytes, (sealed + last) as u64);
    assert_eq!((after.sent.frames, after.sent.messages, after.sent.pongs), (3, 2, 1));
    assert_eq!(after.received.bytes - before.received.bytes, ping.len() as u64);
    assert_eq!((after.received.frames, after.received.messages, after.received.pings), (2, 1, 1));
}

/// TLS is done when the server's last record of the handshake is taken, whatever is read with it.
#[test]
fn the_handshake_has_a_time_of_its_own() {
    let (tls, server) = trust();
    let at = connect_socket_core::Time::from_millis;
    let mut work = Workspace::default();
    let mut session = Session::new(Config::default().tls(tls), Tape::default());
    session.connect(at(100), &ConnectOptions::new("wss://192.0.2.1"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(at(110), transport);
    let server = ServerConnection::new(server).expect("a server");
    let mut pair = Pair { session, transport, server };

    pair.transmit(&mut work);
    let flight = pair.wire();
    pair.session.handle_bytes(at(130), transport, &flight, &mut work);
    assert!(pair.session.poll_event(&mut work).is_none());
    // The request arrives.
    pair.session.handle_timeout(at(140));
    pair.transmit(&mut work);
    let answer = pair.say(ANSWER);
    pair.session.handle_bytes(at(170), transport, &answer, &mut work);
    assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Settled { result: Ok(()), .. })));
    let Some(Event::Open { opened, .. }) = pair.session.poll_event(&mut work) else { panic!("not open") };
    let millis = std::time::Duration::from_millis;
    assert_eq!(opened.timing.connected, millis(10));
    assert_eq!((opened.timing.secured, opened.timing.upgraded), (Some(millis(30)), millis(70)));
}

/// A transport that takes no more is offered nothing, and not the rest of a record (rule F7).
#[test]
fn f7_nothing_is_offered_behind_a_failed_write() {
    let trust = trust();
    for taken in [None, Some(0), Some(3)] {
        let mut work = Workspace::default();
        let mut pair = Pair::open(&trust, &mut work);
        let transport = pair.transport;
        pair.session.send("waiting");
        if let Some(taken) = taken {
            assert!(pair.session.poll_transmit(transport, &mut work).len() > taken);
            pair.session.handle_transmitted(NOW, transport, taken).expect("as offered");
        }
        let error = TransportError::new(ErrorKind::ConnectionReset, "the peer is gone");
        pair.session.handle_write_failed(NOW, transport, error);
        let wire = pair.say(b"\x81\x02hi");
        pair.read(&wire, &mut work);
        assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Settled { result: Err(_), .. })));
        assert_eq!(pair.message(&mut work), Some(2));
        assert!(!pair.session.wants_write(transport), "{taken:?} were taken");
        assert!(pair.session.poll_transmit(transport, &mut work).is_empty());
    }
}

/// What TLS has taken and the transport has not counts towards the high-water mark like what waits in the queue (rule M3).
#[test]
fn m3_records_that_wait_count() {
    let mut work = Workspace::default();
    let mut pair = Pair::open_with(Config::default().high_water(4096), &trust(), &mut work);
    let transport = pair.transport;
    assert!(pair.session.can_send(2000));
    pair.session.send([7; 2500]);
    let queued = pair.session.buffered_amount();
    assert!(queued >= 2508 && !pair.session.can_send(2000));

    let sealed = pair.session.poll_transmit(transport, &mut work).len();
    assert!(sealed > queued, "TLS adds to it");
    assert_eq!(pair.session.buffered_amount(), sealed);
    assert!(pair.session.can_send(1000) && !pair.session.can_send(2000));
    pair.session.send([7; 100]);
    assert_eq!(pair.session.buffered_amount(), sealed + 106);

    pair.session.handle_transmitted(NOW, transport, sealed).expect("as offered");
    assert_eq!(pair.session.buffered_amount(), 106);
    assert!(pair.session.can_send(2000));
}

/// The end that TLS tells is the end of the stream, whether or not TCP tells it, too (RFC 8446 §6.1).
#[test]
fn a_close_notify_is_the_end() {
    let mut work = Workspace::default();
    let mut pair = Pair::open(&trust(), &mut work);
    let message = pair.say(b"\x81\x02hi");
    pair.server.send_close_notify();
    let wire = [message, pair.wire()].concat();
    pair.read(&wire, &mut work);
    assert_eq!(pair.message(&mut work), Some(2));
    assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Close { code: 1006, .. })));
}

/// A connection that was replaced ends TLS behind its close frame, and only then its half of TCP (rule F5).
#[test]
fn f5_tls_ends_behind_the_close_frame() {
    let mut work = Workspace::default();
    let mut pair = Pair::open(&trust(), &mut work);
    pair.session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
    assert!(matches!(pair.session.poll_action(), Some(Action::Dial { .. })));
    assert_eq!(pair.session.poll_action(), None, "the close frame is not out");
    pair.transmit(&mut work);
    let mut frame = [0; 100];
    let length = pair.server.reader().read(&mut frame).expect("a close frame");
    assert_eq!((length, frame[0]), (8, 0x88));
    let ended = pair.server.reader().read(&mut frame).expect("an end that TLS tells, not one that is cut");
    assert_eq!(ended, 0);
    let transport = pair.transport;
    assert_eq!(pair.session.poll_action(), Some(Action::ShutdownWrite { transport }));
}
