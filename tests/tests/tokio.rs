//! Every scenario through connect-socket-tokio.

connect_socket_tests::instantiate_scenarios!(connect_socket_tests::client::tokio::TokioClient);
