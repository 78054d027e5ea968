//! `sessions.json`: whole sessions on the plaintext side: calls, a network that does what the script says, a clock, a
//! tape for entropy, and all that comes out, byte for byte. The sequences of the rules are among them.
//!
//! Behind every step everything is taken that there is to take: events, what the host is to do, and what is to be
//! written, as far as the transport takes it. Nothing depends on how the bytes of a step are cut. Timers fire at
//! steps named `time` alone. No timer is due before any other step, but before bytes and the end of a stream, which
//! count before the time does (F8).

mod closing;
pub mod compressed;
mod connecting;
mod dialling;
mod faults;
mod fresh;
mod keepalive;
mod late;
mod messages;
mod output;
mod pauses;
mod peer;
mod policies;
mod reads;
mod replacing;
mod stage;
mod unwritable;
mod zero;

use serde::{Deserialize, Serialize};

use super::calls::Kind;
use super::{Hex, Json};
use crate::vectors::shape::CallResult;

/// A session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Session {
    /// `area/section/name`.
    pub id: String,
    /// What it is about.
    pub comment: String,
    /// What a port may be unable to do that it asks for.
    pub flags: Vec<String>,
    /// The rules that it pins.
    pub rules: Vec<String>,
    /// How the session is set.
    pub settings: Settings,
    /// The bytes that the session draws: sixteen for the key of each connection as it begins its upgrade, four for the mask of each
    /// frame as it is made, in that order in time.
    pub entropy_hex: Hex,
    /// What happens, one by one.
    pub steps: Vec<Step>,
}

/// The settings of a session (D).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// How long a connect may take.
    pub connect_timeout_ms: u64,
    /// How long to wait for the peer's close frame, and how long a transport lingers.
    pub close_timeout_ms: u64,
    /// The longest message, both ways.
    #[serde(rename = "maxMessageBytes")]
    pub message_limit: usize,
    /// The longest frame received.
    #[serde(rename = "maxFrameBytes")]
    pub frame_limit: usize,
    /// The longest head of the answer.
    #[serde(rename = "maxHeadBytes")]
    pub response_head_limit: usize,
    /// The longest head of the request.
    #[serde(rename = "maxRequestHeadBytes")]
    pub request_head_limit: usize,
    /// The most that waits to be written.
    #[serde(rename = "highWaterBytes")]
    pub high_water: usize,
    /// Pings; null for none.
    pub keepalive: Option<Keepalive>,
    /// `on-outcome` or `on-accept`.
    pub settle: String,
    /// `replace` or `reject`.
    pub on_existing: String,
    /// Whether ws is refused.
    pub require_wss: bool,
}

/// When a ping goes out (F6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Keepalive {
    /// After so long without a byte of a frame; zero is off.
    #[serde(rename = "pingIntervalMs")]
    pub interval_ms: u64,
    /// How long the peer may take to send anything.
    #[serde(rename = "pongTimeoutMs")]
    pub timeout_ms: u64,
}

/// A step: what happens, and all that comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// When, on the host's clock.
    pub at_ms: u64,
    /// What happens.
    pub input: Input,
    /// What the Mini Program observes, in order.
    pub told: Vec<Told>,
    /// What the host is to do, in order.
    pub host: Vec<Task>,
    /// What is written, for each transport.
    pub sent: Vec<Written>,
}

