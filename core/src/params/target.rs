//! The url: whether it can be used (rules V1 to V4), and what is taken from it.

use std::borrow::Cow;

use url::{Host, Position, Url};

use crate::error::{Cause, UrlError};
use crate::value::Value;

/// A url that passed V1 to V4.
pub(crate) struct Target {
    url: Url,
    host: Host<String>,
    port: u16,
    secure: bool,
}

impl Target {
    /// Checks the rules in the order of the contract's table.
    pub(crate) fn check(url: &Value, require_wss: bool) -> Result<Self, Cause> {
        let text = match url {
            Value::Null => return Err(Cause::UrlMissing),
            Value::String(text) if text.chars().all(char::is_whitespace) => return Err(Cause::UrlMissing),
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(Cause::UrlInvalid(UrlError::NotAString));
            }
        };
        let (url, host) = parse(text).map_err(Cause::UrlInvalid)?;
        let secure = match url.scheme() {
            "ws" => false,
            "wss" => true,
            _ => return Err(Cause::SchemeInvalid),
        };
        if require_wss && !secure {
            return Err(Cause::WssRequired);
        }
        let port = url.port().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { url, host, port, secure })
    }

    pub(crate) fn into_host(self) -> Host<String> {
        self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn secure(&self) -> bool {
        self.secure
    }

    /// The value of `Host`, without the default port (Q4), which the URL standard already leaves out.
    pub(crate) fn host_header(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// The url's own query, even if empty, as the URL standard writes it.
    pub(crate) fn query(&self) -> Option<&str> {
        self.url.query()
    }

    /// Scheme, host, port and path: the part of the url that error messages may show (G6).
    pub(crate) fn shown(&self) -> String {
        [&self.url[..Position::BeforePath], &self.path()].concat()
    }

    /// The path as it is in the request line (Q4). The URL standard percent-encodes `^` in paths; the url crate does
    /// not.
    pub(crate) fn path(&self) -> Cow<'_, str> {
        let path = self.url.path();
        if path.contains('^') { path.replace('^', "%5E").into() } else { path.into() }
    }
}

/// V2. The URL standard's parser accepts much that the contract does not. Those rules are checked on the original text.
fn parse(text: &str) -> Result<(Url, Host<String>), UrlError> {
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(UrlError::WhiteSpace);
    }
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => UrlError::NoScheme,
        url::ParseError::EmptyHost => UrlError::NoHost,
        other => UrlError::Syntax(other),
    })?;
    // In special schemes, which include ws and wss, the standard also ends the authority at a backslash.
    let special = matches!(url.scheme(), "ws" | "wss" | "http" | "https" | "ftp" | "file");
    let authority = text
        .split_once(':')
        .and_then(|(_, rest)| rest.strip_prefix("//"))
        .and_then(|rest| {
            rest.split(|letter| matches!(letter, '/' | '?' | '#') || special && letter == '\\').next()
        })
        .filter(|authority| !authority.is_empty())
        .ok_or_else(|| if begins_with_host_and_port(text) { UrlError::NoScheme } else { UrlError::NoHost })?;
    if authority.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let host = match url.host() {
        Some(Host::Domain("")) | None => return Err(UrlError::NoHost),
        Some(host) => host.to_owned(),
    };
    if url.fragment().is_some() {
        return Err(UrlError::Fragment);
    }
    if url.port() == Some(0) {
        return Err(UrlError::PortZero);
    }
    Ok((url, host))
}

