//! Configurations of a session.

use core::fmt;
use core::time::Duration;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::config::{Config, Keepalive};
use crate::lifecycle::{OnExisting, Settle};

/// A configuration that shows what is not as the defaults have it.
#[derive(Clone, Default)]
pub struct Settings(pub Config);

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (set, default) = (&self.0, Config::default());
        let mut shown = f.debug_struct("Settings");
        let mut show = |name: &str, differs: bool, value: &dyn fmt::Debug| {
            if differs {
                shown.field(name, value);
            }
        };
        show("connect_timeout", set.connect_timeout != default.connect_timeout, &set.connect_timeout);
        show("close_timeout", set.close_timeout != default.close_timeout, &set.close_timeout);
        show("message_limit", set.message_limit != default.message_limit, &set.message_limit);
        show("frame_limit", set.frame_limit != default.frame_limit, &set.frame_limit);
        let head = &set.response_head_limit;
        show("response_head_limit", *head != default.response_head_limit, head);
        let head = &set.request_head_limit;
        show("request_head_limit", *head != default.request_head_limit, head);
        show("high_water", set.high_water != default.high_water, &set.high_water);
        show("keepalive", set.keepalive != default.keepalive, &set.keepalive);
        show("settle", set.settle != default.settle, &set.settle);
        show("on_existing", set.on_existing != default.on_existing, &set.on_existing);
        show("require_wss", set.require_wss != default.require_wss, &set.require_wss);
        shown.finish()
    }
}

/// Configurations without TLS: timeouts from one second to two minutes, both ways to settle, both policies,
/// keepalive or none, and limits that are as usual or small. They shrink towards the defaults.
///
/// The head limits stay what they are, so that what is refused for its length is made up on purpose alone.
pub fn settings() -> impl Strategy<Value = Settings> + Clone {
    let default = Config::default();
    let seconds = |usual: Duration| prop_oneof![Just(usual), (1..=120_u64).prop_map(Duration::from_secs)];
    let keepalive = (1..=30_u64, 1..=30_u64).prop_map(|(interval, timeout)| Keepalive {
        interval: Duration::from_secs(interval),
        timeout: Duration::from_secs(timeout),
    });
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
                Settings(Config {
                    connect_timeout,
                    close_timeout,
                    message_limit,
                    frame_limit,
                    high_water,
                    keepalive,
                    settle,
                    on_existing,
                    require_wss,
                    ..Config::default()
                })
            },
        )
}
