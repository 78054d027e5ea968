//! One Mini Program's socket: commands, call results and events, each where it can be awaited.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{
    CallId, CloseOptions, Config, ConnectOptions, ConnectionId, Error, OwnedEvent as Event, Payload, Session,
    SharedEntropy, Time,
};
use futures_core::Stream;

use crate::bell::{Bell, Seat};
use crate::group::{Group, Shared};
use crate::state::State;

/// Gives commands. Clones are of one socket.
///
/// A command is given when its method is called, in that order, and nothing takes it back: the [`Call`] that the
/// method returns is for those who want to know how it went. Nothing runs behind your back either: the network
/// is served while any [`Call`], the [`Events`] or [`Socket::run`] of this socket is awaited, in whichever task.
#[derive(Clone)]
pub struct Socket {
    owner: Arc<Owner>,
}

/// What all the clones of a socket are, and nobody else.
struct Owner(Arc<Inner>);

pub(crate) struct Inner {
    shared: Arc<Shared>,
    bell: Arc<Bell>,
    state: Mutex<State>,
}

pub(crate) fn pair(shared: Arc<Shared>, session: Session<SharedEntropy>) -> (Socket, Events) {
    let bell = Arc::<Bell>::default();
    let state = Mutex::new(State::new(session, &bell));
    let inner = Arc::new(Inner { shared, bell, state });
    let events = Events { waiter: Waiter::new(Arc::clone(&inner)) };
    (Socket { owner: Arc::new(Owner(inner)) }, events)
}

impl Socket {
    /// A socket of its own, idle, and its events. Without a TLS configuration, wss trusts what the platform
    /// trusts. A program with many sockets makes them in a [`Group`].
    pub fn new(config: Config) -> io::Result<(Self, Events)> {
        Ok(Group::new(config)?.socket())
    }

    /// `my.connectSocket`; see [`Session::connect`]. Done when the connection is open.
    pub fn connect(&self, options: &ConnectOptions) -> Call {
        self.call(|session, now| session.connect(now, options))
    }

    /// `my.sendSocketMessage`; see [`Session::send`]. Done when the message is with the system. The message is
    /// copied by now, so it can be freed.
    pub fn send<'a>(&self, payload: impl Into<Payload<'a>>) -> Call {
        self.call(|session, _| session.send(payload.into()))
    }

    /// `my.closeSocket`; see [`Session::close`]. Done at once; [`Event::Close`] tells when the connection is.
    pub fn close(&self, options: &CloseOptions) -> Call {
        self.call(|session, now| session.close(now, options))
    }

    /// Whether messages are wanted now (back-pressure); see [`Session::set_receiving`]. Who does not poll the
    /// events gets no messages anyway; this is for those who want the others meanwhile.
    pub fn set_receiving(&self, receiving: bool) {
        self.inner().state().inbox.set_receiving(receiving);
        self.inner().bell.command();
    }

    /// The state of the slot.
    pub fn phase(&self) -> Phase {
        self.inner().state().session.phase()
    }

    /// The connection that the slot holds, if it is not idle.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.inner().state().session.connection()
    }

    /// How many bytes wait to be written.
    pub fn buffered_amount(&self) -> usize {
        self.inner().state().session.buffered_amount()
    }

    /// Whether a message of `length` bytes would be taken now; see [`Session::can_send`].
    pub fn can_send(&self, length: usize) -> bool {
        self.inner().state().session.can_send(length)
    }

    /// Waits until nothing is left to do: there is no connection, and the last words of those that ended have
    /// left. A program that exits waits for this after it has closed.
    pub fn idle(&self) -> impl Future<Output = ()> + Send + Unpin + 'static {
        Until {
            waiter: Waiter::new(Arc::clone(self.inner())),
            done: |state: &State| state.session.is_quiet(),
        }
    }

    /// Serves the network, for a task of its own on your executor: then the socket lives also while nobody
    /// awaits anything else of it. Ends when the socket and its events are dropped and nothing that was closed
    /// is still on its way.
    pub fn run(&self) -> impl Future<Output = ()> + Send + Unpin + 'static {
        let done = |state: &State| {
            let ended = matches!(state.session.phase(), Phase::Connecting | Phase::Open);
            state.ownerless && (state.session.is_quiet() || state.inbox.is_closed() && ended)
        };
        Until { waiter: Waiter::new(Arc::clone(self.inner())), done }
    }

    fn call(&self, command: impl FnOnce(&mut Session<SharedEntropy>, Time) -> CallId) -> Call {
        let inner = self.inner();
        let mut state = inner.state();
        let now = inner.shared.now();
        let id = state.command(|session| command(session, now));
        drop(state);
        inner.bell.command();
        Call { waiter: Waiter::new(Arc::clone(inner)), id, over: false }
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.owner.0
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.state().ownerless = true;
        self.0.bell.command();
    }
}

