//! A runtime in memory: its clock and its resolver do what the test says, and its servers answer the request.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use connect_socket_core::tasks::{LookUp, Runtime, Transport};
use connect_socket_core::{Config, Time};
use tungstenite::handshake::derive_accept_key;

/// Clones are one runtime.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<World>>);

#[derive(Default)]
pub(crate) struct World {
    pub(crate) now: Time,
    /// The names to look up that nobody has answered.
    pub(crate) names: Vec<LookUp<Memory>>,
    /// Every name is looked up at once.
    pub(crate) answers_at_once: bool,
    pub(crate) servers: Servers,
    /// How many connects there were.
    pub(crate) dials: usize,
    /// One for each connection, in order.
    pub(crate) pipes: Vec<Pipe>,
    /// A client may write no more than this before the server reads; no limit where it is none.
    pub(crate) room: Option<usize>,
    /// When the timer that was set last runs out, and whom it wakes.
    pub(crate) alarm: Option<(Time, Waker)>,
    /// Who hears of names to look up and of bytes that were written, under no lock.
    pub(crate) hears: Option<Arc<dyn Fn(Heard) + Send + Sync>>,
}

/// What servers do with a connect.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Servers {
    /// They are there, and answer the request.
    #[default]
    Answer,
    /// They are there, and do not answer by themselves.
    Mute,
    Refuse,
    /// The connect never comes to be, and calls its waker while it is polled, as resources do whose share of a task is spent.
    Call,
}

/// What a server or a resolver hears of.
pub(crate) enum Heard {
    Name(LookUp<Memory>),
    /// Of which connection, as they are counted in [`World::pipes`].
    Written(usize),
}

/// One connection. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Arc<Mutex<Ends>>);

#[derive(Default)]
pub(crate) struct Ends {
    /// What the server has said.
    pub(crate) sent: VecDeque<u8>,
    /// What the server says again and again once that is read.
    pub(crate) endless: Vec<u8>,
    /// What the client has written.
    pub(crate) written: Vec<u8>,
    /// How many bytes the client has read.
    pub(crate) read: usize,
    /// How often it has tried to read, and asked whether it could.
    pub(crate) tries: (usize, usize),
    is_answered: bool,
    /// The server says no more.
    pub(crate) is_ended: bool,
    /// The client writes no more.
    pub(crate) is_shut_down: bool,
    room: Option<usize>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Its place among all connections.
    place: usize,
    hears: Option<Arc<dyn Fn(Heard) + Send + Sync>>,
}

impl Memory {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let mut world = self.world();
        world.now = world.now + time;
    }

    pub(crate) fn pipe(&self, at: usize) -> Pipe {
        self.world().pipes[at].clone()
    }
}

impl Pipe {
    pub(crate) fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a client still holds it: the world has one handle, and whoever asks has another.
    pub(crate) fn is_held(&self) -> bool {
        Arc::strong_count(&self.0) > 2
    }

    /// The server says something, and the reactor calls.
    pub(crate) fn say(&self, bytes: &[u8]) {
        self.say_unheard(bytes);
        self.call();
    }

    /// The server says something, and the reactor has not called yet.
    pub(crate) fn say_unheard(&self, bytes: &[u8]) {
        self.ends().sent.extend(bytes);
    }

    /// The server goes, without a word.
    pub(crate) fn end(&self) {
        self.ends().is_ended = true;
        self.call();
    }

    /// The server begins to say something that has no end.
    pub(crate) fn flood(&self, bytes: &[u8]) {
        self.ends().endless = bytes.into();
        self.call();
    }

    /// The reactor calls: there is something to read.
    pub(crate) fn call(&self) {
        let reader = self.ends().reader.take();
        reader.into_iter().for_each(Waker::wake);
    }

    /// The server reads, and the reactor calls: there is room to write.
    pub(crate) fn hear(&self) -> Vec<u8> {
        let mut ends = self.ends();
        let written = std::mem::take(&mut ends.written);
        let writer = ends.writer.take();
        drop(ends);
        writer.into_iter().for_each(Waker::wake);
        written
    }
}

