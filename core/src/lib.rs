//! LIB_DOC
#![forbid(unsafe_code)]

mod code;
mod config;
pub mod dial;
mod entropy;
mod error;
mod event;
pub mod frame;
mod ids;
pub mod lifecycle;
pub mod params;
mod receive;
mod send_queue;
mod session;
mod time;
pub mod tls;
pub mod upgrade;
mod value;

pub use code::{ErrorCode, UnknownCode};
pub use config::{Config, Keepalive};
pub use entropy::{Entropy, SeededEntropy, Tape};
pub use error::{
    AnswerError, Cause, CloseError, Error, ParameterError, Phase, SendError, TransportError, UrlError,
};
pub use event::{Action, Event, Message, Misuse, Opened, Reason, ResolveError, Transmit};
pub use ids::{CallId, ConnectionId, TransportId};
pub use lifecycle::{CloseCause, OnExisting, Settle};
pub use params::{CloseOptions, ConnectOptions, Payload};
pub use receive::ReceiveBuffer;
pub use session::Session;
pub use time::Time;
pub use value::{InvalidJson, Value};
