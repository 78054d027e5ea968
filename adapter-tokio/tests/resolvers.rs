//! Resolvers that hang, on tokio.

#[path = "../../adapter-smol/tests/peer/hanging.rs"]
mod resolvers;

use connect_socket_core::ConnectOptions;
use connect_socket_tokio::{Group, Tokio};
use tokio::runtime::Builder;

#[test]
fn resolvers_that_hang_take_a_bounded_number_of_threads() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    resolvers::take_a_bounded_number_of_threads(|resolve, config, url| {
        runtime.block_on(async {
            let group = Group::on(Tokio::with_resolver(resolve), config).expect("inside of the runtime");
            let (socket, _events) = group.socket();
            socket.connect(&ConnectOptions::new(url)).await.expect_err("it has no address")
        })
    });
}
