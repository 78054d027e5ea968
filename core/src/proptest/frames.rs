//! The frames of a server: sequences that follow every rule of RFC 6455, and frames that break one.

use core::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::payload::{bytes, message};
use super::show::Bytes;
use crate::frame::{FrameErrorKind, Opcode};
use crate::host::owned::OwnedMessage;

/// A frame of a server. `{:?}` shows it as `Text(b"hi")`, or as `Text(b"h", ..)` if another frame of the message
/// follows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Its opcode.
    pub opcode: Opcode,
    /// Whether its message ends with it.
    pub fin: bool,
    /// Its payload.
    pub payload: Bytes,
}

impl Frame {
    /// A frame that is a whole message, or a control frame.
    pub fn whole(opcode: Opcode, payload: &[u8]) -> Self {
        Self { opcode, fin: true, payload: payload.into() }
    }

    /// A close frame, empty or with a code and a reason.
    pub fn close(frame: Option<(u16, &str)>) -> Self {
        let payload = frame.map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat());
        Self::whole(Opcode::Close, &payload.unwrap_or_default())
    }

    /// Its bytes on the wire: not masked, with the length in its shortest form.
    pub fn bytes(&self) -> Vec<u8> {
        let first = if self.fin { 0x80 } else { 0 } | self.opcode as u8;
        let length = (self.payload.len() as u64).to_be_bytes();
        let [.., high, low] = length;
        let mut frame = match self.payload.len() {
            0..=125 => vec![first, low],
            126..=0xffff => vec![first, 126, high, low],
            _ => [&[first, 127][..], &length].concat(),
        };
        frame.extend_from_slice(&self.payload);
        frame
    }

    /// The code and reason of a close frame. None if it is empty.
    pub fn close_code_and_reason(&self) -> Option<(u16, &str)> {
        let (code, reason) = self.payload.split_first_chunk()?;
        Some((u16::from_be_bytes(*code), core::str::from_utf8(reason).unwrap_or_default()))
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({:?}{})", self.opcode, self.payload, if self.fin { "" } else { ", .." })
    }
}

/// The bytes of several frames, one after another.
pub fn stream(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::bytes).collect()
}

/// The messages in these frames: whole, in order, up to the first close frame.
pub fn messages(frames: &[Frame]) -> Vec<OwnedMessage> {
    let (mut messages, mut text, mut assembled) = (Vec::new(), false, Vec::new());
    for frame in frames {
        match frame.opcode {
            Opcode::Close => break,
            Opcode::Ping | Opcode::Pong => continue,
            Opcode::Text | Opcode::Binary => text = frame.opcode == Opcode::Text,
            Opcode::Continuation => {}
        }
        assembled.extend_from_slice(&frame.payload);
        if frame.fin {
            let whole = core::mem::take(&mut assembled);
            messages.push(if text {
                OwnedMessage::Text(String::from_utf8_lossy(&whole).into_owned())
            } else {
                OwnedMessage::Binary(whole)
            });
        }
    }
    messages
}

/// Sequences of frames that follow every rule: whole and fragmented messages, whose fragments may end within a
/// character, control frames anywhere, and perhaps a close frame at the end. They take no account of a configuration's
/// limits.
pub fn frames() -> impl Strategy<Value = Vec<Frame>> + Clone {
    let piece = prop_oneof![
        5 => fragments(),
        1 => control().prop_map(|frame| vec![frame]),
    ];
    (vec(piece, 0..6), option::weighted(0.3, close_frame()))
        .prop_map(|(pieces, close)| pieces.into_iter().flatten().chain(close).collect())
}

/// One message in up to five frames, with control frames in between (RFC 6455 §5.4).
fn fragments() -> impl Strategy<Value = Vec<Frame>> + Clone {
    let fragment = (0..5_usize, option::weighted(0.2, control()));
    (message(), vec(fragment, 0..5)).prop_map(|(message, fragments)| {
        let (mut rest, mut frames) = (message.as_bytes(), Vec::new());
        let mut opcode = match message {
            OwnedMessage::Text(_) => Opcode::Text,
            OwnedMessage::Binary(_) => Opcode::Binary,
        };
        for (length, control) in fragments {
            let (payload, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            frames.push(Frame { opcode, fin: false, payload: payload.into() });
            frames.extend(control);
            (opcode, rest) = (Opcode::Continuation, behind);
        }
        frames.push(Frame::whole(opcode, rest));
        frames
    })
}

/// Pings and pongs.
pub fn control() -> impl Strategy<Value = Frame> + Clone {
    let payload = prop_oneof![4 => bytes(4), 1 => Just(Bytes(vec![b'p'; 125]))];
    (select(vec![Opcode::Ping, Opcode::Pong]), payload).prop_map(|(opcode, payload)| Frame {
        opcode,
        fin: true,
        payload,
    })
}

/// Close frames that a server may send ([F4](crate::rules#f4)).
pub fn close_frame() -> impl Strategy<Value = Frame> + Clone {
    let code = prop_oneof![
        2 => Just(1000_u16),
        1 => select(vec![1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]),
        1 => 3000..=4999_u16,
    ];
    let reason = prop_oneof![3 => "[a-z]{0,6}", 1 => "é{61}x"];
    option::weighted(0.8, (code, reason))
        .prop_map(|close| Frame::close(close.as_ref().map(|(code, reason)| (*code, reason.as_str()))))
}

/// Bytes that break one rule, at a place where a new message could begin.
#[derive(Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule that they break, in words.
    pub what: &'static str,
    /// What goes over the wire.
    pub bytes: Bytes,
    /// After how many bytes they must be refused, and not before ([F1](crate::rules#f1) to [F3](crate::rules#f3)).
    pub refused_after: usize,
    /// How they end the connection; [`FrameErrorKind::close_code`] has the close code.
    pub kind: FrameErrorKind,
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broken({}: {:?}, {})", self.what, self.bytes, self.kind.close_code())
    }
}

