//! What the host reports: names resolved, sockets connected, bytes read and written, ends, and the time.

use core::net::IpAddr;

use super::Session;
use super::connection::{Connection, Stage};
use super::execute::Facts;
use super::lane::MEDIUM;
use super::stream::{Stream, StreamEnd};
use crate::dial::{Attempt, DialPlan, Next};
use crate::entropy::Entropy;
use crate::error::{Cause, Phase, TransportError};
use crate::event::{Action, Misuse, Reason, ResolveError};
use crate::frame::FrameError;
use crate::ids::{ConnectionId, TransportId};
use crate::lifecycle::{Event, Failure, Origin, Signal, Timer};
use crate::params::Request;
use crate::receive::ReceiveBuffer;
use crate::time::Time;
use crate::tls::{TlsConfig, TlsMachine};
use crate::upgrade::Answer;

/// A cut frame that lacks so many bytes is read straight into memory of its own; a shorter rest comes through
/// the shared window, where what follows it is read in the same system call.
const IN_PLACE: usize = 16 * 1024;

impl<E: Entropy> Session<E> {
    /// The answer to [`Action::Resolve`]: the addresses, in the order in which the resolver prefers them.
    pub fn handle_resolved(
        &mut self,
        now: Time,
        connection: ConnectionId,
        answer: Result<&[IpAddr], ResolveError>,
    ) {
        self.advance_clock(now);
        // A second answer to one question is as late as one to a question that nobody has any more.
        let origin = match self.current.as_deref() {
            Some(Connection { id, stage: Stage::Resolving(_), .. }) if *id == connection => Origin::Current,
            Some(_) | None => Origin::Stale,
        };
        let cause = match answer {
            Ok(addresses) if origin == Origin::Current => return self.dial(addresses),
            Ok(_) => None,
            Err(ResolveError::NotFound) => Some(Cause::NameNotFound),
            Err(ResolveError::Failed(error)) => Some(Cause::NameLookup(error.to_string().into())),
        };
        self.report(origin, Signal::Failed(Failure::Unknown), cause);
    }

    /// Asks for what a new connection needs first: an address, or a socket if the url names an address.
    pub(super) fn start(&mut self) {
        let Some(connection) = self.current.as_deref() else { return };
        let Stage::Resolving(request) = &connection.stage else { return };
        match request.host() {
            url::Host::Domain(name) => {
                let (connection, host, port) = (connection.id, name.as_str().into(), request.port());
                self.actions.push_back(Action::Resolve { connection, host, port });
            }
            &url::Host::Ipv4(address) => self.dial(&[IpAddr::V4(address)]),
            &url::Host::Ipv6(address) => self.dial(&[IpAddr::V6(address)]),
        }
    }

