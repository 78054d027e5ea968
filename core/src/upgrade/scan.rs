//! The grammar of a response head (rule U2). It finds at once that a head cannot be valid any more, and where a head
//! ends. So whatever reads the head afterwards need not check it again. Its cost for each byte is constant, however
//! small the pieces of an answer are.

use crate::params::token::is_token_byte;

/// The beginning of the status line, up to the code.
const VERSION: &[u8] = b"HTTP/1.1 ";

/// Where in a head the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// In the version, after this many bytes of it.
    Version(usize),
    /// In the status code, after this many digits of it.
    Code(u8),
    /// In the reason phrase.
    Reason,
    /// At the first byte of a line after the status line.
    LineStart,
    /// In a header's name.
    Name,
    /// In a header's value.
    Value,
    /// After the CR of a line.
    Cr,
    /// After the CR of the blank line.
    BlankCr,
}

/// How far a head is read.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    at: At,
    /// The status code, as far as it has come.
    status: u16,
    /// How many header lines have begun.
    lines: usize,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self { at: At::Version(0), status: 0, lines: 0 }
    }

    /// The status code. It is complete once the status line is.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// How many header lines there are.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// Takes bytes off the front of `bytes`, until the head ends or there are no more. How many it took, and whether the
    /// head is complete.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(usize, bool), &'static str> {
        let mut rest = bytes;
        loop {
            rest = rest.get(self.run(rest)..).unwrap_or_default();
            let Some((byte, behind)) = rest.split_first() else { return Ok((bytes.len(), false)) };
            rest = behind;
            if self.take(*byte)? {
                return Ok((bytes.len() - rest.len(), true));
            }
        }
    }

    /// How many of these bytes leave the scanner where it is: text and names, which are most of a head. To search for
    /// their end takes a fifth of the time that a step for each byte takes.
    fn run(&self, bytes: &[u8]) -> usize {
        let other = match self.at {
            At::Reason | At::Value => bytes.iter().position(|byte| !is_text(*byte)),
            At::Name => bytes.iter().position(|byte| !is_token_byte(*byte)),
            At::Version(_) | At::Code(_) | At::LineStart | At::Cr | At::BlankCr => Some(0),
        };
        other.unwrap_or(bytes.len())
    }

    /// Takes a byte that is in no such run. Ok(true) means that it ends the head.
    fn take(&mut self, byte: u8) -> Result<bool, &'static str> {
        self.at = match self.at {
            // The content types of TLS records with which a server begins (RFC 8446 §5.1): an alert, or a handshake.
            At::Version(0) if matches!(byte, 21 | 22) => {
                return Err("it is TLS: the port is for wss, so use a url that starts with wss://");
            }
            At::Version(count) => match VERSION.get(count) {
                Some(expected) if *expected != byte => return Err("it does not begin with HTTP/1.1"),
                _ if count + 1 < VERSION.len() => At::Version(count + 1),
                _ => At::Code(0),
            },
            At::Code(count) => self.code(count, byte)?,
            At::Reason => end_of_text(byte, "the reason phrase contains a control character")?,
            At::LineStart => match byte {
                b'\n' => return Ok(true),
                b'\r' => At::BlankCr,
                b' ' | b'\t' => return Err("a line begins with a blank"),
                b':' => return Err("a header has no name"),
                _ if is_token_byte(byte) => {
                    self.lines += 1;
                    At::Name
                }
                _ => return Err("a header's name is not a token"),
            },
            At::Name => match byte {
                b':' => At::Value,
                b' ' | b'\t' => return Err("there is a blank before the colon of a header"),
                b'\r' | b'\n' => return Err("a line has no colon"),
                _ => return Err("a header's name is not a token"),
            },
            At::Value => end_of_text(byte, "a header's value contains a control character")?,
            At::Cr if byte == b'\n' => At::LineStart,
            At::BlankCr if byte == b'\n' => return Ok(true),
            At::Cr | At::BlankCr => return Err("a carriage return is not followed by a line feed"),
        };
        Ok(false)
    }

    /// The three digits of the status code and the byte after them.
    fn code(&mut self, count: u8, byte: u8) -> Result<At, &'static str> {
        match (count, byte) {
            (0, b'1'..=b'9') | (1..=2, b'0'..=b'9') => {
                self.status = self.status * 10 + u16::from(byte - b'0');
                Ok(At::Code(count + 1))
            }
            (3.., b' ') => Ok(At::Reason),
            (3.., b'\r') => Ok(At::Cr),
            (3.., b'\n') => Ok(At::LineStart),
            _ => Err("the status code is not a number of three digits"),
        }
    }
}

/// The byte behind the text of a reason phrase or of a header's value, which end in the same way.
fn end_of_text(byte: u8, otherwise: &'static str) -> Result<At, &'static str> {
    match byte {
        b'\r' => Ok(At::Cr),
        b'\n' => Ok(At::LineStart),
        _ => Err(otherwise),
    }
}

/// Whether the reason phrase or a header's value may have this byte.
fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}
