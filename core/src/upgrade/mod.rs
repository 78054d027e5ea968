//! The server's answer to the upgrade request ([U](crate::rules#u), [Q5](crate::rules#q5)): from bytes in pieces of any
//! size to an accepted connection, or the reason why there is none.

mod headers;
mod judge;
pub(crate) mod key;
mod refused;
mod scan;
#[cfg(test)]
mod tests;

use core::fmt;
use std::sync::Arc;

#[cfg(feature = "deflate")]
use crate::deflate::{Agreement, Offer};
use crate::error::AnswerError;
use judge::{Asked, judge};
use key::{ACCEPT_LEN, accept_to, key_of};
use scan::Scanner;

pub use headers::Headers;
pub use refused::RefusedAnswer;

/// An accepted upgrade, as onSocketOpen reports it. `{:?}` shows the names of its headers, but no values
/// ([G6](crate::rules#g6)).
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The subprotocol that the server chose; empty for none.
    pub protocol: String,
    /// The headers, in order.
    pub headers: Headers,
    /// How messages may be compressed. None if they are not.
    #[cfg(feature = "deflate")]
    pub compression: Option<Agreement>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("headers", &self.headers).finish_non_exhaustive()
    }
}

/// Reads the server's answer.
///
/// ```
/// use connect_socket_core::upgrade::Answer;
///
/// let mut answer = Answer::new(*b"the sample nonce", Vec::new(), 16 * 1024);
/// let mut input: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
///     Upgrade: websocket\r\n\
///     Connection: Upgrade\r\n\
///     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
///     \r\n\x81\x02hi";
/// let response = answer.receive(&mut input)?;
/// assert_eq!(response.map(|response| response.headers.len()), Some(3));
/// assert_eq!(input, b"\x81\x02hi"); // frames follow the blank line
/// # Ok::<(), connect_socket_core::AnswerError>(())
/// ```
pub struct Answer {
    /// What `Sec-WebSocket-Accept` must say.
    accept: [u8; ACCEPT_LEN],
    offered: Arc<[String]>,
    #[cfg(feature = "deflate")]
    offers: Vec<Offer>,
    limit: usize,
    /// How many bytes were taken, including interim answers (Q5).
    taken: usize,
    /// The head that is being read, as far as it has come.
    head: Vec<u8>,
    state: State,
    /// The refused answer, if its head was complete.
    refused: Option<Box<RefusedAnswer>>,
}

enum State {
    Reading(Scanner),
    Accepted,
    Refused(AnswerError),
}

impl Answer {
    /// A reader for the answer to a request with the key made from `nonce` and the `offered` subprotocols. `limit`
    /// bounds the heads, in bytes.
    pub fn new(nonce: [u8; 16], offered: impl Into<Arc<[String]>>, limit: usize) -> Self {
        Self {
            accept: accept_to(&key_of(nonce)),
            offered: offered.into(),
            #[cfg(feature = "deflate")]
            offers: Vec::new(),
            limit,
            taken: 0,
            head: Vec::new(),
            state: State::Reading(Scanner::new()),
            refused: None,
        }
    }

    /// The same for a request that also had these offers of permessage-deflate.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn to_offers(mut self, offers: impl Into<Vec<Offer>>) -> Self {
        self.offers = offers.into();
        self
    }

    /// Takes the answer's bytes off the front of `input`. `Ok(None)` means that all were taken and more must come. Once
    /// the answer is accepted, no more is taken, and the rest of `input` is frames. Once it is refused, every call
    /// returns the same reason, and the rest is the beginning of a body.
    pub fn receive(&mut self, input: &mut &[u8]) -> Result<Option<Response>, AnswerError> {
        loop {
            let scanner = match &mut self.state {
                State::Reading(scanner) => scanner,
                State::Accepted => return Ok(None),
                State::Refused(error) => return Err(error.clone()),
            };
            let outcome = match advance(scanner, &mut self.head, &mut self.taken, self.limit, input) {
                Ok(false) => return Ok(None),
                Ok(true) => {
                    let asked = Asked {
                        accept: &self.accept,
                        offered: &self.offered,
                        #[cfg(feature = "deflate")]
                        offers: &self.offers,
                    };
                    let outcome = conclude(scanner, &self.head, &asked);
                    if outcome.is_err() {
                        let (status, lines) = (scanner.status(), scanner.lines());
                        self.refused = RefusedAnswer::keep(status, lines, &self.head, input).map(Box::new);
                    }
                    outcome
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(None) => {
                    self.head.clear();
                    self.state = State::Reading(Scanner::new());
                }
                Ok(Some(response)) => {
                    self.head = Vec::new();
                    self.state = State::Accepted;
                    return Ok(Some(response));
                }
                Err(error) => {
                    self.head = Vec::new();
                    self.state = State::Refused(error);
                }
            }
        }
    }
}

impl Answer {
    /// Takes the refused answer. None if the answer was not refused, if its head was not complete, or if it was taken
    /// before.
    ///
    /// ```
    /// use connect_socket_core::upgrade::Answer;
    ///
    /// let mut answer = Answer::new(*b"the sample nonce", Vec::new(), 16 * 1024);
    /// let mut input: &[u8] = b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\n\r\ncome back later";
    /// assert!(answer.receive(&mut input).is_err());
    /// let refused = answer.take_refused().unwrap();
    /// assert_eq!((refused.status, refused.headers.get("Retry-After")), (503, Some("30")));
    /// assert_eq!(refused.body, b"come back later");
    /// ```
    pub fn take_refused(&mut self) -> Option<RefusedAnswer> {
        self.refused.take().map(|refused| *refused)
    }
}

impl fmt::Debug for Answer {
    /// Shows only the length of the head, because the head may hold secrets (G6).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("taken", &self.taken)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Takes bytes of one head. True once it is complete.
fn advance(
    scanner: &mut Scanner,
    head: &mut Vec<u8>,
    taken: &mut usize,
    limit: usize,
    input: &mut &[u8],
) -> Result<bool, AnswerError> {
    let room = limit.saturating_sub(*taken);
    let (count, complete) =
        scanner.read(input.get(..room).unwrap_or(input)).map_err(AnswerError::Malformed)?;
    let Some((piece, rest)) = input.split_at_checked(count) else { return Ok(false) };
    if !complete && !rest.is_empty() {
        return Err(AnswerError::HeadTooLong { limit });
    }
    head.try_reserve(piece.len()).map_err(|_| AnswerError::OutOfMemory)?;
    head.extend_from_slice(piece);
    *taken += count;
    *input = rest;
    Ok(complete)
}

/// Judges a complete head. None means that it is an interim answer, and another head follows (U1).
fn conclude(scanner: &Scanner, head: &[u8], asked: &Asked<'_>) -> Result<Option<Response>, AnswerError> {
    match scanner.status() {
        101 => {}
        100..200 => return Ok(None),
        status => return Err(AnswerError::Status(status)),
    }
    let headers = Headers::of(head, scanner.lines()).ok_or(AnswerError::OutOfMemory)?;
    judge(headers, asked).map(Some)
}
