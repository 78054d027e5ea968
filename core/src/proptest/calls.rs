//! What a Mini Program may ask for: connects and closes, valid ones and ones with a known fault.

use core::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::payload::text;
use crate::code::ErrorCode;
use crate::params::{CloseOptions, ConnectOptions};
use crate::value::Value;

/// The parameters of a connect. [`Debug`](fmt::Debug) shows all of them, unlike that of [`ConnectOptions`], because
/// nothing here is secret.
#[derive(Clone, PartialEq)]
pub struct Connect {
    /// The url.
    pub url: Value,
    /// The members for the query ([Q1](crate::rules#q1)).
    pub data: Value,
    /// The members for the head ([Q2](crate::rules#q2)).
    pub header: Value,
    /// The offered subprotocols ([Q3](crate::rules#q3)).
    pub protocols: Value,
}

impl Connect {
    /// A connect with nothing but a url.
    pub fn to(url: impl Into<Value>) -> Self {
        Self { url: url.into(), data: Value::Null, header: Value::Null, protocols: Value::Null }
    }

    /// The same in the type that the session takes.
    pub fn options(&self) -> ConnectOptions {
        ConnectOptions::new(self.url.clone())
            .with_data(self.data.clone())
            .with_header(self.header.clone())
            .with_protocols(self.protocols.clone())
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connect({:?}", self.url)?;
        for (name, value) in [("data", &self.data), ("header", &self.header), ("protocols", &self.protocols)]
        {
            if *value != Value::Null {
                write!(f, ", {name}: {value:?}")?;
            }
        }
        f.write_str(")")
    }
}

/// A connect in which one thing is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedConnect {
    /// The parameters.
    pub connect: Connect,
    /// The code with which the call fails.
    pub code: ErrorCode,
}

/// Connects that a session accepts, to urls with one of these schemes: `&["ws"]`, or `&["ws", "wss"]`.
pub fn connect(schemes: &'static [&'static str]) -> impl Strategy<Value = Connect> + Clone {
    let members = |name: &'static str, value| {
        option::weighted(0.3, vec((name, value), 0..3)).prop_map(|it| it.map_or(Value::Null, Value::Object))
    };
    let header_value = prop_oneof![
        3 => "[!-~]{0,8}".prop_map(Value::String),
        1 => "[a-z\t é€]{0,8}".prop_map(Value::String),
        1 => number(),
        1 => Just(Value::Null),
    ];
    let protocol = "([a-z][a-z0-9.]{0,4})?".prop_map(Value::String);
    let protocols = prop_oneof![
        6 => Just(Value::Null),
        1 => protocol.clone(),
        3 => vec(protocol, 0..3).prop_map(Value::Array),
    ];
    (
        url(schemes),
        members("[a-z]{0,4}", nested().boxed()),
        members("X-[A-Za-z0-9]{1,6}", header_value.boxed()),
        protocols,
    )
        .prop_map(|(url, data, header, protocols)| Connect { url: url.into(), data, header, protocols })
}

/// Connects that no session accepts, whatever its settings, with the code of the fault ([V1](crate::rules#v1) to
/// [V3](crate::rules#v3), [V6](crate::rules#v6)). Two more faults depend on the settings. If wss is required, every ws
/// url fails with code 8, which comes before V6. A session that keeps its connection refuses every connect with a valid
/// url with code 2.
pub fn refused_connect() -> impl Strategy<Value = RefusedConnect> {
    let good = connect(&["ws"]);
    let url = (good.clone(), refused_url())
        .prop_map(|(good, (url, code))| RefusedConnect { connect: Connect { url, ..good }, code });
    let member = |name: &str, value: Value| Value::Object(vec![(name.to_owned(), value)]);
    let header = select(vec![
        Value::from("Cookie: a"),
        Value::Array(vec![]),
        member("", Value::from("x")),
        member("a b", Value::from("x")),
        member("\u{e9}", Value::from("x")),
        member("Host", Value::from("a\nb")),
        member("X", Value::from("\u{7f}")),
        member("X", Value::Array(vec![])),
        member("X", Value::Object(vec![])),
    ]);
    let data = select(vec![Value::from(1), Value::from("a=b"), Value::Array(vec![])]);
    let protocols = select(vec![
        Value::from("a, b"),
        Value::from(" a"),
        Value::from(true),
        Value::Object(vec![]),
        Value::Array(vec![Value::from(1)]),
        Value::Array(vec![Value::Null]),
        Value::Array(vec![Value::from("a"), Value::from("b c")]),
    ]);
    let parameter = prop_oneof![
        (good.clone(), header).prop_map(|(good, header)| Connect { header, ..good }),
        (good.clone(), data).prop_map(|(good, data)| Connect { data, ..good }),
        (good, protocols).prop_map(|(good, protocols)| Connect { protocols, ..good }),
    ];
    prop_oneof![
        2 => url,
        1 => parameter.prop_map(|connect| RefusedConnect { connect, code: ErrorCode::Unknown }),
    ]
}

