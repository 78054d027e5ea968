#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod driver;
mod event_loop;
mod socket;

pub use connect_socket_core;
pub use connect_socket_core::host::{Resolve, SessionKey};
pub use driver::{Driver, Slot};
pub use event_loop::{EventLoop, Waited, Wake};
