//! Control frames that pass the data. At most one ping and one pong wait, after the frame that is partly out. A second
//! ping would ask the same, and only the newest ping has to be answered (RFC 6455 §5.5.3, rule M3).

use crate::frame::{Opcode, encode_frame};
use crate::stats::Taken;

/// A ping is empty (rule F6).
const PING: usize = 6;
/// The longest pong: a control frame has at most 125 bytes of payload (RFC 6455 §5.5).
const PONG: usize = 6 + PAYLOAD;
const PAYLOAD: usize = 125;
/// The rest of a frame that is partly out, a ping and a pong.
const MOST: usize = PONG + PING + PONG;

/// The frames, if there are any. Usually there are none, and then this takes only the space of a pointer.
#[derive(Debug, Default)]
pub(super) struct ControlQueue(Option<Box<Frames>>);

impl ControlQueue {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |frames| frames.len())
    }

    /// The bytes to offer.
    #[inline]
    pub(super) fn waiting(&self) -> &[u8] {
        self.0.as_ref().and_then(|frames| frames.bytes.get(..frames.end)).unwrap_or_default()
    }

    /// Whether a ping waits that has not begun to go out.
    pub(super) fn has_ping(&self) -> bool {
        self.0.as_ref().is_some_and(|frames| frames.ping.is_some())
    }

    /// Queues a ping, unless one waits.
    pub(super) fn push_ping(&mut self, mask: [u8; 4]) {
        self.0.get_or_insert_default().push_ping(mask);
    }

    /// Queues a pong, which replaces a waiting one. A pong among the first `offered` bytes may already be out; it is
    /// replaced once the report shows that it is not.
    pub(super) fn push_pong(&mut self, payload: &[u8], mask: [u8; 4], offered: usize) {
        self.0.get_or_insert_default().push_pong(Frame::pong(payload, mask), offered);
    }

    /// The offer is known not to be out.
    pub(super) fn withdraw_offer(&mut self) {
        self.change(|frames| frames.advance(0));
    }

    /// The first `count` bytes of the offer are out, and the others are not. Counts the frames that are completely out.
    pub(super) fn advance(&mut self, count: usize, taken: &mut Taken) {
        self.change(|frames| {
            frames.count(count, taken);
            frames.advance(count);
        });
    }

    /// Drops all frames except one that is partly out.
    pub(super) fn drop_waiting(&mut self) {
        self.change(Frames::drop_waiting);
    }

    fn change(&mut self, how: impl FnOnce(&mut Frames)) {
        if let Some(frames) = &mut self.0 {
            how(frames);
            if frames.end == 0 {
                self.0 = None;
            }
        }
    }
}

#[derive(Debug)]
struct Frames {
    /// `bytes[..end]` wait: the rest of a frame that is partly out, and whole frames after it.
    bytes: [u8; MOST],
    end: usize,
    /// Where the ping that has not begun to go out begins: `ping + PING <= end`.
    ping: Option<usize>,
    /// Where the pong that has not begun to go out begins: `pong < end`.
    pong: Option<usize>,
    /// What replaces the pong, which is offered. None if there is no pong.
    newer: Option<Frame>,
    /// The frame that is partly out, if one is, is a ping.
    begun_ping: bool,
}

/// A pong that is not among the bytes.
#[derive(Debug)]
struct Frame {
    bytes: [u8; PONG],
    length: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self { bytes: [0; MOST], end: 0, ping: None, pong: None, newer: None, begun_ping: false }
    }
}

impl Frames {
    fn len(&self) -> usize {
        self.end + self.newer.as_ref().map_or(0, |frame| frame.length)
    }

    fn push_ping(&mut self, mask: [u8; 4]) {
        if self.ping.is_none() {
            let mut ping = [0; PING];
            let length = encode_frame(&mut ping, Opcode::Ping, &[], mask).unwrap_or(0);
            self.ping = Some(self.append(ping.get(..length).unwrap_or_default()));
        }
    }

    fn push_pong(&mut self, pong: Frame, offered: usize) {
        if self.pong.is_some_and(|at| at < offered) {
            self.newer = Some(pong);
        } else {
            self.drop_pong();
            self.pong = Some(self.append(pong.bytes()));
        }
    }

    /// The end of the frame that is partly out.
    fn rest(&self) -> usize {
        self.ping.into_iter().chain(self.pong).min().unwrap_or(self.end)
    }

    /// The end of the frame that begins at `from`.
    fn end_from(&self, from: usize) -> usize {
        self.ping.into_iter().chain(self.pong).filter(|at| *at > from).min().unwrap_or(self.end)
    }

    /// The first `count` bytes are about to be out.
    fn count(&mut self, count: usize, taken: &mut Taken) {
        let rest = self.rest();
        if rest > 0 && rest <= count {
            taken.pings += u64::from(self.begun_ping);
            taken.pongs += u64::from(!self.begun_ping);
        }
        for (at, is_ping) in [(self.ping, true), (self.pong, false)] {
            let Some(at) = at.filter(|at| *at < count) else { continue };
            if self.end_from(at) <= count {
                taken.pings += u64::from(is_ping);
                taken.pongs += u64::from(!is_ping);
            } else {
                self.begun_ping = is_ping;
            }
        }
    }

    fn advance(&mut self, count: usize) {
        let count = count.min(self.end);
        self.bytes.copy_within(count..self.end, 0);
        self.end -= count;
        // A frame that has begun to go out no longer has a place.
        self.ping = self.ping.and_then(|at| at.checked_sub(count));
        self.pong = self.pong.and_then(|at| at.checked_sub(count));
        if let Some(newer) = self.newer.take() {
            self.push_pong(newer, 0);
        }
    }

    fn drop_waiting(&mut self) {
        *self = Self { bytes: self.bytes, end: self.rest(), begun_ping: self.begun_ping, ..Self::default() };
    }

    fn drop_pong(&mut self) {
        if let Some(from) = self.pong.take() {
            let to = self.ping.filter(|ping| *ping > from).unwrap_or(self.end);
            self.bytes.copy_within(to..self.end, from);
            self.end -= to - from;
            self.ping = self.ping.map(|ping| if ping > from { ping - (to - from) } else { ping });
        }
    }

    /// Puts a frame after the others, and returns where it begins. There is room, because at most one of each kind
    /// waits.
    fn append(&mut self, frame: &[u8]) -> usize {
        let from = self.end;
        debug_assert!(from + frame.len() <= MOST, "a rest, a ping and a pong have room");
        if let Some(place) = self.bytes.get_mut(from..from + frame.len()) {
            place.copy_from_slice(frame);
            self.end += frame.len();
        }
        from
    }
}

impl Frame {
    fn pong(payload: &[u8], mask: [u8; 4]) -> Self {
        let mut bytes = [0; PONG];
        let payload = payload.get(..PAYLOAD).unwrap_or(payload);
        let length = encode_frame(&mut bytes, Opcode::Pong, payload, mask).unwrap_or(0);
        Self { bytes, length }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
