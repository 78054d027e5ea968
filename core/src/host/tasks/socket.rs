//! One Mini Program's socket for async code: commands, call results and events.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::runtime::Runtime;
use super::shared::Shared;
use super::state::{Commands, State};
use super::sync::atomic::{AtomicUsize, Ordering};
use super::sync::{Mutex, MutexGuard};
use super::waiters::{WaiterId, Waiters};
use crate::config::Config;
use crate::end::End;
use crate::entropy::SharedEntropy;
use crate::error::Error;
use crate::host::owned::OwnedEvent as Event;
use crate::ids::{CallId, ConnectionId};
use crate::lifecycle::Phase;
use crate::params::{AsPayload, CloseOptions, ConnectOptions};
use crate::session::Session;
use crate::stats::Stats;

/// A handle that gives commands to one socket. Its clones are handles to the same socket.
///
/// ```
/// use connect_socket_core::tasks::{Runtime, Socket};
/// use connect_socket_core::{CloseOptions, ConnectOptions, Error};
///
/// /// Delivers one message and says goodbye.
/// async fn deliver<R: Runtime>(socket: &Socket<R>, url: &str) -> Result<(), Error> {
///     socket.connect(&ConnectOptions::new(url)).await?;
///     socket.send("hello").await?;
///     socket.close(&CloseOptions::new(1000, "done")).await?;
///     socket.idle().await;
///     Ok(())
/// }
/// ```
///
/// A command takes effect when its method is called, even if you drop the [`Call`] that it returns. Await that call if
/// you want the result. Nothing runs in the background: the socket does its work while a [`Call`], the [`Events`] or
/// [`Socket::run`] of this socket is awaited, in any task.
pub struct Socket<R: Runtime> {
    inner: Arc<Inner<R>>,
}

impl<R: Runtime> Clone for Socket<R> {
    fn clone(&self) -> Self {
        self.inner.owners.fetch_add(1, Ordering::Relaxed);
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<R: Runtime> Drop for Socket<R> {
    fn drop(&mut self) {
        if self.inner.owners.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.inner.state().commands = Commands::Over;
            self.inner.waiters.command();
        }
    }
}

pub(super) struct Inner<R: Runtime> {
    shared: Arc<Shared<R>>,
    waiters: Arc<Waiters>,
    /// How many clones of this handle there are.
    owners: AtomicUsize,
    state: Mutex<State<R>>,
}

pub(super) fn pair<R: Runtime>(
    shared: Arc<Shared<R>>,
    config: impl Into<Arc<Config>>,
) -> (Socket<R>, Events<R>) {
    let waiters = Arc::<Waiters>::default();
    let state = Mutex::new(State::new(&shared, config));
    let inner = Arc::new(Inner { shared, waiters, owners: AtomicUsize::new(1), state });
    let events = Events { waiter: Waiter::new(Arc::clone(&inner)) };
    (Socket { inner }, events)
}

impl<R: Runtime> Socket<R> {
    /// Makes an idle socket and the stream of its events. Without a TLS configuration, wss trusts what the platform
    /// trusts. To make many sockets, use a [`Group`](super::Group).
    pub fn new(config: Config) -> io::Result<(Self, Events<R>)>
    where
        R: Default,
    {
        let shared = Arc::new(Shared::new(R::default(), config)?);
        let config = shared.config();
        Ok(pair(shared, config))
    }

    /// `my.connectSocket`; see [`Session::connect`]. The call is done when the connection is open.
    pub fn connect(&self, options: &ConnectOptions) -> Call<R> {
        self.call(|session, runtime| session.connect(runtime.now(), options))
    }

    /// `my.sendSocketMessage`; see [`Session::send`]. The call is done when the system has taken the message. The
    /// payload is copied at once, so you can free it when this returns.
    pub fn send(&self, payload: impl AsPayload) -> Call<R> {
        self.call(|session, _| session.send(payload))
    }

    /// Sends a part of a message; see [`Session::send_part`]. Done when the part is with the system.
    pub fn send_part(&self, payload: impl AsPayload, last: bool) -> Call<R> {
        self.call(|session, _| session.send_part(payload, last))
    }

    /// `my.closeSocket`; see [`Session::close`]. The call succeeds at once, and [`Event::Close`] follows when the
    /// connection is closed.
    pub fn close(&self, options: &CloseOptions) -> Call<R> {
        self.call(|session, runtime| session.close(runtime.now(), options))
    }

