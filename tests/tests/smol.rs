//! Every scenario through connect-socket-smol.

connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::smol::SmolClient);
