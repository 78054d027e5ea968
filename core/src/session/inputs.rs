//! What the host reports: names resolved, sockets connected, bytes read and written, ends, and the time.

use core::net::{IpAddr, SocketAddr};

use super::Session;
use super::connection::{Connection, Stage};
use super::machine::Machine;
use super::stream::{Stream, StreamEnd};
use crate::dial::{Attempt, DialPlan, Next};
use crate::entropy::Entropy;
use crate::error::{Cause, ConnectPhase, TransportError};
use crate::event::{Action, Misuse, Reason, ResolveError};
use crate::frame::FastPath;
use crate::ids::{ConnectionId, TransportId};
use crate::lifecycle::{Failure, Origin, Signal};
use crate::params::Request;
use crate::time::Time;
use crate::tls::TlsMachine;
use crate::upgrade::Answer;

impl<E: Entropy> Session<E> {
    /// The answer to [`Action::Resolve`]: the addresses, in the order in which the resolver prefers them. Their ports
    /// are ignored, because the port comes from the url. The scope of an IPv6 address is kept, because a link-local
    /// address needs it.
    pub fn handle_resolved(
        &mut self,
        now: Time,
        connection: ConnectionId,
        answer: Result<&[SocketAddr], ResolveError>,
    ) {
        self.machine.advance_clock(now);
        // A second answer to a question counts as late, like an answer that no connection waits for.
        let origin = match self.machine.current.as_deref() {
            Some(Connection { id, stage: Stage::Resolving(_), .. }) if *id == connection => Origin::Current,
            Some(_) | None => Origin::Stale,
        };
        let cause = match answer {
            Ok(addresses) if origin == Origin::Current => {
                self.machine.done(|timing, took| timing.looked_up = Some(took));
                return self.dial(addresses);
            }
            Ok(_) => None,
            Err(ResolveError::NotFound) => Some(Cause::NameNotFound),
            Err(ResolveError::Failed(error)) => Some(Cause::NameLookup(error.to_string().into())),
        };
        self.machine.report(origin, Signal::Failed(Failure::Unknown), cause);
    }

    /// Asks for what a new connection needs first: a look-up, or a socket if the url has an address.
    pub(super) fn start(&mut self) {
        let Some(connection) = self.machine.current.as_deref() else { return };
        let Stage::Resolving(request) = &connection.stage else { return };
        match request.host() {
            url::Host::Domain(name) => {
                let (connection, host, port) = (connection.id, name.as_str().into(), request.port());
                self.machine.actions.push_back(Action::Resolve { connection, host, port });
            }
            &url::Host::Ipv4(address) => self.dial_literal(IpAddr::V4(address)),
            &url::Host::Ipv6(address) => self.dial_literal(IpAddr::V6(address)),
        }
    }

    fn dial_literal(&mut self, address: IpAddr) {
        // The url's port takes the place of any other.
        self.dial(&[SocketAddr::new(address, 0)]);
    }

