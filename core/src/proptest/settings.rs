//! Configurations of a session.

use core::fmt;
use core::time::Duration;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::config::{Config, Keepalive};
use crate::lifecycle::{OnExisting, Settle};

/// A configuration. `{:?}` shows only what differs from the defaults.
#[derive(Clone, Default)]
pub struct Settings(pub Config);

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All fields by name, so that none is forgotten. TLS has nothing to show.
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
            #[cfg(feature = "deflate")]
            compression,
            #[cfg(feature = "tls")]
                tls: _,
            #[cfg(feature = "tls")]
                untrusted: _,
        } = &self.0;
        let default = Config::default();
        let mut shown = f.debug_struct("Settings");
        let mut show = |name: &str, differs: bool, value: &dyn fmt::Debug| {
            if differs {
                shown.field(name, value);
            }
        };
        show("connect_timeout", *connect_timeout != default.connect_timeout, connect_timeout);
        show("close_timeout", *close_timeout != default.close_timeout, close_timeout);
        show("message_limit", *message_limit != default.message_limit, message_limit);
        show("frame_limit", *frame_limit != default.frame_limit, frame_limit);
        let differs = *response_head_limit != default.response_head_limit;
        show("response_head_limit", differs, response_head_limit);
        let differs = *request_head_limit != default.request_head_limit;
        show("request_head_limit", differs, request_head_limit);
        show("high_water", *high_water != default.high_water, high_water);
        show("parts_above", *parts_above != default.parts_above, parts_above);
        show("keepalive", *keepalive != default.keepalive, keepalive);
        show("settle", *settle != default.settle, settle);
        show("on_existing", *on_existing != default.on_existing, on_existing);
        show("require_wss", *require_wss != default.require_wss, require_wss);
        #[cfg(feature = "deflate")]
        show("compression", *compression != default.compression, compression);
        shown.finish()
    }
}

/// Configurations without TLS and compression, which the servers here do not support, and with whole messages. They have
/// timeouts from one second to two minutes, both ways to settle, both policies, keepalive or none (sometimes with an
/// interval of zero or without limits), and usual or small limits. They shrink towards the defaults.
///
/// The head limits are always the defaults, so only a deliberately long head is refused for its length.
pub fn settings() -> impl Strategy<Value = Settings> + Clone {
    let default = Config::default();
    let seconds = |usual: Duration| prop_oneof![Just(usual), (1..=120_u64).prop_map(Duration::from_secs)];
    let after = || {
        prop_oneof![
            12 => (1..=30_u64).prop_map(Duration::from_secs),
            1 => Just(Duration::ZERO),
            1 => Just(Duration::MAX),
        ]
    };
    let keepalive = (after(), after()).prop_map(|(interval, timeout)| Keepalive::new(interval, timeout));
    let limits = prop_oneof![
        Just((default.message_limit, default.frame_limit, default.high_water)),
        (100..=1000_usize, 100..=1000_usize, 300..=2000_usize),
    ];
    (
        (seconds(default.connect_timeout), seconds(default.close_timeout)),
        limits,
        option::weighted(0.3, keepalive),
        select(&Settle::ALL),
        prop_oneof![3 => Just(OnExisting::Replace), 1 => Just(OnExisting::Reject)],
        proptest::bool::weighted(0.1),
    )
        .prop_map(
            |((connect_timeout, close_timeout), limits, keepalive, settle, on_existing, require_wss)| {
                let (message_limit, frame_limit, high_water) = limits;
                Settings(
                    Config::default()
                        .connect_timeout(connect_timeout)
                        .close_timeout(close_timeout)
                        .message_limit(message_limit)
                        .frame_limit(frame_limit)
                        .high_water(high_water)
                        .keepalive(keepalive)
                        .settle(settle)
                        .on_existing(on_existing)
                        .require_wss(require_wss),
                )
            },
        )
}
