//! Resolvers that hang, on smol.

#[path = "peer/hanging.rs"]
mod resolvers;

use connect_socket_core::ConnectOptions;
use connect_socket_smol::{Group, Smol};
use smol::block_on;

#[test]
fn resolvers_that_hang_take_a_bounded_number_of_threads() {
    resolvers::take_a_bounded_number_of_threads(|resolve, config, url| {
        block_on(async {
            let (socket, _events) =
                Group::on(Smol::with_resolver(resolve), config).expect("entropy").socket();
            socket.connect(&ConnectOptions::new(url)).await.expect_err("it has no address")
        })
    });
}
