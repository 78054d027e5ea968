//! Sessions over TLS that share a workspace: what rustls has decrypted and nobody has taken is told after a pause, before
//! the end, and in whichever workspace the session is polled with (rules G1, G5).

use super::*;

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
