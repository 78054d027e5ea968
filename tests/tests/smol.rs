//! Every scenario through connect-socket-smol: a socket that tasks share, and an event loop that one task has for itself.

connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::smol::SmolClient);

mod event_loop {
    connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::smol::SmolLoopClient);
}
