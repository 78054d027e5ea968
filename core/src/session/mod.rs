//! The session: one Mini Program's socket slot. Commands and inputs go in; events, actions, bytes and deadlines come
//! out.

mod commands;
mod connection;

mod events;
mod execute;
mod fast_path;
mod inputs;
mod layer;
mod linger;
mod machine;
mod outputs;
mod receiving;
mod space;
mod stream;
mod timer;
#[cfg(feature = "tracing")]
mod trace;

use core::fmt;
use std::sync::Arc;

use crate::config::Config;
use crate::end::End;
use crate::entropy::Entropy;
use crate::ids::{ConnectionId, TransportId};
use crate::lifecycle::{Phase, accepts_sends};
use crate::send_queue::UnderWay;
use crate::stats::Stats;
use crate::workspace::Window;

use connection::Connection;
use machine::Machine;
use stream::Stream;

pub(crate) use receiving::Found;
pub use space::ReceiveSpace;

/// One Mini Program's socket: at most one current connection, and the transports of ended ones that still have
/// something to finish.
///
/// # The methods
/// - *Commands* are what a Mini Program calls: [`connect`](Self::connect), [`send`](Self::send) and
///   [`send_part`](Self::send_part), [`close`](Self::close). Each returns an id, and its result carries that id.
/// - *Inputs* are what the host reports: `handle_*`, with the ids that the actions gave. Input for a connection that is
///   no longer current is normal and has no effect ([G1](crate::rules#g1)). A mistake of the peer is never an error of
///   an input; it is an event. A mistake of the host returns the typed error [`Misuse`] and does no harm.
/// - *Outputs* are polled: [`poll_event`](Self::poll_event), [`poll_action`](Self::poll_action),
///   [`poll_transmit`](Self::poll_transmit), [`poll_timeout`](Self::poll_timeout).
///
/// # The loop
/// After every command and every input, repeat these steps as long as any of the first three gives something:
///
/// 1. **Events**: call `poll_event` until it returns none. It decrypts, parses and judges received bytes, one event at
///    a time, so nothing is stored before you ask for it. It pauses while something waits to be written that the next
///    frame could discard, so an echo leaves before a bad frame ends the connection. *Without it:* nothing is lost, but
///    the connection stands still. No more is read, and pings are not answered.
/// 2. **Actions**: call `poll_action` until it returns none. Resolve, dial, half-close and release as it says. *Without
///    it:* connections are never made, and sockets are never closed.
/// 3. **Transmit**: for each transport that can be written, call `poll_transmit`, write, and report how much was
///    written with [`handle_transmitted`](Self::handle_transmitted). *Without it:* nothing is sent, sends do not
///    succeed, and the output buffer fills up to its high-water mark.
/// 4. **Wait** for a socket, a resolver's answer or the time of `poll_timeout`, whichever comes first. Then read into
///    the [`receive_space`](Self::receive_space), or report whatever else happened. *After that*, if the named time has
///    come, call [`handle_timeout`](Self::handle_timeout). *Without it:* a session never gives up a silent server. *In
///    the other order:* a host that was stopped for a while takes a live server for a dead one, although its answer
///    waits in the socket ([F8](crate::rules#f8)).
///
/// One [`Workspace`](crate::Workspace) serves any number of sessions. A session owns what it has read and not yet
/// delivered, so it may be dropped at any time.
///
/// # What is promised
/// - Every call settles exactly once; results and events come in the order of the [lifecycle](crate::lifecycle), and
///   wait until they are polled ([G2](crate::rules#g2), [G5](crate::rules#g5)).
/// - Every accepted connection ends in exactly one terminal event, and no event of it follows ([G3](crate::rules#g3)).
///   By the time you see that event, the slot is free: a connect from its handler is a plain connect
///   ([G4](crate::rules#g4)).
/// - The same commands, inputs, times and entropy give the same outputs, byte for byte. The only exception is the key
///   shares of TLS, which the cryptography draws itself.
/// - Nothing that a peer, a user or a host does makes it panic, wait beyond a timeout that the host reports, or keep
///   more memory than the limits in [`Config`] allow ([G7](crate::rules#g7)). A message that arrives in one piece is
///   delivered in place, without an allocation or a copy.
///
/// ```
/// use connect_socket_core::{
///     Action, Config, ConnectOptions, Event, Message, Session, Tape, Time, Workspace,
/// };
///
/// let mut session = Session::new(Config::default(), Tape::new(vec![7; 16]));
/// let mut work = Workspace::default();
/// let now = Time::ZERO;
///
/// // A Mini Program connects; the host is asked for a socket. (A name would be resolved first.)
/// let call = session.connect(now, &ConnectOptions::new("ws://192.0.2.1/feed"));
/// let Some(Action::Dial { transport, address }) = session.poll_action() else { panic!() };
/// assert_eq!(address.to_string(), "192.0.2.1:80");
/// session.handle_connected(now, transport);
///
/// // The request goes out ...
/// let request = session.poll_transmit(transport, &mut work).slices().concat();
/// assert!(request.starts_with(b"GET /feed HTTP/1.1\r\nHost: 192.0.2.1\r\n"));
/// session.handle_transmitted(now, transport, request.len())?;
///
/// // ... and the answer comes in, with a first message behind it.
/// let answer = b"HTTP/1.1 101 Switching Protocols\r\n\
///     Upgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Accept: CdXSYUsvsaMthlEXWDNURGWA/1o=\r\n\r\n\
///     \x81\x02hi";
/// let mut space = session.receive_space(transport, &mut work).unwrap();
/// space[..answer.len()].copy_from_slice(answer);
/// space.filled(now, answer.len())?;
///
/// assert!(matches!(session.poll_event(&mut work), Some(Event::Settled { call: c, result: Ok(()) }) if c == call));
/// assert!(matches!(session.poll_event(&mut work), Some(Event::Open { .. })));
/// let Some(Event::Message { message, .. }) = session.poll_event(&mut work) else { panic!() };
/// assert_eq!(message, Message::Text("hi"));
/// assert!(session.poll_event(&mut work).is_none());
/// # Ok::<(), connect_socket_core::Misuse>(())
/// ```
///
/// [`Misuse`]: crate::Misuse
pub struct Session<E> {
    machine: Machine<E>,
    /// What was read of the current connection and is not taken yet, as plain bytes. It is a field of its own, so that
    /// a message may be borrowed from it while the machine acts.
    window: Window,
}

