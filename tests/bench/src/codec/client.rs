//! What is asked of every client, and the check that it does it.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use crate::measure::{Sample, per_message};

use super::wire::{Kind, Messages, Wire};

/// A client whose connection is open.
pub(super) trait Client: Sized + 'static {
    /// It will read `wire`, and send the message that `messages` tells of.
    fn open(wire: Wire, messages: &Messages) -> Self;

    /// Receives `count` messages, and hands each to `seen`; text only after it is known to be text.
    fn receive(&mut self, count: usize, seen: impl FnMut(&[u8]));

    /// Sends `count` messages, and hands all that waits to the stream.
    fn send(&mut self, count: usize);
}

/// Receiving, checked and then measured.
pub(super) fn receiving<C: Client>(messages: &Messages) -> Result<Sample, String> {
    // As many as fill a few reads, so that some are cut.
    let count = (512 * 1024 / messages.payload.len()).max(5);
    let (mut equal, mut other) = (0, 0);
    C::open(Wire::new(messages), messages).receive(count, |message| {
        *if message == messages.payload { &mut equal } else { &mut other } += 1;
    });
    if (equal, other) != (count, 0) {
        return Err(format!("of {count} messages it received {equal}, and {other} that nobody sent"));
    }

    let mut client = C::open(Wire::new(messages), messages);
    Ok(per_message(move |count| {
        client.receive(count, sink);
        count
    }))
}

/// Sending with `batch` messages between two flushes, checked and then measured.
pub(super) fn sending<C: Client>(messages: &Messages, batch: usize) -> Result<Sample, String> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let mut client = C::open(Wire::new(messages).kept(&written), messages);
    client.send(batch);
    client.send(batch);
    let written = std::mem::take(&mut *written.lock().map_err(|error| error.to_string())?);
    let sent = unmasked(&written, messages.kind)?;
    if sent.len() != 2 * batch || sent.iter().any(|message| *message != messages.payload) {
        return Err(format!("of {} messages it sent {}, or others", 2 * batch, sent.len()));
    }

    let mut client = C::open(Wire::new(messages), messages);
    Ok(per_message(move |count| {
        let batches = count.div_ceil(batch);
        for _ in 0..batches {
            client.send(batch);
        }
        batches * batch
    }))
}

/// Where messages go. Pointer and length are shown one by one, as they are passed to a function: a pair is written to
/// memory and read back at another width, which costs more than the message.
#[inline]
pub(super) fn sink(message: &[u8]) {
    black_box(message.as_ptr());
    black_box(message.len());
}

/// The messages in what a client wrote: masked frames, whole or in fragments.
fn unmasked(mut bytes: &[u8], kind: Kind) -> Result<Vec<Vec<u8>>, String> {
    let mut messages = Vec::new();
    let mut message = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<2>() {
        let length =
            |count: usize| rest.get(..count).map(|bytes| (bytes, &rest[count..])).ok_or("a frame is cut");
        let big = |bytes: &[u8]| bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        let (size, rest) = match head[1] & 0x7f {
            126 => length(2).map(|(bytes, rest)| (big(bytes), rest))?,
            127 => length(8).map(|(bytes, rest)| (big(bytes), rest))?,
            size => (usize::from(size), rest),
        };
        let first = if message.is_empty() { if kind == Kind::Binary { 2 } else { 1 } } else { 0 };
        if head[0] & 0x7f != first || head[1] & 0x80 == 0 {
            return Err(format!("a frame that begins with {head:?}"));
        }
        let (key, rest) = rest.split_first_chunk::<4>().ok_or("a frame without a key")?;
        let (payload, rest) = rest.split_at_checked(size).ok_or("a frame is cut")?;
        message.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        if head[0] & 0x80 != 0 {
            messages.push(std::mem::take(&mut message));
        }
        bytes = rest;
    }
    if bytes.is_empty() && message.is_empty() { Ok(messages) } else { Err("a frame is cut".to_owned()) }
}
