//! Our frame decoder against itself in pieces, and against tungstenite.
//!
//! However a stream is cut, the same items and the same error come out. What tungstenite reads from the same
//! stream is the same too, up to the first close frame, but for the differences that are meant:
//!
//! - A length that is not in its shortest form is an error here (rule F1); tungstenite takes it, in
//!   control frames too. Nothing is compared behind it.
//! - We refuse as soon as a byte is wrong: heads byte by byte, text within an unfinished frame (F1, F2), a
//!   control frame's length and the limits by what the head announces (F3). tungstenite waits for the head, or
//!   for the whole frame, and may so still wait where we have refused. It must not have given an item by then.
//! - A close code that must not be sent is an error here (F4); tungstenite gives it as a close frame of 1002,
//!   unless it finds the reason wrong, which it looks at first.
//! - 1014 is a code that may come (F4, registered with IANA); tungstenite gives it as 1002, too.
//! - The frame limit does not concern control frames here, which have their own; limits under 125 bytes are
//!   therefore not compared.

use connect_socket_core::Workspace;
use connect_socket_core::deflate::Agreement;
use connect_socket_core::frame::{Decoder, FrameError, Item, Limits};
use tungstenite::protocol::Role;

use super::oracle::{self, End};
use super::source::{Cuts, Source};
use super::wire;

/// An item that owns what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A close frame.
    Close(Option<(u16, String)>),
}

impl From<Item<'_>> for Got {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Text(text) => Self::Text(text.to_owned()),
            Item::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Item::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Item::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Item::Close(frame) => Self::Close(frame.map(|frame| (frame.code, frame.reason.to_owned()))),
        }
    }
}

/// What a decoder made of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) items: Vec<Got>,
    pub(super) error: Option<FrameError>,
    /// Whether it stands between two messages, if it has not failed.
    between: bool,
}

/// How a stream is handed to the decoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) cuts: u8,
    /// Messages are discarded from this item on.
    pub(super) discard_at: Option<usize>,
}

pub(super) const AT_ONCE: Manner = Manner { cuts: 0, discard_at: None };

const LIMITS: [Limits; 6] = [
    Limits { frame: 1 << 20, message: 1 << 20 },
    Limits { frame: 125, message: 300 },
    Limits { frame: 70_000, message: 66_000 },
    Limits { frame: 200, message: 130 },
    // Not compared with tungstenite.
    Limits { frame: 16, message: 40 },
    Limits { frame: 124, message: 0 },
];

/// The first byte chooses limits and whether the rest is a stream or describes one; the second, how it is cut.
pub fn frames(data: &[u8]) {
    let mut source = Source::new(data);
    let choice = source.byte();
    let cuts = source.byte();
    let limits = LIMITS[usize::from(choice & 0x0f) % LIMITS.len()];
    let described = choice & 0x80 != 0;
    let mut stream = Vec::new();
    if described {
        while !source.is_empty() && stream.len() < 1 << 18 {
            wire::write(&mut source, &mut stream);
        }
    } else {
        stream.extend_from_slice(source.rest());
    }
    check(limits, &stream, cuts);
}

/// Reads `stream` in every manner and compares.
pub(super) fn check(limits: Limits, stream: &[u8], cuts: u8) {
    let whole = read(limits, stream, AT_ONCE);
    // One byte at a time only where that does not take long.
    let bytewise = if stream.len() < 4096 { 1 } else { 2 };
    for cuts in [bytewise, cuts] {
        let cut = read(limits, stream, Manner { cuts, discard_at: None });
        assert_eq!(cut, whole, "the stream was cut differently: {cuts}");
    }
    let from = usize::from(cuts % 5);
    let discard_at = Some(from);
    let discarded = read(limits, stream, Manner { discard_at, ..AT_ONCE });
    for cuts in [bytewise, cuts.max(2)] {
        let cut = read(limits, stream, Manner { cuts, discard_at });
        assert_eq!(cut, discarded, "messages were discarded, and the stream cut differently: {cuts}");
    }
    assert_discards(&whole, &discarded, from);
    if limits.frame >= 125 {
        compare(limits, stream, whole);
    }
}

