//! Time as a value: the host says what time it is, and core never asks a clock.

use core::ops::Add;
use core::time::Duration;

/// A moment on the host's monotonic clock, in microseconds since an origin of the host's choice.
///
/// Any origin does, as long as one session sees one clock that never runs backwards. The value is a plain
/// number, so that a trace can hold it and a test can make it.
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

    /// A moment so many microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A moment so many milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// So much later; none where that lies beyond the end of the clock, half a million years away. A deadline that
    /// is none never comes.
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let micros = u64::try_from(duration.as_micros()).ok()?;
        self.0.checked_add(micros).map(Self)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    /// Saturates at the end of the clock: for the time that it is then. For a deadline there is
    /// [`Time::checked_add`].
    fn add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self(u64::MAX))
    }
}