/// Frames that break a rule of RFC 6455, are not UTF-8, or announce more than any limit.
pub fn broken() -> impl Strategy<Value = Broken> + Clone {
    let length = 0..=125_u8;
    let head = |what, bytes: Vec<u8>| refused(what, bytes.len(), bytes, FrameErrorKind::Protocol);
    let unsent = prop_oneof![0..=999_u16, 1004..=1006_u16, 1015..=2999_u16, 5000..=u16::MAX];
    let start = "[a-z]{0,4}";
    prop_oneof![
        (1..=7_u8, select(vec![0x81_u8, 0x82, 0x01, 0x89, 0x88]), length.clone()).prop_map(
            |(bits, first, second)| {
                let bytes = vec![first | bits << 4, second];
                refused("reserved bits", 1, bytes, FrameErrorKind::Protocol)
            }
        ),
        (prop_oneof![3..=7_u8, 11..=15_u8], length.clone()).prop_map(|(opcode, second)| {
            refused("reserved opcode", 1, vec![0x80 | opcode, second], FrameErrorKind::Protocol)
        }),
        (select(vec![0x81_u8, 0x82, 0x89, 0x88]), 0..=4_u8).prop_map(|(first, length)| {
            let bytes = [vec![first, 0x80 | length], vec![0; 4 + usize::from(length)]].concat();
            refused("masked", 2, bytes, FrameErrorKind::Protocol)
        }),
        length.prop_map(move |low| head("length of two bytes, but short", vec![0x82, 126, 0, low])),
        any::<u16>().prop_map(|length| {
            let [high, low] = length.to_be_bytes();
            let bytes = vec![0x82, 127, 0, 0, 0, 0, 0, 0, high, low];
            refused("length of eight bytes, but short", 8, bytes, FrameErrorKind::Protocol)
        }),
        (0x80..=u8::MAX).prop_map(move |top| head("length with its top bit", vec![0x82, 127, top])),
        (select(vec![0x88_u8, 0x89, 0x8a]), 126..=127_u8)
            .prop_map(move |(first, long)| head("control frame too long", vec![first, long])),
        select(vec![0x08_u8, 0x09, 0x0a])
            .prop_map(move |first| head("control frame in fragments", vec![first])),
        select(vec![0x80_u8, 0x00]).prop_map(move |first| head("continuation of nothing", vec![first])),
        (start, select(vec![0x81_u8, 0x02])).prop_map(move |(start, first)| {
            let begun = Frame { opcode: Opcode::Text, fin: false, payload: start.as_bytes().into() };
            head("message within a message", [begun.bytes(), vec![first]].concat())
        }),
        any::<u8>().prop_map(move |byte| head("close frame of one byte", vec![0x88, 1, byte])),
        unsent.prop_map(move |code| head("close code", Frame::close(Some((code, ""))).bytes())),
        start.prop_map(|reason| {
            let payload = [&1000_u16.to_be_bytes()[..], reason.as_bytes(), &[0xff]].concat();
            let bytes = Frame::whole(Opcode::Close, &payload).bytes();
            refused("reason that is not UTF-8", bytes.len(), bytes, FrameErrorKind::NotUtf8)
        }),
        (start, "[a-z]{0,3}", any::<bool>()).prop_map(|(good, behind, fin)| {
            let payload = [good.as_bytes(), &[0xff], behind.as_bytes()].concat().into();
            let bytes = Frame { opcode: Opcode::Text, fin, payload }.bytes();
            refused("text that is not UTF-8", 2 + good.len() + 1, bytes, FrameErrorKind::NotUtf8)
        }),
        select(vec![0x81_u8, 0x82, 0x01]).prop_map(|first| {
            let bytes = vec![first, 127, 0, 1, 0, 0, 0, 0, 0, 0];
            refused("frame beyond every limit", bytes.len(), bytes, FrameErrorKind::TooBig)
        }),
    ]
}

fn refused(what: &'static str, refused_after: usize, bytes: Vec<u8>, kind: FrameErrorKind) -> Broken {
    Broken { what, bytes: Bytes(bytes), refused_after, kind }
}
