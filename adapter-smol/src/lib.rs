//! `my.connectSocket` over the smol family.
#![forbid(unsafe_code)]

mod bell;
mod event;
mod group;
mod messages;
mod socket;
mod state;
mod transport;

pub use connect_socket_core as core;
pub use event::{Event, Message};
pub use group::{Group, Resolve};
pub use messages::Messages;
pub use socket::{Call, Events, Socket};
