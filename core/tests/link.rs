//! The rules by which a host reads and writes a socket (semantics F5, F6).

mod opened;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};

use connect_socket_core::{
    CloseCause, Config, Event, Link, Message, Payload, Reason, Session, Tape, Workspace,
};
use opened::{NOW, open};

/// A socket that answers as it is told, and would block when it was told nothing more.
#[derive(Default)]
struct Scripted {
    reads: VecDeque<io::Result<&'static [u8]>>,
    writes: VecDeque<io::Result<usize>>,
    written: Vec<u8>,
}

impl Read for &mut Scripted {
    fn read(&mut self, window: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reads.pop_front().unwrap_or(Err(ErrorKind::WouldBlock.into()))?;
        window[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Write for &mut Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let all = slices.iter().flat_map(|slice| slice.iter().copied()).collect::<Vec<_>>();
        let count = self.writes.pop_front().unwrap_or(Err(ErrorKind::WouldBlock.into()))?.min(all.len());
        self.written.extend(&all[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Host {
    session: Session<Tape>,
    work: Workspace,
    link: Link,
    socket: Scripted,
}

impl Host {
    fn open() -> Self {
        let mut work = Workspace::default();
        let (session, transport) = open(Config::default(), &mut work);
        Self { session, work, link: Link::new(transport), socket: Scripted::default() }
    }

    fn read(&mut self) -> Option<usize> {
        self.link.read(&mut self.socket, NOW, &mut self.session, &mut self.work)
    }

    fn write(&mut self) -> bool {
        self.link.write(&mut self.socket, NOW, &mut self.session, &mut self.work)
    }

    fn event(&mut self) -> String {
        match self.session.poll_event(&mut self.work) {
            None => "nothing".into(),
            Some(Event::Settled { result, .. }) => {
                format!("settled {}", result.map_or_else(|error| error.code().number(), |()| 0))
            }
            Some(Event::Open { .. }) => "open".into(),
            Some(Event::Message { message: Message::Text(text), .. }) => format!("text {text}"),
            Some(Event::Message { message: Message::Binary(bytes), .. }) => format!("bytes {bytes:?}"),
            Some(Event::Error { error, .. }) => format!("error {}", error.code().number()),
            Some(Event::Close { code, cause, .. }) => {
                assert_eq!(cause, CloseCause::Abnormal);
                format!("close {code}")
            }
        }
    }
}

/// F6, F7: what the system hands out before an error is delivered before it, even if a write told of the error first;
/// what waits to be sent fails at once.
#[test]
fn what_was_received_comes_before_the_error_of_a_write() {
    let mut host = Host::open();
    host.session.send(Payload::Text("x"));
    host.socket.writes.push_back(Err(ErrorKind::ConnectionReset.into()));
    host.socket.reads.extend([Ok(&b"\x81\x02hi"[..]), Ok(b"\x81\x03you")]);

    assert!(host.write(), "there is something to tell");
    assert_eq!([host.event(), host.event()], ["settled 11", "nothing"]);
    assert_eq!(host.read(), Some(4));
    assert_eq!(host.event(), "text hi");
    assert_eq!(host.event(), "nothing");
    assert_eq!(host.read(), Some(5));
    assert_eq!(host.event(), "text you");
    assert_eq!(host.event(), "nothing");
    // Two rounds of reading bring nothing more, so the error is told; a second write is not tried.
    for _ in 0..2 {
        assert_eq!(host.read(), None);
        assert_eq!(host.event(), "nothing");
        assert_eq!(host.session.poll_timeout(), Some((NOW, Reason::Unwritable)));
        host.session.handle_timeout(NOW);
        host.link.set_readable();
    }
    assert_eq!([host.event(), host.event()], ["error 1", "close 1006"]);
    assert!(!host.write());
    assert_eq!(host.read(), None);
}

/// The end of a stream behind a failed write is told as the failure that it is.
#[test]
fn the_end_behind_a_failed_write_is_its_error() {
    let mut host = Host::open();
    host.session.send(Payload::Text("x"));
    host.socket.writes.push_back(Err(ErrorKind::BrokenPipe.into()));
    host.socket.reads.push_back(Ok(b""));
    assert!(host.write());
    assert_eq!(host.read(), Some(0));
    assert_eq!([host.event(), host.event(), host.event()], ["settled 11", "error 1", "close 1006"]);
}

/// A call that was interrupted is made again, and one that would block waits for the system to say so.
#[test]
fn interrupted_calls_are_made_again() {
    let mut host = Host::open();
    host.session.send(Payload::Text("x"));
    host.socket.writes.extend([Err(ErrorKind::Interrupted.into()), Ok(3), Ok(100)]);
    host.socket.reads.extend([Err(ErrorKind::Interrupted.into()), Ok(&b"\x81\x02hi"[..])]);

    assert!(host.write());
    assert_eq!(host.socket.written, b"\x81\x81\0\0\0\0x");
    assert_eq!(host.read(), Some(4));
    assert_eq!([host.event(), host.event()], ["settled 0", "text hi"]);
}

/// A short read has emptied the socket, so the system is asked to call; where the peer has shut down it has not.
#[test]
fn a_short_read_is_the_last_one() {
    let mut host = Host::open();
    host.socket.reads.extend([Ok(&b"\x81\x02hi"[..]), Ok(b"")]);
    assert_eq!(host.read(), Some(4));
    assert_eq!(host.event(), "text hi");
    assert_eq!(host.event(), "nothing");
    assert_eq!(host.link.is_readable(), cfg!(windows));
    assert_eq!(host.link.awaits_read(&host.session), !cfg!(windows));

    host.link.set_read_closed();
    assert_eq!(host.read(), Some(0));
    assert_eq!([host.event(), host.event()], ["close 1006", "nothing"]);
}

/// Nothing is read that the session does not want, and nothing waited for (back-pressure).
#[test]
fn a_pause_reads_nothing() {
    let mut host = Host::open();
    host.socket.reads.push_back(Ok(b"\x81\x02hi"));
    host.session.set_receiving(false);
    assert_eq!(host.read(), None);
    assert!(!host.link.awaits_read(&host.session));
    host.session.set_receiving(true);
    assert_eq!(host.read(), Some(4));
    assert_eq!(host.event(), "text hi");
}

/// A write that would block is waited for as long as there is something to write.
#[test]
fn a_full_socket_is_waited_for() {
    let mut host = Host::open();
    host.session.send(Payload::Text("x"));
    assert!(!host.write());
    assert!(host.link.awaits_write(&host.session));
    host.link.set_writable();
    host.socket.writes.push_back(Ok(100));
    assert!(host.write());
    assert_eq!(host.event(), "settled 0");
    assert!(!host.link.awaits_write(&host.session));
}
