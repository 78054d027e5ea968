//! The rules by which a host reads and writes a socket (rules F5, F6).

mod memory;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};

use connect_socket_core::{Config, Link, Payload, Reason};
use memory::{Host, NOW};

/// A socket that answers as it is told, and would block when it was told nothing more.
#[derive(Default)]
struct Scripted {
    reads: VecDeque<io::Result<&'static [u8]>>,
    writes: VecDeque<io::Result<usize>>,
    written: Vec<u8>,
    /// How many slices each call had that wrote.
    slices: Vec<usize>,
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
        self.slices.push(slices.len());
        let all = slices.iter().flat_map(|slice| slice.iter().copied()).collect::<Vec<_>>();
        let count = self.writes.pop_front().unwrap_or(Err(ErrorKind::WouldBlock.into()))?.min(all.len());
        self.written.extend(&all[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A host with a socket, and what it knows of that.
struct Linked {
    host: Host,
    link: Link,
    socket: Scripted,
}

impl Linked {
    fn open() -> Self {
        let host = Host::open(Config::default());
        Self { link: Link::new(host.transport), socket: Scripted::default(), host }
    }

    fn read(&mut self) -> Option<usize> {
        self.link.read(&mut self.socket, NOW, &mut self.host.session, &mut self.host.work)
    }

    fn write(&mut self) -> bool {
        self.link.write(&mut self.socket, NOW, &mut self.host.session, &mut self.host.work)
    }

    fn told(&mut self) -> Vec<String> {
        self.host.told()
    }
}

/// F6, F7: what the system hands out before an error is delivered before it, even if a write told of the error first;
/// what waits to be sent fails at once.
#[test]
fn what_was_received_comes_before_the_error_of_a_write() {
    let mut linked = Linked::open();
    linked.host.session.send(Payload::Text("x"));
    linked.socket.writes.push_back(Err(ErrorKind::ConnectionReset.into()));
    linked.socket.reads.extend([Ok(&b"\x81\x02hi"[..]), Ok(b"\x81\x03you")]);

    assert!(linked.write(), "there is something to tell");
    assert_eq!(linked.told(), ["call 2 fail 11"]);
    assert_eq!(linked.read(), Some(4));
    assert_eq!(linked.told(), ["text hi"]);
    assert_eq!(linked.read(), Some(5));
    assert_eq!(linked.told(), ["text you"]);
    // Two rounds of reading bring nothing more, so the error is told; a second write is not tried.
    for _ in 0..2 {
        assert_eq!(linked.read(), None);
        assert_eq!(linked.told(), [""; 0]);
        assert_eq!(linked.host.session.poll_timeout(), Some((NOW, Reason::Unwritable)));
        linked.host.session.handle_timeout(NOW);
        linked.link.set_readable();
    }
    assert_eq!(linked.told(), ["error 1", "close 1006 abnormal"]);
    assert!(!linked.write());
    assert_eq!(linked.read(), None);
}

/// The end of a stream behind a failed write is told as the failure that it is.
#[test]
fn the_end_behind_a_failed_write_is_its_error() {
    let mut linked = Linked::open();
    linked.host.session.send(Payload::Text("x"));
    linked.socket.writes.push_back(Err(ErrorKind::BrokenPipe.into()));
    linked.socket.reads.push_back(Ok(b""));
    assert!(linked.write());
    assert_eq!(linked.read(), Some(0));
    assert_eq!(linked.told(), ["call 2 fail 11", "error 1", "close 1006 abnormal"]);
}

/// A call that was interrupted is made again, and one that would block waits for the system to say so.
#[test]
fn interrupted_calls_are_made_again() {
    let mut linked = Linked::open();
    linked.host.session.send(Payload::Text("x"));
    linked.socket.writes.extend([Err(ErrorKind::Interrupted.into()), Ok(3), Ok(100)]);
    linked.socket.reads.extend([Err(ErrorKind::Interrupted.into()), Ok(&b"\x81\x02hi"[..])]);

    assert!(linked.write());
    assert_eq!(linked.socket.written, b"\x81\x81\0\0\0\0x");
    assert_eq!(linked.read(), Some(4));
    assert_eq!(linked.told(), ["call 2 ok", "text hi"]);
}

/// A short read has emptied the socket, so the system is asked to call; where the peer has shut down it has not.
#[test]
fn a_short_read_is_the_last_one() {
    let mut linked = Linked::open();
    linked.socket.reads.extend([Ok(&b"\x81\x02hi"[..]), Ok(b"")]);
    assert_eq!(linked.read(), Some(4));
    assert_eq!(linked.told(), ["text hi"]);
    assert_eq!(linked.link.is_readable(), cfg!(windows));
    assert_eq!(linked.link.awaits_read(&linked.host.session), !cfg!(windows));

    linked.link.set_read_closed();
    assert_eq!(linked.read(), Some(0));
    assert_eq!(linked.told(), ["close 1006 abnormal"]);
}

/// What lies in one slice is written by a call for one. A pong passes a message, but not within its frame (RFC 6455 §5.4), so
/// the rest of a frame, the pong and the next message are three slices, and one call.
#[test]
fn one_slice_has_a_call_for_one() {
    let mut linked = Linked::open();
    linked.host.session.send(Payload::Text("one"));
    linked.socket.writes.push_back(Ok(3));
    assert!(linked.write(), "something was written");
    assert_eq!(linked.socket.slices, [1, 1], "all of it, and the rest for which there was no room");

    linked.socket.reads.push_back(Ok(b"\x89\x00"));
    assert_eq!(linked.read(), Some(2));
    assert_eq!(linked.told(), [""; 0]);
    linked.host.session.send(Payload::Text("two"));
    linked.link.set_writable();
    linked.socket.writes.push_back(Ok(usize::MAX));
    assert!(linked.write());
    assert_eq!(linked.socket.slices, [1, 1, 3]);
    assert_eq!(linked.socket.written.len(), 9 + 6 + 9);
    assert_eq!(linked.told(), ["call 2 ok", "call 3 ok"]);
}

/// An error of a read, and one that the host has from elsewhere, end the connection (F6).
#[test]
fn an_error_is_the_end() {
    for reads in [true, false] {
        let mut linked = Linked::open();
        assert!(!linked.link.awaits_read(&linked.host.session), "it was not tried yet");
        let error = || ErrorKind::ConnectionReset.into();
        if reads {
            linked.socket.reads.push_back(Err(error()));
            assert_eq!(linked.read(), Some(0));
        } else {
            linked.link.fail(error(), NOW, &mut linked.host.session);
        }
        assert_eq!(linked.told(), ["error 1", "close 1006 abnormal"]);
        assert_eq!(linked.read(), None);
        assert!(!linked.link.is_readable() && !linked.link.awaits_read(&linked.host.session));
    }
}

/// A socket without vectored reads fills the memory of a large frame and not the window behind it. It may have more.
#[test]
fn a_large_frame_that_is_full_is_not_the_end() {
    let frame: &'static [u8] = [&[0x82, 126, 0xc3, 0x50][..], &vec![1; 50_000]].concat().leak();
    let (front, rest) = frame.split_at(1_000);
    for (bytes, again) in [(rest, true), (&rest[1..], false)] {
        let mut linked = Linked::open();
        // A message that has come in parts leaves memory to read into.
        linked.socket.reads.extend([Ok(front), Ok(rest), Ok(front), Ok(bytes)]);
        for count in [front.len(), rest.len()] {
            linked.link.set_readable();
            assert_eq!(linked.read(), Some(count));
            linked.told();
        }
        linked.link.set_readable();
        assert_eq!(linked.read(), Some(front.len()));
        assert!(linked.told().is_empty(), "it is not complete");
        linked.link.set_readable();
        assert_eq!(linked.read(), Some(bytes.len()));
        assert_eq!(linked.link.is_readable(), again);
    }
}

/// Nothing is read that the session does not want, and nothing waited for (back-pressure).
#[test]
fn a_pause_reads_nothing() {
    let mut linked = Linked::open();
    linked.socket.reads.push_back(Ok(b"\x81\x02hi"));
    linked.host.session.set_receiving(false);
    assert_eq!(linked.read(), None);
    assert!(!linked.link.awaits_read(&linked.host.session));
    linked.host.session.set_receiving(true);
    assert_eq!(linked.read(), Some(4));
    assert_eq!(linked.told(), ["text hi"]);
}

/// A write that would block is waited for as long as there is something to write.
#[test]
fn a_full_socket_is_waited_for() {
    let mut linked = Linked::open();
    linked.host.session.send(Payload::Text("x"));
    assert!(!linked.link.awaits_write(&linked.host.session), "it was not tried yet");
    assert!(!linked.write());
    assert!(linked.link.awaits_write(&linked.host.session));
    linked.link.set_writable();
    linked.socket.writes.push_back(Ok(100));
    assert!(linked.write());
    assert_eq!(linked.told(), ["call 2 ok"]);
    assert!(!linked.link.awaits_write(&linked.host.session));
}
