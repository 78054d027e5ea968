//! What a program may move to another thread. That this compiles is the test.

use connect_socket_mio::{Driver, EventLoop, SessionKey};

fn is_send<T: Send>() {}

#[test]
fn loops_can_be_sent() {
    is_send::<Driver>();
    is_send::<EventLoop>();
    is_send::<SessionKey>();
}
