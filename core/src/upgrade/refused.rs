//! What is kept of an answer that is no valid upgrade.

use core::fmt;

use super::headers::Headers;

/// As much of a body is kept, in bytes. A problem in JSON (RFC 9457) and the beginning of an error page fit; and it is held
/// for as long as somebody holds the error.
const BODY: usize = 4 * 1024;

/// An answer that is no valid upgrade, as far as it was read: for `Retry-After`, `WWW-Authenticate`, `Location`, and what the
/// server says in its body. [`Error::answer`](crate::Error::answer) gives it.
///
/// The error does not wait for the body ([U1](crate::rules#u1)). So what there is of it is what came with the read that completed the
/// head, at most 4 KiB, and may well be nothing. It is as the server sent it: a chunked one has its chunk sizes, a
/// compressed one is compressed.
///
/// Shown with `{:?}` it has the status and the names of its headers, and no value and nothing of the body ([G6](crate::rules#g6)).
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
    /// What is to be kept; `rest` is what was read behind the head. None where the head cannot be read, or there is no
    /// memory for it.
    pub(super) fn keep(status: u16, lines: usize, head: &[u8], rest: &[u8]) -> Option<Self> {
        let mut headers = Vec::new();
        headers.try_reserve_exact(lines).ok()?;
        headers.resize(lines, httparse::EMPTY_HEADER);
        let mut parsed = httparse::Response::new(&mut headers);
        parsed.parse(head).ok()?;
        let headers = Headers::parsed(parsed.headers)?;
        // Behind a 101 are frames.
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
