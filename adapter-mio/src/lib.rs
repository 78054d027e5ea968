//! LIB_DOC
#![forbid(unsafe_code)]

mod driver;
mod event_loop;
mod resolver;
mod socket;

pub use connect_socket_core as core;
pub use driver::Driver;
pub use event_loop::EventLoop;
pub use resolver::Resolve;
