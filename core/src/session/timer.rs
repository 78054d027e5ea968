//! The timer of the current connection, and what it is due for.

use crate::config::{Config, Keepalive};
use crate::event::Reason;
use crate::lifecycle::Timer;
use crate::time::Time;

/// The timer that runs for the current connection, with the moment from which it counts. The lifecycle never has
/// two running at once: it stops the timer of a phase before it starts that of the next.
///
/// How long a timer runs is looked up when the deadline is asked for. A deadline beyond the end of the clock is none,
/// so `Duration::MAX` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RunningTimer {
    /// There is no connection, or it can send no ping (F7).
    #[default]
    Off,
    /// Connecting, since then.
    Connect { since: Time },
    /// Open. At that time the last byte of a frame came, or the connection opened, or the host wanted messages again. A
    /// ping is due one interval later (F6).
    Quiet { since: Time },
    /// Open. A ping went out at that time, and no byte of a frame has come since: its answer is due (F6).
    Asked { since: Time },
    /// Closing, since then.
    Close { since: Time },
}

impl RunningTimer {
    /// [`Effect::Arm`](crate::lifecycle::Effect::Arm).
    pub(super) fn arm(&mut self, timer: Timer, since: Time) {
        debug_assert_eq!(*self, Self::Off, "a timer starts while another runs");
        *self = match timer {
            Timer::Connect => Self::Connect { since },
            Timer::Ping => Self::Quiet { since },
            Timer::Pong => Self::Asked { since },
            Timer::Close => Self::Close { since },
        };
    }

    /// [`Effect::Disarm`](crate::lifecycle::Effect::Disarm).
    pub(super) fn disarm(&mut self, timer: Timer) {
        let running = match self {
            Self::Off => None,
            Self::Connect { .. } => Some(Timer::Connect),
            Self::Quiet { .. } => Some(Timer::Ping),
            Self::Asked { .. } => Some(Timer::Pong),
            Self::Close { .. } => Some(Timer::Close),
        };
        if running == Some(timer) {
            *self = Self::Off;
        }
    }

    /// The timer fires, and stops.
    pub(super) fn fire(&mut self) {
        *self = Self::Off;
    }

    /// The row of [`Signal::Heard`](crate::lifecycle::Signal::Heard): no pong is awaited, and the next ping is put
    /// off. In any other phase, and where nothing can be written, it changes nothing.
    #[inline]
    pub(super) fn heard(&mut self, at: Time) {
        if self.listens() {
            *self = Self::Quiet { since: at };
        }
    }

    /// Whether [`RunningTimer::heard`] changes anything.
    #[inline]
    pub(super) fn listens(self) -> bool {
        match self {
            Self::Quiet { .. } | Self::Asked { .. } => true,
            Self::Off | Self::Connect { .. } | Self::Close { .. } => false,
        }
    }

    /// When it fires, and what for. While the host takes no messages, nothing is read, so keepalive pauses (F6).
    pub(super) fn deadline(self, config: &Config, receiving: bool) -> Option<(Time, Reason)> {
        let keepalive = || config.keepalive.filter(|it| receiving && it.is_on());
        let (since, after, reason) = match self {
            Self::Off => return None,
            Self::Connect { since } => (since, config.connect_timeout, Reason::Connect),
            Self::Quiet { since } => (since, keepalive()?.interval, Reason::Ping),
            Self::Asked { since } => (since, keepalive()?.timeout, Reason::Pong),
            Self::Close { since } => (since, config.close_timeout, Reason::Close),
        };
        Some((since.checked_add(after)?, reason))
    }
}

impl Keepalive {
    /// Whether pings go out at all. They do not if the interval is zero, or too short for the clock to tell from zero.
    const fn is_on(&self) -> bool {
        self.interval.as_micros() > 0
    }
}
