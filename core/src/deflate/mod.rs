//! permessage-deflate (RFC 7692): messages are sent compressed.
//!
//! A session offers it if its [configuration](crate::Config::compression) says so, and a server may accept the offer.
//! Between two messages, a compressed connection keeps only its window, in each direction: a deflate stream ends each
//! message at a byte boundary, and the next message may refer only to the last 2^w bytes. The codecs, which take a few
//! hundred KB, belong to the [`Workspace`](crate::Workspace) of a loop and serve all its sessions in turn.
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
//! The length of a compressed message reveals something about its content. If a secret and text that an attacker has
//! chosen go through one window, the attacker can guess the secret letter by letter from the lengths on the wire. Send
//! such a message [`Uncompressed`]: then it does not enter the window either.

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

/// The codecs of a loop. Each is made when it is first needed.
#[derive(Default)]
pub(crate) struct Codecs {
    /// A connection has it while one of its messages has come only in part.
    inflater: Option<Box<Inflater>>,
    /// The connection that has the inflater has a second reference to this.
    lent: Arc<()>,
    deflater: Option<Box<Deflater>>,
    /// Identifies these codecs, because a connection's mark in them means nothing in others.
    identity: Arc<()>,
    /// How often a codec has gone from one connection to another.
    turns: u64,
}

impl Codecs {
    /// Says that one of these codecs has a connection's window, as long as its turn is this one.
    fn mark(&self, turn: u64) -> Mark {
        Mark { codecs: Arc::clone(&self.identity), turn }
    }
}

/// Which of a loop's codecs has a connection's window: the one whose turn is this one still.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    codecs: Arc<()>,
    turn: u64,
}

impl Mark {
    /// Whether it is of these codecs, and of one whose turn is `turn`.
    fn is_in(&self, codecs: &Codecs, turn: u64) -> bool {
        self.turn == turn && Arc::ptr_eq(&self.codecs, &codecs.identity)
    }
}
