//! What can happen, and how bytes say it.

use super::super::source::Source;
use crate::memory::server::Said;

/// Something happens to a session, on one of the workspaces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) client: u8,
    pub(super) work: u8,
    pub(super) op: Op,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// connectSocket, and the host and the server do what they can.
    Open,
    /// connectSocket alone.
    Connect,
    /// The server reads, and answers what there is to answer.
    Serve,
    /// The server sends a message.
    Say(Said),
    /// The server sends so many short messages.
    Burst(u8),
    /// The server sends a ping, or a pong nobody asked for.
    Control(u8),
    /// The server sends a close frame.
    ServerCloses,
    /// The server's stream ends, in one of some ways.
    End(u8),
    /// Writing fails from now on, and reading in one of some ways.
    Break(u8),
    /// The host reads once.
    Read(Read),
    /// The host reads a transport of an ended connection.
    ReadOld(Read),
    /// The host polls so many events.
    Events(u8),
    /// The host polls until there is nothing more.
    Drain,
    Pause,
    Resume,
    /// sendSocketMessage, of so many bytes.
    Send(u16),
    /// The host writes so many bytes at most.
    Write(u16),
    /// closeSocket.
    Close,
    /// The session is dropped and another takes its place.
    Drop(Before),
    Shrink,
    /// Time passes.
    Jump(u16),
    /// The host does a round: it reads, then lets timers run out; before that, it sleeps.
    Round(Sleep, Read),
}

/// What a host does with a session before it drops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    Shrink,
    Drain,
}

/// How the host reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    /// So many bytes at most.
    pub(super) most: usize,
    pub(super) way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Into the room that the session gives.
    Space,
    /// From memory of its own.
    Copied,
    /// Into a window that the system had before; and something happens before that is reported.
    Completion(Between),
}

/// What happens between a read and its report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    Nothing,
    Pause,
    Close,
    Replace,
    Send,
    Shrink,
}

/// How long a host sleeps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sleep {
    No,
    ToDeadline,
    Past(u16),
    Far,
}

impl Step {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let (kind, who) = (source.byte(), source.byte());
        let op = match kind % 48 {
            0 => Op::Open,
            1 => Op::Connect,
            2 | 3 => Op::Serve,
            4..=9 => Op::Say(Said::read(source)),
            10 => Op::Burst(source.byte()),
            11 => Op::Control(source.byte()),
            12 => Op::ServerCloses,
            13 => Op::End(source.byte()),
            14 => Op::Break(source.byte()),
            15..=22 => Op::Read(Read::of(source)),
            23 => Op::ReadOld(Read::of(source)),
            24..=26 => Op::Events(1 + source.byte() % 9),
            27..=31 => Op::Drain,
            32 | 33 => Op::Pause,
            34 | 35 => Op::Resume,
            36 => Op::Send(u16::from(source.byte())),
            37 => Op::Send(source.word() % 20_000),
            38 => Op::Write(u16::from(source.byte())),
            39 => Op::Write(u16::MAX),
            40 => Op::Close,
            41 => Op::Drop([Before::Nothing, Before::Shrink, Before::Drain][usize::from(source.byte()) % 3]),
            42 => Op::Shrink,
            43 => Op::Jump(source.word()),
            44 => Op::Round(Sleep::No, Read::of(source)),
            45 => Op::Round(Sleep::ToDeadline, Read::of(source)),
            46 => Op::Round(Sleep::Past(source.word()), Read::of(source)),
            _ => Op::Round(Sleep::Far, Read::of(source)),
        };
        Self { client: who & 0x0f, work: who >> 4, op }
    }
}

impl Read {
    fn of(source: &mut Source<'_>) -> Self {
        let (size, way) = (source.byte(), source.byte());
        let most = match size {
            0..=29 => 1 + usize::from(size),
            // Around the longest rest of a read, and the lengths of heads.
            30..=59 => 90 + usize::from(size) * 2,
            60..=119 => usize::from(size) * 25,
            120..=179 => usize::from(size) * 200,
            180.. => usize::MAX,
        };
        let way = match way {
            0..=127 => Way::Space,
            128..=159 => Way::Copied,
            160..=219 => Way::Completion(Between::Nothing),
            220..=229 => Way::Completion(Between::Pause),
            230..=233 => Way::Completion(Between::Close),
            234..=237 => Way::Completion(Between::Replace),
            238..=245 => Way::Completion(Between::Send),
            246.. => Way::Completion(Between::Shrink),
        };
        Self { most, way }
    }
}

impl Said {
    fn read(source: &mut Source<'_>) -> Self {
        let (kind, length) = (source.byte(), source.byte());
        let length = usize::from(length);
        let length = match length {
            0..=139 => length,
            140..=149 => 120 + length - 140,
            150..=154 => 65_533 + length - 150,
            155..=214 => (length - 154) * 97,
            215..=247 => (length - 214) * 1_009,
            _ => (length - 247) * 25_001,
        };
        let frames = if kind & 0x0c == 0 { 2 + usize::from(kind >> 4) % 5 } else { 1 };
        Self { text: kind & 1 == 0, length, frames, pings: kind & 2 == 0 }
    }
}
