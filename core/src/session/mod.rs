//! The session: one Mini Program's socket slot, as commands and inputs in, events, actions, bytes and
//! deadlines out.

mod commands;
mod connection;
mod deadlines;
mod execute;
mod inputs;
mod lane;
mod linger;
mod outputs;
mod receiving;
mod stash;
mod stream;
mod told;

use core::fmt;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::config::Config;
use crate::entropy::Entropy;
use crate::event::Action;
use crate::frame::header_len;
use crate::ids::{CallId, ConnectionId, TransportId};
use crate::lifecycle::{Phase, State, accepts_sends};
use crate::time::Time;

use connection::Connection;
use deadlines::Deadlines;
use linger::Lingering;
use stash::Stash;
use stream::Stream;
use told::Told;

/// One Mini Program's socket: at most one current connection, and the transports of ended ones that still have
/// something to finish.
///
/// # The methods
/// - *Commands* are what a Mini Program calls: [`connect`](Self::connect), [`send`](Self::send),
///   [`close`](Self::close). Each returns the id under which its result is told.
/// - *Inputs* are what the host reports: `handle_*`, with the ids that the actions gave. Input for a connection
///   that is not current any more is ordinary and has no effect (semantics G1). What the peer does wrong is
///   never an error of an input; it is told as an event. A host's own mistake gets a typed answer, [`Misuse`],
///   and does no harm.
/// - *Outputs* are polled: [`poll_event`](Self::poll_event), [`poll_action`](Self::poll_action),
///   [`poll_transmit`](Self::poll_transmit), [`poll_timeout`](Self::poll_timeout).
///
/// # The loop
/// After every command and every input, and as long as any of these gives something:
///
/// 1. **Events**: `poll_event` until it gives none. It is here that what was read is decrypted, parsed and
///    judged, one event at a time, so nothing is stored that is not asked for. It also pauses where something
///    waits to be written that the frame to come may drop, so that an echo leaves before the connection is
///    failed. *Left out:* nothing is lost, but the connection stands still, the receive buffer stays full, and
///    pings go unanswered.
/// 2. **Actions**: `poll_action` until it gives none; resolve, dial, half-close and release as it says.
///    *Left out:* connections are never made and sockets never closed.
/// 3. **Transmit**: for each transport that can be written, `poll_transmit`, write, and report how much went
///    with [`handle_transmitted`](Self::handle_transmitted). *Left out:* nothing leaves, sends do not succeed,
///    and the output buffer fills up to its high-water mark.
/// 4. **Wait** for a socket, a resolver's answer or the time of `poll_timeout`, whichever is first; then read
///    into the [`receive_window`](Self::receive_window) and call
///    [`handle_received`](Self::handle_received), or whichever input it is, and at the named time
///    [`handle_timeout`](Self::handle_timeout). *Left out:* a server that says nothing is never given up.
///
/// One receive buffer may serve any number of sessions, but a session keeps to one: it knows its bytes by the
/// order in which that buffer was read into.
///
/// # What is promised
/// - Every call settles exactly once; results and events come in the order of the table in README, and wait
///   until they are polled (G2, G5).
/// - Every accepted connection ends in exactly one terminal event, and nothing of it follows (G3). When that
///   event can be seen, the slot is free: a connect from its handler is a plain connect (G4).
/// - The same commands, inputs, times and entropy give the same outputs, byte for byte (but for the key shares
///   of TLS, which the cryptography draws itself).
/// - Nothing that a peer, a user or a host does makes it panic, wait beyond a timeout that the host reports, or
///   keep more memory than the limits in [`Config`] allow (G7). Messages are delivered where they lie: a
///   message that was not fragmented or cut costs no allocation and no copy.
///
/// ```
/// use connect_socket_core::{
///     Action, Config, ConnectOptions, Event, Message, ReceiveBuffer, Session, Tape, Time,
/// };
///
/// let mut session = Session::new(Config::default(), Tape::new(vec![7; 16]));
/// let mut buffer = ReceiveBuffer::default();
/// let now = Time::ZERO;
///
/// // A Mini Program connects; the host is asked for a socket. (A name would be resolved first.)
/// let call = session.connect(now, &ConnectOptions::new("ws://192.0.2.1/feed"));
/// let Some(Action::Dial { transport, address }) = session.poll_action() else { panic!() };
/// assert_eq!(address.to_string(), "192.0.2.1:80");
/// session.handle_connected(now, transport);
///
/// // The request goes out ...
/// let request = session.poll_transmit(transport).slices().concat();
/// assert!(request.starts_with(b"GET /feed HTTP/1.1\r\nHost: 192.0.2.1\r\n"));
/// session.handle_transmitted(now, transport, request.len())?;
///
/// // ... and the answer comes in, with a first message behind it.
/// let answer = b"HTTP/1.1 101 Switching Protocols\r\n\
///     Upgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Accept: CdXSYUsvsaMthlEXWDNURGWA/1o=\r\n\r\n\
///     \x81\x02hi";
/// let window = session.receive_window(transport, &mut buffer).unwrap();
/// window[..answer.len()].copy_from_slice(answer);
/// session.handle_received(now, transport, &mut buffer, answer.len())?;
///
/// assert!(matches!(session.poll_event(&mut buffer), Some(Event::Settled { call: c, result: Ok(()) }) if c == call));
/// assert!(matches!(session.poll_event(&mut buffer), Some(Event::Open { .. })));
/// let Some(Event::Message { message, .. }) = session.poll_event(&mut buffer) else { panic!() };
/// assert_eq!(message, Message::Text("hi"));
/// assert!(session.poll_event(&mut buffer).is_none());
/// # Ok::<(), connect_socket_core::Misuse>(())
/// ```
///
/// [`Misuse`]: crate::Misuse
pub struct Session<E> {
    config: Arc<Config>,
    entropy: E,
    state: State,
    current: Option<Box<Connection>>,
    lingering: Lingering,
    told: Told,
    actions: VecDeque<Action>,
    deadlines: Deadlines,
    last_call: u64,
    last_connection: u64,
    /// The latest time that the host spoke of.
    now: Time,
    /// When the bytes that are being taken were read, or when the host wanted messages again.
    received_at: Time,
    /// When bytes of the current connection were written last.
    transmitted_at: Time,
    /// Something of a frame has come since the last ping, or it could not be seen whether it has (F6).
    heard: bool,
    /// The host wants messages (back-pressure).
    receiving: bool,
    /// The last receive window was memory of the decoder, not of the shared buffer.
    reading_in_place: bool,
    /// Which bytes of the shared buffer are ours, and of which transport.
    ticket: u64,
    input_of: Option<TransportId>,
    /// The ticket under which messages may be handed out by the hot path (`Session::peek`), or 0: what was
    /// read is of the current transport, the connection is open, the host wants messages, and no event but sends
    /// that succeeded is told before them. Whatever may change one of these closes it, and the long way opens it
    /// again. With `MEDIUM` if the last message was one of medium length, as the next one will be then.
    lane: u64,
    /// Bytes taken out of the shared buffer before they could be used.
    stash: Option<Box<Stash>>,
}

