//! Reports sockets and look-ups through the crate `tracing` (the feature of that name). Core reports the rest.

use std::io;
use std::net::SocketAddr;

use connect_socket_core::ResolveError;
use connect_socket_core::host::{Ask, QuestionId, SocketKey};

use crate::socket::Socket;

/// The driver is asked to do this.
pub(crate) fn ask(ask: &Ask<Socket>) {
    match ask {
        Ask::LookUp(question) => {
            let (host, port) = (&*question.host, question.port);
            tracing::debug!(question = ?question.id, host, port, "look up");
        }
        Ask::Dial { socket, address } => {
            tracing::debug!(socket = socket.place(), address = %address, "dial");
        }
        Ask::Release { socket, stream: _ } => tracing::debug!(socket = socket.place(), "release"),
    }
}

/// A name was looked up.
pub(crate) fn looked_up(question: QuestionId, answer: &Result<Vec<SocketAddr>, ResolveError>) {
    match answer {
        Ok(addresses) => tracing::debug!(?question, ?addresses, "looked up"),
        Err(error) => tracing::debug!(?question, ?error, "looked up"),
    }
}

/// A socket is being connected, or could not be made.
pub(crate) fn dialled(socket: SocketKey, stream: &io::Result<Socket>) {
    if let Err(error) = stream {
        tracing::debug!(socket = socket.place(), %error, "no socket");
    }
}
