//! What waits to be sent, and what is left of it: the high-water mark bounds its memory, its failure takes no more, and
//! an ended connection keeps what it owes (rules M3, M4). Over ws and wss.

use std::io::{Read, Write};

use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{
    Action, Config, ConnectOptions, ErrorCode, Event, Payload, SeededEntropy, Session, TransportId, Workspace,
};
use connect_socket_tests::certs::{self, Leaf};
use rustls::ServerConnection;

use super::{ALLOCATIONS, ANSWER, HELD, KnownKey, MOST_HELD, NOW, bytes};

const MARK: usize = 4 * 1024 * 1024;
/// What TLS holds at a time: records of 16 KiB of plaintext, in a vector that has grown to twice its size.
const RECORDS: usize = 64 * 1024;

fn session(secure: bool) -> Session<KnownKey> {
    let tls = secure.then(|| TlsConfig::with_roots_pem(certs::roots_pem().as_bytes()).expect("roots"));
    let mut config = Config::default().high_water(MARK);
    if let Some(tls) = tls {
        config = config.tls(tls);
    }
    Session::new(config, KnownKey(SeededEntropy::new([7; 32])))
}

/// Opens a connection; what became of one before it has been told.
fn connect(session: &mut Session<KnownKey>, secure: bool, work: &mut Workspace) -> TransportId {
    let scheme = if secure { "wss" } else { "ws" };
    session.connect(NOW, &ConnectOptions::new(format!("{scheme}://127.0.0.1/")));
    let transport = loop {
        match session.poll_action().expect("a dial") {
            Action::Dial { transport, .. } => break transport,
            Action::Resolve { .. } | Action::ShutdownWrite { .. } | Action::Release { .. } => {}
        }
    };
    session.handle_connected(NOW, transport);
    while session.poll_event(work).is_some() {}
    let mut tls = secure.then(|| ServerConnection::new(certs::server(Leaf::Good)).expect("a server"));
    let (mut request, mut answered) = (Vec::new(), false);
    loop {
        let mut came = session.poll_transmit(transport, work).slices().concat();
        session.handle_transmitted(NOW, transport, came.len()).expect("as offered");
        if let Some(tls) = &mut tls {
            tls.read_tls(&mut &came[..]).expect("records");
            tls.process_new_packets().expect("TLS");
            came.clear();
            let _ = tls.reader().read_to_end(&mut came);
        }
        request.extend(came);
        let mut answer = Vec::new();
        if !answered && request.ends_with(b"\r\n\r\n") {
            answered = true;
            answer.extend(ANSWER);
        }
        if let Some(tls) = &mut tls {
            tls.writer().write_all(&answer).expect("it takes everything");
            answer.clear();
            while tls.wants_write() {
                tls.write_tls(&mut answer).expect("it has records");
            }
        }
        let mut answer = &answer[..];
        while !answer.is_empty() {
            let count = session.handle_bytes(NOW, transport, answer, work);
            answer = &answer[count..];
            while let Some(event) = session.poll_event(work) {
                if matches!(event, Event::Open { .. }) {
                    assert!(session.poll_event(work).is_none());
                    return transport;
                }
            }
        }
    }
}

/// Sends until the queue is full; how many messages that were.
fn fill(session: &mut Session<KnownKey>, payload: &[u8]) -> usize {
    let mut many = 0;
    while session.can_send(payload.len()) {
        session.send(Payload::Binary(payload));
        many += 1;
    }
    many
}

fn held() -> usize {
    usize::try_from(HELD.get()).expect("what was freed had been allocated here")
}