    /// Says whether you want messages now (back-pressure); see [`Session::set_receiving`]. You get no messages anyway
    /// while you do not poll the events; use this to get the other events meanwhile.
    pub fn set_receiving(&self, receiving: bool) {
        self.inner.state().inbox.set_receiving(receiving);
        self.inner.waiters.command();
    }

    /// The state of the slot.
    pub fn phase(&self) -> Phase {
        self.inner.state().host.session.phase()
    }

    /// The connection that the slot holds, if it is not idle.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.inner.state().host.session.connection()
    }

    /// How the last connection ended, or why there was none; see [`Session::end`].
    pub fn end(&self) -> Option<End> {
        self.inner.state().host.session.end().cloned()
    }

    /// How many bytes wait to be written.
    pub fn buffered_amount(&self) -> usize {
        self.inner.state().host.session.buffered_amount()
    }

    /// What was received and sent so far; see [`Session::stats`].
    pub fn stats(&self) -> Stats {
        self.inner.state().host.session.stats()
    }

    /// Whether a part of `length` bytes could be sent now; see [`Session::can_send_part`].
    pub fn can_send_part(&self, length: usize) -> bool {
        self.inner.state().host.session.can_send_part(length)
    }

    /// Whether a message of `length` bytes could be sent now; see [`Session::can_send`].
    pub fn can_send(&self, length: usize) -> bool {
        self.inner.state().host.session.can_send(length)
    }

    /// Waits until nothing is left to do: there is no connection, and what ended connections had to send has been sent.
    /// Await this after a close, before your program exits.
    pub fn idle(&self) -> impl Future<Output = ()> + Send + Unpin + use<R> {
        Until {
            waiter: Waiter::new(Arc::clone(&self.inner)),
            done: |state: &State<R>| state.host.session.is_quiet(),
        }
    }

    /// Does the socket's work, for a task of its own on your executor. Then the socket keeps working while nothing else
    /// of it is awaited. It ends when the socket and its events are dropped and every close is done.
    pub fn run(&self) -> impl Future<Output = ()> + Send + Unpin + use<R> {
        let done = |state: &State<R>| {
            // Nobody closes it any more. What is being closed is closed to the end.
            let is_left = matches!(state.host.session.phase(), Phase::Connecting | Phase::Open);
            state.commands == Commands::Over
                && (state.host.session.is_quiet() || state.inbox.is_closed() && is_left)
        };
        Until { waiter: Waiter::new(Arc::clone(&self.inner)), done }
    }

    fn call(&self, command: impl FnOnce(&mut Session<SharedEntropy>, &R) -> CallId) -> Call<R> {
        let inner = &self.inner;
        let mut state = inner.state();
        let id = state.command(|session| command(session, &inner.shared.runtime));
        let names = state.host.tidy_names(&inner.shared);
        drop(state);
        if names {
            inner.shared.look_up();
        }
        inner.waiters.command();
        Call { waiter: Waiter::new(Arc::clone(inner)), id, over: false }
    }
}

impl<R: Runtime> Drop for Inner<R> {
    fn drop(&mut self) {
        if self.state.get_mut().unwrap_or_else(PoisonError::into_inner).host.forget_name(&self.shared) {
            self.shared.look_up();
        }
    }
}

impl<R: Runtime> Inner<R> {
    pub(super) fn state(&self) -> MutexGuard<'_, State<R>> {
        // Nothing under this lock panics. If a waker did, the session would still be consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A future that waits for something of a socket, and does the socket's work meanwhile.
pub(super) struct Waiter<R: Runtime> {
    pub(super) inner: Arc<Inner<R>>,
    id: Option<WaiterId>,
}

impl<R: Runtime> Waiter<R> {
    pub(super) fn new(inner: Arc<Inner<R>>) -> Self {
        Self { inner, id: None }
    }

    /// Another one for the same socket.
    pub(super) fn another(&self) -> Self {
        Self::new(Arc::clone(&self.inner))
    }

