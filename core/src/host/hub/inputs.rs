//! What the host of a hub reports: ready and connected sockets, and answers to look-ups.

use std::net::SocketAddr;

use super::Hub;
use super::socket::{Interest, Ready, Socket, SocketKey, State};
use crate::entropy::Entropy;
use crate::error::TransportError;
use crate::event::ResolveError;
use crate::host::lookups::QuestionId;
use crate::time::Time;

impl<S: Socket, E: Entropy> Hub<S, E> {
    /// Reports what the poller says about the socket with this [`place`](SocketKey::place).
    pub fn handle_ready(&mut self, place: usize, ready: Ready) {
        let Some(socket) = self.common.sockets.key_at(place).and_then(|key| self.common.sockets.get_mut(key))
        else {
            return;
        };
        // It has answered.
        socket.told = Interest::default();
        socket.set_ready(ready);
        let session = socket.session;
        self.wake(session);
    }

    /// The answer to [`Ask::Dial`](super::Ask::Dial): a socket that is connected, or that
    /// [says when it is](Socket::is_connected). If the socket was released meanwhile, it is given back.
    pub fn handle_dialled(
        &mut self,
        now: Time,
        socket: SocketKey,
        stream: Result<S, TransportError>,
    ) -> Option<S> {
        let key = socket.0;
        let Some(dialled) = self.common.sockets.get_mut(key) else { return stream.ok() };
        let (session, transport) = (dialled.session, dialled.transport);
        let Some(entry) = self.sessions.get_mut(session) else { return stream.ok() };
        match stream {
            Ok(stream) => {
                dialled.state = State::Connecting(stream, true);
                entry.finish_connect(key, &mut self.common, now);
            }
            Err(error) => {
                entry.forget(key);
                self.common.sockets.remove(key);
                entry.session.handle_connect_failed(now, transport, error);
            }
        }
        self.wake(session);
        None
    }

    /// The answer to [`Ask::LookUp`](super::Ask::LookUp); all sessions that wait for the name get it.
    pub fn handle_looked_up(
        &mut self,
        now: Time,
        question: QuestionId,
        answer: Result<Vec<SocketAddr>, ResolveError>,
    ) {
        self.common.lookups.answer(question, answer);
        while let Some(answer) = self.common.lookups.poll_answer() {
            let Some(entry) = self.sessions.get_mut(answer.session) else { continue };
            let addresses = answer.addresses.as_deref().map_err(Clone::clone);
            entry.session.handle_resolved(now, answer.connection, addresses);
            self.wake(answer.session);
        }
    }
}
