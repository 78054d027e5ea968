//! What waits to be sent: what it counts on the high-water mark, which control frames wait, and what becomes of it when
//! the connection ends (rules F3, F5, M3).

mod memory;

use std::time::Duration;

use connect_socket_core::frame::header_len;
use connect_socket_core::{
    CallId, Cause, Config, ConnectOptions, Event, Keepalive, Payload, Phase, SendError, Time,
};
use memory::{Host, NOW};

/// What a message counts beside its frame until its last byte is out.
const RECEIPT: usize = 16;

fn with_mark(high_water: usize) -> Host {
    Host::open(Config::default().high_water(high_water))
}

/// The transport takes `count` bytes of what it is offered.
fn write(host: &mut Host, count: usize) {
    let Host { session, work, transport } = host;
    let count = session.poll_transmit(*transport, work).len().min(count);
    assert_eq!(session.handle_transmitted(NOW, *transport, count), Ok(()));
}

/// Sends `length` bytes; whether they were taken, and that this is what was announced.
fn takes(Host { session, work, .. }: &mut Host, length: usize) -> bool {
    let (possible, before, high_water) =
        (session.can_send(length), session.buffered_amount(), session.config().high_water);
    let call = session.send(Payload::Binary(&vec![7; length]));
    let refused = session.poll_event(work).map(|event| match event {
        Event::Settled { call: settled, result: Err(error) } if settled == call => error.cause().clone(),
        other => panic!("{other:?}"),
    });
    let full = Cause::SendFailed(SendError::BufferFull { buffered: before, high_water });
    assert_eq!(refused, (!possible).then_some(full));
    assert_eq!(session.buffered_amount() > before, possible);
    possible
}

#[test]
fn m3_a_message_counts_its_frame_and_its_receipt() {
    for length in [0, 1, 125, 126, 65_535, 65_536] {
        let frame = header_len(length) + length;
        for (mark, many) in [
            (frame + RECEIPT - 1, 0),
            (frame + RECEIPT, 1),
            (3 * (frame + RECEIPT) - 1, 2),
            (3 * (frame + RECEIPT), 3),
        ] {
            let mut host = with_mark(mark);
            for taken in 0..many {
                assert!(takes(&mut host, length), "{taken} of {length} bytes under a mark of {mark}");
            }
            assert!(!takes(&mut host, length), "{many} of {length} bytes under a mark of {mark}");
            assert_eq!(host.session.buffered_amount(), many * frame, "the amount is bytes of frames alone");

            // What is out counts no more.
            write(&mut host, usize::MAX);
            assert_eq!(host.session.can_send(length), many > 0);
        }
    }
}

#[test]
fn m3_a_receipt_counts_until_the_last_byte_is_out() {
    let mut host = with_mark(26 + RECEIPT);
    assert!(takes(&mut host, 20));
    for out in 1..26_usize {
        write(&mut host, 1);
        // What fits beside the rest of the frame and its receipt is another frame and its receipt.
        let room = out.checked_sub(6 + RECEIPT);
        assert_eq!(host.session.can_send(0), room.is_some(), "{out} bytes are out");
        assert!(room.is_none_or(|room| host.session.can_send(room) && !host.session.can_send(room + 1)));
    }
    write(&mut host, 1);
    assert!(host.session.can_send(20) && !host.session.can_send(21));
}

#[test]
fn m3_control_frames_count() {
    let mut host = with_mark(100 + 6 + RECEIPT);
    assert!(host.session.can_send(100) && !host.session.can_send(101));
    host.read(b"\x89\x04ping");
    assert_eq!(host.message(), None);
    assert_eq!(host.session.buffered_amount(), 10);
    assert!(host.session.can_send(90) && !host.session.can_send(91));
    assert!(takes(&mut host, 90));
}

