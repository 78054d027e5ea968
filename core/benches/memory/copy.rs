//! The least that a client can do with what it reads: have it copied, whole reads at a time, and look at nothing.

use std::hint::black_box;

use super::{Kind, Peer, Wire};

/// No client of this API is faster than the copy that hands it its bytes.
pub(crate) struct CopyPeer {
    wire: Wire,
    window: Vec<u8>,
    /// The length of a frame.
    frame: usize,
    /// What was read and is not counted yet.
    left: usize,
}

impl Peer for CopyPeer {
    fn open(wire: Wire, _: Kind, _: &[u8]) -> Self {
        let frame = wire.frame();
        Self { wire, window: vec![0; 64 * 1024], frame, left: 0 }
    }

    fn receive(&mut self, count: usize) {
        let wanted = count * self.frame;
        while self.left < wanted {
            self.left += self.wire.read(&mut self.window);
            black_box(&mut self.window);
        }
        self.left -= wanted;
    }

    fn send(&mut self, _: usize) {}
}