impl<E: Entropy> Session<E> {
    /// A session that is idle.
    pub fn new(config: impl Into<Arc<Config>>, entropy: E) -> Self {
        Self { machine: Machine::new(config.into(), entropy), window: Window::default() }
    }

    /// The state of the slot: idle, connecting, open or closing.
    pub fn phase(&self) -> Phase {
        self.machine.state.phase
    }

    /// The connection that the slot holds, if it is not idle.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.machine.current.as_ref().map(|connection| connection.id)
    }

    /// How the last connection ended, or why there was none. It is `None` while there is a connection, and before the
    /// first call of [`connect`](Self::connect). It is known as soon as the slot is idle, perhaps before all events are
    /// polled.
    pub fn end(&self) -> Option<&End> {
        self.machine.end.as_deref()
    }

    /// The connection that the slot held last.
    #[cfg(feature = "tasks")]
    pub(crate) fn last_connection(&self) -> Option<ConnectionId> {
        (self.machine.last_connection > 0).then_some(ConnectionId(self.machine.last_connection))
    }

    /// The transport of the current connection, once it has one.
    pub(crate) fn transport(&self) -> Option<TransportId> {
        self.machine.current.as_deref().and_then(Connection::transport)
    }

    /// Whether the current connection waits for its name to be looked up.
    pub(crate) fn awaits_name(&self) -> bool {
        self.machine.current.as_deref().is_some_and(Connection::is_resolving)
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.machine.config
    }

    /// How many bytes of the current connection wait to be written, frame headers included.
    pub fn buffered_amount(&self) -> usize {
        self.machine.current.as_deref().and_then(Connection::stream_ref).map_or(0, Stream::buffered)
    }

    /// Whether a message of `length` bytes could be sent now: the connection is open, the message is within
    /// the message limit, the output buffer has room below the high-water mark ([F3](crate::rules#f3), [M3](crate::rules#m3)), and
    /// no other message is under way in parts.
    pub fn can_send(&self, length: usize) -> bool {
        self.under_way().is_none() && self.can_send_part(length)
    }

    /// Whether a part of `length` bytes could be sent now ([`Session::send_part`]): the same, for the message that is under way
    /// in parts, or a new one.
    pub fn can_send_part(&self, length: usize) -> bool {
        let stream = self.machine.current.as_deref().and_then(Connection::stream_ref);
        let begun = self.under_way().map_or(0, |it| it.length);
        accepts_sends(self.machine.state.phase)
            && begun.saturating_add(length) <= self.machine.config.message_limit
            && isize::try_from(length).is_ok()
            && stream.is_some_and(|stream| stream.has_room(length, self.machine.config.high_water))
    }

    /// The message of which the last part has not been sent.
    fn under_way(&self) -> Option<UnderWay> {
        self.machine.current.as_deref().and_then(Connection::stream_ref)?.queue.under_way()
    }

    /// What was received and sent so far, over all connections.
    pub fn stats(&self) -> Stats {
        self.machine.counters.stats()
    }

    /// Whether there is nothing left to do: no connection, no lingering transport, no event or action to poll.
    pub fn is_quiet(&self) -> bool {
        self.machine.current.is_none()
            && self.machine.lingering.is_empty()
            && self.machine.events.is_empty()
            && self.machine.actions.is_empty()
    }
}

impl<E> fmt::Debug for Session<E> {
    /// Shows only the state: urls and payloads may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("phase", &self.machine.state.phase)
            .field("connection", &self.machine.current.as_ref().map(|connection| connection.id))
            .finish_non_exhaustive()
    }
}
