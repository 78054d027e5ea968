//! What can be wrong with the frames of a peer, and the close code for it (RFC 6455 §7.1.7).

use core::fmt;

/// Why the frames of a peer could not be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameError {
    /// A reserved bit is set, and no extension gives it a meaning (RFC 6455 §5.2).
    ReservedBits,
    /// The opcode is reserved (RFC 6455 §5.2).
    ReservedOpcode(u8),
    /// The frame is masked, which a server must not do (RFC 6455 §5.1).
    Masked,
    /// The length is not written in its shortest form (RFC 6455 §5.2).
    LengthNotMinimal,
    /// The top bit of a 64-bit length is set (RFC 6455 §5.2).
    LengthTopBit,
    /// A control frame announces more than 125 bytes (RFC 6455 §5.5).
    ControlTooLong,
    /// A control frame is fragmented (RFC 6455 §5.5).
    ControlFragmented,
    /// There is a continuation frame, but no message to continue (RFC 6455 §5.4).
    UnexpectedContinuation,
    /// A new message begins inside a fragmented one (RFC 6455 §5.4).
    ExpectedContinuation,
    /// The payload of a close frame is a single byte (RFC 6455 §5.5.1).
    CloseTruncated,
    /// The close code must not be sent (RFC 6455 §7.4).
    CloseCode(u16),
    /// The reason of a close frame is not UTF-8 (RFC 6455 §5.5.1).
    CloseReasonNotUtf8,
    /// A text message is not UTF-8 (RFC 6455 §8.1).
    TextNotUtf8,
    /// A compressed message cannot be inflated (RFC 7692 §7.2.2).
    Compressed(InflateError),
    /// A frame announces more than the frame limit.
    FrameTooBig {
        /// The announced length of the payload, in bytes.
        announced: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A frame would make its message longer than the message limit.
    MessageTooBig {
        /// The length of the message including the announced frame, in bytes.
        announced: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The allocator has no memory for a message within the limits.
    OutOfMemory {
        /// How many bytes were asked for.
        wanted: u64,
    },
}

/// What is wrong with a compressed message (RFC 7692 §7.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InflateError {
    /// It breaks the format of RFC 1951, or refers to bytes before the window.
    Malformed,
    /// It ends inside a block.
    Unfinished,
    /// Something follows a final block.
    DataAfterFinalBlock,
}

/// The three ways in which bad frames end a connection ([T](crate::rules#t)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameErrorKind {
    /// A rule of RFC 6455 was broken: close code 1002.
    Protocol,
    /// A text or a close reason is not UTF-8, or a compressed message cannot be inflated: close code 1007.
    NotUtf8,
    /// A limit is exceeded, or there is no memory: close code 1009.
    TooBig,
}

impl FrameError {
    /// How it ends the connection.
    pub const fn kind(self) -> FrameErrorKind {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode(_)
            | Self::Masked
            | Self::LengthNotMinimal
            | Self::LengthTopBit
            | Self::ControlTooLong
            | Self::ControlFragmented
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::CloseTruncated
            | Self::CloseCode(_) => FrameErrorKind::Protocol,
            Self::CloseReasonNotUtf8 | Self::TextNotUtf8 | Self::Compressed(_) => FrameErrorKind::NotUtf8,
            Self::FrameTooBig { .. } | Self::MessageTooBig { .. } | Self::OutOfMemory { .. } => {
                FrameErrorKind::TooBig
            }
        }
    }

    /// The close code for the peer (RFC 6455 §7.4.1): 1002, 1007 or 1009.
    pub const fn close_code(self) -> u16 {
        self.kind().close_code()
    }

    /// The section of RFC 6455 whose rule is broken. It is empty if a limit of ours or a rule of another document is
    /// broken.
    pub const fn section(self) -> &'static str {
        match self {
            Self::ReservedBits | Self::ReservedOpcode(_) | Self::LengthNotMinimal | Self::LengthTopBit => {
                "5.2"
            }
            Self::Masked => "5.1",
            Self::ControlTooLong | Self::ControlFragmented => "5.5",
            Self::UnexpectedContinuation | Self::ExpectedContinuation => "5.4",
            Self::CloseTruncated | Self::CloseReasonNotUtf8 => "5.5.1",
            Self::CloseCode(_) => "7.4",
            Self::TextNotUtf8 => "8.1",
            Self::Compressed(_)
            | Self::FrameTooBig { .. }
            | Self::MessageTooBig { .. }
            | Self::OutOfMemory { .. } => "",
        }
    }
}

impl FrameErrorKind {
    /// The close code of this kind (RFC 6455 §7.4.1).
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::NotUtf8 => 1007,
            Self::TooBig => 1009,
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ReservedBits => f.write_str("a frame has reserved bits set")?,
            Self::ReservedOpcode(opcode) => write!(f, "a frame has the reserved opcode {opcode:#x}")?,
            Self::Masked => f.write_str("the server masked a frame")?,
            Self::LengthNotMinimal => f.write_str("a frame's length is not in its shortest form")?,
            Self::LengthTopBit => f.write_str("the top bit of a frame's length is set")?,
            Self::ControlTooLong => f.write_str("a control frame is longer than 125 bytes")?,
            Self::ControlFragmented => f.write_str("a control frame is fragmented")?,
            Self::UnexpectedContinuation => f.write_str("a continuation frame has nothing to continue")?,
            Self::ExpectedContinuation => f.write_str("a new message begins inside a fragmented one")?,
            Self::CloseTruncated => f.write_str("a close frame has a payload of one byte")?,
            Self::CloseCode(code) => write!(f, "a close frame has the forbidden code {code}")?,
            Self::CloseReasonNotUtf8 => f.write_str("the reason of a close frame is not UTF-8")?,
            Self::TextNotUtf8 => f.write_str("a text message is not UTF-8")?,
            Self::Compressed(error) => {
                f.write_str(match error {
                    InflateError::Malformed => "a compressed message cannot be inflated",
                    InflateError::Unfinished => "a compressed message ends inside a block",
                    InflateError::DataAfterFinalBlock => {
                        "a compressed message continues after its final block"
                    }
                })?;
                f.write_str(" (RFC 7692 section 7.2.2)")?;
            }
            Self::FrameTooBig { announced, limit } => {
                write!(f, "a frame of {announced} bytes is over the frame limit of {limit} bytes")?;
            }
            Self::MessageTooBig { announced, limit } => {
                write!(
                    f,
                    "a message of at least {announced} bytes is over the message limit of {limit} bytes"
                )?;
            }
            Self::OutOfMemory { wanted } => write!(f, "no memory for {wanted} bytes of a message")?,
        }
        match self.section() {
            "" => Ok(()),
            section => write!(f, " (RFC 6455 section {section})"),
        }
    }
}

impl std::error::Error for FrameError {}
