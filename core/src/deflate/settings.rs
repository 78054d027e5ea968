//! What a session asks for: the offers of the request, and how its own messages are compressed.

use core::fmt;

/// How a session compresses: what it offers to servers, and what it does with its own messages. See
/// [the module](super) for examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression {
    /// In order of preference; at least one.
    offers: Vec<Offer>,
    level: u8,
    threshold: usize,
}

/// The window of the usual offer. 1 KiB makes JSON messages of 200 bytes to 16 KiB at most 0.06 longer, as a part of
/// their length, than 32 KiB do (`cargo bench --bench deflate` measures it), and two of it are what a connection keeps.
const WINDOW_BITS: u8 = 10;

/// The compressor's level: the one that zlib takes where nobody says.
const LEVEL: u8 = 6;

/// Shorter messages gain a few bytes at most, and cost as much time as longer ones.
const THRESHOLD: usize = 64;

impl Compression {
    /// Offers `first`, and what [`Compression::or`] adds.
    pub fn offering(first: Offer) -> Self {
        Self { offers: vec![first], level: LEVEL, threshold: THRESHOLD }
    }

    /// One more offer, for servers that do not take those before (RFC 7692 §5).
    #[must_use]
    pub fn or(mut self, offer: Offer) -> Self {
        self.offers.push(offer);
        self
    }

    /// How hard our compressor tries: 1 is fast, 9 is small. 6; other values are taken for the nearest.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level.clamp(1, 9);
        self
    }

    /// A message of fewer bytes than this goes uncompressed. 64.
    #[must_use]
    pub fn threshold(mut self, threshold: usize) -> Self {
        self.threshold = threshold;
        self
    }

    pub(crate) fn offers(&self) -> &[Offer] {
        &self.offers
    }

    pub(crate) fn effort(&self) -> u8 {
        self.level
    }

    /// Whether a message of `length` bytes is worth it.
    pub(crate) fn reaches(&self, length: usize) -> bool {
        length >= self.threshold
    }
}

impl Default for Compression {
    /// A window of 1 KiB for either side, kept from message to message. A server that cannot bound its own window may take
    /// the second offer, and its messages then take one of up to 32 KiB. The third asks for nothing: a server that is set
    /// to larger windows takes it, and some refuse the whole connection where no offer suits them.
    fn default() -> Self {
        let ours = Offer::new().client_window_bits(WINDOW_BITS);
        Self::offering(ours.server_window_bits(WINDOW_BITS)).or(ours).or(Offer::new())
    }
}

impl fmt::Display for Compression {
    /// The value of `Sec-WebSocket-Extensions`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, offer) in self.offers.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            offer.fmt(f)?;
        }
        Ok(())
    }
}

/// One offer of permessage-deflate (RFC 7692 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The largest window of the server's compressor; none: it is not asked for one.
    pub(super) server_bits: Option<u8>,
    /// The largest window of ours.
    pub(super) client_bits: u8,
    pub(super) server_takeover: bool,
    pub(super) client_takeover: bool,
}

impl Offer {
    /// It asks nothing of the server, whose window so has up to 32 KiB, as ours may.
    pub const fn new() -> Self {
        Self { server_bits: None, client_bits: 15, server_takeover: true, client_takeover: true }
    }

    /// Asks the server to refer back to the last 2^`bits` bytes of its messages at most (`server_max_window_bits`): what a
    /// connection keeps to receive. 8 to 15; other values are taken for the nearest. 15 asks for nothing, as no window is
    /// larger.
    #[must_use]
    pub const fn server_window_bits(mut self, bits: u8) -> Self {
        self.server_bits = match within(bits) {
            15 => None,
            bits => Some(bits),
        };
        self
    }

    /// Our own messages refer back to the last 2^`bits` bytes at most (`client_max_window_bits`): what a connection keeps
    /// to send. The server may ask for less. 8 to 15; other values are taken for the nearest.
    #[must_use]
    pub const fn client_window_bits(mut self, bits: u8) -> Self {
        self.client_bits = within(bits);
        self
    }

    /// Whether the server's messages may refer to those before; `false` asks it not to (`server_no_context_takeover`).
    /// Nothing is kept to receive then.
    #[must_use]
    pub const fn server_takeover(mut self, takeover: bool) -> Self {
        self.server_takeover = takeover;
        self
    }

    /// Whether our messages refer to those before; with `false` they do not, and the server is told so
    /// (`client_no_context_takeover`). Nothing is kept to send then.
    #[must_use]
    pub const fn client_takeover(mut self, takeover: bool) -> Self {
        self.client_takeover = takeover;
        self
    }
}

/// RFC 7692 §7.1.2.
const fn within(bits: u8) -> u8 {
    match bits {
        0..=8 => 8,
        9..=14 => bits,
        15.. => 15,
    }
}

impl Default for Offer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("permessage-deflate")?;
        if !self.server_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if !self.client_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        if let Some(bits) = self.server_bits {
            write!(f, "; server_max_window_bits={bits}")?;
        }
        // Without a value it says that any will do (RFC 7692 §7.1.2.2), which servers have known longest.
        match self.client_bits {
            15 => f.write_str("; client_max_window_bits"),
            bits => write!(f, "; client_max_window_bits={bits}"),
        }
    }
}
