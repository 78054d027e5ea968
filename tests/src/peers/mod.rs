//! Real servers for tests: each listens on 127.0.0.1 with a port of the system's choice, serves from threads
//! of its own, and ends when its value is dropped.

pub mod deaf;
pub mod deflate;
pub mod echo;
pub mod frames;
pub mod front;
pub mod mailbox;
pub mod registry;
pub mod script;
pub mod wire;
