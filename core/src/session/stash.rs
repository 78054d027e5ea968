//! Whose the bytes in a shared receive buffer are, and what becomes of those that have to leave it.

use super::Session;
use super::connection::Connection;
use crate::entropy::Entropy;
use crate::ids::TransportId;
use crate::receive::ReceiveBuffer;

/// Bytes that had to leave the shared buffer before they could be used.
#[derive(Debug)]
pub(super) struct Stash {
    /// Whose they are.
    of: TransportId,
    input: Vec<u8>,
    records: Vec<u8>,
}

impl<E: Entropy> Session<E> {
    /// Sees to it that what waits in `buffer` under our ticket is of the current transport, and brings back
    /// what had to leave it.
    pub(super) fn claim(&mut self, buffer: &mut ReceiveBuffer) {
        let transport = self.current.as_deref().and_then(Connection::transport);
        if self.ticket == buffer.ticket && self.input_of != transport {
            // Late bytes of a connection that is not current any more (G1).
            buffer.clear();
            self.input_of = None;
            self.lane = 0;
        }
        // What was put aside for a connection that has ended since must not come back: nobody would take it.
        self.stash.take_if(|stash| Some(stash.of) != transport);
        let usable = !self.holds_back() && buffer.is_empty();
        if let Some(stash) = self.stash.take_if(|_| usable) {
            let Stash { of: _, input, records } = *stash;
            buffer.input.put(&input);
            buffer.records.put(&records);
            self.ticket = buffer.next_ticket();
            self.input_of = transport;
            self.lane = 0;
        }
    }

    /// Takes what this session has not used yet out of `buffer`, so that another session can read into it. Only
    /// a session that is not drained needs it: one whose host has asked for a pause
    /// ([`Session::set_receiving`]).
    pub fn detach(&mut self, buffer: &mut ReceiveBuffer) {
        self.claim(buffer);
        if self.ticket == buffer.ticket
            && !buffer.is_empty()
            && let Some(of) = self.input_of
        {
            let (input, records) = (buffer.input.waiting().to_vec(), buffer.records.waiting().to_vec());
            self.stash = Some(Box::new(Stash { of, input, records }));
            buffer.clear();
            self.lane = 0;
        }
    }
}
