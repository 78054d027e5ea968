//! Every scenario through connect-socket-tokio: a socket that tasks share, and an event loop that one task has for itself.

connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::tokio::TokioClient);

mod event_loop {
    connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::tokio::TokioLoopClient);
}
