//! Sessions that share workspaces: some with plain servers and some with TLS, read in pieces of any size, paused, put
//! aside, replaced and dropped, by a host that may come late and whose writes may fail.
//!
//! What must hold, whatever happens in between: messages arrive whole, in order, once (G5, F6); calls settle once and
//! connections end once (G2, G3); a host that does its work comes to an end (G7); a session that was drained keeps no
//! window, and at most twice of what it keeps at all (M2); a send behind a failed write fails at once (F7); what lay in
//! the socket counts before a deadline does (F8).
//!
//! - `ops`: what can happen, and how bytes say it.
//! - `line`: the far end of a socket, with its server.
//! - `client`: one session, and what must come of what its host does.
//! - `moves`: what that host moves over its sockets.
//! - `memory`: what a session may hold.
//! - `world`: all of them.
//! - `finish`: the host does its work until nothing is left, and everything must add up.

mod client;
mod finish;
mod line;
mod memory;
mod moves;
mod ops;
mod world;

use connect_socket_core::Config;

use super::source::Source;
use crate::memory::server::Layer;

/// What the sessions have from outside. The folder itself knows neither TLS nor an allocator.
#[expect(missing_debug_implementations, reason = "it holds functions")]
pub struct Outside<'o> {
    /// The settings to begin with, and what sessions trust.
    pub config: Config,
    /// A server's side of TLS. Without one, all urls are plain.
    pub tls: Option<&'o dyn Fn() -> Box<dyn Layer>>,
    /// How many bytes this thread has allocated; the same number at all times where nobody counts.
    pub held: fn() -> isize,
}

/// Plays what `data` says.
///
/// # Panics
/// If a rule is broken.
pub fn play(data: &[u8], outside: &Outside<'_>) {
    let mut source = Source::new(data);
    let mut world = world::World::new(&mut source, outside);
    let mut steps = 0;
    // What they can do, so many can do.
    while !source.is_empty() && steps < 400 {
        world.step(ops::Step::read(&mut source));
        steps += 1;
    }
    world.finish();
}
