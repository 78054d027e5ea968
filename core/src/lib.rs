//! Sans-IO core of `my.connectSocket`.
#![forbid(unsafe_code)]

mod code;
mod entropy;
mod error;
pub mod frame;
mod ids;
pub mod params;
mod time;
pub mod upgrade;
mod value;

pub use code::{ErrorCode, UnknownCode};
pub use entropy::{Entropy, SeededEntropy, Tape};
pub use error::{
    AnswerError, Cause, CloseError, Error, ParameterError, Phase, SendError, TransportError, UrlError,
};
pub use ids::{CallId, ConnectionId, TransportId};
pub use params::{CloseOptions, ConnectOptions, Payload};
pub use time::Time;
pub use value::{InvalidJson, Value};
