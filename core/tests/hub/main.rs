//! Many sessions in one loop: whose turn it is, how long another waits, and that nothing that goes leaves anything behind.
//! The sockets are in memory.

mod host;
#[path = "../opened/mod.rs"]
mod opened;

mod coming_and_going;
mod names;
mod time;
mod turns;
