//! What a Mini Program sees of one session, held against what it may rely on (rules G2, G3, S, T).

use std::collections::BTreeMap;

use connect_socket_core::{
    CallId, Cause, CloseCause, Error, ErrorCode, Event, Message, OwnedMessage, Phase, SendError,
};

/// An event that owns what it holds.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A call is over.
    Settled(CallId, Result<(), Error>),
    /// onSocketOpen, of this connection.
    Open(u64),
    /// onSocketMessage.
    Message(u64, OwnedMessage),
    /// onSocketError.
    Error(u64, ErrorCode),
    /// onSocketClose.
    Close(u64, u16, String, CloseCause),
}

impl From<Event<Message<'_>>> for Seen {
    fn from(event: Event<Message<'_>>) -> Self {
        match event {
            Event::Settled { call, result } => Self::Settled(call, result),
            Event::Open { connection, .. } => Self::Open(connection.get()),
            Event::Message { connection, message, .. } => Self::Message(connection.get(), message.into()),
            Event::Error { connection, error } => Self::Error(connection.get(), error.code()),
            Event::Close { connection, code, reason, cause } => {
                Self::Close(connection.get(), code, reason.into(), cause)
            }
        }
    }
}

/// What a call was about.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A connect, and the connection if it was accepted.
    Connect(Option<u64>),
    /// A send: the connection that was current then, whether it was text, and the payload.
    Send(Option<u64>, bool, Vec<u8>),
    /// A close.
    Close,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) asked: Asked,
    pub(crate) settled: Option<Result<(), Error>>,
}

/// One accepted connection.
// What was seen of it, each for itself: the states that are allowed are what is checked.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default)]
pub(crate) struct Seat {
    call: usize,
    pub(crate) opened: bool,
    errored: Option<ErrorCode>,
    /// How it ended, if it was told by a Close.
    pub(crate) closed: Option<(u16, CloseCause)>,
    pub(crate) over: bool,
    /// closeSocket was accepted while it was open: no message from then on.
    pub(crate) closing: bool,
    /// closeSocket was accepted while it was connecting, or another took its place.
    displaced: bool,
    pub(crate) messages: Vec<OwnedMessage>,
}

/// What was seen of one session so far.
#[derive(Debug)]
pub struct Watch {
    on_accept: bool,
    pub(crate) calls: Vec<Call>,
    pub(crate) seats: BTreeMap<u64, Seat>,
    last: Option<Seen>,
}

impl Watch {
    /// Of a session that settles connects when they are accepted (S2), or not.
    pub fn new(on_accept: bool) -> Self {
        Self { on_accept, calls: Vec::new(), seats: BTreeMap::new(), last: None }
    }

    /// A call was made.
    ///
    /// # Panics
    /// If it is numbered out of order.
    pub fn called(&mut self, call: CallId, asked: &Asked) {
        self.calls.push(Call { asked: asked.clone(), settled: None });
        assert_eq!(call.get(), self.calls.len() as u64, "calls are not numbered in order");
        if let Asked::Connect(Some(connection)) = *asked {
            let last = self.seats.keys().next_back().copied().unwrap_or(0);
            assert_eq!(connection, last + 1, "connections are not numbered in order");
            for seat in self.seats.values_mut().filter(|seat| !seat.over) {
                seat.displaced = true;
            }
            let call = self.calls.len() - 1;
            self.seats.insert(connection, Seat { call, ..Seat::default() });
        }
    }

    /// closeSocket was accepted while `phase` was that of `connection`.
    pub fn closed(&mut self, connection: Option<u64>, phase: Phase) {
        let Some(seat) = connection.and_then(|connection| self.seats.get_mut(&connection)) else { return };
        match phase {
            Phase::Connecting => seat.displaced = true,
            Phase::Open | Phase::Closing => seat.closing = true,
            Phase::Idle => {}
        }
    }

    /// An event was polled.
    ///
    /// # Panics
    /// If it must not be seen.
    pub fn see(&mut self, seen: &Seen, current: Option<u64>, phase: Phase) {
        if let Some(Seen::Error(before, _)) = &self.last
            && self.seats[before].opened
        {
            assert!(
                matches!(seen, Seen::Close(connection, ..) if connection == before),
                "after an Error of an open connection comes {seen:?} and not its Close (G3)"
            );
        }
        match seen {
            Seen::Settled(call, result) => self.settle(*call, result.clone()),
            Seen::Open(connection) => self.open(*connection),
            Seen::Message(connection, message) => {
                assert_eq!(
                    (current, phase),
                    (Some(*connection), Phase::Open),
                    "a message of a connection that is not open"
                );
                let seat = self.living(*connection);
                assert!(seat.opened && !seat.closing, "a message before Open or behind our close (T)");
                seat.messages.push(message.clone());
            }
            Seen::Error(connection, code) => {
                let seat = self.living(*connection);
                assert!(seat.errored.replace(*code).is_none(), "two Errors");
                if !seat.opened {
                    self.end(*connection, current);
                }
            }
            Seen::Close(connection, code, reason, cause) => {
                self.close(*connection, *code, reason, *cause, current);
            }
        }
        self.last = Some(seen.clone());
    }

