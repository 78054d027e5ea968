//! Compression in these sessions: what a session offers, what the server chooses, and the server's codecs, which are zlib's
//! own. Nothing here uses core's: it says what must come out of the session, and reads what the session wrote.

use connect_socket_core::OwnedMessage;
use connect_socket_core::deflate::{Compression, Offer};
use flate2::{Compress, FlushCompress};

use crate::memory::frames::server_frame;
use crate::memory::inflater::Inflater;

/// What `choice` says of a session's configuration. Its upper half is the server's choice, where that is not chosen for
/// itself.
pub(super) fn compression(choice: u8) -> Compression {
    let mut offers = offers(choice).into_iter();
    let first = Compression::offering(offers.next().expect("an offer"));
    let compression = offers.fold(first, Compression::or);
    let threshold = if choice & 4 == 0 { 0 } else { 64 };
    compression.threshold(threshold).level(if choice & 8 == 0 { 6 } else { 1 })
}

/// What it offers.
pub(super) fn offers(choice: u8) -> Vec<Offer> {
    let windows = |bits| Offer::new().server_window_bits(bits).client_window_bits(bits);
    match choice & 3 {
        0 => vec![windows(10), Offer::new().client_window_bits(10), Offer::new()],
        1 => vec![windows(9)],
        2 => vec![Offer::new().server_takeover(false).client_takeover(false)],
        _ => vec![windows(8), Offer::new()],
    }
}

/// What a server says, and the window and takeover of its own messages.
#[derive(Clone, Copy, Debug)]
struct Choice {
    says: &'static str,
    bits: u8,
    takeover: bool,
}

const fn choice(says: &'static str, bits: u8, takeover: bool) -> Choice {
    Choice { says, bits, takeover }
}

/// The first declines. Whether one of the others answers the offers is for the session to judge.
const CHOICES: [Choice; 16] = [
    choice("", 15, false),
    choice("permessage-deflate", 15, true),
    choice("permessage-deflate; server_max_window_bits=10", 10, true),
    choice("permessage-deflate; server_max_window_bits=9; client_max_window_bits=9", 9, true),
    choice("permessage-deflate; server_max_window_bits=8; client_max_window_bits=8", 8, true),
    choice("permessage-deflate; server_no_context_takeover", 15, false),
    choice("permessage-deflate; client_no_context_takeover; server_max_window_bits=10", 10, true),
    choice("permessage-deflate; server_no_context_takeover; client_no_context_takeover", 15, false),
    choice("permessage-deflate; server_max_window_bits=\"9\"; server_no_context_takeover", 9, false),
    choice("permessage-deflate; client_max_window_bits=8", 15, true),
    choice("permessage-deflate; server_max_window_bits=8; client_no_context_takeover", 8, true),
    choice("permessage-deflate; client_max_window_bits", 15, true),
    choice("permessage-deflate; server_max_window_bits=16", 15, true),
    choice("permessage-deflate; server_max_window_bits=10, permessage-deflate", 10, true),
    choice("permessage-deflate; level=9", 15, true),
    choice("x-webkit-deflate-frame", 15, false),
];

/// The header lines by which a server answers offers.
pub(super) fn extensions(way: u8) -> String {
    match CHOICES[usize::from(way % 16)].says {
        "" => String::new(),
        says => format!("Sec-WebSocket-Extensions: {says}\r\n"),
    }
}

/// One message of a server, in bits, so that a fuzzer says it in three bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Text or not, compressed or not, with pings in between or not, and in how many frames.
    pub shape: u8,
    /// What is wrong with it, if anything is.
    pub fault: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

/// A server's compressing half.
#[derive(Debug)]
pub(super) struct Deflater {
    codec: Compress,
    takeover: bool,
}

/// A message on its way: the frames, what must come out of them, and the length of the longest frame.
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) bytes: Vec<u8>,
    /// `None`: something is wrong with it.
    pub(super) message: Option<OwnedMessage>,
    pub(super) longest: usize,
}

impl Deflater {
    /// Of a server that chose so.
    pub(super) fn new(way: u8) -> Option<Self> {
        let chosen = CHOICES[usize::from(way % 16)];
        // zlib has no window of 2^8; one of 2^9 never reaches back so far.
        let codec = Compress::new_with_window_bits(flate2::Compression::new(6), false, chosen.bits.max(9));
        (!chosen.says.is_empty()).then_some(Self { codec, takeover: chosen.takeover })
    }

