//! The guide: one chapter for each kind of reader.
//!
//! - [`embed`]: put a session into a program or an event loop of your own.
//! - [`mod@test`]: replay and property-test what you build on it.
//! - [`port`]: bring `my.connectSocket` to another language.
//! - [`tune`]: limits, timeouts, memory and speed.
//!
//! The [rules](crate::rules) are the contract behind all chapters.

#[doc = include_str!("../guide/embed.md")]
pub mod embed {}

#[doc = include_str!("../guide/test.md")]
pub mod test {}

#[doc = include_str!("../guide/port.md")]
pub mod port {}

#[doc = include_str!("../guide/tune.md")]
pub mod tune {}
