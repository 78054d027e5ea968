//! What the binding of any script engine needs: parts that know the API, but no engine.
//!
//! A binding gives script the global `my`. It reads the parameters that script passes, calls script's functions, and
//! turns their arguments into objects. Everything else is here:
//!
//! - [`Method`] lists the three calls and the parameters to read, and [`Method::call`] makes a [`Call`] from what was
//!   read;
//! - [`Listener`] lists the eight functions that add and remove listeners;
//! - [`Script`] keeps the listeners and the callbacks of pending calls. For each event of a session, it says which
//!   functions to call, in which order, and with which [`Argument`] ([L](crate::rules#l), [G2](crate::rules#g2)).
//!
//! It is generic over the engine's functions, so it can be tested without an engine. Nothing here calls a function. A
//! binding does that after it has released its borrows, so a function may call `my` again.
//!
//! ```
//! use connect_socket_core::script::{Callbacks, Listener, Method, Parameter, Script, Settings};
//! use connect_socket_core::{Config, Session, SeededEntropy, Time, Workspace};
//!
//! let mut work = Workspace::default();
//! let mut session = Session::new(Config::default(), SeededEntropy::new([7; 32]));
//! // An engine has functions here; any type that can be cloned and compared will do.
//! let mut script = Script::new(Settings::default());
//! script.add(Listener::Error, "onSocketError's listener");
//!
//! // my.connectSocket({ url: 'test.php', fail, complete })
//! let call = Method::ConnectSocket.call(|name| match name {
//!     "url" => Parameter::Text("test.php".to_owned()),
//!     _ => Parameter::Absent,
//! });
//! let callbacks = Callbacks { success: None, fail: Some("fail"), complete: Some("complete") };
//! script.call(&mut (&mut session, Time::ZERO), &call, callbacks);
//!
//! let event = session.poll_event(&mut work).expect("the call is refused").into_owned();
//! let invocation = script.handle_event(event);
//! assert_eq!(invocation.functions, ["fail", "complete"]);
//! assert_eq!(invocation.argument.number("error"), Some(4.0));
//! ```

mod argument;
mod call;

use std::collections::{BTreeMap, BTreeSet};

pub use argument::{Argument, Binary, Field};
pub use call::{Call, Method, Outgoing, Parameter};

use crate::entropy::Entropy;
use crate::event::Event;
use crate::host::joined::Joined;
use crate::host::owned::OwnedEvent;
use crate::ids::{CallId, ConnectionId};
use crate::params::{CloseOptions, ConnectOptions, Payload};
use crate::session::Session;
use crate::time::Time;

/// An event of the socket for which script can listen: `my.on…` adds a listener, and `my.off…` removes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listener {
    /// The connection is open.
    Open,
    /// A message came.
    Message,
    /// The connection failed.
    Error,
    /// The connection ended.
    Close,
}

impl Listener {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Message, Self::Error, Self::Close];

    /// The names of the functions that add and remove a listener.
    pub const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Open => ["onSocketOpen", "offSocketOpen"],
            Self::Message => ["onSocketMessage", "offSocketMessage"],
            Self::Error => ["onSocketError", "offSocketError"],
            Self::Close => ["onSocketClose", "offSocketClose"],
        }
    }
}

/// The callbacks of one call. A binding that returns a promise uses its resolving function as `success`, and its
/// rejecting function as `fail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callbacks<F> {
    /// Called if the call succeeded.
    pub success: Option<F>,
    /// Called if it failed.
    pub fail: Option<F>,
    /// Called after either.
    pub complete: Option<F>,
}

/// How events are reported to script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The form of a binary message.
    pub binary: Binary,
    /// Whether listeners get the Close of a connection that a newer one replaced ([L](crate::rules#l)). Off by default.
    /// Listeners are global, so script cannot tell which connection closed, and a client that reconnects on every Close
    /// would replace the new connection again and again.
    pub tell_replaced: bool,
}

impl Settings {
    /// Sets [`Settings::binary`](Settings#structfield.binary).
    #[must_use]
    pub fn binary(mut self, binary: Binary) -> Self {
        self.binary = binary;
        self
    }

    /// Sets [`Settings::tell_replaced`](Settings#structfield.tell_replaced).
    #[must_use]
    pub fn tell_replaced(mut self, tell_replaced: bool) -> Self {
        self.tell_replaced = tell_replaced;
        self
    }
}

/// A session as a script's calls see it, whichever adapter drives it.
pub trait Socket {
    /// `my.connectSocket`.
    fn connect(&mut self, options: &ConnectOptions) -> CallId;
    /// `my.sendSocketMessage`.
    fn send(&mut self, payload: Payload<'_>) -> CallId;
    /// `my.closeSocket`.
    fn close(&mut self, options: &CloseOptions) -> CallId;
    /// The current connection. None if the session is idle.
    fn connection(&self) -> Option<ConnectionId>;
}

/// For a host that drives a session itself: the session, and the time.
impl<E: Entropy> Socket for (&mut Session<E>, Time) {
    fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.0.connect(self.1, options)
    }