    fn dial(&mut self, addresses: &[SocketAddr]) {
        let now = self.machine.now;
        let Some(connection) = self.machine.current.as_deref_mut() else { return };
        let id = connection.id;
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Resolving(request) => match DialPlan::start(now, addresses, request.port()) {
                Ok((plan, first)) => {
                    connection.stage = Stage::Dialling(request, plan);
                    self.dial_one(id, first);
                }
                Err(cause) => {
                    connection.stage = Stage::Resolving(request);
                    self.machine.fail(Failure::Unknown, cause);
                }
            },
            // Only the stage before this asks for addresses.
            stage @ (Stage::Dialling(..) | Stage::Upgrading(..) | Stage::Framing(..) | Stage::Ended) => {
                connection.stage = stage;
            }
        }
    }

    fn dial_one(&mut self, connection: ConnectionId, attempt: Attempt) {
        let transport = TransportId { connection, attempt: attempt.number };
        self.machine.actions.push_back(Action::Dial { transport, address: attempt.address });
    }

    fn dial_next(&mut self, connection: ConnectionId, next: Next) {
        match next {
            Next::Dial(attempt) => self.dial_one(connection, attempt),
            Next::Replace { oldest, attempt } => {
                let transport = TransportId { connection, attempt: oldest };
                self.machine.actions.push_back(Action::Release { transport });
                self.dial_one(connection, attempt);
            }
            Next::Wait => {}
            Next::Failed(cause) => self.machine.fail(Failure::Unknown, cause),
        }
    }

    /// A socket that [`Action::Dial`] asked for is connected. A connection keeps the first of its sockets that
    /// connects, and releases the others.
    pub fn handle_connected(&mut self, now: Time, transport: TransportId) {
        #[cfg(feature = "tracing")]
        super::trace::dialled(transport, None);
        self.machine.advance_clock(now);
        let Some(connection) = self.machine.current.as_deref_mut().filter(|it| it.id == transport.connection)
        else {
            return;
        };
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Dialling(request, plan) => match plan.won(transport.attempt) {
                Ok(losers) => {
                    connection.done(self.machine.now, |timing, took| timing.connected = took);
                    for attempt in losers {
                        let transport = TransportId { attempt, ..transport };
                        self.machine.actions.push_back(Action::Release { transport });
                    }
                    self.upgrade(transport, *request);
                }
                Err(plan) => connection.stage = Stage::Dialling(request, plan),
            },
            stage @ (Stage::Resolving(_) | Stage::Upgrading(..) | Stage::Framing(..) | Stage::Ended) => {
                connection.stage = stage;
            }
        }
    }

    /// A socket is connected. TLS comes next, if the url asks for it, and then the request.
    fn upgrade(&mut self, transport: TransportId, request: Request) {
        let machine =
            request.secure().then(|| TlsMachine::new(self.machine.tls_config(), request.host())).transpose();
        let mut nonce = [0; 16];
        self.machine.entropy.fill(&mut nonce);
        let limit = self.machine.config.response_head_limit;
        let Some(connection) = self.machine.current.as_deref_mut() else { return };
        match machine {
            Ok(machine) => {
                let answer = Answer::new(nonce, request.protocols().clone(), limit);
                #[cfg(feature = "deflate")]
                let answer = match &self.machine.config.compression {
                    Some(compression) if request.offers_extensions() => {
                        answer.to_offers(compression.offers())
                    }
                    Some(_) | None => answer,
                };
                let mut stream = Stream::new(transport, machine);
                stream.queue.push_request(request.into_head(nonce));
                connection.stage = Stage::Upgrading(stream, Box::new(answer));
            }
            Err(cause) => {
                self.machine.actions.push_back(Action::Release { transport });
                self.machine.fail(Failure::Unknown, cause);
            }
        }
    }

    /// A socket that [`Action::Dial`] asked for could not be connected.
    pub fn handle_connect_failed(&mut self, now: Time, transport: TransportId, error: TransportError) {
        #[cfg(feature = "tracing")]
        super::trace::dialled(transport, Some(&error));
        self.machine.advance_clock(now);
        let now = self.machine.now;
        let Some(connection) = self.machine.current.as_deref_mut().filter(|it| it.id == transport.connection)
        else {
            return;
        };
        if let Stage::Dialling(_, plan) = &mut connection.stage {
            let next = plan.failed(now, transport.attempt, error);
            self.dial_next(transport.connection, next);
        }
    }

    /// The peer has shut down its half of `transport`: a read returned no bytes. Events for what was read before come
    /// first.
    pub fn handle_end_of_stream(&mut self, now: Time, transport: TransportId) {
        self.machine.advance_clock(now);
        self.handle_end(transport, StreamEnd::EndOfStream);
    }

    /// Reading `transport` failed. Events for what was read before come first ([F6](crate::rules#f6)).
    pub fn handle_transport_error(&mut self, now: Time, transport: TransportId, error: TransportError) {
        self.machine.advance_clock(now);
        if self.machine.lingering.get(transport).is_some() {
            self.machine.lingering.release(transport, &mut self.machine.actions);
        } else {
            self.handle_end(transport, StreamEnd::Failed(error));
        }
    }

    /// Writing `transport` failed, so it takes no more bytes. What waits to be sent fails now, and so does every later
    /// send ([F7](crate::rules#f7)). The system may still hold what the peer sent before, so go on reading. The end of
    /// the connection is reported when reading ends, or when nothing more comes: [`Reason::Unwritable`] is due at once
    /// for that.
    pub fn handle_write_failed(&mut self, now: Time, transport: TransportId, error: TransportError) {
        self.machine.advance_clock(now);
        if self.machine.lingering.get(transport).is_some() {
            self.machine.lingering.release(transport, &mut self.machine.actions);
        } else if let Some(stream) = self.machine.stream().filter(|stream| stream.transport == transport) {
            stream.fail_writing(error);
            self.machine.signal(Signal::Unwritable, None);
        } else {
            self.machine.report(Origin::Stale, Signal::Unwritable, None);
        }
    }

    fn handle_end(&mut self, transport: TransportId, end: StreamEnd) {
        if let Some(stream) = self.machine.lingering.get(transport) {
            stream.end.get_or_insert_with(|| Box::new(end));
            self.machine.lingering.proceed(transport, &mut self.machine.actions);
        } else if let Some(stream) = self.machine.stream()
            && stream.transport == transport
        {
            stream.end.get_or_insert_with(|| Box::new(end));
        } else {
            self.machine.report(Origin::Stale, Signal::EndOfStream, None);
        }
    }

    /// `count` bytes of what [`Session::poll_transmit`] offered were written.
    #[inline]
    pub fn handle_transmitted(
        &mut self,
        now: Time,
        transport: TransportId,
        count: usize,
    ) -> Result<(), Misuse> {
        self.machine.advance_clock(now);
        let Machine { current, events, fast_path, now, transmitted_at, counters, .. } = &mut self.machine;
        if let Some(stream) = current.as_deref_mut().and_then(Connection::stream)
            && stream.transport == transport
        {
            *transmitted_at = *now;
            let pings = counters.pings();
            #[cfg(feature = "tracing")]
            let mut calls = Vec::new();
            let result = stream.advance(count, counters, &mut |run| {
                #[cfg(feature = "tracing")]
                if super::trace::has_listener() {
                    calls.extend(run.clone());
                }
                events.sent(run);
            });
            if counters.pings() != pings {
                counters.asked(*now);
            }
            if events.has_queue() {
                *fast_path = FastPath::CLOSED;
            }
            #[cfg(feature = "tracing")]
            self.machine.trace_sent(calls);
            return result;
        }
        self.linger_transmitted(transport, count)
    }

    #[cold]
    fn linger_transmitted(&mut self, transport: TransportId, count: usize) -> Result<(), Misuse> {
        let Some(stream) = self.machine.lingering.get(transport) else { return Ok(()) };
        let result = stream.advance(count, &mut self.machine.counters, &mut |_| {});
        self.machine.lingering.proceed(transport, &mut self.machine.actions);
        result
    }

    /// Does everything that is due by `now`, in order. Call it at the time that [`Session::poll_timeout`] names.
    /// Calling it at any other time is harmless.
    ///
    /// Inputs count in the order in which they are handed in. If bytes have not been taken yet, what is due happens
    /// once [`Session::poll_event`] has taken them, because the session may have waited for just these bytes
    /// ([F8](crate::rules#f8)).
    pub fn handle_timeout(&mut self, now: Time) {
        self.machine.advance_clock(now);
        if let Some(connection) = self.machine.current.as_deref_mut() {
            // The host polls next, and polling goes on where it paused.
            connection.resume();
        }
        if self.has_untaken_input() {
            self.machine.late = Some(self.machine.now);
        } else {
            self.run_timers(self.machine.now);
        }
    }

    /// Carries out what waited for input to be taken. Says whether there was anything.
    pub(super) fn run_late_timers(&mut self) -> bool {
        let late = self.machine.late.take();
        late.map(|at| self.run_timers(at)).is_some()
    }

    fn run_timers(&mut self, now: Time) {
        if !self.machine.holds_back()
            && let Some(connection) = self.machine.current.as_deref_mut()
            && let phase = connection.phase()
            && let Some(stream) = connection.stream()
            && stream.is_silent()
            && let Some(error) = stream.write_error().cloned()
        {
            self.machine.signal(Signal::TransportError, Some(Cause::Transport(phase, error)));
        }
        while let Some((at, reason)) = self.next_timer().filter(|(at, _)| *at <= now) {
            self.expire(at, reason);
            debug_assert!(self.is_behind(at, reason), "{reason:?} is due again at once");
        }
    }

    /// Whether the deadline that was carried out is gone, or lies after the present time, so that
    /// [`Session::handle_timeout`] ends. Each lingering transport has a deadline of its own, which goes with it.
    fn is_behind(&self, at: Time, reason: Reason) -> bool {
        let least = if reason == Reason::Linger { at } else { self.machine.now };
        self.deadlines().into_iter().flatten().all(|(next, of)| of != reason || next > least)
    }

    fn expire(&mut self, at: Time, reason: Reason) {
        let now = self.machine.now;
        match reason {
            Reason::Connect => {
                self.machine.timer.fire();
                let phase = self
                    .machine
                    .current
                    .as_ref()
                    .map_or(ConnectPhase::Resolving, |connection| connection.phase());
                self.machine.fail(Failure::TimedOut, Cause::ConnectTimeout(phase));
            }
            Reason::Dial => {
                let Some(connection) = self.machine.current.as_deref_mut() else { return };
                if let Stage::Dialling(_, plan) = &mut connection.stage {
                    let (id, next) = (connection.id, plan.handle_timeout(now));
                    self.dial_next(id, next);
                }
            }
            Reason::Close => {
                self.machine.timer.fire();
                self.machine.signal(Signal::CloseTimeout, None);
            }
            Reason::Ping => {
                self.machine.timer.fire();
                self.machine.signal(Signal::PingDue, None);
            }
            Reason::Pong => {
                self.machine.timer.fire();
                self.machine.signal(Signal::PongTimeout, Some(Cause::PongTimeout));
            }
            Reason::Linger => self.machine.lingering.expire(at, &mut self.machine.actions),
            Reason::Memory => {
                if let Some(stream) = self.machine.stream() {
                    stream.give_back();
                }
            }
            // No timers: see `poll_timeout`.
            Reason::Input | Reason::Unwritable => {}
        }
    }

    /// Says whether the host wants messages now. While it does not, an open connection takes no frame and its socket is
    /// not read, so TCP holds the peer back. Call results and everything else that waits are still reported.
    pub fn set_receiving(&mut self, receiving: bool) {
        if receiving && !self.machine.receiving {
            // The answer to a ping may have waited unread, so the peer gets the full time again (F6).
            self.machine.heard();
        }
        self.machine.receiving = receiving;
        self.machine.fast_path = FastPath::CLOSED;
    }
}
