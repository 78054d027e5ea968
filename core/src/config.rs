//! The settings of a session, with the contract's defaults (rule D).

use core::time::Duration;
use std::sync::Arc;

#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::lifecycle::{OnExisting, Settle};
#[cfg(feature = "tls")]
use crate::tls::{TlsConfig, TlsConfigError};

/// The settings of a session, for its whole life.
///
/// Start from the defaults and change what you need: each setting has a method of its name. Later versions may add
/// settings, so a `Config` cannot be built or taken apart field by field.
///
/// ```
/// use connect_socket_core::{Config, Keepalive};
/// use std::time::Duration;
///
/// let config = Config::default()
///     .connect_timeout(Duration::from_secs(5))
///     .keepalive(Keepalive::new(Duration::from_secs(30), Duration::from_secs(10)));
/// assert_eq!(config.message_limit, 10 * 1024 * 1024);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// How long a connect may take in all, from the call to the accepted upgrade. 60 s by default. `Duration::MAX`
    /// means no limit.
    pub connect_timeout: Duration,
    /// How long to wait for the peer's close frame, and how long the transport of an ended connection may linger. 10 s
    /// by default. `Duration::MAX` means no limit.
    pub close_timeout: Duration,
    /// The longest message that may be received or sent, in bytes. 10 MiB by default.
    pub message_limit: usize,
    /// The longest frame payload that may be received, in bytes. 10 MiB by default.
    pub frame_limit: usize,
    /// The longest head of the server's answer, in bytes, including interim answers ([Q5](crate::rules#q5)). 16 KiB by
    /// default.
    pub response_head_limit: usize,
    /// The longest request head, in bytes. 64 KiB by default.
    pub request_head_limit: usize,
    /// The most that may wait to be sent, in bytes. A send that would exceed it is refused ([F3](crate::rules#f3)).
    /// Frames count with their heads, and each message counts 16 bytes more until its last byte is out
    /// ([M3](crate::rules#m3)). 16 MiB by default.
    pub high_water: usize,
    /// A message of more bytes than this is delivered in parts as it arrives, so that it takes little more memory than these
    /// bytes and one read, however long it is. Each part is an [`Event::Message`](crate::Event::Message), and `last` is true for the one that
    /// ends the message. A text is cut between two characters. Parts have any length but zero; only the last may be empty. A
    /// message that lies whole in what was read comes whole all the same. The limits hold as they do without. `usize::MAX`
    /// by default: every message is delivered whole.
    ///
    /// ```
    /// use connect_socket_core::{Config, Event, Message};
    /// use std::io::Write;
    ///
    /// // Downloads of up to 1 GiB, in little more memory than a read takes.
    /// let config = Config::default().message_limit(1 << 30).frame_limit(1 << 30).parts_above(64 * 1024);
    ///
    /// /// Writes what arrives to a file; says whether a message is complete with it.
    /// fn save(event: &Event<Message<'_>>, file: &mut impl Write) -> std::io::Result<bool> {
    ///     let Event::Message { message, last, .. } = event else { return Ok(false) };
    ///     file.write_all(message.as_bytes())?;
    ///     Ok(*last)
    /// }
    /// # let _ = config;
    /// ```
    ///
    /// If the connection ends inside a message, its last part never comes.
    pub parts_above: usize,
    /// Pings that detect a dead peer ([F6](crate::rules#f6)). Off by default.
    pub keepalive: Option<Keepalive>,
    /// When the connect call settles ([S1](crate::rules#s1), [S2](crate::rules#s2)). By default, with the outcome of
    /// the connection.
    pub settle: Settle,
    /// What a connect does to an existing connection ([V5](crate::rules#v5)). By default, it replaces it.
    pub on_existing: OnExisting,
    /// Whether ws urls are refused ([V4](crate::rules#v4)). Off by default.
    pub require_wss: bool,
    /// Whether permessage-deflate is offered to servers, so that messages may travel compressed
    /// ([the module](crate::deflate)). Off by default.
    #[cfg(feature = "deflate")]
    pub compression: Option<Compression>,
    /// What wss trusts and offers. If there is none, a wss url fails with code 1.
    #[cfg(feature = "tls")]
    pub tls: Option<TlsConfig>,
    /// Why [`Config::or_platform_tls`] found nothing to trust.
    #[cfg(feature = "tls")]
    pub(crate) untrusted: Option<TlsConfigError>,
}

