//! The members of the command `configure`: from names and values to a configuration, and back.

use std::path::Path;
use std::time::Duration;

use connect_socket_core::deflate::Compression;
use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{Config, Keepalive, OnExisting, Settle, Value};

use super::harness::Failure;
use super::harness::sink::Mode;
use super::json::{Members, text, truth};

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

/// How the protocol names the policies.
const SETTLE: [(&str, Settle); 2] = [("on_outcome", Settle::OnOutcome), ("on_accept", Settle::OnAccept)];
const ON_EXISTING: [(&str, OnExisting); 2] =
    [("replace", OnExisting::Replace), ("reject", OnExisting::Reject)];

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
                "partsAboveBytes" => set(&mut self.config.parts_above, size(&value)),
                "pingIntervalMs" => set(&mut self.ping_interval, duration(&value).map(Some)),
                "pongTimeoutMs" => set(&mut self.pong_timeout, duration(&value).map(Some)),
                "settle" => set(&mut self.config.settle, named(&SETTLE, &value)),
                "onExisting" => set(&mut self.config.on_existing, named(&ON_EXISTING, &value)),
                "requireWss" => set(&mut self.config.require_wss, truth(&value)),
                "compression" => set(
                    &mut self.config.compression,
                    truth(&value).map(|asked| asked.then(Compression::default)),
                ),
                "rootsPem" => match text(&value) {
                    Some(path) => set(&mut self.config.tls, Some(Some(roots(path)?))),
                    None => false,
                },
                "sink" => set(&mut self.sink, named(&Mode::NAMES, &value)),
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

/// The members that make `config` of the contract's defaults. What it trusts is in the file `roots`. An error names
/// what the protocol cannot say.
pub(super) fn members(config: &Config, roots: Option<&Path>) -> Result<Members, &'static str> {
    let Config {
        connect_timeout,
        close_timeout,
        message_limit,
        frame_limit,
        response_head_limit,
        request_head_limit,
        high_water,
        parts_above,
        keepalive,
        settle,
        on_existing,
        require_wss,
        ref compression,
        tls: _,
        ..
    } = *config;
    let default = Config::default();
    if frame_limit < message_limit {
        return Err("a limit for frames that is below the one for messages");
    }
    if request_head_limit != default.request_head_limit {
        return Err("a limit for the request's head");
    }
    if compression.as_ref().is_some_and(|asked| *asked != Compression::default()) {
        return Err("preferences of compression");
    }
    let mut members = Members::new();
    let mut set = |name: &str, value: Value, differs: bool| {
        if differs {
            members.push((name.to_owned(), value));
        }
    };
    set("connectTimeoutMs", ms(connect_timeout), connect_timeout != default.connect_timeout);
    set("closeTimeoutMs", ms(close_timeout), close_timeout != default.close_timeout);
    set("maxMessageBytes", bytes(message_limit), message_limit != default.message_limit);
    set("maxHeadBytes", bytes(response_head_limit), response_head_limit != default.response_head_limit);
    set("highWaterBytes", bytes(high_water), high_water != default.high_water);
    set("partsAboveBytes", bytes(parts_above), parts_above != default.parts_above);
    if let Some(Keepalive { interval, timeout, .. }) = keepalive {
        set("pingIntervalMs", ms(interval), true);
        set("pongTimeoutMs", ms(timeout), true);
    }
    set("settle", name(&SETTLE, settle), settle != default.settle);
    set("onExisting", name(&ON_EXISTING, on_existing), on_existing != default.on_existing);
    set("requireWss", Value::from(require_wss), require_wss);
    set("compression", Value::from(true), compression.is_some());
    if let Some(roots) = roots {
        set("rootsPem", Value::from(&*roots.to_string_lossy()), true);
    }
    Ok(members)
}

fn set<T>(setting: &mut T, value: Option<T>) -> bool {
    value.map(|value| *setting = value).is_some()
}

/// What `value` names.
fn named<T: Copy>(names: &[(&str, T)], value: &Value) -> Option<T> {
    let asked = text(value)?;
    names.iter().find(|(name, _)| *name == asked).map(|(_, meant)| *meant)
}

/// The name of `meant`.
fn name<T: Copy + PartialEq>(names: &[(&str, T)], meant: T) -> Value {
    names.iter().find(|(_, known)| *known == meant).map_or(Value::Null, |(name, _)| Value::from(*name))
}

/// A number of milliseconds, from zero.
pub(super) fn duration(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(ms) => Duration::try_from_secs_f64(ms / 1000.0).ok(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn ms(duration: Duration) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "as exact as a number of the protocol can be")]
    Value::Number(duration.as_millis() as f64)
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

fn bytes(size: usize) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "as exact as a number of the protocol can be")]
    Value::Number(size as f64)
}

fn roots(path: &str) -> Result<TlsConfig, Failure> {
    let broken = |words: String| Failure::Broken(format!("{path}: {words}"));
    let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
    TlsConfig::with_roots_pem(&pem).map_err(|error| broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A setting that is new has to be a member, too, or to be refused.
    #[test]
    fn every_setting_is_a_member() {
        let ms = Duration::from_millis;
        let config = Config::default()
            .connect_timeout(ms(1))
            .close_timeout(ms(2))
            .message_limit(3)
            .frame_limit(3)
            .response_head_limit(4)
            .high_water(5)
            .parts_above(8)
            .keepalive(Keepalive::new(ms(6), ms(7)))
            .settle(Settle::OnAccept)
            .on_existing(OnExisting::Reject)
            .require_wss(true)
            .compression(Compression::default());
        let mut settings = Settings::default();
        settings.apply(members(&config, None).expect("the protocol can say it")).expect("its names");
        let lines = |config: &Config| {
            format!("{config:#?}").lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(lines(&settings.config()), lines(&config));
        let default = lines(&Config::default());
        let of = lines(&config);
        let same = of.iter().filter(|line| default.contains(line)).filter_map(|line| line.split_once(": "));
        // The one that is refused, the one whose value is a file, and what an adapter found in place of that.
        assert!(same.map(|(name, _)| name).eq(["request_head_limit", "tls", "untrusted"]), "{of:?}");
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        assert!(members(&Config::default().request_head_limit(1), None).is_err());
        assert!(members(&Config::default().frame_limit(1), None).is_err());
        assert!(members(&Config::default().compression(Compression::default().level(1)), None).is_err());
    }
}