    /// Ready once `look` finds something.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut look: impl FnMut(&mut State<R>) -> Option<T>,
    ) -> Poll<T> {
        let Inner { shared, waiters, .. } = &*self.inner;
        let mut state = self.inner.state();
        if state.is_spent() {
            // A task that finds something at every poll leaves time to other tasks, too.
            drop(state);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(found) = look(&mut state) {
            let resumes = state.inbox.can_resume();
            drop(state);
            if resumes {
                // There is room again, so the task that does the socket's work goes on.
                waiters.command();
            }
            return Poll::Ready(found);
        }
        let id = *self.id.get_or_insert_with(|| waiters.new_id());
        if state.tell_kept(shared)
            && let Some(found) = look(&mut state)
        {
            return Poll::Ready(found);
        }
        let replaced = waiters.wait(id, cx.waker());
        let woken = waiters.begin();
        let (found, driven) = state.drive(woken, shared, waiters, &mut look);
        let called = waiters.end();
        drop(state);
        drop(replaced);
        if called {
            waiters.wake_all();
        }
        if driven.names {
            shared.look_up();
        }
        if let Some(found) = found {
            // It no longer waits. If it did, its own next command would wake its task, which on smol costs a turn of the
            // reactor: seven system calls.
            waiters.leave(id);
            return Poll::Ready(found);
        }
        if driven.more {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<R: Runtime> Drop for Waiter<R> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.inner.waiters.leave(id);
        }
    }
}

/// The result of a command, as a future.
///
/// ```
/// use connect_socket_core::tasks::{Runtime, Socket};
/// use connect_socket_core::{ConnectOptions, Error};
///
/// async fn open<R: Runtime>(socket: &Socket<R>, url: &str) -> Result<(), Error> {
///     let call = socket.connect(&ConnectOptions::new(url));
///     println!("call {:?}", call.id());
///     call.await
/// }
/// ```
///
/// Dropping it does not take the command back, and the result still comes as [`Event::Settled`].
pub struct Call<R: Runtime> {
    waiter: Waiter<R>,
    id: CallId,
    over: bool,
}

impl<R: Runtime> Call<R> {
    /// The id of the call in the events.
    pub fn id(&self) -> CallId {
        self.id
    }
}

impl<R: Runtime> Future for Call<R> {
    type Output = Result<(), Error>;

    /// Once it has been ready, it stays pending.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { waiter, id, over } = self.get_mut();
        let result = waiter.poll(cx, |state| state.inbox.take_result(*id));
        *over |= result.is_ready();
        result
    }
}

impl<R: Runtime> Drop for Call<R> {
    fn drop(&mut self) {
        if !self.over {
            self.waiter.inner.state().inbox.forget(self.id);
        }
    }
}

/// Everything that a Mini Program observes, as a stream: call results and events, in order ([G](crate::rules#g),
/// [T](crate::rules#t)). Nothing is lost while you do not poll it, but when many messages wait, the server is held back
/// until you take some. If you drop it, later events are dropped.
///
/// ```
/// use connect_socket_core::OwnedEvent;
/// use connect_socket_core::tasks::{Events, Runtime, Socket};
/// use futures_util::StreamExt;
///
/// /// Sends back what comes, until the connection ends.
/// async fn echo<R: Runtime>(socket: &Socket<R>, events: &mut Events<R>) {
///     while let Some(event) = events.next().await {
///         if let OwnedEvent::Message { message, .. } = event {
///             socket.send(&message);
///         }
///     }
/// }
/// ```
///
/// The stream ends when nothing more can come: there was a call, every call is settled, there is no connection, and
/// every event was taken. So a loop over it ends by itself, however the connection ended, and [`Socket::end`] says how.
/// A new call continues the stream. The stream also ends when the [`Socket`] and all its clones are dropped.
pub struct Events<R: Runtime> {
    pub(super) waiter: Waiter<R>,
}

impl<R: Runtime> Stream for Events<R> {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().waiter.poll(cx, |state| match state.inbox.take_event() {
            Some(event) => Some(Some(event)),
            None => state.is_over().then_some(None),
        })
    }
}

impl<R: Runtime> Drop for Events<R> {
    fn drop(&mut self) {
        self.waiter.inner.state().inbox.close();
        // There is room now, because events are dropped.
        self.waiter.inner.waiters.command();
    }
}

/// Waits until `done`.
struct Until<R: Runtime, F> {
    waiter: Waiter<R>,
    done: F,
}

impl<R: Runtime, F: Fn(&State<R>) -> bool + Unpin> Future for Until<R, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { waiter, done } = self.get_mut();
        waiter.poll(cx, |state| done(state).then_some(()))
    }
}
