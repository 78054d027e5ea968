//! Many sessions in one loop: whose turn it is, how long another waits, and that nothing that goes leaves anything behind.
//! The sockets are in memory.

mod host;
#[path = "../memory/mod.rs"]
mod memory;

mod coming_and_going;
mod names;
mod time;
mod turns;
