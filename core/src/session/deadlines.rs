//! The timers of the current connection.

use crate::lifecycle::Timer;
use crate::time::Time;

/// The timers that the lifecycle arms, besides those of the dial plan and of lingering transports: one place
/// for each, [`NEVER`] for one that is not armed, as an idle session has them all and needs none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    connect: Time,
    close: Time,
    ping: Time,
    pong: Time,
}

/// The end of the clock, half a million years away.
const NEVER: Time = Time::from_micros(u64::MAX);

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: NEVER, close: NEVER, ping: NEVER, pong: NEVER }
    }
}

impl Deadlines {
    pub(super) fn set(&mut self, timer: Timer, at: Option<Time>) {
        let place = match timer {
            Timer::Connect => &mut self.connect,
            Timer::Close => &mut self.close,
            Timer::Ping => &mut self.ping,
            Timer::Pong => &mut self.pong,
        };
        *place = at.unwrap_or(NEVER);
    }

    pub(super) fn get(&self, timer: Timer) -> Option<Time> {
        let at = match timer {
            Timer::Connect => self.connect,
            Timer::Close => self.close,
            Timer::Ping => self.ping,
            Timer::Pong => self.pong,
        };
        (at != NEVER).then_some(at)
    }
}