    fn dial(&mut self, addresses: &[IpAddr]) {
        let now = self.now;
        let Some(connection) = self.current.as_deref_mut() else { return };
        let id = connection.id;
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Resolving(request) => match DialPlan::start(now, addresses, request.port()) {
                Ok((plan, first)) => {
                    connection.stage = Stage::Dialling(Box::new((*request, plan)));
                    self.dial_one(id, first);
                }
                Err(cause) => {
                    connection.stage = Stage::Resolving(request);
                    self.fail(Failure::Unknown, cause);
                }
            },
            // Only the stage before is asked for addresses.
            stage @ (Stage::Dialling(_) | Stage::Upgrading(..) | Stage::Framing(..) | Stage::Ended) => {
                connection.stage = stage;
            }
        }
    }

    fn dial_one(&mut self, connection: ConnectionId, attempt: Attempt) {
        let transport = TransportId { connection, attempt: attempt.number };
        self.actions.push_back(Action::Dial { transport, address: attempt.address });
    }

    fn dial_next(&mut self, connection: ConnectionId, next: Next) {
        match next {
            Next::Dial(attempt) => self.dial_one(connection, attempt),
            Next::Wait => {}
            Next::Failed(cause) => self.fail(Failure::Unknown, cause),
        }
    }

    /// A socket that [`Action::Dial`] asked for is connected. The first of a connection wins; the others are
    /// released.
    pub fn handle_connected(&mut self, now: Time, transport: TransportId) {
        self.advance_clock(now);
        let Some(connection) = self.current.as_deref_mut().filter(|it| it.id == transport.connection) else {
            return;
        };
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Dialling(dialling) => {
                let (request, plan) = *dialling;
                match plan.won(transport.attempt) {
                    Ok(losers) => {
                        for attempt in losers {
                            let transport = TransportId { attempt, ..transport };
                            self.actions.push_back(Action::Release { transport });
                        }
                        self.upgrade(transport, &request);
                    }
                    Err(plan) => connection.stage = Stage::Dialling(Box::new((request, plan))),
                }
            }
            stage @ (Stage::Resolving(_) | Stage::Upgrading(..) | Stage::Framing(..) | Stage::Ended) => {
                connection.stage = stage;
            }
        }
    }

    /// The socket is there: TLS if the url asks for it, and the request behind it.
    fn upgrade(&mut self, transport: TransportId, request: &Request) {
        let machine =
            request.secure().then(|| TlsMachine::new(self.tls_config(), request.host())).transpose();
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce);
        let limit = self.config.response_head_limit;
        let Some(connection) = self.current.as_deref_mut() else { return };
        match machine {
            Ok(machine) => {
                let mut stream = Stream::new(transport, machine);
                let head = request.head(nonce);
                let queued = stream.queue.push_raw(&head);
                let answer = Answer::new(nonce, request.protocols().clone(), limit);
                connection.stage = Stage::Upgrading(stream, Box::new(answer));
                if queued.is_err() {
                    let error = FrameError::OutOfMemory { wanted: head.len() as u64 };
                    self.fail(Failure::Memory, Cause::Frame(error));
                }
            }
            Err(cause) => {
                self.actions.push_back(Action::Release { transport });
                self.fail(Failure::Unknown, cause);
            }
        }
    }

    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_self, reason = "with TLS there is one"))]
    pub(super) fn tls_config(&self) -> Option<&TlsConfig> {
        #[cfg(feature = "tls")]
        return self.config.tls.as_ref();
        #[cfg(not(feature = "tls"))]
        None
    }

    /// A socket that [`Action::Dial`] asked for could not be connected.
    pub fn handle_connect_failed(&mut self, now: Time, transport: TransportId, error: TransportError) {
        self.advance_clock(now);
        let now = self.now;
        let Some(connection) = self.current.as_deref_mut().filter(|it| it.id == transport.connection) else {
            return;
        };
        if let Stage::Dialling(dialling) = &mut connection.stage {
            let next = dialling.1.failed(now, transport.attempt, error);
            self.dial_next(transport.connection, next);
        }
    }

    /// Where the next bytes of `transport` are to be read into; none when it must not be read now: because what
    /// was read before has not been polled yet, because the host asked for a pause
    /// ([`Session::set_receiving`]), or because the transport is of no interest any more.
    ///
    /// A transport that ends behind the current one is read in a pause, too: what waits for the current one is put
    /// aside for that (semantics F5).
    ///
    /// Mostly it is the window of `buffer`; for the rest of a large frame it is the memory that the frame is
    /// put together in.
    #[inline]
    pub fn receive_window<'a>(
        &'a mut self,
        transport: TransportId,
        buffer: &'a mut ReceiveBuffer,
    ) -> Option<&'a mut [u8]> {
        if self.input_of == Some(transport) && self.is_drained(buffer) {
            self.reading_in_place = false;
            return Some(buffer.input.window());
        }
        self.find_window(transport, buffer)
    }

    fn find_window<'a>(
        &'a mut self,
        transport: TransportId,
        buffer: &'a mut ReceiveBuffer,
    ) -> Option<&'a mut [u8]> {
        self.reading_in_place = false;
        self.claim(buffer);
        let holds_back = self.holds_back();
        let lingers = self.lingering.get(transport).is_some();
        if lingers && holds_back {
            // Nobody takes for now what was read of the current connection; an old one ends meanwhile (F5).
            self.detach(buffer);
        }
        if !buffer.is_empty() {
            return None;
        }
        if lingers {
            return Some(buffer.input.window());
        }
        let connection = self.current.as_deref_mut()?;
        let (stream, decoder) = match &mut connection.stage {
            Stage::Upgrading(stream, _) => (stream, None),
            Stage::Framing(_, framing) if framing.paused => return None,
            Stage::Framing(stream, framing) => (stream, Some(&mut framing.decoder)),
            Stage::Resolving(_) | Stage::Dialling(_) | Stage::Ended => return None,
        };
        if stream.transport != transport || stream.end.is_some() || holds_back || self.stash.is_some() {
            return None;
        }
        if stream.tls.is_none()
            && let Some(space) = decoder.and_then(|decoder| decoder.space(IN_PLACE))
        {
            self.reading_in_place = true;
            return Some(space);
        }
        Some(buffer.of_socket(stream.tls.is_some()).window())
    }

    /// `count` bytes were read into the front of the [`Session::receive_window`]. They are taken when
    /// [`Session::poll_event`] is called.
    #[inline]
    pub fn handle_received(
        &mut self,
        now: Time,
        transport: TransportId,
        buffer: &mut ReceiveBuffer,
        count: usize,
    ) -> Result<(), Misuse> {
        self.advance_clock(now);
        // What comes on any other is drained and dropped (F5).
        let Some(connection) = self.current.as_deref_mut() else { return Ok(()) };
        if connection.transport() != Some(transport) {
            return Ok(());
        }
        self.received_at = self.now;
        let tls = connection.stream().is_some_and(|stream| {
            stream.received();
            stream.tls.is_some()
        });
        if core::mem::take(&mut self.reading_in_place) {
            let Stage::Framing(_, framing) = &mut connection.stage else { return Ok(()) };
            self.heard |= count > 0;
            framing.filled = true;
            return received(count, framing.decoder.filled(count));
        }
        if !buffer.is_empty() || self.stash.is_some() {
            return Err(Misuse::NotReceiving);
        }
        buffer.clear();
        let possible = buffer.of_socket(tls).fill(count);
        if !tls && let Stage::Framing(_, framing) = &mut connection.stage {
            framing.decoder.put_back(&mut buffer.input, &mut buffer.spare);
        }
        self.ticket = buffer.next_ticket();
        if self.lane > 0 {
            self.lane = self.ticket | (self.lane & MEDIUM);
        }
        self.input_of = Some(transport);
        received(count, possible)
    }

    /// The peer has shut down its half of `transport`: a read gave no bytes. What was read before is told
    /// first.
    pub fn handle_end_of_stream(&mut self, now: Time, transport: TransportId) {
        self.advance_clock(now);
        self.end(transport, StreamEnd::EndOfStream);
    }

    /// Reading or writing `transport` failed. What was read before is told first (F6): a host whose write fails
    /// reads what there is before it says so.
    pub fn handle_transport_error(&mut self, now: Time, transport: TransportId, error: TransportError) {
        self.advance_clock(now);
        if self.lingering.get(transport).is_some() {
            self.lingering.release(transport, &mut self.actions);
        } else {
            self.end(transport, StreamEnd::Failed(error));
        }
    }

    fn end(&mut self, transport: TransportId, end: StreamEnd) {
        if let Some(stream) = self.lingering.get(transport) {
            stream.end.get_or_insert_with(|| Box::new(end));
            self.lingering.proceed(transport, &mut self.actions);
        } else if let Some(stream) = self.stream()
            && stream.transport == transport
        {
            stream.end.get_or_insert_with(|| Box::new(end));
        } else {
            self.report(Origin::Stale, Signal::EndOfStream, None);
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
        self.advance_clock(now);
        let Self { current, told, lane, .. } = self;
        if let Some(stream) = current.as_deref_mut().and_then(Connection::stream)
            && stream.transport == transport
        {
            self.transmitted_at = self.now;
            let result = stream.advance(count, &mut |run| told.sent(run));
            if told.has_queue() {
                *lane = 0;
            }
            return result;
        }
        self.linger_transmitted(transport, count)
    }

    #[cold]
    fn linger_transmitted(&mut self, transport: TransportId, count: usize) -> Result<(), Misuse> {
        let Some(stream) = self.lingering.get(transport) else { return Ok(()) };
        let result = stream.advance(count, &mut |_| {});
        self.lingering.proceed(transport, &mut self.actions);
        result
    }

    /// The time has come that [`Session::poll_timeout`] named, or any other: what is due by `now` happens, in
    /// its order. Calling early is harmless.
    pub fn handle_timeout(&mut self, now: Time) {
        self.advance_clock(now);
        while let Some((at, reason)) = self.poll_timeout().filter(|(at, _)| *at <= self.now) {
            self.expire(at, reason);
        }
    }

    fn expire(&mut self, at: Time, reason: Reason) {
        let now = self.now;
        match reason {
            Reason::Connect => {
                self.deadlines.set(Timer::Connect, None);
                let phase = self.current.as_ref().map_or(Phase::Resolving, |connection| connection.phase());
                self.fail(Failure::TimedOut, Cause::ConnectTimeout(phase));
            }
            Reason::Dial => {
                let Some(connection) = self.current.as_deref_mut() else { return };
                if let Stage::Dialling(dialling) = &mut connection.stage {
                    let (id, next) = (connection.id, dialling.1.handle_timeout(now));
                    self.dial_next(id, next);
                }
            }
            Reason::Close => {
                self.deadlines.set(Timer::Close, None);
                self.signal(Signal::CloseTimeout, None);
            }
            // The table arms the pong timer, and so this one rests until something is heard.
            Reason::Ping => self.signal(Signal::PingDue, None),
            Reason::Pong => {
                self.deadlines.set(Timer::Pong, None);
                self.signal(Signal::PongTimeout, Some(Cause::PongTimeout));
            }
            Reason::Linger => self.lingering.expire(at, &mut self.actions),
            Reason::Memory => {
                if let Some(stream) = self.stream() {
                    stream.give_back();
                }
            }
            // Whoever comes here polls next, and that goes on where it paused.
            Reason::Input => {
                if let Some(connection) = self.current.as_deref_mut() {
                    connection.resume();
                }
            }
        }
    }

    /// A signal of the current connection.
    pub(super) fn signal(&mut self, signal: Signal, cause: Option<Cause>) {
        self.report(Origin::Current, signal, cause);
    }

    /// The current connection fails before it is open.
    pub(super) fn fail(&mut self, failure: Failure, cause: Cause) {
        self.report(Origin::Current, Signal::Failed(failure), Some(cause));
    }

    /// A signal, of the current connection or of one that is not current any more: what that means is for the
    /// table to say (G1).
    fn report(&mut self, origin: Origin, signal: Signal, cause: Option<Cause>) {
        let facts = Facts { cause, ..Facts::default() };
        self.run(Event::Signal(origin, signal), facts);
    }

    /// Tells the session whether the host wants messages now. While it does not, an open connection takes no
    /// frame and its socket is not read, so that the peer is held back by its own transport. Call results and
    /// whatever else waits is told all the same.
    pub fn set_receiving(&mut self, receiving: bool) {
        if receiving && !self.receiving {
            // Whatever answers a ping may have waited unread: the peer is given time anew (F6).
            (self.heard, self.received_at) = (true, self.now);
        }
        self.receiving = receiving;
        self.lane = 0;
    }
}

/// So many bytes are said to have been read into a window that has room for `possible`.
#[inline]
const fn received(reported: usize, possible: usize) -> Result<(), Misuse> {
    if reported > possible { Err(Misuse::ReceivedTooMuch { reported, possible }) } else { Ok(()) }
}
