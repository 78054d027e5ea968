//! The commands of one session of a hub.

use crate::entropy::Entropy;
use crate::ids::CallId;
use crate::params::{AsPayload, CloseOptions, ConnectOptions};
use crate::session::Session;
use crate::stats::Stats;
use crate::time::Time;

/// Gives commands to one session of a [`Hub`](super::Hub). A command takes effect, and its events come, when you next
/// poll events.
///
/// ```
/// use connect_socket_core::host::Slot;
/// use connect_socket_core::{CloseOptions, Entropy, Payload};
///
/// /// Says goodbye and leaves.
/// fn leave<E: Entropy>(mut slot: Slot<'_, E>) {
///     slot.send(Payload::from("goodbye"));
///     slot.close(&CloseOptions::new(1000, "done"));
/// }
/// ```
#[derive(Debug)]
pub struct Slot<'h, E> {
    pub(super) session: &'h mut Session<E>,
    pub(super) now: Time,
}

impl<E: Entropy> Slot<'_, E> {
    /// `my.connectSocket`; see [`Session::connect`].
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.session.connect(self.now, options)
    }

    /// `my.sendSocketMessage`; see [`Session::send`].
    pub fn send(&mut self, payload: impl AsPayload) -> CallId {
        self.session.send(payload)
    }

    /// Sends a part of a message; see [`Session::send_part`].
    pub fn send_part(&mut self, payload: impl AsPayload, last: bool) -> CallId {
        self.session.send_part(payload, last)
    }

    /// `my.closeSocket`; see [`Session::close`].
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        self.session.close(self.now, options)
    }

    /// What was received and sent so far; see [`Session::stats`].
    pub fn stats(&self) -> Stats {
        self.session.stats()
    }

    /// Says whether you want messages now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.session.set_receiving(receiving);
    }
}
