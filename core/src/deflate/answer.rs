//! What a server's `Sec-WebSocket-Extensions` agrees to, and whether that answers our offers (RFC 7692 §5, §7.1; rule
//! U5).

use core::fmt;
use core::iter::Peekable;
use core::slice::Iter;
use std::sync::Arc;

use super::settings::Offer;
use crate::params::token::is_token_byte;
use crate::show::shortened;

/// What was agreed with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agreement {
    /// Our messages refer back to at most the last 2^this bytes: 8 to 15.
    pub client_window_bits: u8,
    /// The server's messages refer back to at most the last 2^this bytes: 8 to 15.
    pub server_window_bits: u8,
    /// Our messages may refer to earlier ones.
    pub client_takeover: bool,
    /// The server's messages may refer to earlier ones.
    pub server_takeover: bool,
}

/// Why the server's choice of extensions is not a valid answer to our offers (code 8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionError {
    /// It cannot be read as a list of extensions with parameters (RFC 6455 §9.1).
    Malformed,
    /// The server chose an extension that was not offered.
    NotOffered,
    /// The server chose permessage-deflate more than once.
    Twice,
    /// permessage-deflate has no parameter with this name.
    UnknownParameter(Arc<str>),
    /// The parameter with this name is there twice.
    RepeatedParameter(&'static str),
    /// The parameter with this name has a value but must not have one, lacks its value, or its value is not from 8 to
    /// 15.
    ParameterValue(&'static str),
    /// The parameter with this name was not offered, or the window is larger than the offered one.
    ParameterNotOffered(&'static str),
    /// The parameter with this name, for which our offer asked, is missing.
    ParameterMissing(&'static str),
}

impl fmt::Display for ExtensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the server's Sec-WebSocket-Extensions cannot be read"),
            Self::NotOffered => f.write_str("the server chose an extension that was not offered"),
            Self::Twice => f.write_str("the server chose permessage-deflate more than once"),
            Self::UnknownParameter(name) => {
                write!(f, "the server set {name:?}, which is not a parameter of permessage-deflate")
            }
            Self::RepeatedParameter(name) => write!(f, "the server set {name} twice"),
            Self::ParameterValue(name) => write!(f, "the server set {name} to a value that it cannot have"),
            Self::ParameterNotOffered(name) => write!(f, "the server set {name} to more than was offered"),
            Self::ParameterMissing(name) => {
                write!(f, "the server accepted permessage-deflate without {name}, which was asked for")
            }
        }
    }
}

impl std::error::Error for ExtensionError {}

const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";
const SERVER_ALONE: &str = "server_no_context_takeover";
const CLIENT_ALONE: &str = "client_no_context_takeover";

