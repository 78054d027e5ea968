//! Sequences of commands and host inputs on two sessions that share a workspace, with a scripted server
//! behind every transport, a virtual clock and recorded entropy; checked against the ground rules (rule G)
//! and what is visible of the rest.
//!
//! - `ops`: what can be done, and how bytes say it.
//! - `world`: does it, as a host would, or as a careless one.
//! - `compressed`: what is offered and chosen of compression, and a server's codecs.
//! - `host`: reads, writes, and inputs that come too late or are wrong.
//! - `line`: the far end of a transport: what the server says, and what the client wrote.
//! - `finish`: lets time pass until everything is over, and balances the books.

mod compressed;
mod finish;
mod host;
mod line;
mod ops;
mod world;

pub use compressed::Said;
pub use ops::{Jump, Op, Settings, Stream, decode};

/// Plays the operations and panics where a rule is violated. Gives what came out, line by line: events, actions,
/// bytes and deadlines.
pub fn play(settings: Settings, ops: &[Op]) -> Vec<String> {
    let mut world = world::World::new(settings);
    for op in ops {
        world.apply(op);
    }
    world.finish()
}
