//! What is measured of each client, and the names of it: one row per kind of message, size, and way that it goes.

use crate::memory::{Kind, Peer, Reads, Wire, batch, payload};

const SIZES: [usize; 4] = [16, 125, 1024, 16 * 1024];

/// What each frame of a message in fragments has.
const FRAGMENT_SIZES: [(Kind, usize); 3] = [(Kind::Binary, 64), (Kind::Ascii, 64), (Kind::Binary, 1024)];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Receive(Reads),
    Send,
}

#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) way: Way,
    pub(crate) kind: Kind,
    pub(crate) size: usize,
}

impl Row {
    pub(crate) fn all() -> Vec<Self> {
        let ways = [
            (Way::Receive(Reads::Bulk), &[Kind::Binary, Kind::Ascii, Kind::Mixed][..]),
            (Way::Receive(Reads::Frame), &[Kind::Binary, Kind::Ascii][..]),
            (Way::Send, &[Kind::Binary, Kind::Ascii][..]),
        ];
        let mut rows = Vec::new();
        for (way, kinds) in ways {
            for &kind in kinds {
                rows.extend(SIZES.map(|size| Self { way, kind, size }));
            }
        }
        let way = Way::Receive(Reads::Fragments);
        rows.extend(FRAGMENT_SIZES.map(|(kind, size)| Self { way, kind, size }));
        rows
    }

    pub(crate) fn name(self) -> String {
        let way = match self.way {
            Way::Receive(Reads::Bulk) => "receive",
            Way::Receive(Reads::Frame) => "receive-one",
            Way::Receive(Reads::Fragments) => "receive-fragments",
            Way::Send => "send",
        };
        let kind = match self.kind {
            Kind::Binary => "binary",
            Kind::Ascii => "text",
            Kind::Mixed => "mixed",
        };
        format!("{way}-{kind}-{}", self.size)
    }

    pub(crate) fn open<P: Peer>(self) -> P {
        let payload = payload(self.kind, self.size);
        let reads = match self.way {
            Way::Receive(reads) => reads,
            Way::Send => Reads::Bulk,
        };
        P::open(Wire::new(self.kind, &payload, reads), self.kind, &payload)
    }

    /// At least `count` messages; how many it were.
    #[inline(never)]
    pub(crate) fn measured<P: Peer>(self, peer: &mut P, count: usize) -> usize {
        match self.way {
            Way::Receive(_) => {
                peer.receive(count);
                count
            }
            Way::Send => {
                let batch = batch(self.size);
                let batches = count.div_ceil(batch);
                for _ in 0..batches {
                    peer.send(batch);
                }
                batch * batches
            }
        }
    }
}
