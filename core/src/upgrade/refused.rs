//! What is kept of an answer that is not a valid upgrade.

use core::fmt;

use super::headers::Headers;

/// How much of a body is kept, in bytes. A problem in JSON (RFC 9457) and the beginning of an error page fit. It stays
/// in memory as long as the error does.
const BODY: usize = 4 * 1024;

/// An answer that is not a valid upgrade, as far as it was read. Use it for `Retry-After`, `WWW-Authenticate`,
/// `Location`, and what the server says in the body. [`Error::answer`](crate::Error::answer) returns it.
///
/// The error does not wait for the body ([U1](crate::rules#u1)). So the body is only what came with the read that
/// completed the head: at most 4 KiB, and often nothing. It is as the server sent it: a chunked body has its chunk
/// sizes, and a compressed body is compressed.
///
/// `{:?}` shows the status and the names of the headers, but no values and nothing of the body ([G6](crate::rules#g6)).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl RefusedAnswer {
    /// Keeps an answer; `rest` is what was read after the head. None if there is no memory for it.
    pub(super) fn keep(status: u16, lines: usize, head: &[u8], rest: &[u8]) -> Option<Self> {
        let headers = Headers::of(head, lines)?;
        // Frames follow a 101.
        let length = if status == 101 { 0 } else { rest.len().min(BODY) };
        let mut body = Vec::new();
        body.try_reserve_exact(length).ok()?;
        body.extend_from_slice(rest.get(..length).unwrap_or_default());
        Some(Self { status, headers, body })
    }
}

impl fmt::Debug for RefusedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedAnswer")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
