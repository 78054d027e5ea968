//! The command `configure`.

use std::time::Duration;

use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{Config, Keepalive, OnExisting, Settle, Value};

use super::Failure;
use super::command::Members;
use super::sink::Mode;

/// What can be configured.
#[derive(Clone, Default)]
pub(super) struct Settings {
    config: Config,
    ping_interval: Option<Duration>,
    pong_timeout: Option<Duration>,
    pub(super) sink: Mode,
}

/// A pong timeout for whoever asks for pings alone.
const PONG_TIMEOUT: Duration = Duration::from_secs(10);

impl Settings {
    /// Applies the members of a `configure`. A value that cannot be meant leaves things as they were, and is
    /// named on standard error: values never end the harness.
    pub(super) fn apply(&mut self, members: Members) -> Result<(), Failure> {
        for (name, value) in members {
            let understood = match &*name {
                "connectTimeoutMs" => set(&mut self.config.connect_timeout, duration(&value)),
                "closeTimeoutMs" => set(&mut self.config.close_timeout, duration(&value)),
                "maxMessageBytes" => {
                    // One limit for both, as the defaults have it.
                    set(&mut self.config.message_limit, size(&value))
                        && set(&mut self.config.frame_limit, size(&value))
                }
                "maxHeadBytes" => set(&mut self.config.response_head_limit, size(&value)),
                "highWaterBytes" => set(&mut self.config.high_water, size(&value)),
                "pingIntervalMs" => set(&mut self.ping_interval, duration(&value).map(Some)),
                "pongTimeoutMs" => set(&mut self.pong_timeout, duration(&value).map(Some)),
                "settle" => set(&mut self.config.settle, settle(&value)),
                "onExisting" => set(&mut self.config.on_existing, on_existing(&value)),
                "requireWss" => set(&mut self.config.require_wss, truth(&value)),
                "compression" => match truth(&value) {
                    Some(true) => return Err(Failure::Missing("compression is not there".to_owned())),
                    asked => asked.is_some(),
                },
                "rootsPem" => match &value {
                    Value::String(path) => {
                        self.config.tls = Some(roots(path)?);
                        true
                    }
                    _ => false,
                },
                "sink" => set(&mut self.sink, Mode::named(&value)),
                _ => return Err(Failure::Misused(format!("configure has no member {name:?}"))),
            };
            if !understood && value != Value::Null {
                eprintln!("harness: {name} stays as it is: {value:?} makes no sense for it");
            }
        }
        Ok(())
    }

    /// The session's configuration.
    pub(super) fn config(&self) -> Config {
        let keepalive = self
            .ping_interval
            .map(|interval| Keepalive::new(interval, self.pong_timeout.unwrap_or(PONG_TIMEOUT)));
        self.config.clone().keepalive(keepalive)
    }
}

fn set<T>(setting: &mut T, value: Option<T>) -> bool {
    value.map(|value| *setting = value).is_some()
}

/// A number of milliseconds, from zero.
pub(super) fn duration(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(ms) => Duration::try_from_secs_f64(ms / 1000.0).ok(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn size(value: &Value) -> Option<usize> {
    match value {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked; it saturates")]
        Value::Number(bytes) if *bytes >= 0.0 && bytes.fract() == 0.0 => Some(*bytes as usize),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text of a string.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn settle(value: &Value) -> Option<Settle> {
    match text(value)? {
        "on_outcome" => Some(Settle::OnOutcome),
        "on_accept" => Some(Settle::OnAccept),
        _ => None,
    }
}

fn on_existing(value: &Value) -> Option<OnExisting> {
    match text(value)? {
        "replace" => Some(OnExisting::Replace),
        "reject" => Some(OnExisting::Reject),
        _ => None,
    }
}

fn roots(path: &str) -> Result<TlsConfig, Failure> {
    let broken = |words: String| Failure::Broken(format!("{path}: {words}"));
    let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
    TlsConfig::with_roots_pem(&pem).map_err(|error| broken(error.to_string()))
}