    fn send(&mut self, payload: Payload<'_>) -> CallId {
        self.0.send(payload)
    }

    fn close(&mut self, options: &CloseOptions) -> CallId {
        self.0.close(self.1, options)
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.0.connection()
    }
}

/// The functions to call for an event, in order, all with the same argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation<F> {
    /// The functions. Call all of them: if one throws, report it and go on.
    pub functions: Vec<F>,
    /// What each of them gets.
    pub argument: Argument,
}

/// The functions of a script: its listeners, and the callbacks of pending calls. `F` is the engine's handle to a
/// function. Two handles are equal if they refer to the same function.
#[derive(Debug)]
pub struct Script<F> {
    settings: Settings,
    /// In the order in which they were added.
    listeners: Vec<(Listener, F)>,
    pending: BTreeMap<CallId, (Method, Callbacks<F>)>,
    /// A message that comes in parts, as far as it is here: script gets whole ones.
    joined: Joined,
    /// Connections that a newer one replaced, and whose Close is still to come.
    replaced: BTreeSet<ConnectionId>,
}

impl<F: Clone + PartialEq> Script<F> {
    /// A script that has done nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            listeners: Vec::new(),
            pending: BTreeMap::new(),
            joined: Joined::default(),
            replaced: BTreeSet::new(),
        }
    }

    /// Adds a listener after the existing ones. A function that is added twice is called twice.
    pub fn add(&mut self, to: Listener, function: F) {
        self.listeners.push((to, function));
    }

    /// Removes a listener, however often it was added. Without a function, it removes all listeners of this kind.
    /// Removing a function that is not there is not an error.
    pub fn remove(&mut self, from: Listener, function: Option<&F>) {
        self.listeners
            .retain(|(kind, found)| *kind != from || function.is_some_and(|function| function != found));
    }

    /// Makes a call. Its result comes as an event, never during the call.
    pub fn call(&mut self, socket: &mut impl Socket, call: &Call, callbacks: Callbacks<F>) -> CallId {
        let before = socket.connection();
        let id = match call {
            Call::Connect(options) => socket.connect(options),
            Call::Send(message) => socket.send(message.as_payload()),
            Call::Close(options) => socket.close(options),
        };
        // A connect that takes the slot from a connection replaces it, whether that is connecting, open or closing.
        if let (Call::Connect(_), Some(before)) = (call, before)
            && socket.connection() != Some(before)
        {
            self.replaced.insert(before);
        }
        self.pending.insert(id, (call.method(), callbacks));
        id
    }

    /// Which functions to call for an event of the session. If these functions add or remove listeners, that takes
    /// effect with the next event.
    pub fn handle_event(&mut self, event: OwnedEvent) -> Invocation<F> {
        match event {
            Event::Settled { call, result } => self.settle(call, result),
            Event::Open { connection: _, opened } => {
                self.invoke_listeners(Listener::Open, Argument::opened(&opened))
            }
            Event::Message { connection, message, last } => {
                match self.joined.add(connection, message, last) {
                    Some(message) => self.invoke_listeners(
                        Listener::Message,
                        Argument::message(message, self.settings.binary),
                    ),
                    None => Invocation { functions: Vec::new(), argument: Argument::default() },
                }
            }
            Event::Error { connection: _, error } => {
                self.invoke_listeners(Listener::Error, Argument::error(&error))
            }
            Event::Close { connection, code, reason, cause: _ } => {
                let argument = Argument::closed(code, reason);
                if self.replaced.remove(&connection) && !self.settings.tell_replaced {
                    return Invocation { functions: Vec::new(), argument };
                }
                self.invoke_listeners(Listener::Close, argument)
            }
        }
    }

    fn settle(&mut self, call: CallId, result: Result<(), crate::Error>) -> Invocation<F> {
        let Some((method, callbacks)) = self.pending.remove(&call) else {
            // A call that the host itself made, not the script.
            return Invocation { functions: Vec::new(), argument: Argument::default() };
        };
        let (outcome, argument) = match result {
            Ok(()) => (callbacks.success, Argument::success(method)),
            Err(error) => (callbacks.fail, Argument::error(&error)),
        };
        Invocation { functions: outcome.into_iter().chain(callbacks.complete).collect(), argument }
    }

    fn invoke_listeners(&self, kind: Listener, argument: Argument) -> Invocation<F> {
        let listeners = self.listeners.iter().filter(|(found, _)| *found == kind);
        Invocation { functions: listeners.map(|(_, function)| function.clone()).collect(), argument }
    }

    /// Forgets every function. An engine wants its handles back before it is shut down.
    pub fn clear(&mut self) {
        self.listeners.clear();
        self.pending.clear();
    }
}
