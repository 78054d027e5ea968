//! One connection at a time: what becomes of the old one (S3; table T, connect in every state; G1, G3).

use super::prelude::*;

/// A client that reads meanwhile tells what this one must not.
const NOT_SERVED: &str = "a network that is not served between two calls";

pub(super) fn what_the_old_one_received_is_dropped<C: Client>() {
    let a = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.pause();
        wire.send(&frames::text("for nobody"));
        wire.mark("sent");
        wire.tell_all();
    });
    let b = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&a.url(), 1);
    hear_head(&mut stage, &a);
    stage.inside(NOT_SERVED);
    a.resume();
    assert_eq!(a.told().wait(PATIENCE), Some(Told::Mark("sent")));
    let call = stage.connect(&b.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(call);
    stage.open(2);
    assert_eq!(hear_frame(&mut stage, &a).close(), (1000, String::new()));
    assert_eq!(stage.hear(a.told()), Told::End(End::Eof));
    stage.echoes(2, "B alone");
    stage.quiet();
}

pub(super) fn messages_of_the_old_one_in_the_same_read<C: Client>() {
    let many: Vec<u8> = (0..100).flat_map(|index| frames::text(&index.to_string())).collect();
    let (a, b) = (server_sending(many), EchoServer::start());
    let mut stage = Stage::<C>::new();
    stage.connected(&a.url(), 1);
    stage.text(1, "0");
    stage.inside(NOT_SERVED);
    // From the handler of the first message: the others are not delivered any more (G3).
    let call = stage.connect(&b.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(call);
    stage.open(2);
    stage.echoes(2, "B alone");
    stage.quiet();
}

pub(super) fn the_old_one_is_drained_in_a_pause<C: Client>() {
    // More than the system takes on its own.
    const LATE: usize = 32 * 1024 * 1024;
    let a = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.pause();
        wire.send(&frames::binary(&vec![1; LATE]));
        wire.tell_all();
    });
    let b = server_sending([frames::text("0"), frames::text("1")].concat());
    let mut stage = Stage::<C>::new();
    stage.connected(&a.url(), 1);
    hear_head(&mut stage, &a);
    let call = stage.connect(&b.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(call);
    stage.open(2);
    stage.text(2, "0");
    // Behind it the other waits, mostly in the buffer that the old one is to be drained into.
    stage.inside("a pause of receiving").set_receiving(false);
    a.resume();
    assert_eq!(hear_frame(&mut stage, &a).close(), (1000, String::new()));
    assert_eq!(stage.hear(a.told()), Told::End(End::Eof));
    stage.inside("its end").set_receiving(true);
    stage.text(2, "1");
    stage.quiet();
}

pub(super) fn the_old_one_fails_late<C: Client>() {
    let a = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.frame();
        wire.pause();
        wire.reset();
    });
    let b = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&a.url(), 1);
    let call = stage.connect(&b.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(call);
    stage.open(2);
    a.resume();
    stage.echoes(2, "a reset of A is nothing to B");
    drop(a);
    stage.echoes(2, "nor later");
    stage.quiet();
}

pub(super) fn a_late_name_of_the_old_one<C: Client>() {
    let (answer, asked) = mpsc::channel::<Vec<std::net::SocketAddr>>();
    let asked = Mutex::new(asked);
    let resolver: Resolver =
        Arc::new(move |_, _| Ok(asked.lock().expect("a lock").recv().unwrap_or_default()));
    let (a, b) = (EchoServer::start(), EchoServer::start());
    let mut stage = Stage::<C>::start(Config::default(), Some(resolver));
    let old = stage.connect(&format!("ws://some.test:{}/", a.port()));
    let new = stage.connect(&b.url());
    stage.fail(old, 2);
    stage.closed(1, 1000, "", Replaced);
    let _ = answer.send(vec!["127.0.0.1:0".parse().expect("an address")]);
    stage.success(new);
    stage.open(2);
    stage.echoes(2, "B alone");
    assert!(a.heard().take().is_none(), "nobody dialled A");
    stage.quiet();
}

pub(super) fn a_hundred_connects_in_one_turn<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let calls: Vec<_> = (0..100).map(|_| stage.connect(&server.url())).collect();
    for (number, call) in (1..100).zip(&calls) {
        stage.fail(*call, 2);
        stage.closed(number, 1000, "", Replaced);
    }
    stage.success(calls[99]);
    stage.open(100);
    stage.echoes(100, "the last one");
    stage.quiet();
}

pub(super) fn a_hundred_replacements_of_open_ones<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    for number in 2..=100 {
        let call = stage.connect(&server.url());
        stage.closed(number - 1, 1000, "", Replaced);
        stage.success(call);
        stage.open(number);
        stage.echoes(number, "one after the other");
    }
    stage.quiet();
}

pub(super) fn at_most_eight_linger<C: Client>() {
    // Each server is stuck in the middle of a frame when its connection is replaced. Ten connections linger
    // one after the other; the two oldest had to go (F5).
    const SIZE: usize = 6 * 1024 * 1024;
    let script = |_| -> crate::peers::script::Script {
        Box::new(|mut wire| {
            wire.read_little();
            wire.open();
            wire.pause();
            wire.tell_all();
        })
    };
    let servers = ScriptedServer::with_scripts(None, (0..10).map(script).collect());
    let last = EchoServer::start();
    let mut stage = Stage::<C>::with(Config::default().close_timeout(PATIENCE));
    let bytes = vec![1; SIZE];
    let mut connect = stage.connect(&servers.url());
    for number in 1..=10 {
        stage.success(connect);
        stage.open(number);
        let send = stage.send_payload(Payload::Binary(&bytes));
        stage.serve_until(|client| client.inside("the number of bytes that wait").buffered_amount() < SIZE);
        connect = stage.connect(if number < 10 { servers.url() } else { last.url() }.as_str());
        stage.fail(send, 11);
        stage.closed(number, 1000, "", Replaced);
    }
    stage.success(connect);
    stage.open(11);
    for index in 0..10 {
        servers.resume_script(index);
        assert!(matches!(stage.hear(servers.told_by(index)), Told::Head(_)));
        if index < 2 {
            assert_eq!(stage.hear(servers.told_by(index)), Told::End(End::Broken), "cut off: {index}");
        } else {
            for expected in [(0x82, SIZE), (0x88, 2)] {
                match stage.hear(servers.told_by(index)) {
                    Told::Frame(frame) => assert_eq!((frame.first, frame.payload.len()), expected),
                    other => panic!("expected a frame from {index}, but was told {other:?}"),
                }
            }
            assert_eq!(stage.hear(servers.told_by(index)), Told::End(End::Eof));
        }
    }
    stage.quiet();
}
