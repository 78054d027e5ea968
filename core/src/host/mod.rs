//! What hosts of a session share, whichever loop they run: when a socket is worth a try, events that wait for whoever
//! takes them, and a session as futures. Nothing here opens a socket or asks a clock.

pub(crate) mod inbox;
pub(crate) mod link;
pub(crate) mod owned;
#[cfg(feature = "tasks")]
pub mod tasks;