fn url(schemes: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    let host = prop_oneof![
        3 => select(vec!["h", "192.0.2.1", "[2001:db8::1]", "b\u{fc}cher.example"]).prop_map(str::to_owned),
        1 => "[a-z]{1,8}\\.example",
    ];
    let port = prop_oneof![3 => Just(String::new()), 1 => (1..=u16::MAX).prop_map(|port| format!(":{port}"))];
    let path =
        prop_oneof![2 => Just(String::new()), 1 => "/[a-z%é]{0,4}", 1 => "/[a-z/]{0,4}\\?[a-z=&']{0,5}"];
    (select(schemes), host, port, path)
        .prop_map(|(scheme, host, port, path)| format!("{scheme}://{host}{port}{path}"))
}

fn refused_url() -> impl Strategy<Value = (Value, ErrorCode)> {
    let code = |code: ErrorCode, urls: Vec<Value>| select(urls).prop_map(move |url| (url, code));
    let texts = |texts: &[&str]| texts.iter().copied().map(Value::from).collect::<Vec<_>>();
    prop_oneof![
        code(ErrorCode::UrlMissing, [vec![Value::Null], texts(&["", " ", "\t\n"])].concat()),
        code(ErrorCode::UrlInvalid, vec![Value::from(1), Value::from(true), Value::Array(vec![])]),
        code(
            ErrorCode::UrlInvalid,
            texts(&[
                "test.php",
                "//h",
                "mailto:x",
                "ws:h",
                "ws:/h",
                "ws://",
                "ws://h ",
                "ws://h/\u{a0}",
                "ws://h/\u{0}",
                "ws://h#",
                "ws://h/#f",
                "ws://u@h",
                "ws://u:p@h",
                "ws://h:0",
                "ws://h:99999",
                "ws://h:x",
                "ws://[::",
                "http://h#f",
            ])
        ),
        code(ErrorCode::SchemeInvalid, texts(&["http://h", "https://h/", "ftp://h", "wsx://h"])),
    ]
}

fn number() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![any::<i16>().prop_map(|it| Value::from(i32::from(it))), Just(Value::from(0.5))]
}

/// Values that `data` may contain.
fn nested() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => text().prop_map(Value::String),
        1 => number(),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec(("[a-z]{1,2}", inner), 0..3).prop_map(Value::Object),
        ]
    })
}

/// Close parameters that may be sent. [`CloseOptions::check`] says what is sent.
pub fn close_options() -> impl Strategy<Value = CloseOptions> + Clone {
    let code = prop_oneof![
        Just(Value::Null),
        Just(Value::from(1000)),
        (3000..=4999).prop_map(|code: i32| Value::from(code))
    ];
    let reason = prop_oneof![
        3 => Just(Value::Null),
        2 => "[a-z]{0,6}".prop_map(Value::String),
        1 => "é{61}x".prop_map(Value::String),
    ];
    (code, reason).prop_map(|(code, reason)| CloseOptions::from_script(code, reason))
}

/// Close parameters that may not be sent: the call fails with code 1.
pub fn refused_close_options() -> impl Strategy<Value = CloseOptions> + Clone {
    let code = prop_oneof![
        select(vec![Value::from("1000"), Value::from(true), Value::from(3000.5), Value::from(-1)]),
        prop_oneof![0..1000, 1001..3000, 5000..70_000].prop_map(|code: i32| Value::from(code)),
    ];
    let reason = select(vec![Value::from(1), Value::from(false), Value::from("é".repeat(62).as_str())]);
    prop_oneof![
        code.prop_map(|code| CloseOptions::from_script(code, Value::Null)),
        reason.prop_map(|reason| CloseOptions::from_script(Value::Null, reason)),
    ]
}
