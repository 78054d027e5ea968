//! The head of a received frame, judged byte by byte (RFC 6455 §5.2). Every fault is found as soon as the byte with the
//! fault is there.

use super::error::FrameError;

/// The longest head of an unmasked frame.
pub(super) const HEADER_MAX: usize = 10;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
const TEXT: u8 = Opcode::Text as u8;
const BINARY: u8 = Opcode::Binary as u8;

/// The opcode of a frame (RFC 6455 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// The next part of a fragmented message.
    Continuation = 0,
    /// A text message, or its first part.
    Text = 1,
    /// A binary message, or its first part.
    Binary = 2,
    /// The end of the connection.
    Close = 8,
    /// A check whether the peer is there.
    Ping = 9,
    /// The answer to a ping.
    Pong = 10,
}

impl Opcode {
    /// Whether this is the opcode of a control frame.
    pub const fn is_control(self) -> bool {
        match self {
            Self::Continuation | Self::Text | Self::Binary => false,
            Self::Close | Self::Ping | Self::Pong => true,
        }
    }

    const fn from_bits(bits: u8) -> Result<Self, FrameError> {
        match bits {
            0 => Ok(Self::Continuation),
            1 => Ok(Self::Text),
            2 => Ok(Self::Binary),
            8 => Ok(Self::Close),
            9 => Ok(Self::Ping),
            10 => Ok(Self::Pong),
            _ => Err(FrameError::ReservedOpcode(bits)),
        }
    }
}

/// RSV1: the message is compressed (RFC 7692 §6).
pub(super) const COMPRESSED: u8 = 0x40;

/// What the connection allows at the start of a frame.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// The reserved bits to which an extension gives a meaning at the start of a message, at their place in the first
    /// byte.
    pub(super) reserved: u8,
    /// Whether this is within a fragmented message, so that data must be a continuation (RFC 6455 §5.4).
    pub(super) continuing: bool,
}

/// The head of a frame from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    /// It begins a compressed message. Only if the rules allow it.
    pub(super) compressed: bool,
    pub(super) length: u64,
    /// How many bytes the head itself takes.
    pub(super) size: usize,
}

impl Header {
    /// Reads a head from the front of `bytes`. None if the head is not complete.
    ///
    /// If there are several faults, it reports the one in the earliest byte. Within the first byte, the order is
    /// reserved bits, opcode, fragmented control frame, place in a message. Within the second, the mask comes before
    /// the length.
    pub(super) fn parse(bytes: &[u8], rules: Rules) -> Result<Option<Self>, FrameError> {
        let Some((&first, bytes)) = bytes.split_first() else { return Ok(None) };
        let begins = matches!(first & 0x0f, TEXT | BINARY);
        if first & RESERVED & !(if begins { rules.reserved } else { 0 }) != 0 {
            return Err(FrameError::ReservedBits);
        }
        let opcode = Opcode::from_bits(first & 0x0f)?;
        let fin = first & FIN != 0;
        match opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong if !fin => return Err(FrameError::ControlFragmented),
            Opcode::Continuation if !rules.continuing => return Err(FrameError::UnexpectedContinuation),
            Opcode::Text | Opcode::Binary if rules.continuing => {
                return Err(FrameError::ExpectedContinuation);
            }
            Opcode::Continuation
            | Opcode::Text
            | Opcode::Binary
            | Opcode::Close
            | Opcode::Ping
            | Opcode::Pong => {}
        }

        let Some((&second, bytes)) = bytes.split_first() else { return Ok(None) };
        if second & MASKED != 0 {
            return Err(FrameError::Masked);
        }
        if opcode.is_control() && second > 125 {
            return Err(FrameError::ControlTooLong);
        }
        let length = match second {
            126 => short_length(bytes)?.map(|length| (length, 4)),
            127 => long_length(bytes)?.map(|length| (length, HEADER_MAX)),
            length => Some((u64::from(length), 2)),
        };
        let compressed = first & COMPRESSED != 0;
        Ok(length.map(|(length, size)| Self { fin, opcode, compressed, length, size }))
    }
}

/// The length after 126. It must be at least 126, or its form is not the shortest.
fn short_length(bytes: &[u8]) -> Result<Option<u64>, FrameError> {
    let Some(bytes) = bytes.first_chunk() else { return Ok(None) };
    match u16::from_be_bytes(*bytes) {
        0..=125 => Err(FrameError::LengthNotMinimal),
        length => Ok(Some(u64::from(length))),
    }
}

/// The length after 127. The first byte shows its top bit; the sixth shows whether it is under 65,536.
fn long_length(bytes: &[u8]) -> Result<Option<u64>, FrameError> {
    if bytes.first().is_some_and(|&byte| byte & 0x80 != 0) {
        return Err(FrameError::LengthTopBit);
    }
    if bytes.first_chunk::<6>() == Some(&[0; 6]) {
        return Err(FrameError::LengthNotMinimal);
    }
    Ok(bytes.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)))
}
