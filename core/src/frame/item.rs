//! What a decoder gives: messages and control frames.

use super::close::CloseFrame;
#[cfg(doc)]
use super::decoder::Decoder;
use super::error::FrameError;
use super::header::Opcode;

/// What a decoder gives: a whole message, or a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping: it wants a pong with the same payload (RFC 6455 §5.5.2).
    Ping(&'a [u8]),
    /// A pong.
    Pong(&'a [u8]),
    /// A close frame; none when it is empty, which is told as 1005 (RFC 6455 §7.1.5).
    Close(Option<CloseFrame<'a>>),
}

/// What [`Decoder::step`] gives: it borrows the input alone, so that a loop may call it again. Items that the
/// decoder holds itself are fetched from it afterwards and stay until the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'i> {
    /// An item that lies whole in the input.
    Whole(Item<'i>),
    /// A text message: [`Decoder::held_text`].
    HeldText,
    /// A binary message: [`Decoder::held_binary`].
    HeldBinary,
    /// A control frame: [`Decoder::held_control`].
    HeldControl,
}

/// A whole control frame.
pub(super) fn control(opcode: Opcode, payload: &[u8]) -> Result<Item<'_>, FrameError> {
    match opcode {
        Opcode::Ping => Ok(Item::Ping(payload)),
        Opcode::Pong => Ok(Item::Pong(payload)),
        Opcode::Close => CloseFrame::parse(payload).map(Item::Close),
        Opcode::Continuation | Opcode::Text | Opcode::Binary => Err(FrameError::ReservedOpcode(opcode as u8)),
    }
}
