//! The model: the lifecycle table, and small books of what a session remembers. It knows no bytes but their number;
//! where a frame ends, or goes wrong, is known from where it was made up.
//!
//! Here are the books, and what can be asked of them. `inputs` writes into them what is done to the session, `actions`
//! what the table says of that.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use connect_socket_core::dial::DialPlan;
use connect_socket_core::frame::FrameErrorKind;
use connect_socket_core::lifecycle::{Phase, State, Timer};
use connect_socket_core::params::Request;
use connect_socket_core::proptest::{Bytes, Settings};
use connect_socket_core::{Config, ErrorCode, OwnedMessage, Reason, Time};

use super::queue::Queue;
use super::seen::Seen;

/// What an idle connection sent with is given back after so long.
const QUIET: Duration = Duration::from_secs(1);

/// All that the model knows of a session.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) settings: Settings,
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) receiving: bool,
    pub(crate) current: Option<Connection>,
    pub(crate) lingering: Vec<Linger>,
    /// The transports that are gone, by connection and address, in the order in which they went.
    pub(crate) gone: Vec<(u64, u32)>,
    /// What comes of the step that was made last.
    pub(crate) seen: Seen,
    pub(crate) calls: u64,
    pub(crate) connections: u64,
    pub(crate) timers: Timers,
    /// When bytes left last on the transport of the current connection.
    pub(crate) transmitted_at: Time,
}

impl fmt::Debug for Model {
    /// A run begins with an idle session: its settings are all there is to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.settings)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    connect: Option<Time>,
    close: Option<Time>,
    ping: Option<Time>,
    pong: Option<Time>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Option<Time>) {
        match timer {
            Timer::Connect => self.connect = at,
            Timer::Close => self.close = at,
            Timer::Ping => self.ping = at,
            Timer::Pong => self.pong = at,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) number: u64,
    pub(crate) call: u64,
    pub(crate) request: Request,
    /// What closeSocket was called with first.
    pub(crate) requested: Option<(u16, String)>,
    pub(crate) stage: Stage,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Resolving,
    Dialling(DialPlan),
    Streaming(Stream),
}

/// The one transport of a connection, and the server behind it.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) attempt: u32,
    pub(crate) queue: Queue,
    /// How many bytes the server has sent, and how many of them have come.
    pub(crate) sent: usize,
    pub(crate) arrived: usize,
    /// What is still to be taken, each with the place of its last byte.
    pub(crate) coming: VecDeque<(usize, Coming)>,
    /// The server has answered the upgrade.
    pub(crate) answered: bool,
    /// It has sent something behind which there is nothing to send.
    pub(crate) said_all: bool,
    pub(crate) end: Option<StreamEnd>,
}

/// What the bytes of a server come to.
#[derive(Clone, Debug)]
pub(crate) enum Coming {
    Judged(Option<ErrorCode>),
    /// A fragment, or a pong.
    Nothing,
    Message(OwnedMessage),
    Ping(Bytes),
    Close(Option<(u16, String)>),
    Broken(FrameErrorKind),
    /// The same, but nobody looks once we are closing and messages are skipped.
    BadData(FrameErrorKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    EndOfStream,
    Reset,
}

/// The transport of a connection that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Linger {
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) queue: Queue,
    pub(crate) until: Option<Time>,
    pub(crate) half_closed: bool,
    pub(crate) ended: bool,
}

/// What an event brings along.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The send that is over.
    pub(crate) sent: Option<u64>,
    pub(crate) request: Option<Request>,
    pub(crate) send: Option<OwnedMessage>,
    pub(crate) received: Option<OwnedMessage>,
    pub(crate) ping: Bytes,
    pub(crate) close: Option<(u16, String)>,
}

impl Model {
    pub(crate) fn new(settings: Settings) -> Self {
        let state = State::idle(settings.0.settle, settings.0.on_existing);
        Self {
            settings,
            state,
            now: Time::ZERO,
            receiving: true,
            current: None,
            lingering: Vec::new(),
            gone: Vec::new(),
            seen: Seen::default(),
            calls: 0,
            connections: 0,
            timers: Timers::default(),
            transmitted_at: Time::ZERO,
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.settings.0
    }

    pub(crate) fn stream(&self) -> Option<&Stream> {
        match &self.current.as_ref()?.stage {
            Stage::Streaming(stream) => Some(stream),
            Stage::Resolving | Stage::Dialling(_) => None,
        }
    }

    pub(crate) fn stream_mut(&mut self) -> Option<&mut Stream> {
        match &mut self.current.as_mut()?.stage {
            Stage::Streaming(stream) => Some(stream),
            Stage::Resolving | Stage::Dialling(_) => None,
        }
    }

    pub(crate) fn plan(&self) -> Option<&DialPlan> {
        match &self.current.as_ref()?.stage {
            Stage::Dialling(plan) => Some(plan),
            Stage::Resolving | Stage::Streaming(_) => None,
        }
    }

    pub(crate) fn is_resolving(&self) -> bool {
        matches!(self.current, Some(Connection { stage: Stage::Resolving, .. }))
    }

    /// The bytes of the current connection that wait to be written.
    pub(crate) fn charge(&self) -> usize {
        self.stream().map_or(0, |stream| stream.queue.charge())
    }

    pub(crate) fn buffered(&self) -> usize {
        self.stream().map_or(0, |stream| stream.queue.buffered())
    }

    /// Whether there is something to read, and the session reads: not while an open connection is paused, nor behind
    /// the end.
    pub(crate) fn can_read(&self) -> bool {
        let paused = !self.receiving && self.state.phase == Phase::Open;
        !paused && self.stream().is_some_and(|stream| stream.end.is_none() && stream.arrived < stream.sent)
    }

    /// Whether the stream of the current connection may end.
    pub(crate) fn can_end(&self) -> bool {
        self.stream().is_some_and(|stream| stream.end.is_none())
    }

    /// Whether a server has got the request and not answered.
    pub(crate) fn can_answer(&self) -> bool {
        self.stream().is_some_and(|stream| stream.queue.buffered() == 0 && !stream.answered)
    }

    /// Whether a server has accepted the upgrade and not said all.
    pub(crate) fn can_serve(&self) -> bool {
        self.stream().is_some_and(|stream| stream.answered && !stream.said_all)
    }

    /// The next deadline and its reason.
    pub(crate) fn deadline(&self) -> Option<(Time, Reason)> {
        let timers = &self.timers;
        let is_on = self.config().keepalive.is_some_and(|keepalive| !keepalive.interval.is_zero());
        let listens = is_on && self.receiving;
        let pong = timers.pong.map(|at| (at, Reason::Pong));
        let keepalive = pong.or(timers.ping.map(|at| (at, Reason::Ping)));
        let holds = self.stream().filter(|it| it.queue.keeps_memory && it.queue.buffered() == 0);
        [
            timers.connect.map(|at| (at, Reason::Connect)),
            self.plan().and_then(|plan| Some((plan.deadline()?, Reason::Dial))),
            timers.close.map(|at| (at, Reason::Close)),
            keepalive.filter(|_| listens),
            self.lingering.iter().filter_map(|linger| Some((linger.until?, Reason::Linger))).min(),
            holds.map(|_| (self.transmitted_at + QUIET, Reason::Memory)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
