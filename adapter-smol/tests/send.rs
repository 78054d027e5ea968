//! What a program may move to another thread, and share. That this compiles is the test.

use connect_socket_smol::{Call, Event, Events, Group, Messages, Smol, Socket};

fn is_send<T: Send>() {}

fn is_shared<T: Send + Sync>() {}

#[test]
fn sockets_can_be_sent() {
    is_shared::<Smol>();
    is_shared::<Group>();
    is_shared::<Socket>();
    is_send::<Call>();
    is_send::<Events>();
    is_send::<Messages>();
    is_send::<Event>();
}