/// What happens. A transport has the number of its connection and, behind a point, that of the address dialled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Input {
    /// connectSocket.
    Connect {
        /// The number of the call.
        call: u32,
        /// Its parameters.
        url: Json,
        /// What becomes the query.
        data: Json,
        /// What becomes header lines.
        header: Json,
        /// The subprotocols offered.
        protocols: Json,
    },
    /// sendSocketMessage.
    Send {
        /// The number of the call.
        call: u32,
        /// The message.
        data: Json,
        /// Whether it is bytes in base64.
        is_buffer: Json,
    },
    /// closeSocket.
    Close {
        /// The number of the call.
        call: u32,
        /// The code.
        code: Json,
        /// The reason.
        reason: Json,
    },
    /// The resolver has found addresses.
    Resolved {
        /// For which connection.
        connection: u32,
        /// In the order in which the system prefers them.
        addresses: Vec<String>,
    },
    /// The resolver has found nothing.
    NotFound {
        /// For which connection.
        connection: u32,
    },
    /// A socket is connected.
    Connected {
        /// Which.
        transport: String,
    },
    /// A socket could not be connected.
    Refused {
        /// Which.
        transport: String,
    },
    /// Bytes came.
    Received {
        /// On which transport.
        transport: String,
        /// The bytes.
        bytes_hex: Hex,
    },
    /// The peer has ended its half of the stream.
    Ended {
        /// Of which transport.
        transport: String,
    },
    /// The system reports an error: the connection was reset.
    Reset {
        /// Of which transport.
        transport: String,
    },
    /// Writing fails: nothing more goes out, and what the peer sent before may still come.
    WriteFailed {
        /// To which transport.
        transport: String,
    },
    /// From now on the host takes no messages, and reads no open connection.
    Pause,
    /// It takes them again, and reads what has come meanwhile.
    Resume,
    /// From now on the transport takes so many bytes more; any number if null, as it does at first.
    Takes {
        /// Which.
        transport: String,
        /// How many.
        bytes: Option<usize>,
    },
    /// The clock shows this; timers that are due fire.
    Time,
}

/// What a Mini Program observes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Told {
    /// One of the three results of a call.
    Result(CallResult),
    /// An event.
    Event(Event),
}

/// An event of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Event {
    /// onSocketOpen.
    Open {
        /// The number of the connection.
        connection: u32,
        /// The subprotocol, empty for none.
        protocol: String,
        /// The answer's headers.
        headers: Vec<(String, String)>,
    },
    /// onSocketMessage.
    Message {
        /// The number of the connection.
        connection: u32,
        /// Text or binary.
        kind: Kind,
        /// The payload; of a text, the UTF-8.
        data_hex: Hex,
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
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// How the connection came to its end.
        cause: String,
    },
}

/// What a host is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Task {
    /// Look up a name.
    Resolve {
        /// For which connection.
        connection: u32,
        /// The name.
        host: String,
        /// The port that will be dialled.
        port: u16,
    },
    /// Connect a socket.
    Dial {
        /// The name of the transport.
        transport: String,
        /// Where to.
        address: String,
    },
    /// Shut down the sending half.
    HalfClose {
        /// Of which transport.
        transport: String,
    },
    /// Close the socket.
    Release {
        /// Of which transport.
        transport: String,
    },
}

/// What is written to a transport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    /// Which.
    pub transport: String,
    /// The bytes.
    pub bytes_hex: Hex,
}

impl Default for Settings {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            connect_timeout_ms: 60_000,
            close_timeout_ms: 10_000,
            message_limit: 10 * MIB,
            frame_limit: 10 * MIB,
            response_head_limit: 16 * 1024,
            request_head_limit: 64 * 1024,
            high_water: 16 * MIB,
            keepalive: None,
            settle: "on-outcome".to_owned(),
            on_existing: "replace".to_owned(),
            require_wss: false,
        }
    }
}

/// The text of the file.
pub(super) fn text() -> String {
    let flags =
        [("dialling", "the host must leave it to the session which address is dialled, and when (RFC 8305)")];
    let sessions = [
        connecting::sessions(),
        dialling::sessions(),
        replacing::sessions(),
        policies::sessions(),
        messages::sessions(),
        reads::sessions(),
        peer::sessions(),
        closing::sessions(),
        keepalive::sessions(),
        output::sessions(),
        fresh::sessions(),
        faults::sessions(),
        zero::sessions(),
        late::sessions(),
        pauses::sessions(),
        unwritable::sessions(),
    ];
    super::file("sessions", &flags, sessions.into_iter().flatten().collect::<Vec<_>>())
}

impl Input {
    /// The bytes that come with it.
    pub(crate) fn received(&self) -> &[u8] {
        match self {
            Self::Received { bytes_hex, .. } => &bytes_hex.0,
            Self::Connect { .. }
            | Self::Send { .. }
            | Self::Close { .. }
            | Self::Resolved { .. }
            | Self::NotFound { .. }
            | Self::Connected { .. }
            | Self::Refused { .. }
            | Self::Ended { .. }
            | Self::Reset { .. }
            | Self::WriteFailed { .. }
            | Self::Pause
            | Self::Resume
            | Self::Takes { .. }
            | Self::Time => &[],
        }
    }
}