impl<E: Entropy> Session<E> {
    /// A session that is idle.
    pub fn new(config: impl Into<Arc<Config>>, entropy: E) -> Self {
        let config = config.into();
        Self {
            state: State { phase: Phase::Idle, settle: config.settle, on_existing: config.on_existing },
            config,
            entropy,
            current: None,
            lingering: Lingering::default(),
            told: Told::default(),
            actions: VecDeque::new(),
            deadlines: Deadlines::default(),
            last_call: 0,
            last_connection: 0,
            now: Time::ZERO,
            received_at: Time::ZERO,
            transmitted_at: Time::ZERO,
            heard: false,
            receiving: true,
            reading_in_place: false,
            ticket: 0,
            input_of: None,
            lane: 0,
            stash: None,
        }
    }

    /// The state of the slot: idle, connecting, open or closing.
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// The connection that the slot holds, if it is not idle.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.current.as_ref().map(|connection| connection.id)
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How many bytes of the current connection wait to be written, frame headers included.
    pub fn buffered_amount(&self) -> usize {
        self.current.as_deref().and_then(Connection::stream_ref).map_or(0, Stream::buffered)
    }

    /// Whether a message of `length` bytes would be taken now: the connection is open, the message is within
    /// the message limit, and the output buffer has room below the high-water mark (F3).
    pub fn can_send(&self, length: usize) -> bool {
        accepts_sends(self.state.phase)
            && length <= self.config.message_limit
            && self.buffered_amount().saturating_add(header_len(length)).saturating_add(length)
                <= self.config.high_water
    }

    /// Whether nothing is left to do: no connection, no transport that lingers, no event or action to poll.
    pub fn is_quiet(&self) -> bool {
        self.current.is_none() && self.lingering.is_empty() && self.told.is_empty() && self.actions.is_empty()
    }

    fn stream(&mut self) -> Option<&mut Stream> {
        self.current.as_deref_mut().and_then(Connection::stream)
    }

    fn next_call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }

    /// Takes note of the time; a clock that runs backwards is taken as standing still.
    fn advance_clock(&mut self, now: Time) {
        self.now = self.now.max(now);
    }
}

impl<E> fmt::Debug for Session<E> {
    /// The state alone: what a connection was asked for and what it carries is nobody else's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("phase", &self.state.phase)
            .field("connection", &self.current.as_ref().map(|connection| connection.id))
            .finish_non_exhaustive()
    }
}
