//! Calls of tasks: whoever drops one, or has its result, leaves nothing of it behind.

use connect_socket_core::Config;
use connect_socket_smol::Socket;
use futures_util::FutureExt;

use super::counting::HELD;

/// M3: a program that sends and never asks what became of it does not grow.
#[test]
fn m3_calls_leave_nothing() {
    let (socket, events) = Socket::new(Config::default()).expect("a seed is there");
    drop(events);
    // It leaves other tasks their turns meanwhile.
    let serve = || while socket.idle().now_or_never().is_none() {};
    let ways: [(&str, &dyn Fn()); 3] = [
        ("dropped before it is settled", &|| drop(socket.send("nobody is there"))),
        ("dropped after it was settled", &|| {
            let call = socket.send("nobody is there");
            serve();
            drop(call);
        }),
        ("awaited", &|| {
            let mut call = socket.send("nobody is there");
            let result = std::iter::repeat_with(|| (&mut call).now_or_never()).find_map(|result| result);
            assert!(result.is_some_and(|result| result.is_err()), "there is no connection");
        }),
    ];
    for (name, call) in ways {
        let mut held = [0; 2];
        for held in &mut held {
            (0..1_000).for_each(|_| call());
            serve();
            *held = HELD.get();
        }
        let more = held[1] - held[0];
        assert!(more < 1_000, "{name}: {more} bytes of 1,000 calls");
    }
}
