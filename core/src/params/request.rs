//! A request that passed its checks, and its bytes on the wire (rules V, Q).

use core::fmt::{self, Write as _};
use std::sync::Arc;

use url::Host;

use crate::error::{Cause, ParameterError};
use crate::params::ConnectOptions;
use crate::params::header::Fields;
use crate::params::query::{members_of, write_query};
use crate::params::room::Room;
use crate::params::target::Target;
use crate::upgrade::key::{KEY_LEN, key_of};
use crate::value::Value;

/// A connect call whose parameters are valid: where to connect, and what to send then.
///
/// ```
/// use connect_socket_core::ConnectOptions;
/// use connect_socket_core::params::Request;
///
/// let options = ConnectOptions::new("ws://example.com/chat").data("room", 7).header("Cookie", "a=b").protocol("v1");
/// let request = Request::check(&options, false, 64 * 1024)?;
/// assert_eq!((request.host().to_string().as_str(), request.port(), request.secure()), ("example.com", 80, false));
/// assert_eq!(
///     String::from_utf8_lossy(&request.head(*b"the sample nonce")),
///     "GET /chat?room=7 HTTP/1.1\r\n\
///      Host: example.com\r\n\
///      Upgrade: websocket\r\n\
///      Connection: Upgrade\r\n\
///      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
///      Sec-WebSocket-Version: 13\r\n\
///      Sec-WebSocket-Protocol: v1\r\n\
///      Cookie: a=b\r\n\
///      \r\n"
/// );
/// # Ok::<(), connect_socket_core::params::Refusal>(())
/// ```
#[derive(Clone)]
pub struct Request {
    host: Host<String>,
    port: u16,
    secure: bool,
    shown_url: Arc<str>,
    offer: Arc<[String]>,
    offers_extensions: bool,
    /// The head, with another key in place of its own.
    head: Vec<u8>,
    /// Where that key is.
    key_at: usize,
}

/// Why a connect call is refused. The policy on existing connections ([V5](crate::rules#v5)) is applied between the
/// two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The url, by V1 to V4.
    Url(Cause),
    /// `header`, `data` or `protocols`, by V6.
    Parameter(Cause),
}

