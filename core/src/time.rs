//! Time as a value: the host says what time it is, and core never reads a clock.

use core::ops::Add;
use core::time::Duration;

/// A moment on the host's monotonic clock, in microseconds since an origin of the host's choice.
///
/// Any origin will do, as long as each session sees one clock that never runs backwards. The value is a plain number,
/// so a trace can hold it and a test can make it up.
///
/// ```
/// use connect_socket_core::Time;
/// use std::time::Duration;
///
/// let start = Time::from_micros(5);
/// let later = start + Duration::from_millis(2);
/// assert_eq!(later.as_micros(), 2_005);
/// assert_eq!(later.since(start), Duration::from_millis(2));
/// assert_eq!(start.since(later), Duration::ZERO);
/// assert_eq!(later.checked_add(Duration::MAX), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The origin of the clock.
    pub const ZERO: Self = Self(0);

    /// The moment `micros` microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The moment `millis` milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long this is after `earlier`; zero if it is not later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The moment `duration` later, or none beyond the end of the clock, half a million years away. For a deadline,
    /// none means that it never comes.
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let micros = u64::try_from(duration.as_micros()).ok()?;
        self.0.checked_add(micros).map(Self)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    /// The moment `duration` later, at most the end of the clock. For a deadline, use [`Time::checked_add`].
    fn add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self(u64::MAX))
    }
}
