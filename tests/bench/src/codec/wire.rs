//! The server's side in memory: a stream of frames that begins anew at its end, and takes all that is written.

use std::future::Future;
use std::hint::black_box;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};

/// What messages are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Binary,
    /// Text of one byte per character.
    Ascii,
    /// Text with characters of one to four bytes.
    Mixed,
}

/// How much comes with one read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// 64 KiB, cut wherever that is.
    Bulk,
    /// One whole frame, as in a live feed.
    Frame,
}

/// The messages of a row.
#[derive(Clone)]
pub(super) struct Messages {
    pub(super) kind: Kind,
    /// What each of them is.
    pub(super) payload: Vec<u8>,
    /// The payload of a frame.
    fragment: usize,
    reads: Reads,
    /// One for all contenders of a row, so that it is as near to the processor for each of them.
    stream: Arc<OnceLock<Stream>>,
}

/// Frames without end: at its end it begins anew. It holds at least a MiB and four messages, as a socket's bytes would
/// come from beyond the nearest cache.
#[derive(Clone)]
struct Stream {
    bytes: Arc<[u8]>,
    /// The length of a message with its headers.
    message: usize,
}

impl Messages {
    pub(super) fn new(kind: Kind, size: usize, reads: Reads) -> Self {
        Self { kind, payload: payload(kind, size), fragment: size, reads, stream: Arc::default() }
    }

    /// Each message in frames of so many bytes.
    pub(super) fn in_fragments(self, fragment: usize) -> Self {
        Self { fragment, ..self }
    }

    pub(super) fn fragmented(&self) -> bool {
        self.fragment < self.payload.len()
    }

    fn stream(&self) -> &Stream {
        self.stream.get_or_init(|| {
            let frames = self.frames();
            let count = ((1 << 20) / frames.len() + 1).max(4);
            Stream { bytes: frames.repeat(count).into(), message: frames.len() }
        })
    }

    /// A message as the server sends it.
    fn frames(&self) -> Vec<u8> {
        let mut frames = Vec::new();
        let count = self.payload.len().div_ceil(self.fragment);
        for (at, part) in self.payload.chunks(self.fragment).enumerate() {
            let opcode = match self.kind {
                _ if at > 0 => 0,
                Kind::Binary => 2,
                Kind::Ascii | Kind::Mixed => 1,
            };
            frames.push(if at + 1 == count { 0x80 | opcode } else { opcode });
            let length = part.len().to_be_bytes();
            match part.len() {
                0..=125 => frames.push(length[7]),
                126..=0xffff => frames.extend([126, length[6], length[7]]),
                _ => frames.extend([&[127], &length[..]].concat()),
            }
            frames.extend(part);
        }
        frames
    }
}

/// A payload of exactly `size` bytes.
fn payload(kind: Kind, size: usize) -> Vec<u8> {
    match kind {
        Kind::Binary => (0..=255).cycle().take(size).collect(),
        Kind::Ascii => (b' '..=b'~').cycle().take(size).collect(),
        Kind::Mixed => {
            let mut text = String::new();
            for character in "aß€😀 mixed: жλ中文".chars().cycle() {
                if text.len() + character.len_utf8() > size {
                    break;
                }
                text.push(character);
            }
            text.extend(std::iter::repeat_n('x', size - text.len()));
            text.into_bytes()
        }
    }
}

/// A connection, on which the stream comes.
#[derive(Clone)]
pub(super) struct Wire {
    bytes: Arc<[u8]>,
    at: usize,
    /// The length of a message with its headers.
    message: usize,
    most: usize,
    /// Where what is written is kept, while a client is checked.
    written: Option<Arc<Mutex<Vec<u8>>>>,
}

impl Wire {
    pub(super) fn new(messages: &Messages) -> Self {
        let Stream { bytes, message } = messages.stream().clone();
        let most = match messages.reads {
            Reads::Bulk => 64 * 1024,
            Reads::Frame => message,
        };
        Self { bytes, at: 0, message, most, written: None }
    }

    /// Keeps what is written, there.
    pub(super) fn kept(mut self, written: &Arc<Mutex<Vec<u8>>>) -> Self {
        self.written = Some(Arc::clone(written));
        self
    }

    /// The length of a message with its headers.
    pub(super) fn message(&self) -> usize {
        self.message
    }

    /// Copies what comes next, as a kernel would.
    pub(super) fn read(&mut self, out: &mut [u8]) -> usize {
        self.read_vectored([out])
    }

    /// The same into several buffers, which take no more together than one would.
    pub(super) fn read_vectored<const N: usize>(&mut self, parts: [&mut [u8]; N]) -> usize {
        let begin = self.at;
        let end = self.bytes.len().min(begin + self.most);
        for out in parts {
            let count = out.len().min(end - self.at);
            // In blocks, as `rep movsb` would take thirty times as long for whoever's place lies badly.
            let blocks = self.bytes[self.at..self.at + count].chunks(2048);
            for (out, block) in out[..count].chunks_mut(2048).zip(blocks) {
                out.copy_from_slice(block);
            }
            self.at += count;
        }
        let count = self.at - begin;
        if self.at == self.bytes.len() {
            self.at = 0;
        }
        count
    }

    /// Takes all.
    pub(super) fn write(&mut self, bytes: &[u8]) -> usize {
        black_box(bytes.as_ptr());
        black_box(bytes.len());
        if let Some(written) = &self.written {
            written.lock().expect("one thread").extend_from_slice(bytes);
        }
        bytes.len()
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> usize {
        slices.iter().map(|slice| self.write(slice)).sum()
    }
}

impl io::Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(Wire::read(self, out))
    }
}

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(Wire::write(self, bytes))
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        Ok(Wire::write_vectored(self, slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Nothing is zeroed that a socket would not have zeroed.
        let count = self.most.min(out.remaining()).min(self.bytes.len() - self.at);
        let Self { bytes, at, .. } = &mut *self;
        out.put_slice(&bytes[*at..*at + count]);
        *at = if *at + count == bytes.len() { 0 } else { *at + count };
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.write(bytes)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.write_vectored(slices)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures_util::AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.read(out)))
    }
}

impl futures_util::AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.write(bytes)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.write_vectored(slices)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl wtx::stream::StreamReader for Wire {
    async fn read(&mut self, out: &mut [u8]) -> wtx::Result<usize> {
        Ok(Wire::read(self, out))
    }
}

impl wtx::stream::StreamWriter for Wire {
    async fn write_all(&mut self, bytes: &[u8]) -> wtx::Result<()> {
        self.write(bytes);
        Ok(())
    }

    async fn write_all_vectored(&mut self, slices: &[&[u8]]) -> wtx::Result<()> {
        for slice in slices {
            self.write(slice);
        }
        Ok(())
    }
}

/// Runs what never waits: the stream is always ready.
pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut context = Context::from_waker(std::task::Waker::noop());
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(&mut context) {
            return value;
        }
    }
}
