//! The server's side of a connection in memory: its bytes, and its codecs.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{LEVEL, TAIL};

/// The server's end: what comes from it, and what was written to it.
#[derive(Clone, Default)]
pub(super) struct Wire(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    unread: Vec<u8>,
    at: usize,
    written: Vec<u8>,
}

impl Wire {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server sends this; what it sent before has been read.
    pub(super) fn feed(&self, frames: &[u8]) {
        let mut ends = self.ends();
        assert_eq!(ends.at, ends.unread.len(), "something was not read");
        ends.unread.clear();
        ends.unread.extend_from_slice(frames);
        ends.at = 0;
    }

    pub(super) fn read(&self, room: &mut [u8]) -> usize {
        let mut ends = self.ends();
        let count = room.len().min(ends.unread.len() - ends.at);
        room[..count].copy_from_slice(&ends.unread[ends.at..ends.at + count]);
        ends.at += count;
        count
    }

    pub(super) fn write(&self, bytes: &[u8]) {
        self.ends().written.extend_from_slice(bytes);
    }

    /// Keeps no memory.
    pub(super) fn free(&self) {
        *self.ends() = Ends::default();
    }

    pub(super) fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.ends().written)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let count = self.read(buffer.initialize_unfilled());
        if count == 0 {
            return Poll::Pending;
        }
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The server's codecs of one connection.
pub(super) struct Server {
    deflater: Compress,
    inflater: Decompress,
}

impl Server {
    pub(super) fn new(bits: u8) -> Self {
        let level = flate2::Compression::new(LEVEL.into());
        Self {
            deflater: Compress::new_with_window_bits(level, false, bits),
            inflater: Decompress::new_with_window_bits(false, bits),
        }
    }

    pub(super) fn frame(&mut self, message: &str) -> Vec<u8> {
        let mut payload = Vec::with_capacity(message.len() + 64);
        self.deflater
            .compress_vec(message.as_bytes(), &mut payload, FlushCompress::Sync)
            .expect("it compresses");
        payload.truncate(payload.len() - TAIL.len());
        let [.., high, low] = payload.len().to_be_bytes();
        let mut frame = if payload.len() < 126 { vec![0xc1, low] } else { vec![0xc1, 126, high, low] };
        frame.extend(payload);
        frame
    }

    /// The messages of what was written, and the length of their payloads on the wire.
    pub(super) fn read(&mut self, mut written: &[u8], size: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut messages, mut length) = (Vec::new(), 0);
        while let [first, second, rest @ ..] = written {
            assert_eq!(*first, 0xc1, "a text that is compressed");
            let (count, rest) = match second & 0x7f {
                126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
                short => (usize::from(short), rest),
            };
            let (mask, rest) = rest.split_at(4);
            let (payload, behind) = rest.split_at(count);
            let plain = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
            let stream: Vec<u8> = plain.chain(TAIL).collect();
            let mut message = Vec::with_capacity(size + 1);
            self.inflater.decompress_vec(&stream, &mut message, FlushDecompress::None).expect("it inflates");
            messages.push(message);
            length += count;
            written = behind;
        }
        (messages, length)
    }
}
