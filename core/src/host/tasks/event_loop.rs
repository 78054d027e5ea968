//! A session in one task, which takes each message where it was read, without a copy.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::host::{Drive, Host, Step};
use super::runtime::{Runtime, Transport};
use super::second_look::SecondLook;
use super::shared::Shared;
use super::waiters::{WaiterId, Waiters};
use crate::config::Config;
use crate::end::End;
use crate::entropy::SharedEntropy;
use crate::event::{Event, Message};
use crate::host::share::Share;
use crate::ids::CallId;
use crate::lifecycle::Phase;
use crate::params::{AsPayload, CloseOptions, ConnectOptions};
use crate::session::{Found, Session};
use crate::workspace::Workspace;

/// A session that belongs to one task: connect, then ask for one event after another.
///
/// Use it where one task does everything with a connection: a message is borrowed from the memory into which it was
/// read, and no lock is taken for it. A [`Socket`](super::Socket) can be shared by several tasks, has a future for each
/// call, and copies each message.
///
/// ```
/// use connect_socket_core::tasks::{EventLoop, Runtime};
/// use connect_socket_core::{ConnectOptions, Event};
///
/// /// Adds up the lengths of all messages until the connection ends.
/// async fn total<R: Runtime>(socket: &mut EventLoop<R>, url: &str) -> usize {
///     let mut total = 0;
///     socket.connect(&ConnectOptions::new(url));
///     while let Some(event) = socket.next_event().await {
///         if let Event::Message { message, .. } = event {
///             total += message.as_bytes().len();
///         }
///     }
///     total
/// }
/// ```
///
/// Nothing runs in the background: the session is served while [`next_event`](Self::next_event) is awaited. To do
/// something else meanwhile, await both with `select`; dropping the future loses nothing.
pub struct EventLoop<R: Runtime> {
    shared: Arc<Shared<R>>,
    host: Host<R>,
    /// What wakes the task when a name was looked up. Everything else has the task's own waker.
    waiters: Arc<Waiters>,
    id: WaiterId,
    /// The runtime was asked to wake the task, and has not been asked since for what it did.
    waits: bool,
    second_look: SecondLook,
    /// What the timer wakes.
    waker: Waker,
}

impl<R: Runtime> EventLoop<R> {
    /// Makes a loop with an idle session. Without a TLS configuration, wss trusts what the platform trusts. To make many,
    /// use a [`Group`](super::Group).
    pub fn new(config: Config) -> io::Result<Self>
    where
        R: Default,
    {
        let shared = Arc::new(Shared::new(R::default(), config)?);
        let config = shared.config();
        Ok(Self::of(shared, config))
    }

    pub(super) fn of(shared: Arc<Shared<R>>, config: impl Into<Arc<Config>>) -> Self {
        let waiters = Arc::<Waiters>::default();
        let (host, id) = (Host::new(&shared, config), waiters.new_id());
        Self {
            shared,
            host,
            waiters,
            id,
            waits: false,
            second_look: SecondLook::default(),
            waker: Waker::noop().clone(),
        }
    }

