//! Sans-IO core of `my.connectSocket`.
#![forbid(unsafe_code)]

mod code;
pub mod dial;
mod entropy;
mod error;
pub mod frame;
mod ids;
mod time;
pub mod tls;

pub use code::{ErrorCode, UnknownCode};
pub use entropy::{Entropy, SeededEntropy, Tape};
pub use error::{
    AnswerError, Cause, CloseError, Error, ParameterError, Phase, SendError, TransportError, UrlError,
};
pub use ids::{CallId, ConnectionId, TransportId};
pub use time::Time;