impl Refusal {
    /// What is wrong.
    pub fn cause(&self) -> &Cause {
        match self {
            Self::Url(cause) | Self::Parameter(cause) => cause,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause().fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl Request {
    /// Checks V1 to V4 and V6, in this order. `head_limit` bounds the request head, in bytes.
    pub fn check(options: &ConnectOptions, require_wss: bool, head_limit: usize) -> Result<Self, Refusal> {
        Self::check_offering(options, require_wss, head_limit, "")
    }

    /// The same, with the value of `Sec-WebSocket-Extensions`. If it is empty, there is no such line. It counts towards
    /// the limit.
    pub(crate) fn check_offering(
        options: &ConnectOptions,
        require_wss: bool,
        head_limit: usize,
        extensions: &str,
    ) -> Result<Self, Refusal> {
        let target = Target::check(&options.url, require_wss).map_err(Refusal::Url)?;
        Self::assemble(options, target, head_limit, extensions)
            .map_err(|error| Refusal::Parameter(Cause::ParameterInvalid(error)))
    }

    fn assemble(
        options: &ConnectOptions,
        target: Target,
        head_limit: usize,
        extensions: &str,
    ) -> Result<Self, ParameterError> {
        let fields = Fields::check(&options.header, &options.protocols, head_limit)?;
        let data = members_of(&options.data)?;
        // Measured before it is built (M1), with the same code.
        let mut room = Room::new(head_limit);
        let written = write_before_key(&target, data, &mut room)
            .and_then(|()| room.write_str(PLACE_OF_KEY))
            .and_then(|()| write_after_key(&fields, extensions, &mut room));
        written.map_err(|fmt::Error| room.passed())?;

        let mut head = String::with_capacity(room.taken());
        let written = write_before_key(&target, data, &mut head);
        let key_at = head.len();
        head.push_str(PLACE_OF_KEY);
        let written = written.and_then(|()| write_after_key(&fields, extensions, &mut head));
        debug_assert!(written.is_ok() && head.len() == room.taken(), "a string takes what was measured");
        Ok(Self {
            port: target.port(),
            secure: target.secure(),
            shown_url: target.shown().into(),
            host: target.into_host(),
            // An empty list shares its memory with others.
            offer: if fields.offer.is_empty() { Arc::default() } else { fields.offer.into() },
            offers_extensions: !extensions.is_empty(),
            head: head.into_bytes(),
            key_at,
        })
    }

    /// Whether the scheme is wss.
    pub fn secure(&self) -> bool {
        self.secure
    }

    /// The host, as the URL standard reads it: a name in ASCII (IDNA), or a parsed address.
    pub fn host(&self) -> &Host<String> {
        &self.host
    }

    /// The port: the url's, or the scheme's default.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The url as error messages may show it: scheme, host, port and path, but no query ([G6](crate::rules#g6)).
    pub fn shown_url(&self) -> &Arc<str> {
        &self.shown_url
    }

    /// The offered subprotocols, in order ([Q3](crate::rules#q3)).
    pub fn protocols(&self) -> &Arc<[String]> {
        &self.offer
    }

    /// Whether it offers extensions.
    #[cfg_attr(not(feature = "deflate"), expect(dead_code, reason = "there are none to offer"))]
    pub(crate) fn offers_extensions(&self) -> bool {
        self.offers_extensions
    }

    /// The complete head of the request, including its blank line, with the key made from `nonce`.
    pub fn head(&self, nonce: [u8; 16]) -> Vec<u8> {
        self.clone().into_head(nonce)
    }

    /// The same head, in the memory that it has already.
    pub(crate) fn into_head(mut self, nonce: [u8; 16]) -> Vec<u8> {
        if let Some(place) = self.head.get_mut(self.key_at..self.key_at + KEY_LEN) {
            place.copy_from_slice(&key_of(nonce));
        }
        self.head
    }
}

/// As long as a key.
const PLACE_OF_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const _: () = assert!(PLACE_OF_KEY.len() == KEY_LEN);

fn write_before_key(target: &Target, data: &[(String, Value)], out: &mut impl fmt::Write) -> fmt::Result {
    out.write_str("GET ")?;
    out.write_str(&target.path())?;
    write_query(target.query(), data, out)?;
    out.write_str(" HTTP/1.1\r\nHost: ")?;
    out.write_str(target.host_header())?;
    out.write_str("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ")
}

fn write_after_key(fields: &Fields<'_>, extensions: &str, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_str("\r\nSec-WebSocket-Version: 13\r\n")?;
    if !extensions.is_empty() {
        out.write_str("Sec-WebSocket-Extensions: ")?;
        out.write_str(extensions)?;
        out.write_str("\r\n")?;
    }
    fields.write(out)?;
    out.write_str("\r\n")
}

impl fmt::Debug for Request {
    /// Shows only what G6 allows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("url", &self.shown_url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::UrlError;
    use crate::value::Value;

    fn head(options: &ConnectOptions) -> String {
        let request =
            Request::check(options, false, usize::MAX).unwrap_or_else(|refusal| panic!("{refusal}"));
        String::from_utf8_lossy(&request.head([0; 16])).into_owned()
    }

    #[test]
    fn q_the_whole_head_in_its_order() {
        let options = ConnectOptions::new("wss://b\u{fc}cher.example:8443/p q".replace(' ', "%20") + "?x='")
            .data("a'", "1&2")
            .data("list", Value::Array(vec![Value::Null, Value::from(-0.0)]))
            .header("sec-websocket-protocol", "v2, v1")
            .header("User-Agent", "t/1")
            .header("host", "evil")
            .header("Authorization", "Bearer x")
            .protocol("v1")
            .protocol("v3");
        assert_eq!(
            head(&options),
            "GET /p%20q?x=%27&a%27=1%262&list=%5Bnull%2C0%5D HTTP/1.1\r\n\
             Host: xn--bcher-kva.example:8443\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: v2, v1, v3\r\n\
             User-Agent: t/1\r\n\
             Authorization: Bearer x\r\n\
             \r\n"
        );
    }

    #[test]
    fn q3_no_offer_no_line() {
        let options = ConnectOptions::new("ws://h").header("Sec-WebSocket-Protocol", ", ,");
        assert!(!head(&options).contains("Protocol"));
    }

    #[test]
    fn v_order_url_before_parameters() {
        let bad = ConnectOptions::new("ws://h#").header("a b", "x");
        let url = Cause::UrlInvalid(UrlError::Fragment);
        assert_eq!(Request::check(&bad, false, 0).err(), Some(Refusal::Url(url)));
        let bad = ConnectOptions::new("ws://h").header("a b", "x");
        assert_eq!(Request::check(&bad, true, 0).err(), Some(Refusal::Url(Cause::WssRequired)));
        let name = Cause::ParameterInvalid(ParameterError::HeaderName("a b".into()));
        assert_eq!(Request::check(&bad, false, 0).err(), Some(Refusal::Parameter(name)));
    }

    #[test]
    fn v6_a_head_of_exactly_the_limit_passes() {
        let options = ConnectOptions::new("ws://h").header("x", "y".repeat(1000));
        let length = head(&options).len();
        assert!(Request::check(&options, false, length).is_ok());
        let too_long = ParameterError::HeadTooLong { limit: length - 1 };
        assert_eq!(
            Request::check(&options, false, length - 1).err(),
            Some(Refusal::Parameter(Cause::ParameterInvalid(too_long)))
        );
    }

    #[test]
    fn g6_debug_keeps_secrets() {
        let options = ConnectOptions::new("ws://h/p?token=secret")
            .data("d", "secret")
            .header("Cookie", "secret")
            .protocol("secret");
        let request = Request::check(&options, false, usize::MAX);
        for shown in [format!("{options:?}"), format!("{request:?}")] {
            assert!(!shown.contains("secret"), "{shown}");
            assert!(shown.contains("ws://h/p"), "{shown}");
        }
        let unusable = ConnectOptions::new("ws://secret@h?secret#secret");
        assert!(!format!("{unusable:?}").contains("secret"));
    }

    #[test]
    fn m1_values_of_any_depth_are_judged() {
        let deep = || {
            (0..200_000).fold(Value::Null, |inner, _| {
                Value::Object(vec![("k".to_owned(), Value::Array(vec![inner]))])
            })
        };
        let member = || Value::Object(vec![("m".to_owned(), deep())]);
        let cause = |options: &ConnectOptions| {
            Request::check(options, false, 64 * 1024).err().map(|refusal| refusal.cause().clone())
        };
        let options = ConnectOptions::new("ws://h");
        assert_eq!(cause(&ConnectOptions::new(deep())), Some(Cause::UrlInvalid(UrlError::NotAString)));
        for (options, expected) in [
            (
                options.clone().with_data(deep()).data("k", 1),
                ParameterError::HeadTooLong { limit: 64 * 1024 },
            ),
            (options.clone().with_header(member()), ParameterError::HeaderValueType("m".into())),
            (options.clone().with_header(deep()), ParameterError::HeaderValueType("k".into())),
            (options.clone().with_protocols(deep()), ParameterError::ProtocolsNotAList),
            (options.clone().with_protocols(Value::Array(vec![deep()])), ParameterError::ProtocolsNotAList),
        ] {
            assert_eq!(cause(&options.clone()), Some(Cause::ParameterInvalid(expected)));
            let _ = options.with_data(deep()).with_header(Value::Null).with_protocols(Value::Null);
        }
        let options = options.with_data(member());
        assert!(
            Request::check(&options, false, usize::MAX).is_ok(),
            "only the length of the head is bounded"
        );
    }
}
