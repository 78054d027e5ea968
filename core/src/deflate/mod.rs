//! permessage-deflate (RFC 7692): messages that travel compressed.
//!
//! A session that is [asked to](crate::Config::compression) offers it, and a server may take the offer. What a compressed
//! connection keeps between two messages is its window alone, in each direction: at the end of a message a deflate stream
//! is aligned to a byte, and everything that the next message may refer to is the last 2^w bytes. The codecs, which take
//! a few hundred KB, belong to the [`Workspace`](crate::Workspace) of a loop and serve all its sessions in turn.
//!
//! ```
//! use connect_socket_core::Config;
//! use connect_socket_core::deflate::{Compression, Offer};
//!
//! // The usual preferences: a window of 1 KiB in each direction, kept from message to message.
//! let config = Config::default().compression(Compression::default());
//! assert_eq!(
//!     config.compression.unwrap().to_string(),
//!     "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10, \
//!      permessage-deflate; client_max_window_bits=10, \
//!      permessage-deflate; client_max_window_bits"
//! );
//!
//! // A server whose messages tell nothing about each other.
//! let alone = Offer::new().server_takeover(false).client_takeover(false);
//! let config = Config::default().compression(Compression::offering(alone).level(9).threshold(200));
//! assert_eq!(
//!     config.compression.unwrap().to_string(),
//!     "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
//! );
//! ```
//!
//! # Secrets
//! A length tells something about what was compressed. Where a secret and a text that somebody else has chosen go through
//! one window, that somebody can guess the secret letter by letter, by the lengths that he sees on the wire. Send such a
//! message [`Uncompressed`]: it then does not enter the window either.

mod answer;
mod deflater;
mod history;
mod inflater;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use answer::{Agreement, ExtensionError};
pub use settings::{Compression, Offer};

pub use crate::params::Uncompressed;

pub(crate) use deflater::{Deflating, has_memory};
pub(crate) use inflater::Inflating;

use deflater::Deflater;
use inflater::Inflater;

/// The codecs of a loop, each made when it is needed first.
#[derive(Default)]
pub(crate) struct Codecs {
    /// It is with a connection while one of its messages has come in part.
    inflater: Option<Box<Inflater>>,
    /// Whoever has the inflater has a second reference to this.
    lent: Arc<()>,
    deflater: Option<Box<Deflater>>,
    /// Whose codecs these are: a mark of one connection in them means nothing in others.
    identity: Arc<()>,
    /// How often the deflater has gone from one connection to another.
    turns: u64,
}

/// A connection's mark in a loop's deflater: as long as it is the last, the deflater has its window.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    codecs: Arc<()>,
    turn: u64,
}