/// Whether it is like `localhost:9001/path`, whose host the standard takes for a scheme. Only the error text depends on
/// it.
fn begins_with_host_and_port(text: &str) -> bool {
    let port = text.split_once(':').map_or("", |(_, rest)| rest);
    let port = port.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<Target, u8> {
        Target::check(&Value::from(url), false).map_err(|cause| cause.code().number())
    }

    fn code(url: &str) -> u8 {
        check(url).err().unwrap_or(0)
    }

    #[test]
    fn v1_absent_null_empty_and_blank() {
        assert_eq!(Target::check(&Value::Null, true).err(), Some(Cause::UrlMissing));
        for url in ["", " ", "\t\r\n", "\u{a0}\u{3000}\u{2028}\u{85}"] {
            assert_eq!(code(url), 3, "{url:?}");
        }
    }

    #[test]
    fn v2_not_a_string() {
        for url in [Value::from(true), Value::from(1), Value::Array(vec![]), Value::Object(vec![])] {
            assert_eq!(Target::check(&url, false).err(), Some(Cause::UrlInvalid(UrlError::NotAString)));
        }
    }

    #[test]
    fn v2_each_defect_has_its_error() {
        for (url, expected) in [
            ("test.php", UrlError::NoScheme),
            ("//h/p", UrlError::NoScheme),
            ("1ws://h", UrlError::NoScheme),
            ("\u{feff}ws://h", UrlError::NoScheme),
            ("mailto:x", UrlError::NoHost),
            ("localhost:8080", UrlError::NoScheme),
            ("example.com:80/feed", UrlError::NoScheme),
            ("example.com:80?q", UrlError::NoScheme),
            ("127.0.0.1:80", UrlError::NoScheme),
            ("localhost:", UrlError::NoHost),
            ("localhost:80a", UrlError::NoHost),
            ("ws:h", UrlError::NoHost),
            ("ws:/h", UrlError::NoHost),
            ("ws:///h", UrlError::NoHost),
            ("ws:////h", UrlError::NoHost),
            ("ws://\\h", UrlError::NoHost),
            ("ws:\\\\h", UrlError::NoHost),
            ("ws:/\\h", UrlError::NoHost),
            ("ws:\\/h", UrlError::NoHost),
            ("http:h", UrlError::NoHost),
            ("foo://", UrlError::NoHost),
            ("foo:///p", UrlError::NoHost),
            ("file:///p", UrlError::NoHost),
            ("ws://", UrlError::NoHost),
            ("ws://:80", UrlError::NoHost),
            ("ws://?q", UrlError::NoHost),
            ("ws://h/a b", UrlError::WhiteSpace),
            (" ws://h", UrlError::WhiteSpace),
            ("ws://h/\n", UrlError::WhiteSpace),
            ("w\ts://h", UrlError::WhiteSpace),
            ("ws://h/\u{a0}", UrlError::WhiteSpace),
            ("ws://h/\u{9b}", UrlError::WhiteSpace),
            ("ws://h/\u{2029}", UrlError::WhiteSpace),
            ("ws://h/\0", UrlError::WhiteSpace),
            ("ws://h/\u{7f}", UrlError::WhiteSpace),
            ("ws://h#", UrlError::Fragment),
            ("ws://h/?q#f", UrlError::Fragment),
            ("http://h#f", UrlError::Fragment),
            ("ws://h:0", UrlError::PortZero),
            ("ws://h:000/", UrlError::PortZero),
            ("foo://h:0/", UrlError::PortZero),
            ("ws://h:65536", UrlError::Syntax(url::ParseError::InvalidPort)),
            ("ws://h:8a", UrlError::Syntax(url::ParseError::InvalidPort)),
            ("ws://h:-1", UrlError::Syntax(url::ParseError::InvalidPort)),
            ("ws://h:８０", UrlError::Syntax(url::ParseError::InvalidPort)),
            ("ws://@h", UrlError::UserInfo),
            ("ws://:@h", UrlError::UserInfo),
            ("ws://u@h", UrlError::UserInfo),
            ("ws://u:p@h", UrlError::UserInfo),
            ("http://u@h", UrlError::UserInfo),
        ] {
            assert_eq!(check(url).err(), Some(4), "{url:?}");
            assert_eq!(parse(url).err(), Some(expected), "{url:?}");
        }
        for url in [
            "ws://[::1",
            "ws://1.2.3.4.5",
            "ws://256.1.1.1",
            "ws://a%40b",
            "ws://a%20b",
            "ws://a<b",
            "ws://xn--a",
        ] {
            assert_eq!(code(url), 4, "{url:?}");
        }
    }

    #[test]
    fn v3_other_schemes_once_all_else_is_right() {
        for url in
            ["http://h", "HTTPS://h/p", "foo://h", "ftp://h:21", "file://h/p", "wsss://h", "http://h/@"]
        {
            assert_eq!(code(url), 5, "{url:?}");
        }
    }

    #[test]
    fn v4_the_session_requires_wss() {
        let check = |url: &str| Target::check(&Value::from(url), true).err();
        assert_eq!(check("WS://h"), Some(Cause::WssRequired));
        assert_eq!(check("wss://h"), None);
        assert_eq!(check("http://h"), Some(Cause::SchemeInvalid));
        assert_eq!(check("ws://h#"), Some(Cause::UrlInvalid(UrlError::Fragment)));
    }

    #[test]
    fn q4_host_port_and_target_as_the_url_standard_has_them() {
        for (url, host, port, target) in [
            ("ws://h", "h", 80, "/"),
            ("WS://H:/", "h", 80, "/"),
            ("wss://h:443", "h", 443, "/"),
            ("wss://h:80", "h:80", 80, "/"),
            ("ws://h:443", "h:443", 443, "/"),
            ("ws://h:00080/x", "h", 80, "/x"),
            ("ws://h:65535", "h:65535", 65535, "/"),
            ("ws://0x7f.1", "127.0.0.1", 80, "/"),
            ("ws://[0:0::1]:81/", "[::1]:81", 81, "/"),
            ("ws://b\u{fc}cher.example", "xn--bcher-kva.example", 80, "/"),
            ("ws://%68", "h", 80, "/"),
            ("ws://h.", "h.", 80, "/"),
            ("ws://h?", "h", 80, "/?"),
            ("ws://h?a=b@c", "h", 80, "/?a=b@c"),
            ("ws://h\\p\\@q", "h", 80, "/p/@q"),
            ("ws://h/a/../b/%2e/./c", "h", 80, "/b/c"),
            (
                "ws://h/a^`{}|'\u{e9}?^`{}|'\u{e9}\"<>",
                "h",
                80,
                "/a%5E%60%7B%7D|'%C3%A9?^`{}|%27%C3%A9%22%3C%3E",
            ),
            ("ws://h/%zz%", "h", 80, "/%zz%"),
        ] {
            let target_of = check(url).unwrap_or_else(|code| panic!("{url}: {code}"));
            assert_eq!(target_of.host_header(), host, "{url}");
            assert_eq!(target_of.port(), port, "{url}");
            let query = target_of.query().map_or(String::new(), |query| format!("?{query}"));
            assert_eq!(format!("{}{query}", target_of.path()), target, "{url}");
        }
    }

    #[test]
    fn g6_the_query_is_not_shown() {
        let shown = check("WSS://h:444/p?token=secret").map(|target| target.shown());
        assert_eq!(shown.as_deref(), Ok("wss://h:444/p"));
    }
}
