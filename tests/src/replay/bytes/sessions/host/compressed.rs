//! The host of a session that compresses: it reads what the session writes as a strict server would, and notes each compressed
//! frame with its payload inflated. So a vector holds no output of a compressor.

use std::collections::BTreeMap;

use connect_socket_core::deflate::{Compression, Offer};

use super::{Cut, Hex, Player, Settings, Written, config};
use crate::memory::frames::{client_frame, server_head};
use crate::memory::inflater::Inflater;
use crate::vectors::bytes::deflate::Agreed;
use crate::vectors::bytes::sessions::compressed::Compressing;

/// No message of a vector is longer.
const LONGEST: usize = 1 << 20;

impl Player {
    /// A host of an idle session that compresses, where the server agrees to what `agreed` says.
    pub(crate) fn compressing(
        settings: &Settings,
        compressing: &Compressing,
        agreed: Option<Agreed>,
        entropy: &Hex,
        cut: Cut,
    ) -> Self {
        let mut offers = compressing.offers.iter().copied().map(Offer::from);
        let first = offers.next().map(Compression::offering);
        let compression = first.map(|first| offers.fold(first, Compression::or));
        let compression = compression.map(|it| it.threshold(compressing.threshold));
        let mut player = Self::with(config(settings).compression(compression), entropy, cut);
        player.reader = agreed.map(|agreed| Reader { agreed, inflaters: BTreeMap::new() });
        player
    }
}

/// Reads what is written to each transport.
pub(super) struct Reader {
    agreed: Agreed,
    inflaters: BTreeMap<String, Inflater>,
}

impl Reader {
    /// What was written, whole frames, with the payload of each compressed one inflated.
    pub(super) fn read(&mut self, written: &mut Written) -> Result<(), String> {
        let bytes = &written.bytes_hex.0;
        if bytes.starts_with(b"GET ") {
            return Ok(());
        }
        let (bits, takeover) = (self.agreed.client_bits, self.agreed.client_takeover);
        let inflater = self.inflaters.entry(written.transport.clone());
        let inflater = inflater.or_insert_with(|| Inflater::bounded(bits, takeover));
        let (mut rest, mut read) = (bytes.as_slice(), Vec::new());
        while let Some((first, payload, behind)) = client_frame(rest) {
            let end = rest.len() - behind.len();
            if first & 0x40 == 0 {
                read.extend_from_slice(&rest[..end]);
            } else {
                let message = inflater.run(&payload, LONGEST).ok_or("what was written does not inflate")?;
                let mask = &rest[end - payload.len() - 4..end - payload.len()];
                let mut head = server_head(first, message.len() as u64);
                head[1] |= 0x80;
                let masked = message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
                read.extend(head.into_iter().chain(mask.iter().copied()).chain(masked));
            }
            rest = behind;
        }
        if !rest.is_empty() {
            return Err("a frame is not written whole".into());
        }
        written.bytes_hex = read.into();
        Ok(())
    }
}