impl Ends {
    /// The server answers the request, in front of whatever it has said by itself.
    pub(crate) fn answer(&mut self) {
        let request = str::from_utf8(&self.written).expect("a request");
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let accept = derive_accept_key(key.expect("a key").as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        self.sent = answer.bytes().chain(self.sent.drain(..)).collect();
        self.is_answered = true;
        self.written.clear();
    }
}

/// A message of a server.
pub(crate) fn message(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a short message").to_be_bytes();
    let head =
        if payload.len() <= 125 { vec![0x82, length[1]] } else { [&[0x82, 126], &length[..]].concat() };
    [&head, payload].concat()
}

/// A task: how often it was woken.
#[derive(Default)]
pub(crate) struct Task(AtomicUsize);

impl Task {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let task = Arc::<Self>::default();
        (Arc::clone(&task), Waker::from(task))
    }

    /// Whatever woke it is forgotten.
    pub(crate) fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether it was woken since this was asked last.
    pub(crate) fn was_woken(&self) -> bool {
        self.0.swap(0, Ordering::Relaxed) > 0
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Runtime for Memory {
    type Transport = Pipe;
    type Dial = Dial;
    type Timer = ();

    fn configure(&self, config: Config) -> Config {
        config
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        Ok([7; 32])
    }

    fn now(&self) -> Time {
        self.world().now
    }

    fn timer(&self) {}

    /// The test polls who is due.
    fn poll_timer(&self, (): &mut (), at: Time, cx: &mut Context<'_>) -> Poll<()> {
        let mut world = self.world();
        world.alarm = Some((at, cx.waker().clone()));
        if at <= world.now { Poll::Ready(()) } else { Poll::Pending }
    }

    fn look_up(&self, look_up: LookUp<Self>) {
        let mut world = self.world();
        if let Some(hears) = world.hears.clone() {
            drop(world);
            hears(Heard::Name(look_up));
        } else if world.answers_at_once {
            drop(world);
            look_up.answer(Ok(vec![SocketAddr::from(([192, 0, 2, 1], 0))]));
        } else {
            world.names.push(look_up);
        }
    }

    fn dial(&self, _: SocketAddr) -> Self::Dial {
        let pipe = Pipe::default();
        let mut world = self.world();
        world.dials += 1;
        match world.servers {
            Servers::Answer => {}
            Servers::Mute => pipe.ends().is_answered = true,
            Servers::Refuse => return Dial(Some(Err(ErrorKind::ConnectionRefused.into()))),
            Servers::Call => return Dial(None),
        }
        pipe.ends().room = world.room;
        pipe.ends().place = world.pipes.len();
        pipe.ends().hears.clone_from(&world.hears);
        world.pipes.push(pipe.clone());
        Dial(Some(Ok(pipe)))
    }
}

/// What becomes of a connect, or nothing does.
pub(crate) struct Dial(Option<io::Result<Pipe>>);

impl Future for Dial {
    type Output = io::Result<Pipe>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(result) = self.0.take() else {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        Poll::Ready(result)
    }
}

impl Transport for Pipe {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut ends = self.ends();
        ends.tries.1 += 1;
        if !ends.sent.is_empty() || !ends.endless.is_empty() || ends.is_ended {
            return Poll::Ready(Ok(()));
        }
        ends.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut ends = self.ends();
        if ends.room.is_none_or(|room| ends.written.len() < room) {
            return Poll::Ready(Ok(()));
        }
        ends.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    fn stream(&mut self) -> impl Read + Write {
        Stream(self)
    }

    fn shut_down_write(&mut self) {
        self.ends().is_shut_down = true;
    }
}

struct Stream<'p>(&'p Pipe);

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ends = &mut *self.0.ends();
        ends.tries.0 += 1;
        while ends.sent.len() < into.len() && !ends.endless.is_empty() {
            ends.sent.extend(&ends.endless);
        }
        let count = ends.sent.len().min(into.len());
        if count == 0 && !ends.is_ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        ends.sent.drain(..count).zip(into).for_each(|(byte, place)| *place = byte);
        ends.read += count;
        Ok(count)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut ends = self.0.ends();
        let room = ends.room.map_or(usize::MAX, |room| room.saturating_sub(ends.written.len()));
        let Some(bytes) = bytes.get(..room.min(bytes.len())).filter(|bytes| !bytes.is_empty()) else {
            return Err(ErrorKind::WouldBlock.into());
        };
        ends.written.extend(bytes);
        if !ends.is_answered && ends.written.ends_with(b"\r\n\r\n") {
            ends.answer();
        }
        let (hears, place) = (ends.hears.clone(), ends.place);
        drop(ends);
        if let Some(hears) = hears {
            hears(Heard::Written(place));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