impl Config {
    /// Sets [`Config::connect_timeout`](Config#structfield.connect_timeout).
    #[must_use]
    pub fn connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// Sets [`Config::close_timeout`](Config#structfield.close_timeout).
    #[must_use]
    pub fn close_timeout(mut self, close_timeout: Duration) -> Self {
        self.close_timeout = close_timeout;
        self
    }

    /// Sets [`Config::message_limit`](Config#structfield.message_limit).
    #[must_use]
    pub fn message_limit(mut self, message_limit: usize) -> Self {
        self.message_limit = message_limit;
        self
    }

    /// Sets [`Config::frame_limit`](Config#structfield.frame_limit).
    #[must_use]
    pub fn frame_limit(mut self, frame_limit: usize) -> Self {
        self.frame_limit = frame_limit;
        self
    }

    /// Sets [`Config::response_head_limit`](Config#structfield.response_head_limit).
    #[must_use]
    pub fn response_head_limit(mut self, response_head_limit: usize) -> Self {
        self.response_head_limit = response_head_limit;
        self
    }

    /// Sets [`Config::request_head_limit`](Config#structfield.request_head_limit).
    #[must_use]
    pub fn request_head_limit(mut self, request_head_limit: usize) -> Self {
        self.request_head_limit = request_head_limit;
        self
    }

    /// Sets [`Config::high_water`](Config#structfield.high_water).
    #[must_use]
    pub fn high_water(mut self, high_water: usize) -> Self {
        self.high_water = high_water;
        self
    }

    /// Sets [`Config::parts_above`](Config#structfield.parts_above).
    #[must_use]
    pub fn parts_above(mut self, parts_above: usize) -> Self {
        self.parts_above = parts_above;
        self
    }

    /// Sets [`Config::keepalive`](Config#structfield.keepalive).
    #[must_use]
    pub fn keepalive(mut self, keepalive: impl Into<Option<Keepalive>>) -> Self {
        self.keepalive = keepalive.into();
        self
    }

    /// Sets [`Config::settle`](Config#structfield.settle).
    #[must_use]
    pub fn settle(mut self, settle: Settle) -> Self {
        self.settle = settle;
        self
    }

    /// Sets [`Config::on_existing`](Config#structfield.on_existing).
    #[must_use]
    pub fn on_existing(mut self, on_existing: OnExisting) -> Self {
        self.on_existing = on_existing;
        self
    }

    /// Sets [`Config::require_wss`](Config#structfield.require_wss).
    #[must_use]
    pub fn require_wss(mut self, require_wss: bool) -> Self {
        self.require_wss = require_wss;
        self
    }

    /// Sets [`Config::compression`](Config#structfield.compression).
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compression(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.compression = compression.into();
        self
    }