impl Agreement {
    /// What the server agrees to. `lines` are the values of all lines of `Sec-WebSocket-Extensions`. None if there is
    /// no line.
    ///
    /// ```
    /// use connect_socket_core::deflate::{Agreement, ExtensionError, Offer};
    ///
    /// let offers = [Offer::new().server_window_bits(10)];
    /// let agreed = Agreement::judge(["permessage-deflate; server_max_window_bits=9"], &offers)?.unwrap();
    /// assert_eq!((agreed.server_window_bits, agreed.client_window_bits), (9, 15));
    ///
    /// let refused = Agreement::judge(["permessage-deflate; server_max_window_bits=11"], &offers);
    /// assert_eq!(refused, Err(ExtensionError::ParameterNotOffered("server_max_window_bits")));
    /// # Ok::<(), ExtensionError>(())
    /// ```
    pub fn judge<'a>(
        lines: impl IntoIterator<Item = &'a str>,
        offers: &[Offer],
    ) -> Result<Option<Self>, ExtensionError> {
        let mut chosen: Option<Parameters> = None;
        for line in lines {
            let mut letters = Letters(line.as_bytes().iter().peekable());
            loop {
                letters.skip_blanks();
                // Empty elements of a list are skipped (RFC 9110 §5.6.1).
                if !matches!(letters.0.peek(), None | Some(b',')) {
                    let name = letters.token().ok_or(ExtensionError::Malformed)?;
                    if name != "permessage-deflate" || offers.is_empty() {
                        return Err(ExtensionError::NotOffered);
                    }
                    if chosen.is_some() {
                        return Err(ExtensionError::Twice);
                    }
                    chosen = Some(Parameters::read(&mut letters)?);
                }
                match letters.0.next() {
                    None => break,
                    Some(b',') => {}
                    Some(_) => return Err(ExtensionError::Malformed),
                }
            }
        }
        let Some(chosen) = chosen else { return Ok(None) };
        let mut refused = ExtensionError::Malformed;
        for offer in offers {
            match chosen.accept(*offer) {
                Ok(agreed) => return Ok(Some(agreed)),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

/// The parameters of an answer, each of which is valid by itself.
#[derive(Default)]
struct Parameters {
    server_bits: Option<u8>,
    client_bits: Option<u8>,
    server_alone: bool,
    client_alone: bool,
}

impl Parameters {
    /// Reads all parameters after the extension's name.
    fn read(letters: &mut Letters<'_>) -> Result<Self, ExtensionError> {
        let mut read = Self::default();
        loop {
            letters.skip_blanks();
            if letters.0.next_if_eq(&&b';').is_none() {
                return Ok(read);
            }
            letters.skip_blanks();
            let name = letters.token().ok_or(ExtensionError::Malformed)?;
            letters.skip_blanks();
            let value = match letters.0.next_if_eq(&&b'=') {
                Some(_) => Some(letters.value().ok_or(ExtensionError::Malformed)?),
                None => None,
            };
            let value = value.as_deref();
            match name.as_str() {
                SERVER_BITS => read.server_bits = Some(bits(SERVER_BITS, read.server_bits, value)?),
                CLIENT_BITS => read.client_bits = Some(bits(CLIENT_BITS, read.client_bits, value)?),
                SERVER_ALONE => read.server_alone = alone(SERVER_ALONE, read.server_alone, value)?,
                CLIENT_ALONE => read.client_alone = alone(CLIENT_ALONE, read.client_alone, value)?,
                _ => return Err(ExtensionError::UnknownParameter(shortened(&name))),
            }
        }
    }

    /// Judges them as an answer to one offer.
    fn accept(&self, offer: Offer) -> Result<Agreement, ExtensionError> {
        // RFC 7692 §7.1.1.1: a server that accepts such an offer says so.
        if !offer.server_takeover && !self.server_alone {
            return Err(ExtensionError::ParameterMissing(SERVER_ALONE));
        }
        // §7.1.2.1: a server may bound its window without being asked.
        match (offer.server_bits, self.server_bits) {
            (Some(_), None) => return Err(ExtensionError::ParameterMissing(SERVER_BITS)),
            (Some(most), Some(bits)) if bits > most => {
                return Err(ExtensionError::ParameterNotOffered(SERVER_BITS));
            }
            (Some(_) | None, Some(_)) | (None, None) => {}
        }
        // §7.1.2.2: every offer of ours has it, and the server may ask for a smaller window.
        if self.client_bits.is_some_and(|bits| bits > offer.client_bits) {
            return Err(ExtensionError::ParameterNotOffered(CLIENT_BITS));
        }
        Ok(Agreement {
            client_window_bits: self.client_bits.unwrap_or(offer.client_bits),
            server_window_bits: self.server_bits.unwrap_or(15),
            // §7.1.1.2: the server may ask for it without an offer, and even if it does not, we may do so.
            client_takeover: offer.client_takeover && !self.client_alone,
            server_takeover: !self.server_alone,
        })
    }
}

/// RFC 7692 §7.1.2: a decimal number from 8 to 15, without leading zeros.
fn bits(name: &'static str, before: Option<u8>, value: Option<&str>) -> Result<u8, ExtensionError> {
    if before.is_some() {
        return Err(ExtensionError::RepeatedParameter(name));
    }
    match value {
        Some("8") => Ok(8),
        Some("9") => Ok(9),
        Some("10") => Ok(10),
        Some("11") => Ok(11),
        Some("12") => Ok(12),
        Some("13") => Ok(13),
        Some("14") => Ok(14),
        Some("15") => Ok(15),
        Some(_) | None => Err(ExtensionError::ParameterValue(name)),
    }
}

/// RFC 7692 §7.1.1: it has no value.
fn alone(name: &'static str, before: bool, value: Option<&str>) -> Result<bool, ExtensionError> {
    match (before, value) {
        (true, _) => Err(ExtensionError::RepeatedParameter(name)),
        (false, Some(_)) => Err(ExtensionError::ParameterValue(name)),
        (false, None) => Ok(true),
    }
}

/// The letters of one line (RFC 6455 §9.1).
struct Letters<'a>(Peekable<Iter<'a, u8>>);

impl Letters<'_> {
    fn skip_blanks(&mut self) {
        while self.0.next_if(|letter| matches!(letter, b' ' | b'\t')).is_some() {}
    }

    /// A token. None if there is no letter of one.
    fn token(&mut self) -> Option<String> {
        let mut token = String::new();
        while let Some(letter) = self.0.next_if(|letter| is_token_byte(**letter)) {
            token.push(char::from(*letter));
        }
        (!token.is_empty()).then_some(token)
    }

    /// A token, quoted or not: the value of a parameter.
    fn value(&mut self) -> Option<String> {
        self.skip_blanks();
        if self.0.next_if_eq(&&b'"').is_none() {
            return self.token();
        }
        let mut value = String::new();
        loop {
            let letter = match *self.0.next()? {
                b'"' => break,
                b'\\' => *self.0.next()?,
                letter => letter,
            };
            // Inside the quotes, it must be a token as well.
            value.push(Some(letter).filter(|letter| is_token_byte(*letter)).map(char::from)?);
        }
        (!value.is_empty()).then_some(value)
    }
}