/// A decoder that discards gives no message, and every control frame that it would give otherwise.
fn assert_discards(whole: &Read, discarded: &Read, from: usize) {
    let is_control = |item: &&Got| matches!(item, Got::Ping(_) | Got::Pong(_) | Got::Close(_));
    let (before, after) = discarded.items.split_at(from.min(discarded.items.len()));
    assert_eq!(before, whole.items.get(..before.len()).unwrap_or_default());
    assert!(after.iter().all(|item| is_control(&item)), "a message was not discarded: {after:?}");
    let expected: Vec<_> = whole.items.iter().skip(before.len()).filter(is_control).collect();
    let given: Vec<_> = after.iter().take(expected.len()).collect();
    assert_eq!(given, expected, "a control frame went with the messages");
    if whole.error.is_none() {
        assert_eq!(discarded.error, None, "less is judged while discarding");
        assert_eq!(after.len(), expected.len());
    }
}

/// Reads a whole stream.
fn read(limits: Limits, stream: &[u8], manner: Manner) -> Read {
    read_as(limits, None, stream, manner)
}

/// The same with what was agreed on compression.
pub(super) fn read_as(limits: Limits, agreed: Option<Agreement>, stream: &[u8], manner: Manner) -> Read {
    let mut decoder = Decoder::new(limits);
    if let Some(agreed) = agreed {
        decoder.inflate(agreed);
    }
    let mut work = Workspace::default();
    let mut cuts = Cuts::new(manner.cuts);
    let mut items = Vec::new();
    let mut rest = stream;
    let mut input: &[u8] = &[];
    loop {
        if manner.discard_at == Some(items.len()) {
            decoder.discard_messages();
        }
        let before = input.len();
        match decoder.decode(&mut input, &mut work) {
            Ok(Some(item)) => {
                items.push(Got::from(item));
                continue;
            }
            Ok(None) => assert!(input.is_empty(), "bytes were left without an item"),
            Err(error) => {
                assert_eq!(decoder.decode(&mut input, &mut work), Err(error), "an error did not stay");
                return Read { items, error: Some(error), between: false };
            }
        }
        assert!(input.len() <= before);
        if rest.is_empty() {
            return Read { items, error: None, between: decoder.is_between_messages() };
        }
        let size = cuts.next().min(rest.len());
        (input, rest) = rest.split_at(size);
    }
}

/// Reads the stream with tungstenite, and allows what the module's documentation allows.
fn compare(limits: Limits, stream: &[u8], mut own: Read) {
    let narrow = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut theirs, end) = oracle::read(Role::Client, stream, narrow(limits.frame), narrow(limits.message));
    let closed = own.items.iter().position(|item| matches!(item, Got::Close(_)));
    if let Some(place) = closed {
        own.items.truncate(place + 1);
        own.error = None;
        let is_1014 = matches!(own.items.last(), Some(Got::Close(Some((1014, _)))));
        if is_1014 && matches!(theirs.last(), Some(Got::Close(Some((1002, _))))) && theirs.len() == place + 1
        {
            theirs.pop();
            own.items.pop();
        }
    }
    match own.error {
        None => {
            assert_eq!(own.items, theirs, "tungstenite reads something else; its end: {end:?}");
            match end {
                End::Waits => assert!(closed.is_none()),
                End::Closed => assert!(closed.is_some()),
                End::Refused(error) => panic!("tungstenite refuses what we accept: {error}"),
            }
        }
        // A control frame in a longer form than it needs is told as too long: its second byte says no more.
        Some(FrameError::LengthNotMinimal | FrameError::ControlTooLong) => {
            assert_eq!(theirs.get(..own.items.len()), Some(&own.items[..]));
        }
        Some(FrameError::CloseCode(_)) => {
            if matches!(end, End::Closed) {
                let code = theirs.pop();
                assert!(matches!(code, Some(Got::Close(Some((1002, _))))), "{code:?}");
            }
            assert_eq!(own.items, theirs);
        }
        Some(error) => {
            assert_eq!(own.items, theirs, "we refuse with {error:?}; tungstenite's end: {end:?}");
            assert!(!matches!(end, End::Closed));
        }
    }
}
