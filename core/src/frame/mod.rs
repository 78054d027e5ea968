//! The frames of RFC 6455: a strict decoder for what a server sends, and the encoding of what a client sends.
//!
//! [`Decoder`] takes the bytes of a stream in pieces of any size and returns [`Item`]s. [`encode_frame`] writes one
//! masked frame. You can use both alone: they know nothing about connections, transports or time.
//!
//! ```
//! use connect_socket_core::Workspace;
//! use connect_socket_core::frame::{Decoder, Item, Limits};
//!
//! let mut decoder = Decoder::new(Limits { frame: 1024, message: 1024 });
//! let mut work = Workspace::default();
//! let mut input: &[u8] = &[0x81, 2, b'h', b'i', 0x82, 9, 1];
//! assert_eq!(decoder.decode(&mut input, &mut work), Ok(Some(Item::Text("hi"))));
//! assert_eq!(decoder.decode(&mut input, &mut work), Ok(None));
//! assert!(input.is_empty());
//! ```

mod assembly;
mod close;
mod decoder;
mod encode;
mod error;
mod framer;
mod header;
mod mask;
mod parts;
mod pipeline;
mod reader;
mod run;
mod utf8;
mod whole;

#[cfg(test)]
mod tests;

pub use close::CloseFrame;
pub use decoder::{Decoder, Item};
pub use encode::{encode_frame, header_len};
pub use error::{FrameError, FrameErrorKind, InflateError};
pub use header::Opcode;

pub(crate) use encode::{FirstByte, MASKED_HEADER_MAX, encode, put_header};
pub(crate) use framer::{Control, Kind};
pub(crate) use mask::{LONG, mask_in_place};
pub(crate) use parts::{NextPart, PartInInput, PartsAbove};
pub(crate) use pipeline::{Pipeline, Step};
pub(crate) use reader::Content;
pub(crate) use utf8::validate;
pub(crate) use whole::{FastPath, WholeMessage};

/// How long a peer's messages and frames may be, in bytes of payload ([F3](crate::rules#f3)). Control frames have a
/// limit of their own: 125 bytes (RFC 6455 §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest data frame.
    pub frame: u64,
    /// The longest message, over all its frames.
    pub message: u64,
}
