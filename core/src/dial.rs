//! The plan for dialling the addresses of a name (RFC 8305, "happy eyeballs"): which address is next, when, and what a
//! success or a failure means for the others. It dials nothing and reads no clock.
//!
//! ```
//! use connect_socket_core::Time;
//! use connect_socket_core::dial::{DialPlan, Next, STAGGER};
//!
//! let found = ["[2001:db8::1]:0", "[2001:db8::2]:0", "192.0.2.1:0"].map(|text| text.parse().unwrap());
//! let (mut plan, first) = DialPlan::start(Time::ZERO, &found, 443).unwrap();
//! assert_eq!(first.address.to_string(), "[2001:db8::1]:443");
//!
//! // No answer for a while: the other family gets its chance, and the first goes on trying.
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

/// How long an attempt may take before the next one begins beside it (RFC 8305 §8 recommends 250 ms).
pub const STAGGER: Duration = Duration::from_millis(250);

/// How many attempts are under way at most ([T](crate::rules#t)), so that a name with hundreds of addresses does not
/// take as many sockets. By the time there are this many, the oldest has had two seconds.
pub const MOST_IN_FLIGHT: usize = 8;

/// An address to dial now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Its place in the plan, from 0; later reports carry it.
    pub number: u32,
    /// The address to dial.
    pub address: SocketAddr,
}

/// What to do after an input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Dial this address as well.
    Dial(Attempt),
    /// Give up the oldest attempt and dial this address instead, because the limit is reached.
    Replace {
        /// The number of the attempt to give up. Later reports about it are ignored.
        oldest: u32,
        /// The new attempt.
        attempt: Attempt,
    },
    /// Do nothing for now.
    Wait,
    /// Every address has failed, so the connection fails with this cause. This is reported once.
    Failed(Cause),
}

/// A dial that is under way, from its first attempt until one has won ([`DialPlan::won`] takes the plan) or all have
/// failed.
#[derive(Clone, Debug)]
pub struct DialPlan {
    addresses: Vec<SocketAddr>,
    /// How many of the addresses were dialled, which is the number of the next attempt.
    dialled: usize,
    /// The attempts that have not won, failed or been given up, the oldest first. `in_flight.len() <= MOST_IN_FLIGHT`.
    in_flight: Vec<u32>,
    deadline: Option<Time>,
}

impl DialPlan {
    /// Begins to dial the addresses that a resolver found, and returns the first. If there is no address, it fails with
    /// [`Cause::NameNotFound`].
    ///
    /// The order is that of the resolver, which has sorted by RFC 6724, but the address families alternate, beginning
    /// with that of the first address (RFC 8305 §4). A repeated address is dialled once; an address with another scope
    /// is a different one. All are dialled at `port`, whatever ports they came with. For a url with an address instead
    /// of a name, the plan has only that address.
    pub fn start(now: Time, found: &[SocketAddr], port: u16) -> Result<(Self, Attempt), Cause> {
        let mut addresses = interleave(found);
        for address in &mut addresses {
            address.set_port(port);
        }
        let mut plan = Self { addresses, dialled: 0, in_flight: Vec::new(), deadline: None };
        match plan.dial(now) {
            Some(first) => Ok((plan, first)),
            None => Err(Cause::NameNotFound),
        }
    }

    /// When to call [`DialPlan::handle_timeout`]. None if no address is left to wait for.
    pub fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// Time has passed. If the next address is due, it is dialled (RFC 8305 §5).
    pub fn handle_timeout(&mut self, now: Time) -> Next {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return Next::Wait;
        }
        let oldest = self.in_flight.first().copied().filter(|_| self.in_flight.len() >= MOST_IN_FLIGHT);
        if let Some(oldest) = oldest {
            self.take(oldest);
        }
        match (self.dial(now), oldest) {
            (Some(attempt), Some(oldest)) => Next::Replace { oldest, attempt },
            (Some(attempt), None) => Next::Dial(attempt),
            (None, _) => Next::Wait,
        }
    }

    /// An attempt has failed. The next address is dialled at once (RFC 8305 §5), and the wait for the one after it
    /// starts again. A number that is not in flight is ignored ([G1](crate::rules#g1)).
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

    /// An attempt has succeeded. It wins, the dial is over, and the other attempts are returned, to be given up. If the
    /// number is not in flight, it is ignored and the plan comes back ([G1](crate::rules#g1)).
    pub fn won(mut self, number: u32) -> Result<Vec<u32>, Self> {
        if self.take(number) { Ok(self.in_flight) } else { Err(self) }
    }

    /// The attempts under way, in rising order, at most [`MOST_IN_FLIGHT`]. Give them up if the connection ends before
    /// one has won.
    pub fn in_flight(&self) -> &[u32] {
        &self.in_flight
    }

    fn dial(&mut self, now: Time) -> Option<Attempt> {
        let address = *self.addresses.get(self.dialled)?;
        let number = u32::try_from(self.dialled).ok()?;
        self.in_flight.push(number);
        debug_assert!(self.in_flight.len() <= MOST_IN_FLIGHT, "{} at once", self.in_flight.len());
        self.dialled += 1;
        // Counted from now, not from the passed deadline, so that a late host does not dial in a burst.
        self.deadline = if self.dialled < self.addresses.len() { now.checked_add(STAGGER) } else { None };
        Some(Attempt { number, address })
    }

    /// Takes an attempt out of those in flight. False if it is not among them.
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

/// What makes two addresses equal: the scope counts, but not the port or the flow label.
fn place(address: &SocketAddr) -> (IpAddr, u32) {
    let scope = match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    };
    (address.ip(), scope)
}

/// The addresses without repetition, with alternating families (RFC 8305 §4, with a "first address family count" of
/// one).
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    if let [only] = addresses {
        // The usual case, if a url names an address. The rest would take 700 instructions for it.
        return vec![*only];
    }
    let mut seen = BTreeSet::new();
    let unique = addresses.iter().copied().filter(|address| seen.insert(place(address)));
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
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
