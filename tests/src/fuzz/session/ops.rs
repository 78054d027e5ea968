//! What can be done to a session, and the encoding of it by which a fuzzer speaks.

use super::super::source::Source;
use super::super::wire;
use super::compressed::Said;
use crate::memory::frames::payload;

/// How the sessions are set up, and what kind of host they have.
// These are switches, and no states: every combination has its meaning.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The host does all that is to do after every operation; otherwise only when it is told to.
    pub eager: bool,
    /// S2 instead of S1.
    pub on_accept: bool,
    /// V5 is set to reject.
    pub reject: bool,
    /// V4.
    pub require_wss: bool,
    /// Pings (F6).
    pub keepalive: bool,
    /// Limits of a few hundred bytes instead of a few ten thousand.
    pub narrow: bool,
    /// A receive window of 512 bytes instead of 20,000.
    pub small_window: bool,
    /// Compression is offered, in one of some ways; the upper half is how servers answer it unless they are told to.
    pub compression: Option<u8>,
    /// Everything that comes out is written down.
    pub record: bool,
}

/// One operation. Where it says `which`, it chooses among what there is, the newest first; it does nothing where
/// there is nothing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// The operations that follow concern the other session.
    Switch,
    /// connectSocket: one of some urls, with one of some sets of options.
    Connect(u8, u8),
    /// connectSocket with any string as the url.
    ConnectTo(String),
    /// sendSocketMessage: a kind of payload, and how long it is.
    Send(u8, usize),
    /// closeSocket with one of some codes and reasons.
    Close(u8),
    /// One of some answers to a name lookup, for the current connection or, if it is odd, any.
    Resolve(u8),
    /// A dialled socket is connected.
    Connected(u8),
    /// A dialled socket is not.
    Refused(u8),
    /// The server answers the request, in one of some ways; the upper half is what it says to offers of compression.
    Answer(u8, u8),
    /// The server sends these bytes.
    Serve(u8, Stream),
    /// The server sends a message, compressed if that is what it chose.
    Say(u8, Said),
    /// The host reads so many bytes at most; and between the read and telling of it, something happens.
    Read(u8, u16, u8),
    /// The host writes so many bytes at most.
    Write(u8, u16),
    /// The host begins to write, and reports nothing yet.
    Offer(u8),
    /// The host reports so many bytes at most of what it began to write.
    Report(u8, u16),
    /// The peer has ended its half.
    End(u8),
    /// The transport is broken.
    Break(u8),
    /// The host polls so many events at most.
    Events(u8),
    /// The host polls so many actions at most.
    Actions(u8),
    /// The clock moves.
    Time(Jump),
    /// The host wants messages, or a pause.
    Receiving(bool),
    /// The host turns to something else for long, and the session keeps no more memory than it needs.
    Shrink,
    /// An input of one of some kinds, for a transport that is long gone.
    Stale(u8, u8),
    /// The host reports more than there is.
    Misuse(u8, u8),
}

/// How the clock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// To the next deadline.
    Deadline,
    /// So many milliseconds on.
    By(u16),
    /// So many milliseconds on, and the host does not say so.
    Unnoticed(u16),
    /// Far beyond every deadline.
    Far,
    /// The host speaks of a time that has passed.
    Back,
}

/// Bytes that a server sends, shown as such.
#[derive(Clone, PartialEq, Eq)]
pub struct Stream(pub Vec<u8>);

impl core::fmt::Debug for Stream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (start, rest) = self.0.split_at(self.0.len().min(40));
        write!(f, "Stream(\"{}\" and {} more)", start.escape_ascii(), rest.len())
    }
}

/// No more operations than this: what they can do, so many can do.
const MOST: usize = 400;

/// Reads operations from bytes: one or two of settings, then a byte for each operation and its details.
pub fn decode(data: &[u8]) -> (Settings, Vec<Op>) {
    let mut source = Source::new(data);
    let flags = source.byte();
    let flag = |bit: u8| flags & (1 << bit) != 0;
    let require_wss = flag(3) && flag(4) && flag(5);
    let compression = (flag(3) && !require_wss).then(|| source.byte());
    let settings = Settings {
        eager: flag(0),
        on_accept: flag(1),
        reject: flag(2),
        require_wss,
        keepalive: flag(4),
        narrow: flag(6),
        small_window: flag(7),
        compression,
        record: false,
    };
    let mut ops = Vec::new();
    while !source.is_empty() && ops.len() < MOST {
        shortcut(settings, &mut source, &mut ops);
    }
    (settings, ops)
}

