//! Every scenario through connect-socket-mio.

connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::mio::MioClient);
