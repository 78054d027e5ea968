//! Sockets for tasks over a runtime in memory: what they ask of it, whom they wake, and how they share.
#![cfg(feature = "tasks")]

mod ends;
mod event_loop;
mod memory;
mod names;
mod sink;
mod stays_ready;
mod turns;
mod waiting;
mod wakers;