    /// Sets [`Config::tls`](Config#structfield.tls).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: impl Into<Option<TlsConfig>>) -> Self {
        self.tls = tls.into();
        self
    }

    /// The same settings, with a default for TLS. If they have no TLS configuration, wss trusts what the features say:
    /// Mozilla's list with `webpki-roots`, otherwise what the platform trusts with `platform-roots`. If there is
    /// nothing to trust, a wss url fails and the error says why.
    #[must_use]
    pub fn or_platform_tls(mut self) -> Self {
        #[cfg(all(
            any(feature = "platform-roots", feature = "webpki-roots"),
            any(feature = "aws-lc-rs", feature = "ring")
        ))]
        if self.tls.is_none() {
            #[cfg(feature = "webpki-roots")]
            let trusted = TlsConfig::webpki_roots();
            #[cfg(not(feature = "webpki-roots"))]
            let trusted = TlsConfig::platform();
            match trusted {
                Ok(tls) => self.tls = Some(tls),
                Err(error) => self.untrusted = Some(error),
            }
        }
        let _ = &mut self;
        self
    }

    /// The value of `Sec-WebSocket-Extensions` in a request made now. It is empty if nothing is offered, or if there
    /// would be no memory for compression.
    #[cfg_attr(not(feature = "deflate"), expect(clippy::unused_self, reason = "there are none to offer"))]
    pub(crate) fn extensions(&self) -> String {
        #[cfg(feature = "deflate")]
        if let Some(compression) = &self.compression
            && crate::deflate::has_memory()
        {
            return compression.to_string();
        }
        String::new()
    }

    /// Why there is no TLS, in words.
    #[cfg_attr(
        not(feature = "tls"),
        expect(clippy::unused_self, reason = "without the feature there is one answer")
    )]
    pub(crate) fn why_no_tls(&self) -> Arc<str> {
        #[cfg(feature = "tls")]
        return match &self.untrusted {
            Some(error) => error.to_string().into(),
            None => "this session has no TLS configuration".into(),
        };
        #[cfg(not(feature = "tls"))]
        "this program was built without the feature tls of connect-socket-core".into()
    }
}

impl Default for Config {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            connect_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(10),
            message_limit: 10 * MIB,
            frame_limit: 10 * MIB,
            response_head_limit: 16 * 1024,
            request_head_limit: 64 * 1024,
            high_water: 16 * MIB,
            parts_above: usize::MAX,
            keepalive: None,
            settle: Settle::OnOutcome,
            on_existing: OnExisting::Replace,
            require_wss: false,
            #[cfg(feature = "deflate")]
            compression: None,
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "tls")]
            untrusted: None,
        }
    }
}

/// Pings that detect a dead peer ([F6](crate::rules#f6)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keepalive {
    /// A ping goes out when no byte of a frame has been received for this long. Zero turns keepalive off.
    pub interval: Duration,
    /// How long the peer may take to send anything at all after that ping. `Duration::MAX` means no limit.
    pub timeout: Duration,
}

impl Keepalive {
    /// Sends a ping after `interval` without a received frame, and gives the peer `timeout` to send anything after it.
    pub const fn new(interval: Duration, timeout: Duration) -> Self {
        Self { interval, timeout }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_has_a_method_that_sets_it_and_nothing_else() {
        let second = Duration::from_secs(1);
        let keepalive = Keepalive::new(second * 3, second * 4);
        let config = Config::default()
            .connect_timeout(second)
            .close_timeout(second * 2)
            .message_limit(3)
            .frame_limit(4)
            .response_head_limit(5)
            .request_head_limit(6)
            .high_water(7)
            .parts_above(8)
            .keepalive(keepalive)
            .settle(Settle::OnAccept)
            .on_existing(OnExisting::Reject)
            .require_wss(true);
        #[cfg(feature = "tls")]
        let config = config.tls(None);
        #[cfg(feature = "deflate")]
        let config = config.compression(Compression::default());
        let Config {
            connect_timeout,
            close_timeout,
            message_limit,
            frame_limit,
            response_head_limit,
            request_head_limit,
            high_water,
            parts_above,
            keepalive: kept,
            settle,
            on_existing,
            require_wss,
            #[cfg(feature = "deflate")]
            compression,
            #[cfg(feature = "tls")]
            tls,
            #[cfg(feature = "tls")]
                untrusted: _,
        } = config;
        assert_eq!((connect_timeout, close_timeout), (second, second * 2));
        let limits = [message_limit, frame_limit, response_head_limit, request_head_limit, high_water];
        assert_eq!(limits, [3, 4, 5, 6, 7]);
        assert_eq!(parts_above, 8);
        assert_eq!(kept, Some(keepalive));
        assert_eq!((settle, on_existing, require_wss), (Settle::OnAccept, OnExisting::Reject, true));
        #[cfg(feature = "deflate")]
        assert_eq!(compression, Some(Compression::default()));
        #[cfg(feature = "tls")]
        assert!(tls.is_none());
    }
}
