//! The least that a client does for small messages: what the contract asks for each message, and nothing that is there for
//! other cases. It has one open connection over plain TCP, no timers, no control frames, no fragments and no errors.

use std::hint::black_box;

use connect_socket_core::frame::{Opcode, encode_frame, header_len};
use connect_socket_core::{Config, Entropy, SeededEntropy};

use super::client::Client;
use super::wire::{Kind, Messages, Wire};

pub(super) struct ByHand {
    wire: Wire,
    window: Vec<u8>,
    /// `window[start..end]` was read and not taken.
    start: usize,
    end: usize,
    /// A message may not be longer, and no more may wait than the mark.
    limit: usize,
    high_water: usize,
    /// As unpredictable as the contract asks (RFC 6455 §10.3), from the generator that ours uses.
    entropy: SeededEntropy,
    out: Vec<u8>,
    waiting: usize,
    /// Where each message that waits ends, and its call.
    receipts: Vec<(usize, u64)>,
    last_call: u64,
    opcode: Opcode,
    payload: Vec<u8>,
}

impl Client for ByHand {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let config = Config::default();
        Self {
            wire,
            window: vec![0; 64 * 1024],
            start: 0,
            end: 0,
            limit: black_box(config.message_limit),
            high_water: black_box(config.high_water),
            entropy: SeededEntropy::new([7; 32]),
            out: vec![0; 64 * 1024],
            waiting: 0,
            receipts: Vec::new(),
            last_call: 0,
            opcode: if messages.kind == Kind::Binary { Opcode::Binary } else { Opcode::Text },
            payload: messages.payload.clone(),
        }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        for _ in 0..count {
            let message = loop {
                match self.next_message() {
                    Some(message) => break message,
                    None => self.read(),
                }
            };
            seen(&self.window[message]);
        }
    }

    fn send(&mut self, count: usize) {
        for _ in 0..count {
            self.last_call += 1;
            let length = self.payload.len();
            let charge = self.waiting + self.receipts.len() * 16 + header_len(length) + length + 16;
            assert!(length <= self.limit && charge <= self.high_water, "there is room");
            let mask = self.entropy.mask();
            let frame = encode_frame(&mut self.out[self.waiting..], self.opcode, &self.payload, mask);
            self.waiting += frame.expect("room for a batch");
            self.receipts.push((self.waiting, self.last_call));
        }
        let written = self.wire.write(&self.out[..self.waiting]);
        self.waiting -= written;
        let mut settled = 0;
        for (end, call) in self.receipts.drain(..) {
            assert!(end <= written, "all of it was taken");
            black_box(call);
            settled += 1;
        }
        assert_eq!(settled, count);
    }
}

impl ByHand {
    /// The place of the next message, if it lies whole in the window.
    fn next_message(&mut self) -> Option<std::ops::Range<usize>> {
        let waiting = &self.window[self.start..self.end];
        let (head, length) = match *waiting {
            [first, 126, high, low, ..] if is_message(first) => (4, u16::from_be_bytes([high, low]).into()),
            [first, length @ ..126, ..] if is_message(first) => (2, usize::from(length)),
            _ => return None,
        };
        if length > self.limit || head + length > waiting.len() {
            return None;
        }
        let begin = self.start + head;
        self.start = begin + length;
        Some(begin..self.start)
    }

    /// Moves what is left to the front, and reads behind it.
    fn read(&mut self) {
        self.window.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        self.end += self.wire.read(&mut self.window[self.end..]);
    }
}

fn is_message(first: u8) -> bool {
    matches!(first, 0x81 | 0x82)
}