    fn run(&mut self, payload: &[u8]) -> Vec<u8> {
        // RFC 7692 §7.2.3.6; zlib flushes nothing where there is nothing.
        if payload.is_empty() {
            return vec![0];
        }
        let mut out = Vec::with_capacity(2 * payload.len() + 64);
        self.codec.compress_vec(payload, &mut out, FlushCompress::Sync).expect("zlib compresses");
        assert!(out.len() < out.capacity(), "the flush is whole");
        out.truncate(out.len() - 4);
        if !self.takeover {
            self.codec.reset();
        }
        out
    }
}

/// The frames of a message, compressed where there is a deflater.
pub(super) fn say(said: &Said, deflater: Option<&mut Deflater>) -> Frames {
    let text = said.shape & 1 == 0;
    let (payload, message) = if text {
        let text = String::from_utf8_lossy(&said.payload).into_owned();
        (text.clone().into_bytes(), OwnedMessage::Text(text))
    } else {
        (said.payload.clone(), OwnedMessage::Binary(said.payload.clone()))
    };
    let (mut data, compressed) = match deflater.filter(|_| said.shape & 2 == 0) {
        Some(deflater) => (deflater.run(&payload), true),
        None => (payload, false),
    };
    let (mut rsv1, mut continued, mut wrong) = (if compressed { 0x40 } else { 0 }, 0, true);
    match said.fault {
        0 => rsv1 ^= 0x40,
        1 => continued = 0x40,
        2 => data.extend([0, 0, 0xff, 0xff]),
        3 => data.truncate(data.len() / 2),
        4 => data.iter_mut().last().into_iter().for_each(|last| *last ^= 1),
        5 => data.iter_mut().skip(2).take(1).for_each(|byte| *byte ^= 0x10),
        _ => wrong = false,
    }
    let count = 1 + usize::from(said.shape >> 3 & 3);
    let size = data.len().div_ceil(count).max(1);
    let mut pieces: Vec<&[u8]> = data.chunks(size).collect();
    if pieces.is_empty() {
        pieces.push(&[]);
    }
    let (opcode, last) = (if text { 1 } else { 2 }, pieces.len() - 1);
    let mut bytes = Vec::new();
    for (at, piece) in pieces.into_iter().enumerate() {
        if at > 0 && said.shape & 4 != 0 {
            bytes.extend(server_frame(0x89, b"between"));
        }
        let fin = if at == last { 0x80 } else { 0 };
        bytes.extend(server_frame(fin | if at == 0 { rsv1 | opcode } else { continued }, piece));
    }
    Frames { bytes, message: (!wrong).then_some(message), longest: size }
}

/// The data messages of a stream of a server's frames, as long as they are whole: each as zlib alone inflates it.
pub(super) fn messages(mut stream: &[u8], mut inflater: Option<Inflater>, most: usize) -> Vec<OwnedMessage> {
    let mut messages = Vec::new();
    let (mut first, mut data) = (0, Vec::new());
    while let Some((head, payload, behind)) = frame(stream) {
        stream = behind;
        match head & 0x0f {
            1 | 2 => (first, data) = (head, payload.to_vec()),
            0 => data.extend_from_slice(payload),
            8 => break,
            _ => continue,
        }
        if head & 0x80 == 0 {
            continue;
        }
        let data = core::mem::take(&mut data);
        let whole = match &mut inflater {
            Some(inflater) if first & 0x40 != 0 => inflater.run(&data, most),
            _ => Some(data),
        };
        let Some(bytes) = whole else { break };
        messages.push(match String::from_utf8(bytes) {
            Ok(text) if first & 0x0f == 1 => OwnedMessage::Text(text),
            Ok(text) => OwnedMessage::Binary(text.into_bytes()),
            Err(_) if first & 0x0f == 1 => break,
            Err(error) => OwnedMessage::Binary(error.into_bytes()),
        });
    }
    messages
}

/// A frame without a mask: its first byte, its payload, and what is behind it. `None`: it is not there whole.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & 0x7f {
        126 => {
            rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?
        }
        127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
        length => (u64::from(length), rest),
    };
    let (payload, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((first, payload, behind))
}
