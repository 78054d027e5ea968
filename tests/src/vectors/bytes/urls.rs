//! `urls.json`: what connectSocket checks before anything happens (V1 to V4 and V6), and where a valid call leads
//! (Q1 and Q4). The whole request is in `requests.json`; V5 needs a connection and is in `sessions.json`.

mod data;
mod parameters;
mod url;

use connect_socket_core::ConnectOptions;
use serde::{Deserialize, Serialize};

use super::{Case, Json, Section};

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The parameters of the call.
    pub call: Call,
    /// Whether the session requires wss (V4).
    pub require_wss: bool,
    /// The limit of the request head, in bytes (V6).
    #[serde(rename = "maxRequestHeadBytes")]
    pub head_limit: usize,
}

/// The parameters of a connectSocket call, as a script gives them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The url.
    pub url: Json,
    /// What becomes the query.
    pub data: Json,
    /// What becomes header lines.
    pub header: Json,
    /// The subprotocols offered.
    pub protocols: Json,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the call is accepted.
    pub result: Validity,
    /// The code that it fails with.
    pub error: Option<u8>,
    /// Where it leads.
    pub request: Option<Target>,
}

/// Whether something may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Validity {
    /// It may.
    Valid,
    /// It may not.
    Invalid,
}

/// Where a valid call leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Whether it is wss.
    pub secure: bool,
    /// The host as the url standard writes it: IDNA in ASCII, IPv6 in brackets.
    pub host: String,
    /// The port, the default one too.
    pub port: u16,
    /// Path and query, as they stand in the request line.
    pub target: String,
    /// The value of `Host`.
    pub host_header: String,
}

impl Call {
    /// The call as the core takes it.
    pub fn options(&self) -> ConnectOptions {
        ConnectOptions::new(self.url.value.clone())
            .with_data(self.data.value.clone())
            .with_header(self.header.value.clone())
            .with_protocols(self.protocols.value.clone())
    }
}

/// The text of the file.
pub(super) fn text() -> String {
    let flags = [
        (
            "caret",
            "a url parser must write ^ in a path as %5E: the url standard did not ask for it from the beginning",
        ),
        ("equal-members", "a reader of JSON must keep members of one name apart, in their places"),
        ("integer-names", "a reader of JSON must keep members whose names are whole numbers in their places"),
        ("doubles", "a reader of JSON must read whole numbers beyond 2^53 as doubles, as JavaScript does"),
    ];
    let sections =
        [url::sections(), parameters::sections(), data::sections()].into_iter().flatten().collect();
    super::text::<Input>("urls", &flags, sections)
}

/// A call with this url and nothing else, in a session with the defaults.
fn call(url: impl Into<Json>) -> Input {
    Input { call: Call { url: url.into(), ..Call::default() }, require_wss: false, head_limit: 64 * 1024 }
}

fn fails(code: u8) -> impl FnOnce(&Outcome) -> bool {
    move |outcome| *outcome == Outcome { result: Validity::Invalid, error: Some(code), request: None }
}

/// Q4: `Host` leaves out the default port.
fn leads_to(secure: bool, host: &str, port: u16, target: &str) -> impl FnOnce(&Outcome) -> bool {
    let default = if secure { 443 } else { 80 };
    let host_header = if port == default { host.to_owned() } else { format!("{host}:{port}") };
    let target = Target { secure, host: host.to_owned(), port, target: target.to_owned(), host_header };
    let expected = Outcome { result: Validity::Valid, error: None, request: Some(target) };
    move |outcome| *outcome == expected
}

/// Cases of urls that all fail with one code.
fn failing(
    path: &'static str,
    rules: &'static [&'static str],
    code: u8,
    comment: &str,
    urls: &[(&str, &str)],
) -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new(path, rules);
    for (name, url) in urls {
        section.case(name, comment, call(*url), fails(code));
    }
    section.done()
}