    /// `my.connectSocket`; see [`Session::connect`].
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        let call = self.host.session.connect(self.shared.runtime.now(), options);
        self.tidy_names();
        call
    }

    /// `my.sendSocketMessage`; see [`Session::send`]. The message goes out when the next event is awaited.
    pub fn send(&mut self, payload: impl AsPayload) -> CallId {
        self.host.session.send(payload)
    }

    /// Sends a part of a message; see [`Session::send_part`].
    pub fn send_part(&mut self, payload: impl AsPayload, last: bool) -> CallId {
        self.host.session.send_part(payload, last)
    }

    /// `my.closeSocket`; see [`Session::close`].
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        let call = self.host.session.close(self.shared.runtime.now(), options);
        self.tidy_names();
        call
    }

    /// Says whether you want messages now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.host.session.set_receiving(receiving);
    }

    /// How the last connection ended, or why there was none; see [`Session::end`].
    pub fn end(&self) -> Option<&End> {
        self.session().end()
    }

    /// The session, to query it.
    pub fn session(&self) -> &Session<SharedEntropy> {
        &self.host.session
    }

    /// Waits for the next event. None means that nothing more can come without another call: there is no connection,
    /// every call is settled, and every event was reported ([`Session::is_quiet`]). So a loop over events ends by itself,
    /// however the connection ends.
    ///
    /// A message borrows the loop, which keeps the memory of what was read (a window of 64 KiB at most, and a message that
    /// did not fit in it) until the next event is awaited. Call [`Event::into_owned`] before you send something in answer
    /// to it. If you drop the future, nothing is lost.
    pub async fn next_event(&mut self) -> Option<Event<Message<'_>>> {
        let found = poll_fn(|cx| self.poll_found(cx)).await?;
        self.host.session.deliver(found)
    }

    /// The same, for a future of your own.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event<Message<'_>>>> {
        self.poll_found(cx).map(|found| self.host.session.deliver(found?))
    }

    fn poll_found(&mut self, cx: &mut Context<'_>) -> Poll<Option<Found>> {
        let Host { session, share, .. } = &mut self.host;
        // Most events are already there, and no work is necessary.
        let found = session.glance();
        if found.is_some() && share.events > 0 {
            share.events -= 1;
            return Poll::Ready(Some(found));
        }
        self.work(cx)
    }

    /// Does what can be done without waiting, until there is an event. If there is none, the task is woken when there is
    /// more to do.
    #[inline(never)]
    fn work(&mut self, cx: &mut Context<'_>) -> Poll<Option<Found>> {
        if !self.waker.will_wake(cx.waker()) {
            // It is in another task now, and the timer is the only one that is not asked each time.
            self.waker.clone_from(cx.waker());
            self.host.disarm();
        }
        if self.host.session.phase() == Phase::Connecting {
            drop(self.waiters.wait(self.id, cx.waker()));
        }
        let mut work = self.shared.lend();
        let mut drive = Drive::default();
        let found = self.drive(&mut drive, &mut work, cx);
        if !matches!(found, Poll::Ready(Some(_))) {
            self.host.share = Share::WHOLE;
            self.host.session.shrink(&mut work);
        }
        self.shared.give_back(work);
        if drive.names {
            self.shared.look_up();
        }
        found
    }

    fn drive(
        &mut self,
        drive: &mut Drive,
        work: &mut Workspace,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Found>> {
        let Self { shared, host, waiters, waits, second_look, .. } = self;
        let mut now = shared.runtime.now();
        // It has looked once more for something to read before it waits.
        let (mut looked, mut is_first) = (false, true);
        if std::mem::take(waits) {
            // It would report the same call again to whoever only tries, and that costs a read in vain.
            host.poll_ready(now, cx);
        }
        // The answer to the last event goes out before the next frame, which may end the connection, is parsed.
        host.write(now, work);
        loop {
            let found = host.session.find(work);
            if found.is_some() {
                if host.share.events == 0 {
                    // Other tasks have their time before the next event.
                    break;
                }
                host.share.events -= 1;
                return Poll::Ready(Some(found));
            }
            if host.session.is_quiet() {
                return Poll::Ready(None);
            }
            if !is_first {
                // Some of the work takes long, such as the keys of a handshake.
                now = shared.runtime.now();
            }
            if let Step::Idle(deadline) = host.advance(now, drive, shared, waiters, work, cx) {
                if host.is_owed(now, deadline) {
                    break;
                }
                let look = || host.read_again(now, work);
                let found_more = !std::mem::replace(&mut looked, true)
                    && second_look.take(R::Transport::READY_UNTIL_READ_FAILS, look);
                if !found_more && !host.register(now, deadline, shared, cx) {
                    *waits = true;
                    return Poll::Pending;
                }
            }
            is_first = false;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn tidy_names(&mut self) {
        if self.host.tidy_names(&self.shared) {
            self.shared.look_up();
        }
    }
}

impl<R: Runtime> Drop for EventLoop<R> {
    fn drop(&mut self) {
        if self.host.forget_name(&self.shared) {
            self.shared.look_up();
        }
    }
}
