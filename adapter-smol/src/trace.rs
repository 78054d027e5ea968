//! Reports sockets and look-ups through the crate `tracing` (the feature of that name). Core reports the rest.

use std::io;
use std::net::SocketAddr;

use connect_socket_core::host::Resolve;

/// Looks a name up, and reports what came of it.
pub(crate) fn look_up(resolve: &Resolve, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    tracing::debug!(host, port, "look up");
    let answer = resolve(host, port);
    match &answer {
        Ok(addresses) => tracing::debug!(host, port, ?addresses, "looked up"),
        Err(error) => tracing::debug!(host, port, %error, "looked up"),
    }
    answer
}

/// A socket is connected, and has the address `local`; or it could not be connected.
pub(crate) fn dialled(address: SocketAddr, local: Result<io::Result<SocketAddr>, &io::Error>) {
    match local {
        // A system that does not know the address has closed the socket by now.
        Ok(local) => tracing::debug!(%address, local = local.ok().map(tracing::field::display), "connected"),
        Err(error) => tracing::debug!(%address, %error, "not connected"),
    }
}
