//! From a configuration to the members of the command `configure`.

use std::io::{self, Write};
use std::time::Duration;

use connect_socket_core::{Config, Keepalive, OnExisting, Settle};
use tempfile::NamedTempFile;

use super::unsupported;
use crate::certs;

/// The members that differ from the contract's defaults, and the file that they name.
pub(super) fn configure(config: Config) -> io::Result<(String, Option<NamedTempFile>)> {
    let Config {
        connect_timeout,
        close_timeout,
        message_limit,
        frame_limit,
        response_head_limit,
        request_head_limit,
        high_water,
        keepalive,
        settle,
        on_existing,
        require_wss,
        tls,
        ..
    } = config;
    let default = Config::default();
    if frame_limit < message_limit {
        unsupported("a limit for frames that is below the one for messages");
    }
    if request_head_limit != default.request_head_limit {
        unsupported("a limit for the request's head");
    }
    // The tests' own authority is the only thing that scenarios trust which need no more than the protocol.
    let roots = tls.map(|_| roots()).transpose()?;
    let mut members = Vec::new();
    let mut set = |name: &str, value: String, differs: bool| {
        if differs {
            members.push(format!("\"{name}\":{value}"));
        }
    };
    set("connectTimeoutMs", ms(connect_timeout), connect_timeout != default.connect_timeout);
    set("closeTimeoutMs", ms(close_timeout), close_timeout != default.close_timeout);
    set("maxMessageBytes", message_limit.to_string(), message_limit != default.message_limit);
    set("maxHeadBytes", response_head_limit.to_string(), response_head_limit != default.response_head_limit);
    set("highWaterBytes", high_water.to_string(), high_water != default.high_water);
    if let Some(Keepalive { interval, timeout, .. }) = keepalive {
        set("pingIntervalMs", ms(interval), true);
        set("pongTimeoutMs", ms(timeout), true);
    }
    match settle {
        Settle::OnOutcome => {}
        Settle::OnAccept => set("settle", "\"on_accept\"".to_owned(), true),
    }
    match on_existing {
        OnExisting::Replace => {}
        OnExisting::Reject => set("onExisting", "\"reject\"".to_owned(), true),
    }
    set("requireWss", require_wss.to_string(), require_wss);
    if let Some(roots) = &roots {
        set("rootsPem", serde_json::Value::from(roots.path().to_string_lossy()).to_string(), true);
    }
    Ok((members.join(","), roots))
}

fn ms(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn roots() -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(certs::roots_pem().as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A setting that is new has to be told to the harness, too, or to be refused here.
    #[test]
    fn no_setting_is_forgotten() {
        let shown =
            format!("{:#?}", Config::default().keepalive(Keepalive::new(Duration::ZERO, Duration::ZERO)));
        let names = shown.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
        let known = [
            "connect_timeout",
            "close_timeout",
            "message_limit",
            "frame_limit",
            "response_head_limit",
            "request_head_limit",
            "high_water",
            "keepalive",
            "interval",
            "timeout",
            "settle",
            "on_existing",
            "require_wss",
            "tls",
        ];
        assert_eq!(names.collect::<Vec<_>>(), known);
    }
}
