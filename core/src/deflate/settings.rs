//! What a session asks for: the offers in the request, and how its own messages are compressed.

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

/// The window of the default offer. With 1 KiB, JSON messages of 200 bytes to 16 KiB compress to at most 0.06 of their
/// length more than with 32 KiB (`cargo bench --bench deflate` measures it). A connection keeps two windows.
const WINDOW_BITS: u8 = 10;

/// The compressor's level, which is zlib's default.
const LEVEL: u8 = 6;

/// Shorter messages save a few bytes at most, and cost as much time as longer ones.
const THRESHOLD: usize = 64;

impl Compression {
    /// Offers `first`, and the offers that [`Compression::or`] adds.
    pub fn offering(first: Offer) -> Self {
        Self { offers: vec![first], level: LEVEL, threshold: THRESHOLD }
    }

    /// Adds an offer, for servers that do not accept the ones before (RFC 7692 §5).
    #[must_use]
    pub fn or(mut self, offer: Offer) -> Self {
        self.offers.push(offer);
        self
    }

    /// Sets how hard our compressor tries: 1 is fastest, 9 is smallest. 6 by default. Other values become the nearest
    /// of these.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level.clamp(1, 9);
        self
    }

    /// Sets the length, in bytes, below which a message is sent uncompressed. 64 by default.
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

    /// Whether a message of `length` bytes is worth compressing.
    pub(crate) fn reaches(&self, length: usize) -> bool {
        length >= self.threshold
    }
}

impl Default for Compression {
    /// A window of 1 KiB for each side, kept from message to message. A server that cannot bound its own window may
    /// accept the second offer; its messages then need a window of up to 32 KiB. The third offer asks for nothing.
    /// Servers with larger windows accept it, and some servers refuse the whole connection if no offer suits them.
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
    /// The largest window of the server's compressor. None if the offer does not ask for one.
    pub(super) server_bits: Option<u8>,
    /// The largest window of ours.
    pub(super) client_bits: u8,
    pub(super) server_takeover: bool,
    pub(super) client_takeover: bool,
}

impl Offer {
    /// An offer that asks for nothing: both windows may have up to 32 KiB.
    pub const fn new() -> Self {
        Self { server_bits: None, client_bits: 15, server_takeover: true, client_takeover: true }
    }

    /// Asks the server to refer back to at most the last 2^`bits` bytes of its messages (`server_max_window_bits`). A
    /// connection keeps this many for receiving. `bits` is from 8 to 15; other values become the nearest of these. 15
    /// asks for nothing, as no window is larger.
    #[must_use]
    pub const fn server_window_bits(mut self, bits: u8) -> Self {
        self.server_bits = match within(bits) {
            15 => None,
            bits => Some(bits),
        };
        self
    }

    /// Limits our own messages to refer back to at most the last 2^`bits` bytes (`client_max_window_bits`). A
    /// connection keeps this many for sending. The server may ask for less. `bits` is from 8 to 15; other values become
    /// the nearest of these.
    #[must_use]
    pub const fn client_window_bits(mut self, bits: u8) -> Self {
        self.client_bits = within(bits);
        self
    }

    /// Whether the server's messages may refer to earlier ones. `false` asks the server not to do so
    /// (`server_no_context_takeover`), and then nothing is kept for receiving.
    #[must_use]
    pub const fn server_takeover(mut self, takeover: bool) -> Self {
        self.server_takeover = takeover;
        self
    }

    /// Whether our messages refer to earlier ones. `false` promises the server that they do not
    /// (`client_no_context_takeover`), and then nothing is kept for sending.
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
        // Without a value, it means that any window will do (RFC 7692 §7.1.2.2). Servers have supported this form
        // longest.
        match self.client_bits {
            15 => f.write_str("; client_max_window_bits"),
            bits => write!(f, "; client_max_window_bits={bits}"),
        }
    }
}
