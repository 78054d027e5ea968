//! Where the system has no descriptors left, there is an error, and things work again once there are.

mod peer;

use std::fs::File;

use connect_socket_smol::connect_socket_core::{Cause, Config, ErrorCode};
use connect_socket_smol::{Event, Group};
use futures_util::StreamExt;
use rlimit::Resource;

use peer::{Server, echo, in_a_child};

/// The reactor and its sockets need descriptors. A program of its own, since the limit is that of a process.
#[test]
fn no_descriptors_are_an_error_and_no_panic() {
    in_a_child("no_descriptors_are_an_error_and_no_panic", without_descriptors);
}

fn without_descriptors() {
    let server = Server::start(echo);
    // All descriptors below the limit are in use while these are held.
    Resource::NOFILE.set(256, 256).expect("a lower limit");
    let take_all = || std::iter::from_fn(|| File::open("/dev/null").ok()).collect::<Vec<_>>();
    let held = take_all();
    let error = Group::new(Config::default()).map(drop).expect_err("no reactor can be made");
    assert!(error.to_string().contains("open files"), "{error}");
    drop(held);

    let group = Group::new(Config::default()).expect("there is a reactor now");
    let (socket, mut events) = group.socket();
    let held = take_all();
    smol::block_on(async {
        let error = socket.connect(&server.options()).await.expect_err("no socket can be made");
        assert_eq!(error.code(), ErrorCode::Unknown, "{error}");
        assert!(matches!(error.cause(), Cause::Dial { .. }), "{error:?}");
        drop(held);
        socket.connect(&server.options()).await.expect("there are descriptors again");
        while !matches!(events.next().await, Some(Event::Open { .. })) {}
    });
}
