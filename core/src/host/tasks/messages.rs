//! Messages alone, as a `Stream` and a `Sink`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;

use super::runtime::Runtime;
use super::socket::{Call, Events, Socket, Waiter};
use super::state::State;
use crate::error::Error;
use crate::host::joined::Joined;
use crate::host::owned::{OwnedEvent as Event, OwnedMessage as Message};
use crate::ids::ConnectionId;
use crate::lifecycle::Phase;
use crate::params::CloseOptions;

/// The messages of a socket's connection, for programs that need no other events. Each [`Call`] still has its result.
///
/// As a stream, it gives the messages of the newest connection, each whole: parts are joined. An error is that of
/// onSocketError. The stream ends with the connection, and [`Socket::end`] says how the connection ended. Once the socket
/// connects again, the stream gives the messages of the new connection, and nothing from an older one. So a program that
/// reconnects is a loop around a loop:
///
/// ```
/// use connect_socket_core::tasks::{Messages, Runtime};
/// use connect_socket_core::{Backoff, ConnectOptions};
/// use futures_util::StreamExt;
/// use std::time::{Duration, Instant};
///
/// /// The seed is a random number.
/// async fn keep_reading<R: Runtime>(messages: &mut Messages<R>, sleep: impl AsyncFn(Duration), seed: u64) {
///     let mut backoff = Backoff::new(seed);
///     loop {
///         let connected = messages.socket().connect(&ConnectOptions::new("wss://echo.example/feed")).await;
///         let begun = Instant::now();
///         while let Some(Ok(message)) = messages.next().await {
///             println!("{message:?}");
///         }
///         let open = connected.map_or(Duration::ZERO, |()| begun.elapsed());
///         sleep(backoff.next_delay(open)).await;
///     }
/// }
/// ```
///
/// As a sink, it sends. It is ready while the largest allowed message fits below the high-water mark
/// ([F3](crate::rules#f3)), and it waits for a connection that is being made. If a message could not be sent, the next
/// operation on the same connection returns the error. Flushing waits until the system has taken everything. Closing is
/// `my.closeSocket`, and waits until nothing is left to do.
pub struct Messages<R: Runtime> {
    socket: Socket<R>,
    events: Events<R>,
    /// A message that comes in parts, as far as it is here.
    joined: Joined,
    /// The sink's own place among those that wait, for the halves may be in two tasks.
    waiter: Waiter<R>,
    /// The messages sent on the connection `sent_on` whose results are not known yet.
    sent: VecDeque<Call<R>>,
    sent_on: Option<ConnectionId>,
    /// The connection whose end the stream has reported, or reports next.
    over: Option<ConnectionId>,
    /// The connection that the sink has asked to close. A close that was cancelled or failed does not affect the next
    /// connection.
    closing: Option<ConnectionId>,
}

impl<R: Runtime> Messages<R> {
    /// Takes the messages among `events`, and sends through `socket`. The two must have been made together.
    pub fn new(socket: Socket<R>, events: Events<R>) -> Self {
        let waiter = events.waiter.another();
        let sent = VecDeque::new();
        Self {
            socket,
            events,
            joined: Joined::default(),
            waiter,
            sent,
            sent_on: None,
            over: None,
            closing: None,
        }
    }

    /// The socket, to give it commands.
    pub fn socket(&self) -> &Socket<R> {
        &self.socket
    }

    /// Gives back the events that are still there, so that you get all of them from now on.
    pub fn into_events(self) -> Events<R> {
        self.events
    }

    /// The newest connection.
    fn newest(&self) -> Option<ConnectionId> {
        self.waiter.inner.state().host.session.last_connection()
    }

    /// Forgets the results of messages of an older connection.
    fn forget_older(&mut self) {
        let newest = self.newest();
        if self.sent_on != newest {
            self.sent_on = newest;
            self.sent.clear();
        }
    }

    /// Waits for everything sent so far. The error is that of the first message that could not be sent.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.forget_older();
        while let Some(call) = self.sent.front_mut() {
            let result = ready!(Pin::new(call).poll(cx));
            self.sent.pop_front();
            result?;
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether a message of any allowed size can be taken, or will be refused for another reason.
fn is_ready<R: Runtime>(state: &State<R>) -> bool {
    let session = &state.host.session;
    match session.phase() {
        Phase::Connecting => false,
        // If the mark is below the limit, the largest message never fits, so an empty queue must be enough.
        Phase::Open => session.can_send(session.config().message_limit) || session.buffered_amount() == 0,
        Phase::Idle | Phase::Closing => true,
    }
}

impl<R: Runtime> Stream for Messages<R> {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Self { events, joined, over, .. } = this;
        loop {
            let next = events.waiter.poll(cx, |state| {
                let newest = state.host.session.last_connection();
                if newest.is_some() && *over == newest {
                    return Some((None, newest));
                }
                match state.inbox.take_event() {
                    Some(event) => Some((Some(event), newest)),
                    None => state.is_over().then_some((None, newest)),
                }
            });
            let (Some(event), newest) = ready!(next) else { return Poll::Ready(None) };
            match event {
                Event::Message { connection, message, last } if Some(connection) == newest => {
                    if let Some(message) = joined.add(connection, message, last) {
                        return Poll::Ready(Some(Ok(message)));
                    }
                }
                Event::Error { connection, error } if Some(connection) == newest => {
                    *over = newest;
                    return Poll::Ready(Some(Err(error)));
                }
                Event::Close { connection, .. } if Some(connection) == newest => *over = newest,
                Event::Settled { .. }
                | Event::Open { .. }
                | Event::Message { .. }
                | Event::Error { .. }
                | Event::Close { .. } => {}
            }
        }
    }
}

impl<R: Runtime> Sink<Message> for Messages<R> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        if let Poll::Ready(Err(error)) = this.poll_sent(cx) {
            return Poll::Ready(Err(error));
        }
        this.waiter.poll(cx, |state| is_ready(state).then_some(Ok(())))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        let this = self.get_mut();
        this.forget_older();
        this.sent.push_back(this.socket.send(&message));
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().poll_sent(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let this = self.get_mut();
        let connection = this.socket.connection();
        if connection.is_some() && this.closing != connection {
            this.closing = connection;
            this.sent.push_back(this.socket.close(&CloseOptions::default()));
        }
        ready!(this.poll_sent(cx))?;
        this.waiter.poll(cx, |state| state.host.session.is_quiet().then_some(Ok(())))
    }
}
