//! What can be seen of a connection from inside the process: the steps to it, and what was received and sent.

use super::prelude::*;

pub(super) fn the_steps_to_open_follow_one_another<C: Client>() {
    let addresses: Resolver = Arc::new(|_, _| Ok(vec!["127.0.0.1:0".parse().expect("an address")]));
    let behind_tls = EchoServer::start_tls(certs::server(Leaf::Good));
    let plain = EchoServer::start();
    let mut stage = Stage::<C>::start(trusting(), Some(addresses));
    stage.inside("the times of the steps");

    let named = stage.connected(&behind_tls.url(), 1).timing;
    let (Some(looked_up), Some(secured)) = (named.looked_up, named.secured) else { panic!("{named:?}") };
    let steps = [Duration::ZERO, looked_up, named.connected, secured, named.upgraded];
    assert!(steps.is_sorted() && named.upgraded > Duration::ZERO, "{named:?}");

    let literal = stage.connect(&format!("ws://127.0.0.1:{}/", plain.port()));
    stage.closed(1, 1000, "", Replaced);
    stage.success(literal);
    let literal = stage.open(2).timing;
    assert_eq!((literal.looked_up, literal.secured), (None, None));
    assert!(literal.connected <= literal.upgraded && literal.upgraded > Duration::ZERO, "{literal:?}");
}

pub(super) fn what_was_received_and_sent_is_counted<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&frames::ping(b"?"));
        // The pong comes before the first message or behind it, but before the second.
        for _ in 0..3 {
            let frame = wire.frame();
            if frame.opcode() == 1 {
                wire.send(&frames::text(core::str::from_utf8(&frame.payload).expect("text")));
            }
        }
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.inside("what was received and sent");
    stage.connected(&server.url(), 1);
    let head = hear_head(&mut stage, &server).len() as u64;
    stage.echoes(1, "one");
    stage.echoes(1, "and two");
    let stats = stage.inside("what was received and sent").stats();
    let (sent, received) = (stats.sent, stats.received);
    assert_eq!((sent.frames, sent.messages, sent.pings, sent.pongs), (3, 2, 0, 1));
    assert_eq!((received.frames, received.messages, received.pings, received.pongs), (3, 2, 1, 0));
    // A frame of ours has a head of 6 bytes; one of the server's, of 2.
    assert_eq!(sent.bytes - head, 7 + 9 + 13);
    assert!(received.bytes > 3 + 5 + 9, "and the answer's head");
    assert_eq!(stats.round_trip, None, "keepalive is off");
}
