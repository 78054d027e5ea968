//! What a program may move to another thread. That this compiles is the test.

use connect_socket_core::host::{Answer, Link, Lookups, Question, QuestionId, Timers};
use connect_socket_core::{Inbox, OwnedEvent, SeededEntropy, Session, SharedEntropy, Window, Workspace};

fn is_send<T: Send>() {}

#[test]
fn sessions_and_the_host_kit_can_be_sent() {
    is_send::<Session<SeededEntropy>>();
    is_send::<Session<SharedEntropy>>();
    is_send::<Workspace>();
    is_send::<Window>();
    is_send::<OwnedEvent>();
    is_send::<Link>();
    is_send::<Inbox>();
    is_send::<Lookups<u64>>();
    is_send::<Question>();
    is_send::<QuestionId>();
    is_send::<Answer<u64>>();
    is_send::<Timers>();
}

#[cfg(feature = "tasks")]
mod tasks {
    use connect_socket_core::tasks::{Call, Events, Group, Messages, Runtime, Socket};

    use super::is_send;

    fn is_shared<T: Send + Sync>() {}

    /// Whatever runtime they are on.
    #[expect(dead_code, reason = "it says so of every runtime, so there is none to call it with")]
    fn sockets_can_be_sent<R: Runtime>() {
        is_shared::<Group<R>>();
        is_shared::<Socket<R>>();
        is_send::<Call<R>>();
        is_send::<Events<R>>();
        is_send::<Messages<R>>();
    }
}
