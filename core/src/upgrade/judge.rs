//! A complete head with status 101: whether it is a valid answer to our upgrade (rules U3 to U5), and what is reported
//! to the program.

use super::headers::Headers;
#[cfg(feature = "deflate")]
use crate::deflate::{Agreement, ExtensionError, Offer};
use crate::error::AnswerError;
use crate::params::token::trim_blanks;
use crate::upgrade::Response;

/// What an answer is compared with.
pub(crate) struct Asked<'a> {
    /// The value that `Sec-WebSocket-Accept` must have.
    pub(crate) accept: &'a [u8],
    /// The subprotocols offered.
    pub(crate) offered: &'a [String],
    /// The offers of permessage-deflate.
    #[cfg(feature = "deflate")]
    pub(crate) offers: &'a [Offer],
}

/// Judges the headers. If several rules are broken, it reports the handshake's own headers (U3) first, then what is
/// always wrong (empty choices, U4), then the subprotocol, then the extensions.
pub(crate) fn judge(headers: Headers, asked: &Asked<'_>) -> Result<Response, AnswerError> {
    match only(&headers, "upgrade") {
        Some(value) if value.eq_ignore_ascii_case("websocket") => {}
        Some(_) | None => return Err(AnswerError::Upgrade),
    }
    if !headers.values_of("connection").any(names_upgrade) {
        return Err(AnswerError::Connection);
    }
    if only(&headers, "sec-websocket-accept").map(str::as_bytes) != Some(asked.accept) {
        return Err(AnswerError::Accept);
    }
    if headers.values_of("sec-websocket-protocol").any(names_nothing) {
        return Err(AnswerError::Subprotocol);
    }
    if headers.values_of("sec-websocket-extensions").any(names_nothing) {
        return Err(AnswerError::Extension);
    }
    let protocol = subprotocol(&headers, asked.offered)?;
    #[cfg(feature = "deflate")]
    let compression = extensions(&headers, asked.offers)?;
    // No extension is offered, so none may be chosen (U5).
    #[cfg(not(feature = "deflate"))]
    if headers.values_of("sec-websocket-extensions").next().is_some() {
        return Err(AnswerError::Extension);
    }
    Ok(Response {
        protocol,
        headers,
        #[cfg(feature = "deflate")]
        compression,
    })
}

/// U5.
#[cfg(feature = "deflate")]
fn extensions(headers: &Headers, offers: &[Offer]) -> Result<Option<Agreement>, AnswerError> {
    let mut chosen = headers.values_of("sec-websocket-extensions").peekable();
    if chosen.peek().is_some() && offers.is_empty() {
        return Err(AnswerError::Extension);
    }
    Agreement::judge(chosen, offers).map_err(|error| match error {
        ExtensionError::NotOffered => AnswerError::Extension,
        error => AnswerError::Compression(error),
    })
}

/// U4.
fn subprotocol(headers: &Headers, offered: &[String]) -> Result<String, AnswerError> {
    let mut chosen = headers.values_of("sec-websocket-protocol");
    let Some(name) = chosen.next() else { return Ok(String::new()) };
    if offered.is_empty() {
        return Err(AnswerError::SubprotocolUnasked);
    }
    if chosen.next().is_some() {
        return Err(AnswerError::Subprotocol);
    }
    offered.iter().find(|offer| *offer == name).cloned().ok_or(AnswerError::Subprotocol)
}

/// The value of the line with this name, if there is exactly one.
fn only<'h>(headers: &'h Headers, name: &'static str) -> Option<&'h str> {
    let mut lines = headers.values_of(name);
    lines.next().filter(|_| lines.next().is_none())
}

/// The elements of a comma-separated list.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(trim_blanks)
}

fn names_upgrade(list: &str) -> bool {
    elements(list).any(|token| token.eq_ignore_ascii_case("upgrade"))
}

/// Whether a list has no element, or only empty ones.
fn names_nothing(list: &str) -> bool {
    elements(list).all(str::is_empty)
}
