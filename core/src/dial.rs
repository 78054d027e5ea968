//! The plan by which the addresses of a name are dialled (RFC 8305, "happy eyeballs"): which one next, when,
//! and what a success or a failure means for the others. It dials nothing and knows no clock.
//!
//! ```
//! use connect_socket_core::Time;
//! use connect_socket_core::dial::{DialPlan, Next, STAGGER};
//!
//! let addresses = ["2001:db8::1", "2001:db8::2", "192.0.2.1"].map(|text| text.parse().unwrap());
//! let (mut plan, first) = DialPlan::start(Time::ZERO, &addresses, 443).unwrap();
//! assert_eq!(first.address.to_string(), "[2001:db8::1]:443");
//!
//! // Nothing heard for a while: the other family gets its chance, and the first goes on trying.
//! assert_eq!(plan.deadline(), Some(Time::ZERO + STAGGER));
//! let Next::Dial(second) = plan.handle_timeout(Time::ZERO + STAGGER) else { panic!() };
//! assert_eq!(second.address.to_string(), "192.0.2.1:443");
//!
//! let losers = plan.won(second.number).unwrap();
//! assert_eq!(losers, [first.number]);
//! ```

use core::time::Duration;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use crate::error::{Cause, TransportError};
use crate::time::Time;

/// How long an attempt may take before the next begins beside it (RFC 8305 §8: 250 ms are recommended).
pub const STAGGER: Duration = Duration::from_millis(250);

/// An address to be dialled now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Its place in the plan, from 0; what the plan is told later carries it.
    pub number: u32,
    /// Where to.
    pub address: SocketAddr,
}

/// What is to be done after an input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Dial this address, too.
    Dial(Attempt),
    /// Nothing, for now.
    Wait,
    /// Every address has failed: the connection has, with this cause. Told once.
    Failed(Cause),
}

/// A dial that is under way: from its first attempt on, until one has won ([`DialPlan::won`] takes the plan)
/// or all have failed.
#[derive(Clone, Debug)]
pub struct DialPlan {
    addresses: Vec<SocketAddr>,
    /// How many of the addresses were dialled: the number of the next attempt.
    dialled: usize,
    /// The attempts that were neither won nor lost yet, in rising order.
    in_flight: Vec<u32>,
    deadline: Option<Time>,
}

impl DialPlan {
    /// Begins to dial what a resolver found, and says which address is the first. No address at all is
    /// [`Cause::NameNotFound`].
    ///
    /// The order is the resolver's (it has sorted by RFC 6724), but the families take turns, beginning with
    /// that of the first address (RFC 8305 §4). An address that is named twice is dialled once. A url with an
    /// address in place of a name is a plan with that one entry.
    pub fn start(now: Time, addresses: &[IpAddr], port: u16) -> Result<(Self, Attempt), Cause> {
        let addresses =
            interleave(addresses).into_iter().map(|address| SocketAddr::new(address, port)).collect();
        let mut plan = Self { addresses, dialled: 0, in_flight: Vec::new(), deadline: None };
        match plan.dial(now) {
            Some(first) => Ok((plan, first)),
            None => Err(Cause::NameNotFound),
        }
    }

    /// When [`DialPlan::handle_timeout`] is to be called; `None` when no address is left to wait for.
    pub fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// Time has passed: the next address is dialled if its turn has come (RFC 8305 §5).
    pub fn handle_timeout(&mut self, now: Time) -> Next {
        match self.deadline {
            Some(deadline) if deadline <= now => self.dial(now).map_or(Next::Wait, Next::Dial),
            Some(_) | None => Next::Wait,
        }
    }

    /// An attempt has failed: the next address is dialled at once (RFC 8305 §5), and the wait for the one
    /// after it begins anew. A number that is not in flight is ignored (semantics G1).
    pub fn failed(&mut self, now: Time, number: u32, error: TransportError) -> Next {
        if !self.take(number) {
            return Next::Wait;
        }
        match self.dial(now) {
            Some(attempt) => Next::Dial(attempt),
            None if self.in_flight.is_empty() => {
                Next::Failed(Cause::Dial { tried: self.dialled, last: error })
            }
            None => Next::Wait,
        }
    }

    /// An attempt has succeeded: it wins, the dial is over, and the answer is the attempts to be given up. A
    /// number that is not in flight is ignored, and the plan comes back (semantics G1).
    pub fn won(mut self, number: u32) -> Result<Vec<u32>, Self> {
        if self.take(number) { Ok(self.in_flight) } else { Err(self) }
    }

    /// The attempts under way, in rising order: what is to be given up when the connection ends before one
    /// has won.
    pub fn in_flight(&self) -> &[u32] {
        &self.in_flight
    }

    fn dial(&mut self, now: Time) -> Option<Attempt> {
        let address = *self.addresses.get(self.dialled)?;
        let number = u32::try_from(self.dialled).ok()?;
        self.in_flight.push(number);
        self.dialled += 1;
        // From now, not from the deadline that has passed: a host that comes late must not dial in a burst.
        self.deadline = (self.dialled < self.addresses.len()).then(|| now + STAGGER);
        Some(Attempt { number, address })
    }

    /// Takes an attempt out of those in flight; false when it is not among them.
    fn take(&mut self, number: u32) -> bool {
        match self.in_flight.binary_search(&number) {
            Ok(place) => {
                self.in_flight.remove(place);
                true
            }
            Err(_) => false,
        }
    }
}

/// The addresses without repetition, the families in turn (RFC 8305 §4, with a "first address family count"
/// of one).
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut seen = BTreeSet::new();
    let unique = addresses.iter().copied().filter(|address| seen.insert(*address));
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (first, other): (Vec<_>, Vec<_>) = unique.partition(|address| address.is_ipv6() == first_is_v6);

    let mut order = Vec::with_capacity(first.len() + other.len());
    let (mut first, mut other) = (first.into_iter(), other.into_iter());
    loop {
        let turn = [first.next(), other.next()];
        if turn == [None, None] {
            return order;
        }
        order.extend(turn.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests;