/// One byte may stand for several operations, so that a fuzzer finds its way to open connections.
fn shortcut(settings: Settings, source: &mut Source<'_>, ops: &mut Vec<Op>) {
    let byte = source.byte();
    let before = ops.len();
    match byte % 40 {
        // To an open connection.
        0..=2 => ops.extend([
            Op::Connect(byte % 40, source.byte()),
            Op::Actions(9),
            Op::Resolve(0),
            Op::Actions(9),
            Op::Connected(0),
            Op::Write(0, u16::MAX),
            Op::Answer(0, settings.compression.unwrap_or(0) & 0xf0),
            Op::Read(0, u16::MAX, 0),
            Op::Events(9),
        ]),
        // To a request that is written.
        3 => ops.extend([
            Op::Connect(1, source.byte()),
            Op::Actions(9),
            Op::Connected(0),
            Op::Write(0, u16::MAX),
        ]),
        4 => ops.push(Op::Switch),
        5 => ops.push(Op::Connect(source.byte(), source.byte())),
        6 => {
            let length = usize::from(source.byte() % 40);
            ops.push(Op::ConnectTo(String::from_utf8_lossy(source.take(length)).into_owned()));
        }
        7 | 8 => ops.push(Op::Send(source.byte(), source.byte().into())),
        9 => ops.push(Op::Send(source.byte(), wire::made_up_length(source.byte()))),
        10 => ops.push(Op::Close(source.byte())),
        11 => ops.push(Op::Resolve(source.byte())),
        12 => ops.push(Op::Connected(source.byte())),
        13 => ops.push(Op::Refused(source.byte())),
        14 => ops.push(Op::Answer(source.byte(), source.byte())),
        16..=18 if settings.compression.is_some() => ops.push(Op::Say(0, said(source))),
        15..=18 => {
            let mut stream = Vec::new();
            wire::write(source, &mut stream);
            ops.push(Op::Serve(0, Stream(stream)));
        }
        19 => {
            let which = source.byte();
            let length = usize::from(source.byte() % 64);
            ops.push(Op::Serve(which, Stream(source.take(length).to_vec())));
        }
        20 => ops.push(Op::Read(0, u16::MAX, 0)),
        21 => ops.push(Op::Read(source.byte(), source.word(), 0)),
        22 => ops.push(Op::Read(source.byte(), u16::from(source.byte()), source.byte())),
        23 => ops.push(Op::Write(0, u16::MAX)),
        24 => ops.push(Op::Write(source.byte(), u16::from(source.byte()))),
        25 => ops.push(Op::Offer(source.byte())),
        26 => ops.push(Op::Report(source.byte(), u16::from(source.byte()))),
        27 => ops.push(Op::End(source.byte())),
        28 => ops.push(Op::Break(source.byte())),
        29 => ops.push(Op::Events(u8::MAX)),
        30 => ops.push(Op::Events(source.byte())),
        31 => ops.push(Op::Actions(source.byte())),
        32 => ops.push(Op::Time(Jump::Deadline)),
        33 => ops.push(Op::Time(Jump::By(source.word()))),
        34 => ops.push(Op::Time(match source.byte() {
            0..=80 => Jump::Far,
            81..=160 => Jump::Back,
            other => Jump::Unnoticed(u16::from(other) * 100),
        })),
        35 => ops.push(Op::Receiving(source.byte() & 1 == 0)),
        36 => ops.push(Op::Shrink),
        37 => ops.push(Op::Stale(source.byte(), source.byte())),
        38 => ops.push(Op::Misuse(source.byte(), source.byte())),
        // Read and tell.
        _ => ops.extend([Op::Read(0, u16::MAX, 0), Op::Events(u8::MAX), Op::Actions(u8::MAX)]),
    }
    // The upper part of the byte: all the same once more, now and then.
    if byte >= 240 {
        let again = ops[before..].to_vec();
        ops.extend(again);
    }
}

/// A message of a server: its payload is out of the input, or made up.
fn said(source: &mut Source<'_>) -> Said {
    let (shape, fault, length) = (source.byte(), source.byte(), source.byte());
    let payload = if shape & 0x80 == 0 {
        source.take(usize::from(length)).to_vec()
    } else {
        payload(shape & 1 == 0, wire::made_up_length(length))
    };
    Said { shape, fault, payload }
}