/// Of all that this kind of queue holds, in bytes, for messages of every size. What the connection ends with is told
/// one by one, and takes nothing more than the receipts had.
#[test]
fn the_mark_bounds_what_waits_and_what_its_failure_takes() {
    for secure in [false, true] {
        for size in [0, 1, 20, 100, 1_000, 100_000] {
            let mut work = Workspace::default();
            let mut session = session(secure);
            let transport = connect(&mut session, secure, &mut work);
            let payload = vec![7; size];
            let before = held();
            let mut many = fill(&mut session, &payload);
            let context = format!("{many} messages of {size} bytes, wss {secure}");
            let full = held() - before;
            assert!(full <= MARK + MARK / 32, "{full} bytes for {context}");

            // A part leaves, and as much takes its place.
            let mut sent = 0;
            for part in [20_000, 50_000, 1_000_000, 100] {
                let count = session.poll_transmit(transport, &mut work).len().min(part);
                session.handle_transmitted(NOW, transport, count).expect("as offered");
                while let Some(event) = session.poll_event(&mut work) {
                    assert!(matches!(event, Event::Settled { result: Ok(()), .. }));
                    sent += 1;
                }
                many += fill(&mut session, &payload);
                let full = held() - before;
                let most = MARK + MARK / 8 + MARK / 32 + if secure { RECORDS } else { 0 };
                assert!(full <= most, "{full} bytes for {context}");
            }

            // The server is gone.
            let full = held();
            MOST_HELD.set(HELD.get());
            session.handle_end_of_stream(NOW, transport);
            let (mut failed, made) = (0, ALLOCATIONS.get());
            while let Some(event) = session.poll_event(&mut work) {
                match event {
                    Event::Settled { result: Err(error), .. } => {
                        assert_eq!(error.code(), ErrorCode::SendFailed);
                        failed += 1;
                    }
                    Event::Close { .. } | Event::Error { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            let made = ALLOCATIONS.get() - made;
            assert_eq!(sent + failed, many);
            assert!(made < 30, "{made} allocations for {failed} failures of {context}");
            let peak = MOST_HELD.get() - bytes(full);
            assert!(peak < bytes(RECORDS), "{peak} bytes more for {failed} failures of {context}");
        }
    }
}

/// Eight transports of replaced connections, whose servers take nothing more.
#[test]
fn transports_that_linger_keep_what_they_owe() {
    for secure in [false, true] {
        for size in [0, 1_000, 100_000] {
            // What the transports hold beside that: of each its state, and that of TLS.
            let [without, with] = [1, usize::MAX].map(|most| {
                let mut work = Workspace::default();
                let mut session = session(secure);
                let mut transport = connect(&mut session, secure, &mut work);
                let (before, mut owed) = (held(), 0);
                for _ in 0..8 {
                    for _ in 0..most {
                        if !session.can_send(size) {
                            break;
                        }
                        session.send(Payload::Binary(&vec![7; size]));
                    }
                    // A byte leaves, of the first frame or of its record; then the system takes no more.
                    assert!(!session.poll_transmit(transport, &mut work).is_empty());
                    session.handle_transmitted(NOW, transport, 1).expect("as offered");
                    let old = std::mem::replace(&mut transport, connect(&mut session, secure, &mut work));
                    owed += session.poll_transmit(old, &mut work).len();
                }
                (held() - before, owed)
            });
            let more = with.0.saturating_sub(without.0);
            let most = 2 * with.1 + 8 * 1024;
            assert!(more <= most, "{more} bytes more for {} owed, of {size} each, wss {secure}", with.1);
        }
    }
}

/// The same where the host does not ask again: the end of the connection is what frees.
#[test]
fn a_connection_that_ends_frees_its_queue_at_once() {
    for secure in [false, true] {
        let mut work = Workspace::default();
        let mut session = session(secure);
        let transport = connect(&mut session, secure, &mut work);
        let before = held();
        fill(&mut session, &[7; 1_000]);
        assert!(!session.poll_transmit(transport, &mut work).is_empty());
        session.handle_transmitted(NOW, transport, 1).expect("as offered");
        assert!(held() - before > MARK / 2);
        session.connect(NOW, &ConnectOptions::new("ws://127.0.0.1/"));
        while session.poll_event(&mut work).is_some() {}
        let more = held().saturating_sub(before);
        assert!(more < RECORDS, "{more} bytes, wss {secure}");
    }
}

/// Many sends fail at once, and the host takes one result at a time: the memory goes with the last.
#[test]
fn failures_that_are_told_free_their_memory() {
    let mut work = Workspace::default();
    let mut session = session(false);
    let transport = connect(&mut session, false, &mut work);
    let before = held();
    fill(&mut session, b"small");
    session.handle_end_of_stream(NOW, transport);
    while session.poll_event(&mut work).is_some() {}
    while session.poll_action().is_some() {}
    let more = held().saturating_sub(before);
    assert!(more < 4_096, "{more} bytes");
}
