//! What can be set about a session, with the contract's defaults (semantics D).

use core::time::Duration;

use crate::lifecycle::{OnExisting, Settle};
#[cfg(feature = "tls")]
use crate::tls::TlsConfig;

/// The settings of a session. They hold for its whole life.
///
/// ```
/// use connect_socket_core::Config;
/// use std::time::Duration;
///
/// let config = Config { connect_timeout: Duration::from_secs(5), ..Config::default() };
/// assert_eq!(config.message_limit, 10 * 1024 * 1024);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// How long a connect may take, from the call to the accepted upgrade, over all its phases. 60 s.
    pub connect_timeout: Duration,
    /// How long to wait for the peer's close frame, and how long an ended connection's transport may linger.
    /// 10 s.
    pub close_timeout: Duration,
    /// The longest message, in bytes, received or sent. 10 MiB.
    pub message_limit: usize,
    /// The longest frame's payload received, in bytes. 10 MiB.
    pub frame_limit: usize,
    /// The longest head of the server's answer, in bytes, interim answers included (Q5). 16 KiB.
    pub response_head_limit: usize,
    /// The longest request head, in bytes. 64 KiB.
    pub request_head_limit: usize,
    /// A send that would lift the output buffer over so many bytes is refused (F3). 16 MiB.
    pub high_water: usize,
    /// Pings that find a dead peer (F6). Off.
    pub keepalive: Option<Keepalive>,
    /// When the connect call settles (S1, S2). On the outcome.
    pub settle: Settle,
    /// What a connect does to a connection that exists (V5). It replaces it.
    pub on_existing: OnExisting,
    /// Refuse ws urls (V4). Off.
    pub require_wss: bool,
    /// What wss trusts and offers. Without it, a wss url fails with code 1.
    #[cfg(feature = "tls")]
    pub tls: Option<TlsConfig>,
}

impl Config {
    /// The same, but if it says nothing of TLS, wss trusts what the platform trusts, if that is built in (the
    /// feature `platform-roots`) and there is any. Without, a wss url fails, and says so.
    #[must_use]
    pub fn or_platform_tls(mut self) -> Self {
        #[cfg(all(feature = "platform-roots", any(feature = "aws-lc-rs", feature = "ring")))]
        if self.tls.is_none() {
            self.tls = TlsConfig::platform().ok();
        }
        let _ = &mut self;
        self
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
            keepalive: None,
            settle: Settle::OnOutcome,
            on_existing: OnExisting::Replace,
            require_wss: false,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// Pings that find a dead peer (F6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// A ping goes out when no frame was received for so long.
    pub interval: Duration,
    /// How long after that ping the peer may take to send anything at all.
    pub timeout: Duration,
}