impl Inner {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics; if a resolver's waker did, the session is as good as before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).release_buffer(&self.shared);
    }
}

/// A future that waits for something of a socket, and does the socket's work meanwhile.
pub(crate) struct Waiter {
    pub(crate) inner: Arc<Inner>,
    seat: Option<Seat>,
}

impl Waiter {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner, seat: None }
    }

    /// Another one for the same socket.
    pub(crate) fn another(&self) -> Self {
        Self::new(Arc::clone(&self.inner))
    }

    /// Ready once `look` finds something.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Poll<T> {
        let Inner { shared, bell, .. } = &*self.inner;
        let mut state = self.inner.state();
        if let Some(found) = look(&mut state) {
            return Poll::Ready(found);
        }
        let seat = *self.seat.get_or_insert_with(|| bell.seat());
        let told = state.tell_kept();
        if told && let Some(found) = look(&mut state) {
            drop(state);
            bell.wake_others(seat);
            return Poll::Ready(found);
        }
        let replaced = bell.wait(seat, cx.waker());
        let (found, driven) = state.drive(shared, bell, &mut look);
        drop(state);
        drop(replaced);
        if driven.changed || told {
            bell.wake_others(seat);
        }
        if let Some(found) = found {
            return Poll::Ready(found);
        }
        if driven.more {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(seat) = self.seat {
            self.inner.bell.leave(seat);
        }
    }
}

/// The result of a command, to be awaited by those who want it. Dropping it changes nothing: the command was
/// given, and its result is told as [`Event::Settled`] all the same.
pub struct Call {
    waiter: Waiter,
    id: CallId,
    over: bool,
}

impl Call {
    /// The name of the call in the events.
    pub fn id(&self) -> CallId {
        self.id
    }
}

impl Future for Call {
    type Output = Result<(), Error>;

    /// Once it has been ready, it is pending for ever.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { waiter, id, over } = self.get_mut();
        let result = waiter.poll(cx, |state| state.inbox.take_result(*id));
        *over |= result.is_ready();
        result
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.over {
            self.waiter.inner.state().inbox.forget(self.id);
        }
    }
}

/// Everything that a Mini Program observes, in its order (semantics G, T): call results and events. Nothing is
/// lost while it is not polled; but when many messages wait, the server is held back until some were taken.
/// Dropped, events are too.
///
/// It ends when the [`Socket`] is dropped with all its clones and the connection has ended.
pub struct Events {
    pub(crate) waiter: Waiter,
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().waiter.poll(cx, |state| match state.inbox.take_event() {
            Some(event) => Some(Some(event)),
            None => (state.ownerless && state.session.is_quiet()).then_some(None),
        })
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.waiter.inner.state().inbox.close();
        // There is room now, for what nobody hears.
        self.waiter.inner.bell.command();
    }
}

/// Waits until `done`.
struct Until<F> {
    waiter: Waiter,
    done: F,
}

impl<F: Fn(&State) -> bool + Unpin> Future for Until<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { waiter, done } = self.get_mut();
        waiter.poll(cx, |state| done(state).then_some(()))
    }
}
