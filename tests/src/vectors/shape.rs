//! The JSON of the table and of the traces, as types: written by the generator and read by the replay, so that
//! there is one place that knows the names of members. `schemas/` says the same to others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A word of the table, by its stable lower-case name.
pub type Word = Cow<'static, str>;

/// One of the twelve codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// 1 to 12.
    pub code: u8,
    /// Its name.
    pub name: Word,
    /// What it says to people.
    pub text: Word,
}

/// An event of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventName {
    /// Its name, in rows and traces.
    pub name: Word,
    /// `call`, `signal` of the current connection, or `stale` one of an earlier connection.
    pub kind: Word,
}

/// How large the table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Phases with settings.
    pub states: usize,
    /// Calls, signals and stale signals.
    pub events: usize,
    /// Each with each.
    pub rows: usize,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableRow {
    /// `table/PHASE/SETTLE/ON-EXISTING/EVENT`.
    pub id: String,
    /// The phase before.
    pub phase: Word,
    /// When a connect settles.
    pub settle: Word,
    /// What a connect does to a connection that exists.
    pub on_existing: Word,
    /// What happens.
    pub event: Word,
    /// The phase behind it.
    pub next: Word,
    /// How the connection ended that was current before, if it did.
    pub ended: Option<Word>,
    /// What to do, in this order.
    pub actions: Vec<Do>,
}

/// `table.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableFile {
    /// Of the format.
    pub version: u8,
    /// Where the format is stated.
    pub schema: String,
    /// What writes the file.
    pub generator: String,
    /// How many rows.
    pub count: usize,
    /// What the flags of rows mean; rows have none.
    pub flags: BTreeMap<String, String>,
    /// The twelve codes.
    pub codes: Vec<Code>,
    /// The phases of a session.
    pub phases: Vec<Word>,
    /// The values of the setting `settle`, the default first.
    pub settle: Vec<Word>,
    /// The values of the setting `onExisting`, the default first.
    pub on_existing: Vec<Word>,
    /// The events.
    pub events: Vec<EventName>,
    /// How a connection can have ended.
    pub ended: Vec<Word>,
    /// How large it all is.
    pub counts: Counts,
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// An action of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Do {
    /// A call succeeds or fails, and completes.
    Settle {
        /// `this`, `connect` or `send`.
        call: Word,
        /// `success` or `fail`.
        result: Word,
        /// The code of a fail.
        error: Option<u8>,
    },
    /// An event is told.
    Tell(Tell),
    /// A close frame is queued.
    SendClose {
        /// Which one.
        frame: Word,
    },
    /// A timer starts, afresh if it runs.
    Arm {
        /// Which one.
        timer: Word,
    },
    /// A timer stops, if it runs.
    Disarm {
        /// Which one.
        timer: Word,
    },
    /// Pending sends fail, oldest first.
    FailSends,
    /// A new connection is the current one from here on.
    Begin,
    /// The message of the call is queued.
    QueueMessage,
    /// A pong is queued.
    AnswerPing,
    /// A ping is queued.
    SendPing,
    /// The transport goes at once.
    Drop,
    /// The transport finishes, drains and goes.
    Linger,
}

/// An event of the API, as the table has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Tell {
    /// onSocketOpen.
    Open,
    /// onSocketMessage.
    Message,
    /// onSocketError.
    Error {
        /// Its code.
        error: u8,
    },
    /// onSocketClose.
    Close {
        /// Where its code comes from.
        code: Word,
        /// The code, where the table knows it.
        number: Option<u16>,
        /// Its cause.
        cause: Word,
    },
}

/// A trace: a session from its first call on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trace {
    /// Unique in all files, and stable.
    pub id: String,
    /// What it is about.
    pub comment: String,
    /// See the file's flags.
    pub flags: Vec<Word>,
    /// The rules that it pins.
    pub rules: Vec<Word>,
    /// When a connect settles.
    pub settle: Word,
    /// What a connect does to a connection that exists.
    pub on_existing: Word,
    /// What happens, one by one.
    pub steps: Vec<Step>,
}

/// A step of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens.
    pub input: InputShape,
    /// The phase behind it.
    pub state: Word,
    /// How the connection ended that was current before, if it did.
    pub ended: Option<Word>,
    /// What the user observes, in order.
    pub told: Vec<ToldShape>,
    /// What the row of the table says.
    pub actions: Vec<Do>,
}

/// An input, with what it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum InputShape {
    /// A call, by its number.
    Call {
        /// Its event.
        event: Word,
        /// Counted from 1.
        call: u32,
    },
    /// A signal of a connection.
    Signal {
        /// Its event.
        event: Word,
        /// Counted from 1; null where no connection was ever accepted or is left.
        connection: Option<u32>,
    },
}

/// What the user observes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ToldShape {
    /// One of the three results of a call.
    Result(CallResult),
    /// An event of a connection.
    Event(ToldEvent),
}

/// success, fail or complete of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallResult {
    /// The number of the call.
    pub call: u32,
    /// `success`, `fail` or `complete`.
    pub result: Word,
    /// The code of a fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<u8>,
}

/// An event of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ToldEvent {
    /// onSocketOpen.
    Open {
        /// The number of the connection.
        connection: u32,
    },
    /// onSocketMessage.
    Message {
        /// The number of the connection.
        connection: u32,
    },
    /// onSocketError.
    Error {
        /// The number of the connection.
        connection: u32,
        /// Its code.
        error: u8,
    },
    /// onSocketClose.
    Close {
        /// The number of the connection.
        connection: u32,
        /// Where its code comes from.
        code: Word,
        /// The code, where the table knows it.
        number: Option<u16>,
        /// Its cause.
        cause: Word,
    },
}

/// `traces/*.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceFile {
    /// Of the format.
    pub version: u8,
    /// Where the format is stated.
    pub schema: String,
    /// What writes the file.
    pub generator: String,
    /// What the file is for.
    pub comment: String,
    /// How many traces.
    pub count: usize,
    /// What the flags of traces mean.
    pub flags: BTreeMap<String, String>,
    /// The traces.
    pub traces: Vec<Trace>,
}