    fn settle(&mut self, call: CallId, result: Result<(), Error>) {
        let place = usize::try_from(call.get()).expect("few calls") - 1;
        let call = self.calls.get_mut(place).expect("a call that was never made settled");
        match (&call.asked, &result) {
            (Asked::Connect(None), Ok(())) => panic!("a refused connect succeeded"),
            (Asked::Send(..), Err(error)) => {
                let code = error.code();
                assert!(
                    matches!(code, ErrorCode::NotOpen | ErrorCode::SendFailed),
                    "a send fails with {code}"
                );
            }
            (Asked::Close, Err(error)) => assert_eq!(error.code(), ErrorCode::Unknown),
            (Asked::Connect(_) | Asked::Close | Asked::Send(..), _) => {}
        }
        assert!(call.settled.replace(result).is_none(), "a call settled twice (G2)");
    }

    fn open(&mut self, connection: u64) {
        let on_accept = self.on_accept;
        let call = self.living(connection).call;
        assert!(
            self.seats.range(..connection).all(|(_, seat)| seat.over),
            "Open before the end of another (S3)"
        );
        assert!(matches!(self.calls[call].settled, Some(Ok(()))), "Open before its success (S1)");
        if !on_accept {
            let before = matches!(&self.last, Some(Seen::Settled(id, Ok(()))) if id.get() == call as u64 + 1);
            assert!(before, "between success and Open there was {:?} (S1)", self.last);
        }
        let seat = self.living(connection);
        assert!(!core::mem::replace(&mut seat.opened, true), "Open twice");
    }

    fn close(&mut self, connection: u64, code: u16, reason: &str, cause: CloseCause, current: Option<u64>) {
        let seat = self.living(connection);
        assert!(seat.opened || seat.displaced, "Close of a connection that failed to open (G3)");
        // Every way to end of rule T.
        let fits = match cause {
            CloseCause::Local => seat.closing || seat.displaced,
            CloseCause::Replaced => seat.displaced && code == 1000,
            CloseCause::Remote => seat.errored.is_none() && code != 1006,
            CloseCause::Abnormal => code == 1006 && matches!(seat.errored, None | Some(ErrorCode::Unknown)),
            CloseCause::TimedOut => code == 1006 && seat.errored == Some(ErrorCode::TimedOut),
            CloseCause::Protocol => matches!(code, 1002 | 1007) && seat.errored == Some(ErrorCode::Unknown),
            CloseCause::TooBig => code == 1009 && seat.errored == Some(ErrorCode::OutOfMemory),
        };
        assert!(fits, "Close {{{code}, {cause}}} after {:?} (T)", seat.errored);
        assert!(reason.len() <= 123);
        seat.closed = Some((code, cause));
        self.end(connection, current);
    }

    /// The terminal event of a connection.
    fn end(&mut self, connection: u64, current: Option<u64>) {
        assert_ne!(current, Some(connection), "the slot is not free yet (G4)");
        assert!(self.seats.range(..connection).all(|(_, seat)| seat.over), "the ends are out of order (S3)");
        let seat = self.living(connection);
        let (opened, call, errored) = (seat.opened, seat.call, seat.errored);
        seat.over = true;
        match &self.calls[call].settled {
            None => panic!("a connection ended before its call settled (S1)"),
            Some(Ok(())) => assert!(opened || self.on_accept),
            Some(Err(error)) => {
                assert!(!opened && !self.on_accept, "an open connection's call failed");
                assert!(errored.is_none_or(|code| code == error.code()), "fail and Error differ");
            }
        }
        for call in &self.calls {
            if let (Asked::Send(Some(on), ..), None) = (&call.asked, &call.settled) {
                assert_ne!(*on, connection, "a connection ended before all its sends settled (T)");
            }
        }
    }

    fn living(&mut self, connection: u64) -> &mut Seat {
        let seat = self.seats.get_mut(&connection).expect("an event of a connection that was never accepted");
        assert!(!seat.over, "something of a connection follows its terminal event (G3)");
        seat
    }

    /// Whether a send on `connection` has no result yet.
    pub(crate) fn has_unsettled_sends(&self, connection: u64) -> bool {
        self.calls.iter().any(|call| {
            matches!(call.asked, Asked::Send(Some(on), ..) if on == connection) && call.settled.is_none()
        })
    }

    /// Every call has settled, and every connection has ended (G2, G3).
    pub(crate) fn assert_over(&self) {
        assert!(self.calls.iter().all(|call| call.settled.is_some()), "a call never settled (G2)");
        assert!(self.seats.values().all(|seat| seat.over), "a connection never ended (G3)");
    }

    /// The messages that were queued on `connection` in order: whether it is known that all of it is out, whether
    /// it is text, and the payload.
    pub(crate) fn queued(&self, connection: u64) -> Vec<(bool, bool, &[u8])> {
        self.calls
            .iter()
            .filter_map(|call| {
                let Asked::Send(Some(on), text, payload) = &call.asked else { return None };
                let out = match call.settled.as_ref()? {
                    Ok(()) => true,
                    Err(error) if matches!(error.cause(), Cause::SendFailed(SendError::Ended)) => false,
                    Err(_) => return None,
                };
                (*on == connection).then_some((out, *text, &payload[..]))
            })
            .collect()
    }
}
