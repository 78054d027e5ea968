//! The session: one Mini Program's socket slot, as commands and inputs in, events, actions, bytes and
//! deadlines out.

mod commands;
mod connection;
mod deadlines;
mod execute;
mod inputs;
mod linger;
mod outputs;
mod receiving;
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
use receiving::Stash;
use stream::Stream;
use told::Told;

/// SESSION_DOC
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
    /// When the bytes that are being taken were read.
    received_at: Time,
    /// Something of a frame has come since the last ping (F6).
    heard: bool,
    /// The host wants messages (back-pressure).
    receiving: bool,
    /// The last receive window was memory of the decoder, not of the shared buffer.
    reading_in_place: bool,
    /// Which bytes of the shared buffer are ours, and of which transport.
    ticket: u64,
    input_of: Option<TransportId>,
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
            heard: false,
            receiving: true,
            reading_in_place: false,
            ticket: 0,
            input_of: None,
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
    pub fn buffered_amount(&mut self) -> usize {
        self.stream().map_or(0, |stream| stream.buffered())
    }

    /// Whether a message of `length` bytes would be taken now: the connection is open, the message is within
    /// the message limit, and the output buffer has room below the high-water mark (F3).
    pub fn can_send(&mut self, length: usize) -> bool {
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
