//! The frames of RFC 6455: a strict decoder for what a server sends, and the encoding of what a client sends.

mod error;

pub use error::{FrameError, FrameErrorKind};
