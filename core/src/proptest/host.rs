//! What a host meets: a stream in pieces, a resolver's answers, and a clock.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::error::TransportError;
use crate::event::ResolveError;
use crate::time::Time;

/// Where a stream is cut: the lengths of its pieces, repeated as often as needed. Without lengths, the stream is one
/// piece.
///
/// ```
/// use connect_socket_core::proptest::Cuts;
///
/// assert_eq!(Cuts(vec![1, 3]).pieces(b"abcdef").collect::<Vec<_>>(), [&b"a"[..], b"bcd", b"e", b"f"]);
/// assert_eq!(Cuts(vec![]).pieces(b"abcdef").collect::<Vec<_>>(), [b"abcdef"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Cuts(pub Vec<usize>);

impl Cuts {
    /// The pieces of `stream`, none of them empty.
    pub fn pieces<'a>(&'a self, stream: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let mut lengths = self.0.iter().cycle();
        let mut rest = stream;
        core::iter::from_fn(move || {
            let length = lengths.next().map_or(rest.len(), |length| (*length).clamp(1, rest.len().max(1)));
            let (piece, behind) = rest.split_at_checked(length).filter(|(piece, _)| !piece.is_empty())?;
            rest = behind;
            Some(piece)
        })
    }
}

impl fmt::Debug for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("Cuts(none)") } else { write!(f, "Cuts({:?})", self.0) }
    }
}

/// Cuts of all sizes: one byte at a time, a few, or nearly everything. They shrink towards no cut at all.
pub fn cuts() -> impl Strategy<Value = Cuts> + Clone {
    prop_oneof![
        1 => Just(Cuts::default()),
        1 => Just(Cuts(vec![1])),
        3 => vec(prop_oneof![1..=9_usize, 1..=200_usize, 1..=70_000_usize], 0..6).prop_map(Cuts),
    ]
}

/// What a resolver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolverAnswer {
    /// These addresses, of which there may be none.
    Found(Vec<SocketAddr>),
    /// There is no such name.
    NotFound,
    /// The resolver itself failed.
    Failed,
}

impl ResolverAnswer {
    /// The same in the type that the session takes.
    pub fn as_answer(&self) -> Result<&[SocketAddr], ResolveError> {
        match self {
            Self::Found(addresses) => Ok(addresses),
            Self::NotFound => Err(ResolveError::NotFound),
            Self::Failed => {
                let error = TransportError::new(std::io::ErrorKind::TimedOut, "no name server answered");
                Err(ResolveError::Failed(error))
            }
        }
    }
}

/// Answers of a resolver: usually up to four addresses of both families, sometimes with a repeated address, no address,
/// or more addresses than are dialled at once.
pub fn resolver_answer() -> impl Strategy<Value = ResolverAnswer> + Clone {
    let v4 = |last| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 0));
    let v6 = |last| SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), 0));
    // The same address on two links is two addresses.
    let link =
        |scope| SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 0, 0, scope));
    let address = select(vec![v4(1), v6(1), v4(2), v6(2), link(1), link(2)]);
    let many = (9..=12_u8).prop_map(move |most| (1..=most).map(v4).collect());
    prop_oneof![
        6 => vec(address.clone(), 1..=1).prop_map(ResolverAnswer::Found),
        4 => vec(address, 0..=4).prop_map(ResolverAnswer::Found),
        1 => many.prop_map(ResolverAnswer::Found),
        1 => Just(ResolverAnswer::NotFound),
        1 => Just(ResolverAnswer::Failed),
    ]
}

/// How the clock advances until the host looks at it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Jump {
    /// By this much, whatever is due in between.
    By(Duration),
    /// To the deadline that the session named.
    ToDeadline,
    /// This much past that deadline: the host is late.
    PastDeadline(Duration),
}

impl Jump {
    /// The time after the jump.
    pub fn from(self, now: Time, deadline: Option<Time>) -> Time {
        let deadline = deadline.unwrap_or(now).max(now);
        match self {
            Self::By(duration) => now + duration,
            Self::ToDeadline => deadline,
            Self::PastDeadline(duration) => deadline + duration,
        }
    }
}

/// Jumps of the clock, from a millisecond to beyond every deadline.
pub fn jump() -> impl Strategy<Value = Jump> + Clone {
    let milliseconds = |most: u64| (0..=most).prop_map(Duration::from_millis);
    prop_oneof![
        3 => Just(Jump::ToDeadline),
        2 => milliseconds(300).prop_map(Jump::By),
        1 => milliseconds(100_000).prop_map(Jump::By),
        1 => milliseconds(1000).prop_map(Jump::PastDeadline),
        1 => Just(Jump::PastDeadline(Duration::from_secs(1_000_000))),
    ]
}
