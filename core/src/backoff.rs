//! How long to wait before connecting again.

use core::time::Duration;

/// How long to wait before connecting again, for a program that reconnects by itself.
///
/// The wait is a random part of a bound that doubles with every attempt (full jitter). So clients that lost their
/// server at the same moment do not come back at the same moment. The bound starts over only after a connection was
/// open for long enough, so a server that accepts connections and drops them at once is not flooded with attempts.
///
/// ```
/// use connect_socket_core::Backoff;
/// use core::time::Duration;
///
/// // In a program, the seed is a random number.
/// let mut backoff = Backoff::new(7).first(Duration::from_secs(1)).most(Duration::from_secs(60));
/// // It could not connect: the bound is 1, 2, 4 s and so on.
/// assert!(backoff.next_delay(Duration::ZERO) <= Duration::from_secs(1));
/// assert!(backoff.next_delay(Duration::ZERO) <= Duration::from_secs(2));
/// // It was open for an hour, so the bound starts again.
/// assert!(backoff.next_delay(Duration::from_secs(3600)) <= Duration::from_secs(1));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    stable: Duration,
    /// The attempts since the last stable connection.
    attempts: u32,
    /// Of `SplitMix64`.
    state: u64,
}

impl Backoff {
    /// The bound begins at half a second and grows to one minute. A connection is stable after ten seconds. `seed` is
    /// any number that differs between clients; it need not be secret.
    pub const fn new(seed: u64) -> Self {
        Self {
            first: Duration::from_millis(500),
            most: Duration::from_secs(60),
            stable: Duration::from_secs(10),
            attempts: 0,
            state: seed,
        }
    }

    /// Sets the bound of the first wait.
    #[must_use]
    pub const fn first(self, first: Duration) -> Self {
        Self { first, ..self }
    }

    /// Sets the highest bound of any wait.
    #[must_use]
    pub const fn most(self, most: Duration) -> Self {
        Self { most, ..self }
    }

    /// Sets how long a connection has to be open before the bound starts over.
    #[must_use]
    pub const fn stable(self, stable: Duration) -> Self {
        Self { stable, ..self }
    }

    /// How long to wait now. `open` is how long the last connection was open: zero if it never opened.
    pub fn next_delay(&mut self, open: Duration) -> Duration {
        if open >= self.stable && !open.is_zero() {
            self.attempts = 0;
        }
        let doubled = 1_u32.checked_shl(self.attempts).and_then(|factor| self.first.checked_mul(factor));
        let bound = doubled.map_or(self.most, |bound| bound.min(self.most));
        // A shift beyond 31 overflows; the bound reaches its highest value long before.
        self.attempts = self.attempts.saturating_add(1).min(32);
        // 584 years fit, which is as good as more.
        let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        let part = (u128::from(self.random()) * u128::from(bound)) >> 64;
        Duration::from_nanos(u64::try_from(part).unwrap_or(bound))
    }

    /// The next number of `SplitMix64` (Steele, Lea and Flood 2014): eight bytes of state, and good enough for spreading.
    const fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every wait is within its bound, the bounds double up to the highest, and the waits fill them.
    #[test]
    fn waits_fill_bounds_that_double() {
        let mut highest = [Duration::ZERO; 40];
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            for (attempt, highest) in (0_u32..).zip(&mut highest) {
                let bound = Duration::from_millis(500 << attempt.min(20)).min(Duration::from_secs(60));
                let delay = backoff.next_delay(Duration::ZERO);
                assert!(delay <= bound, "seed {seed}, attempt {attempt}: {delay:?}");
                *highest = delay.max(*highest);
            }
        }
        for (attempt, highest) in (0_u32..).zip(highest) {
            let bound = Duration::from_millis(500 << attempt.min(20)).min(Duration::from_secs(60));
            assert!(highest > bound / 2, "attempt {attempt} never waits for more than {highest:?}");
        }
    }

    /// The first numbers that the authors of the generator publish for the seed 0.
    #[test]
    fn the_generator_is_splitmix64() {
        let mut backoff = Backoff::new(0);
        let published = [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f];
        assert_eq!([(); 3].map(|()| backoff.random()), published);
    }

    /// A server that accepts and drops connections is no better than one that refuses them.
    #[test]
    fn only_a_stable_connection_starts_again() {
        let total = |open: Duration| {
            let mut backoff = Backoff::new(7);
            (0..100).map(|_| backoff.next_delay(open)).sum::<Duration>()
        };
        assert!(total(Duration::from_secs(9)) > Duration::from_secs(1_500));
        assert!(total(Duration::from_secs(10)) < Duration::from_secs(50));
        let mut easy = Backoff::new(7).stable(Duration::from_secs(1));
        assert!((0..100).all(|_| easy.next_delay(Duration::from_secs(1)) < Duration::from_millis(500)));
    }

    /// A server that comes back is not called by all its clients at once, at no attempt: no tenth of the time in which they come
    /// has more than twice its share.
    #[test]
    fn clients_that_lost_their_server_together_do_not_come_back_together() {
        const CLIENTS: u64 = 10_000;
        let mut clients: Vec<Backoff> = (0..CLIENTS).map(Backoff::new).collect();
        for attempt in 0..10 {
            let bound = Duration::from_millis(500 << attempt).min(Duration::from_secs(60));
            let mut tenths = [0; 10];
            for client in &mut clients {
                let delay = client.next_delay(Duration::ZERO);
                let tenth = delay.as_nanos() * 10 / (bound.as_nanos() + 1);
                tenths[usize::try_from(tenth).expect("below ten")] += 1;
            }
            assert!(tenths.iter().all(|count| *count < 2 * CLIENTS / 10), "attempt {attempt}: {tenths:?}");
        }
    }

    /// The first wait is bounded by its own setting, up to the highest.
    #[test]
    fn the_first_wait_has_a_bound_of_its_own() {
        let hour = Duration::from_secs(3_600);
        let first = |seed: u64, most| Backoff::new(seed).first(hour).most(most).next_delay(Duration::ZERO);
        assert!((0..100).map(|seed| first(seed, hour)).all(|wait| wait <= hour));
        assert!((0..100).map(|seed| first(seed, hour)).any(|wait| wait > hour / 2));
        assert!((0..100).map(|seed| first(seed, hour / 60)).all(|wait| wait <= hour / 60));
    }

    /// Whatever it is set to, there is a wait and no overflow.
    #[test]
    fn extreme_settings_are_bounds_too() {
        let mut long = Backoff::new(1).first(Duration::MAX).most(Duration::MAX);
        let mut none = Backoff::new(1).first(Duration::ZERO).most(Duration::ZERO).stable(Duration::ZERO);
        for _ in 0..100 {
            let _ = long.next_delay(Duration::ZERO);
            assert_eq!(none.next_delay(Duration::ZERO), Duration::ZERO);
        }
    }
}
