//! Two and thousands of sessions, and how long one of them waits.

use std::io::Write;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use connect_socket_mio::connect_socket_core::{Config, Event, Message};

use super::support::{Loop, NEVER, drain, says_to_all, serve};

/// The most events of one session in one turn.
const EVENTS: usize = 1024;
/// The most bytes of one session that are read in one turn, with the last window that may go over it.
const BYTES: usize = (256 + 64) * 1024;

/// Each hears its own server, and no other's; also when every second one is gone.
#[test]
fn two_and_thousands_of_sessions() {
    // Both ends are in this process.
    rlimit::increase_nofile_limit(8_192).expect("a limit on open files");
    for many in [2, 2_000] {
        let (first, second) = (says_to_all(many, "hello"), says_to_all(many / 2, "again"));
        let mut it = Loop::new(Config::default());
        let mut keys: Vec<_> = (0..many).map(|_| it.connect(&first)).collect();
        it.hear(&keys, "hello");
        let (gone, mut left) = (keys.split_off(many / 2), keys);
        for key in &gone {
            it.driver.remove(*key);
            assert!(it.driver.slot(*key).is_none() && it.driver.session(*key).is_none());
        }
        // They take the places of those.
        let new: Vec<_> = gone.iter().map(|_| it.connect(&second)).collect();
        assert!(new.iter().all(|key| !gone.contains(key) && !left.contains(key)), "a key is used once");
        it.hear(&new, "again");
        left.extend(new);
        assert!(gone.iter().all(|key| it.driver.slot(*key).is_none()), "a removed key is valid again");
        for key in left {
            it.driver.remove(key);
        }
        assert!(!it.driver.has_event());
        assert_eq!(it.driver.timeout(), None);
    }
}

/// A session whose server never stops takes at most its share before another has its turn: of events where messages are
/// small, of bytes where they are large. With its first bytes a message may end of which the rest was there before.
#[test]
fn a_flood_delays_others_by_a_share() {
    for (size, most) in [(16, EVENTS), (60_000, BYTES / 60_000 + 1)] {
        let flood = serve(move |mut socket| {
            let head = if size <= 125 { vec![0x82, 16] } else { vec![0x82, 126, 0xea, 0x60] };
            let messages = [head, vec![7; size]].concat().repeat(if size <= 125 { 4_096 } else { 4 });
            while socket.get_mut().write_all(&messages).is_ok() {}
        });
        let (say, says) = channel::<()>();
        let (said, is_said) = channel();
        let says = Arc::new(Mutex::new(says));
        let other = serve(move |mut socket| {
            while says.lock().expect("one at a time").recv().is_ok() {
                socket.send("hello".into()).expect("sent");
                said.send(()).expect("a client");
            }
            drain(socket);
        });
        let mut it = Loop::new(Config::default());
        let keys = [it.connect(&format!("ws://{flood}")), it.connect(&format!("ws://{other}"))];
        let (mut open, mut floods) = (0, 0);
        while open < 2 || floods < 2 * EVENTS.min(most) {
            match it.driver.poll_event() {
                None => it.wait(),
                Some((_, Event::Open { .. })) => open += 1,
                Some((key, Event::Message { .. })) if key == keys[0] => floods += 1,
                Some((_, Event::Settled { result: Ok(()), .. })) => {}
                Some((_, other)) => panic!("{other:?}"),
            }
        }
        for _ in 0..20 {
            // The end of a turn, so that what is said now is known at the beginning of the next.
            while it.driver.poll_event().is_some() {}
            say.send(()).expect("a server");
            is_said.recv_timeout(NEVER).expect("it is in the socket");
            it.wait();
            let mut between = 0;
            let heard = loop {
                match it.driver.poll_event() {
                    Some((key, Event::Message { .. })) if key == keys[0] => between += 1,
                    Some((key, Event::Message { message: Message::Text(text), .. })) if key == keys[1] => {
                        break text == "hello";
                    }
                    other => panic!("{between} events, then {other:?}"),
                }
            };
            assert!(heard && between <= most, "{between} messages of {size} bytes came before it");
        }
    }
}
