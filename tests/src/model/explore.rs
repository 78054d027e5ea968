//! Breadth first through everything that can be reached.
//!
//! A loop of our own and not stateright (0.31), for four reasons. What the rules promise is about steps: what
//! is told in which order between two states. Its properties are functions of a state, so each state would have
//! to carry what led to it. Its `eventually` is documented to overlook what ends in a cycle, and here every
//! session may go round for ever; asking for the way back in the finished graph is exact. What it has beyond
//! that (threads, symmetry reduction, an explorer in the browser) is for spaces that do not fit; ours are
//! some ten thousand worlds. And it would bring thirteen crates that nothing else here needs, a web server among
//! them, for the forty lines below. A breach comes with the shortest way to it, as it would there.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use super::checks::Breach;

/// What was reached.
pub(super) struct Explored<W> {
    /// Every world once, by how far it is from the beginning.
    pub(super) worlds: Vec<W>,
    /// Every transition: from which world to which, by their places.
    pub(super) moves: Vec<(usize, usize)>,
}

/// What a world leads to: by what, and to which world, or what is wrong with that.
pub(super) type Moves<W, L> = Vec<(L, Result<W, Breach>)>;

/// Explores from the first worlds. Worlds with the same key are the same.
pub(super) fn explore<W, K: Hash + Eq, L: Display>(
    first: impl IntoIterator<Item = W>,
    key: impl Fn(&W) -> K,
    moves_from: impl Fn(&W) -> Moves<W, L>,
) -> Result<Explored<W>, Breach> {
    let mut found = Explored { worlds: Vec::new(), moves: Vec::new() };
    let mut places = HashMap::new();
    let mut came: Vec<Option<(usize, L)>> = Vec::new();
    for world in first {
        places.insert(key(&world), found.worlds.len());
        found.worlds.push(world);
        came.push(None);
    }
    let mut at = 0;
    while let Some(world) = found.worlds.get(at) {
        for (label, after) in moves_from(world) {
            let after = after.map_err(|breach| with_way(breach, &came, at, &label))?;
            let next = found.worlds.len();
            let place = *places.entry(key(&after)).or_insert(next);
            found.moves.push((at, place));
            if place == next {
                found.worlds.push(after);
                came.push(Some((at, label)));
            }
        }
        at += 1;
    }
    Ok(found)
}

fn with_way<L: Display>(mut breach: Breach, came: &[Option<(usize, L)>], mut at: usize, last: &L) -> Breach {
    breach.way.push(last.to_string());
    while let Some((before, label)) = &came[at] {
        breach.way.push(label.to_string());
        at = *before;
    }
    breach.way.reverse();
    breach
}

impl<W> Explored<W> {
    /// Whether each world leads, by whatever moves, to one of the goals; if not, one that does not.
    pub(super) fn trapped(&self, is_goal: impl Fn(&W) -> bool) -> Option<&W> {
        let mut leads: Vec<bool> = self.worlds.iter().map(is_goal).collect();
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.worlds.len()];
        for &(from, to) in &self.moves {
            back[to].push(from);
        }
        let mut waiting: Vec<usize> = (0..leads.len()).filter(|&at| leads[at]).collect();
        while let Some(at) = waiting.pop() {
            for &from in &back[at] {
                if !std::mem::replace(&mut leads[from], true) {
                    waiting.push(from);
                }
            }
        }
        leads.iter().position(|leads| !leads).map(|at| &self.worlds[at])
    }
}
