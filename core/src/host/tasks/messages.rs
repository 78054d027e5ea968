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
use crate::host::owned::{OwnedEvent as Event, OwnedMessage as Message};
use crate::ids::ConnectionId;
use crate::lifecycle::Phase;
use crate::params::CloseOptions;

/// The messages of a socket, for those who want no other events. Call results can be had from each
/// [`Call`] as ever.
///
/// As a stream it gives what is received. onSocketError is an error; the stream ends with the connection, and
/// goes on with the next one if it is polled again. [`Messages::end`] says how the last one ended.
///
/// As a sink it sends. It is ready while the largest message that is allowed fits below the high-water mark
/// (F3), and waits for a connection that is being made. A message that could not be sent is an error of the
/// next operation; flushed is what is with the system; closing it is `my.closeSocket`, and is over when nothing
/// is left to do.
pub struct Messages<R: Runtime> {
    socket: Socket<R>,
    events: Events<R>,
    /// The sink's own place among those that wait, for the halves may be in two tasks.
    waiter: Waiter<R>,
    /// What was sent and has not been heard of.
    sent: VecDeque<Call<R>>,
    /// How the last connection ended, and whether the stream has said so.
    end: Option<Event>,
    ended: bool,
    /// The connection that the sink has asked to close. One that was cancelled or failed says nothing of the next.
    closing: Option<ConnectionId>,
}

impl<R: Runtime> Messages<R> {
    /// The messages among `events`, and those that go out through `socket`: the two that were made together.
    pub fn new(socket: Socket<R>, events: Events<R>) -> Self {
        let waiter = events.waiter.another();
        Self { socket, events, waiter, sent: VecDeque::new(), end: None, ended: false, closing: None }
    }

    /// The socket, to command it.
    pub fn socket(&self) -> &Socket<R> {
        &self.socket
    }

    /// How the last connection ended: onSocketClose, or onSocketError if it never opened.
    pub fn end(&self) -> Option<&Event> {
        self.end.as_ref()
    }

    /// The events that are still there, all of them from now on.
    pub fn into_events(self) -> Events<R> {
        self.events
    }

    /// Waits for everything sent so far; an error is that of the first message that could not be sent.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while let Some(call) = self.sent.front_mut() {
            let result = ready!(Pin::new(call).poll(cx));
            self.sent.pop_front();
            result?;
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether a message of any size that is allowed can be taken, or will be refused for another reason.
fn is_ready<R: Runtime>(state: &State<R>) -> bool {
    let session = &state.session;
    match session.phase() {
        Phase::Connecting => false,
        // With a mark below the limit the largest message never fits, so an empty queue must do.
        Phase::Open => session.can_send(session.config().message_limit) || session.buffered_amount() == 0,
        Phase::Idle | Phase::Closing => true,
    }
}

impl<R: Runtime> Stream for Messages<R> {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if std::mem::take(&mut this.ended) {
            return Poll::Ready(None);
        }
        loop {
            let Some(event) = ready!(Pin::new(&mut this.events).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            match &event {
                Event::Settled { .. } | Event::Open { .. } => {}
                Event::Message { .. } => {
                    let Event::Message { message, .. } = event else { continue };
                    return Poll::Ready(Some(Ok(message)));
                }
                Event::Error { connection, error } => {
                    let (connection, error) = (*connection, error.clone());
                    // One that was open closes right behind it; of one that never was, nothing follows (G3).
                    this.ended = true;
                    this.end = this.waiter.inner.state().inbox.take_close(connection).or(Some(event));
                    return Poll::Ready(Some(Err(error)));
                }
                Event::Close { .. } => {
                    this.end = Some(event);
                    return Poll::Ready(None);
                }
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
        this.waiter.poll(cx, |state| state.session.is_quiet().then_some(Ok(())))
    }
}
