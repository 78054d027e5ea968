//! The parameters of the API's calls: what a script may pass, how it is checked before anything happens
//! ([V](crate::rules#v)), and what goes over the wire ([Q](crate::rules#q)).

mod close;
mod header;
mod payload;
mod query;
mod request;
mod room;
mod target;
pub(crate) mod token;

use core::fmt;

pub use close::CloseOptions;
#[cfg(feature = "deflate")]
pub use payload::Uncompressed;
pub use payload::{AsPayload, Payload, decode_base64};
pub(crate) use payload::{base64_length, refuse_base64};
pub use request::{Refusal, Request};

use crate::show::ShowNames;
use crate::value::Value;

/// The parameters of a connectSocket call, as given. They are checked when the call is made.
///
/// A Rust program builds them with the methods below. The host of a script passes on what the script gave, whatever its
/// type.
///
/// ```
/// use connect_socket_core::{ConnectOptions, Value};
///
/// let built = ConnectOptions::new("wss://example.com").data("room", 7).header("Cookie", "a=b");
/// let passed_on = ConnectOptions::new("wss://example.com")
///     .with_data(Value::from_json(r#"{"room": 7}"#)?)
///     .with_header(Value::from_json(r#"{"Cookie": "a=b"}"#)?);
/// assert_eq!(built, passed_on);
/// # Ok::<(), connect_socket_core::InvalidJson>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct ConnectOptions {
    url: Value,
    data: Value,
    header: Value,
    protocols: Value,
}

impl ConnectOptions {
    /// A call with `url` and nothing else.
    pub fn new(url: impl Into<Value>) -> Self {
        Self { url: url.into(), data: Value::Null, header: Value::Null, protocols: Value::Null }
    }

    /// Adds a member to `data`, after the existing ones ([Q1](crate::rules#q1)). If a script gave `data` that is not an
    /// object, this starts a new one.
    #[must_use]
    pub fn data(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.push_member(key.into(), value.into());
        self
    }

    /// Adds a member to `header`, after the existing ones ([Q2](crate::rules#q2)). If a script gave a `header` that is
    /// not an object, this starts a new one.
    ///
    /// Headers with these names, in any letter case, are left out of the request without an error:
    /// - `Host`, `Connection`, `Upgrade`, `Sec-WebSocket-Key`, `Sec-WebSocket-Version`, `Sec-WebSocket-Accept` and
    ///   `Sec-WebSocket-Extensions`, because they belong to the handshake. Another value would break it, or claim what
    ///   this client does not do. The host is that of the url.
    /// - `Content-Length` and `Transfer-Encoding`, because the request has no body, and a server would wait for one.
    /// - `Referer`, because Mini Programs may not set it.
    ///
    /// `Sec-WebSocket-Protocol` offers subprotocols, like [`ConnectOptions::protocol`]. All other headers are sent as
    /// they are, for example `Origin`, `Cookie`, `Authorization` and `User-Agent`. None of these is added by default.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.push_member(name.into(), value.into());
        self
    }

    /// Offers a subprotocol, after those already offered ([Q3](crate::rules#q3)). If a script gave `protocols` that are
    /// neither a string nor a list, this starts a new list.
    #[must_use]
    pub fn protocol(mut self, name: impl Into<Value>) -> Self {
        let name = name.into();
        match &mut self.protocols {
            Value::Array(elements) => elements.push(name),
            one @ Value::String(_) => {
                let first = core::mem::take(one);
                *one = Value::Array(vec![first, name]);
            }
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
                *other = Value::Array(vec![name]);
            }
        }
        self
    }

    /// Replaces `data` by what a script gave.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Value>) -> Self {
        self.data = data.into();
        self
    }

    /// Replaces `header` by what a script gave.
    #[must_use]
    pub fn with_header(mut self, header: impl Into<Value>) -> Self {
        self.header = header.into();
        self
    }

    /// Replaces `protocols` by what a script gave: a list of names, or a string for a single name.
    #[must_use]
    pub fn with_protocols(mut self, protocols: impl Into<Value>) -> Self {
        self.protocols = protocols.into();
        self
    }

    /// The parameters as given, with their names. It is for a host that passes the call on.
    ///
    /// ```
    /// use connect_socket_core::{ConnectOptions, Value};
    ///
    /// let options = ConnectOptions::new("wss://example.com").with_protocols(Value::from("not checked yet"));
    /// let names = options.values().map(|(name, _)| name);
    /// assert_eq!(names, ["url", "data", "header", "protocols"]);
    /// assert_eq!(options.values()[3].1, &Value::from("not checked yet"));
    /// ```
    pub fn values(&self) -> [(&'static str, &Value); 4] {
        [("url", &self.url), ("data", &self.data), ("header", &self.header), ("protocols", &self.protocols)]
    }
}

impl fmt::Debug for ConnectOptions {
    /// Shows what G6 allows: the part of the url that [`Request::shown_url`] gives, and the names of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = target::Target::check(&self.url, false);
        let url = target.map_or_else(|_| "not usable".to_owned(), |target| target.shown());
        let members = match &self.header {
            Value::Object(members) => members.as_slice(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => &[],
        };
        let names = ShowNames(members.iter().map(|(name, _)| name.as_str()));
        f.debug_struct("ConnectOptions").field("url", &url).field("header", &names).finish_non_exhaustive()
    }
}