/// A server pings and sends for hours, and takes nothing; the host asks each time what there is to write, or never.
#[test]
fn m3_one_ping_and_one_pong_wait() {
    for offers in [false, true] {
        let keepalive = Keepalive::new(Duration::from_secs(1), Duration::from_secs(10));
        let mut host = Host::open(Config::default().keepalive(keepalive).high_water(1000));
        let mut drawn = None;
        for second in 1..10_000 {
            let now = Time::from_millis(second * 1000);
            host.session.handle_timeout(now);
            if offers {
                let _ = host.session.poll_transmit(host.transport, &mut host.work);
            }
            let mut frames = [&[0x89, 125][..], &[7; 125], b"\x82\x00"].concat();
            frames[2..10].copy_from_slice(&second.to_be_bytes());
            host.read_at(now, &frames);
            let mut messages = 0;
            while host.session.has_event(&mut host.work)
                || host.session.poll_timeout().is_some_and(|(at, _)| at <= now)
            {
                messages += usize::from(host.message().is_some());
                host.session.handle_timeout(now);
            }
            assert_eq!((host.session.phase(), messages), (Phase::Open, 1));
            // A pong that was offered may be out, so that the newer one waits beside it until that is known.
            assert!(
                host.session.buffered_amount() <= 6 + 2 * 131,
                "{} bytes",
                host.session.buffered_amount()
            );
            drawn = Some(second);
        }
        let wire = host.write();
        assert_eq!(wire.len(), 6 + 131);
        // With a mask of zeros, the pong shows the newest ping's payload.
        let pong = wire
            .windows(8)
            .any(|bytes| Some(bytes) == drawn.map(u64::to_be_bytes).as_ref().map(|it| &it[..]));
        assert!(pong, "the newest ping is answered");
    }
}

/// Sends that are refused lie between sends that wait: each is told once, in its place.
#[test]
fn t_sends_that_wait_fail_when_the_connection_ends() {
    let mut host = Host::open(Config::default().message_limit(10));
    let (mut waiting, mut refused) = (Vec::new(), Vec::new());
    for turn in 0..100 {
        waiting.push(host.session.send(Payload::Text("waits")));
        if turn % 3 == 0 {
            refused.push(host.session.send(Payload::Text("it is too long")));
        }
    }
    // Three are out, and a part of the fourth.
    write(&mut host, 3 * 11 + 1);
    host.session.handle_end_of_stream(NOW, host.transport);
    let mut told: Vec<(CallId, Option<Cause>)> = Vec::new();
    let (mut errors, mut closed) = (0, 0);
    while let Some(event) = host.session.poll_event(&mut host.work) {
        match event {
            Event::Settled { call, result } => {
                assert_eq!((errors, closed), (0, 0), "results come first (T)");
                told.push((call, result.err().map(|error| error.cause().clone())));
            }
            Event::Error { .. } => errors += 1,
            Event::Close { .. } => closed += 1,
            Event::Open { .. } | Event::Message { .. } => panic!("{event:?}"),
        }
    }
    assert!(errors <= 1 && closed == 1);
    let too_big = Cause::SendFailed(SendError::TooBig { length: 14, limit: 10 });
    let expected: Vec<_> = refused
        .into_iter()
        .map(|call| (call, Some(too_big.clone())))
        .chain(waiting[..3].iter().map(|call| (*call, None)))
        .chain(waiting[3..].iter().map(|call| (*call, Some(Cause::SendFailed(SendError::Ended)))))
        .collect();
    assert_eq!(told, expected);
    assert!(host.session.is_quiet() || host.session.poll_action().is_some());
}

/// A transport of a replaced connection is offered what it owes and nothing else.
#[test]
fn f5_what_is_owed_is_the_begun_frame_and_the_close_frame() {
    for reported in [false, true] {
        let mut host = Host::open(Config::default());
        (0..10).for_each(|_| assert!(takes(&mut host, 100)));
        write(&mut host, 106 + 50);
        if !reported {
            // The host has asked again, and the transport took nothing.
            let _ = host.session.poll_transmit(host.transport, &mut host.work);
        }
        host.session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let owed = host.write();
        assert_eq!(owed.len(), 56 + 8);
        // The masks are zeros.
        assert_eq!(owed[56..], [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
    }
}
