//! A runtime in which everything has to be waited for: names and connections, until another thread gives the outcome.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Empty, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::super::sync::{Mutex, MutexGuard};
use super::super::{Group, LookUp, Runtime, Transport};
use crate::{Config, Time};

/// Clones are one runtime.
#[derive(Clone, Default)]
pub(super) struct Slow(Arc<Mutex<World>>);

#[derive(Default)]
struct World {
    names: Vec<LookUp<Slow>>,
    dials: Vec<Dial>,
}

/// A connection that is being made and never succeeds. Clones are the same connection.
#[derive(Clone, Default)]
pub(super) struct Dial(Arc<Mutex<Dialling>>);

#[derive(Default)]
struct Dialling {
    is_refused: bool,
    waker: Option<Waker>,
}

impl Slow {
    pub(super) fn group() -> (Self, Group<Self>) {
        let slow = Self::default();
        let group = Group::on(slow.clone(), Config::default()).expect("a seed is there");
        (slow, group)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no panic")
    }

    /// The names that have not been answered.
    pub(super) fn names(&self) -> Vec<LookUp<Self>> {
        std::mem::take(&mut self.world().names)
    }

    /// The connections that are being made.
    pub(super) fn dials(&self) -> Vec<Dial> {
        std::mem::take(&mut self.world().dials)
    }
}

impl Dial {
    /// The server refuses, and the reactor wakes the socket.
    pub(super) fn refuse(self) {
        let mut dialling = self.0.lock().expect("no panic");
        dialling.is_refused = true;
        let waker = dialling.waker.take();
        drop(dialling);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Future for Dial {
    type Output = io::Result<Never>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut dialling = self.0.lock().expect("no panic");
        if dialling.is_refused {
            return Poll::Ready(Err(ErrorKind::ConnectionRefused.into()));
        }
        dialling.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// There is no such transport.
pub(super) struct Never(Infallible, Empty);

impl Transport for Never {
    fn poll_readable(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    fn poll_writable(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    fn stream(&mut self) -> impl Read + Write {
        &mut self.1
    }

    fn shut_down_write(&mut self) {
        match self.0 {}
    }
}

impl Runtime for Slow {
    type Transport = Never;
    type Dial = Dial;
    type Timer = ();

    fn configure(&self, config: Config) -> Config {
        config
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        Ok([1; 32])
    }

    fn now(&self) -> Time {
        Time::ZERO
    }

    fn timer(&self) {}

    fn poll_timer(&self, (): &mut (), _: Time, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn look_up(&self, look_up: LookUp<Self>) {
        self.world().names.push(look_up);
    }

    fn dial(&self, _: SocketAddr) -> Dial {
        let dial = Dial::default();
        self.world().dials.push(dial.clone());
        dial
    }
}
