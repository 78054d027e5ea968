//! The timers of the current connection.

use crate::lifecycle::Timer;
use crate::time::Time;

/// The timers that the lifecycle arms, besides those of the dial plan and of lingering transports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deadlines {
    pub(super) connect: Option<Time>,
    pub(super) close: Option<Time>,
    pub(super) ping: Option<Time>,
    pub(super) pong: Option<Time>,
}

impl Deadlines {
    pub(super) fn set(&mut self, timer: Timer, at: Option<Time>) {
        match timer {
            Timer::Connect => self.connect = at,
            Timer::Close => self.close = at,
            Timer::Ping => self.ping = at,
            Timer::Pong => self.pong = at,
        }
    }
}
