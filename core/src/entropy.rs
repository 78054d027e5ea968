//! Randomness comes in from the host: a trait, the generator to use in production, and a recorded tape for
//! tests and vectors.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of unpredictable bytes: the key of an upgrade (16 bytes) and the mask of every frame (4 bytes,
/// RFC 6455 §5.3).
pub trait Entropy {
    /// Fills all of `out`.
    fn fill(&mut self, out: &mut [u8]);

    /// The next frame's masking key.
    fn mask(&mut self) -> [u8; 4] {
        let mut mask = [0; 4];
        self.fill(&mut mask);
        mask
    }
}

impl<E: Entropy + ?Sized> Entropy for &mut E {
    fn fill(&mut self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

impl<E: Entropy + ?Sized> Entropy for Box<E> {
    fn fill(&mut self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

/// The generator for production: `ChaCha` with 8 rounds, from a seed that the host takes from its operating system. It
/// is as fast as a generator that is not cryptographic, so unpredictable masks cost nothing extra.
#[derive(Clone)]
pub struct SeededEntropy(ChaCha8Rng);

impl SeededEntropy {
    /// A generator from 32 unpredictable bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }
}

impl fmt::Debug for SeededEntropy {
    /// Shows neither the seed nor the position.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeededEntropy").finish_non_exhaustive()
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    fn mask(&mut self) -> [u8; 4] {
        self.0.next_u32().to_ne_bytes()
    }
}

/// How many bytes are drawn ahead: fifteen masks, which leaves room for their count in the same words.
const AHEAD: u8 = 60;

/// One generator for all sessions of a loop. Each session holds a few masks drawn ahead instead of a generator of its
/// own.
///
/// ```
/// use connect_socket_core::{Entropy, SeededEntropy, SharedEntropy};
///
/// let seed = [0; 32]; // From your operating system.
/// let mut one = SharedEntropy::new(SeededEntropy::new(seed));
/// let mut other = one.clone();
/// assert_ne!(one.mask(), other.mask());
/// ```
pub struct SharedEntropy {
    source: Arc<Mutex<SeededEntropy>>,
    ahead: [u8; AHEAD as usize],
    /// How many bytes at the end of `ahead` have not been handed out yet.
    left: u8,
}

impl SharedEntropy {
    /// Shares `source`. Clones draw from it, too.
    pub fn new(source: SeededEntropy) -> Self {
        Self { source: Arc::new(Mutex::new(source)), ahead: [0; AHEAD as usize], left: 0 }
    }

    #[cold]
    fn refill(&mut self) {
        // A panic elsewhere cannot leave the state of a generator half changed.
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.fill(&mut self.ahead);
        self.left = AHEAD;
    }
}

impl fmt::Debug for SharedEntropy {
    /// Never shows what will be drawn.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedEntropy").finish_non_exhaustive()
    }
}

impl Clone for SharedEntropy {
    /// Shares the source, but nothing that was drawn ahead, so no two frames get the same bytes.
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), ahead: [0; AHEAD as usize], left: 0 }
    }
}

impl Entropy for SharedEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(4) {
            let mask = self.mask();
            chunk.copy_from_slice(mask.get(..chunk.len()).unwrap_or(&mask));
        }
    }

    #[inline]
    fn mask(&mut self) -> [u8; 4] {
        if self.left < 4 {
            self.refill();
        }
        let at = usize::from(AHEAD - self.left);
        self.left -= 4;
        self.ahead.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
    }
}

/// A recorded tape: it gives its bytes in order, and zeros once it has run out. [`Tape::drawn`] says how many bytes
/// were drawn, so a test sees how much randomness a session used.
///
/// ```
/// use connect_socket_core::{Entropy, Tape};
///
/// let mut tape = Tape::new(vec![1, 2, 3]);
/// assert_eq!(tape.mask(), [1, 2, 3, 0]);
/// assert_eq!(tape.drawn(), 4);
/// ```
#[derive(Clone, Default)]
pub struct Tape {
    bytes: Vec<u8>,
    drawn: usize,
}

impl Tape {
    /// A tape that holds `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, drawn: 0 }
    }

    /// How many bytes have been drawn, including those past the end.
    pub fn drawn(&self) -> usize {
        self.drawn
    }
}

impl fmt::Debug for Tape {
    /// Shows its length and its position, not its bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape").field("length", &self.bytes.len()).field("drawn", &self.drawn).finish()
    }
}

impl Entropy for Tape {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.bytes.get(self.drawn).copied().unwrap_or(0);
            self.drawn = self.drawn.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mask is drawn like any other bytes, through a reference and a box, too. What was drawn past the end of a tape counts.
    #[test]
    fn masks_are_drawn() {
        let mut tape = Tape::new(vec![1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(Entropy::mask(&mut &mut tape), [1, 2, 3, 4]);
        assert_eq!(tape.drawn(), 4);
        let mut tape = Box::new(tape);
        assert_eq!((tape.mask(), tape.mask()), ([5, 6, 7, 8], [9, 0, 0, 0]));
        assert_eq!(tape.drawn(), 12);

        let mut seeded = SeededEntropy::new([7; 32]);
        let mut keys = [[0; 16]; 3];
        for key in &mut keys {
            seeded.fill(key);
        }
        assert!(keys.iter().all(|key| *key != [0; 16]) && keys[0] != keys[1] && keys[1] != keys[2]);
        let masks: std::collections::HashSet<_> = (0..100).map(|_| seeded.mask()).collect();
        assert_eq!(masks.len(), 100, "the chance of two alike is one in a million");
    }

    /// Sessions that share a generator get what it draws, and each byte only once: no mask is another's, or known from one
    /// before (RFC 6455 §10.3).
    #[test]
    fn shared_bytes_are_handed_out_once() {
        let seed = [7; 32];
        let mut source = SeededEntropy::new(seed);
        let mut ahead = || {
            let mut bytes = [0; AHEAD as usize];
            source.fill(&mut bytes);
            bytes
        };
        let mut one = SharedEntropy::new(SeededEntropy::new(seed));
        let mut other = one.clone();
        let masks =
            |from: &mut SharedEntropy, count| (0..count).flat_map(|_| from.mask()).collect::<Vec<_>>();
        assert_eq!(masks(&mut one, 15), ahead());
        assert_eq!(masks(&mut other, 15), ahead());
        let third = ahead();
        assert_eq!(masks(&mut one, 3), third[..12]);
        // A clone has nothing of what was drawn ahead.
        assert_eq!(masks(&mut one.clone(), 15), ahead());
        let mut bytes = [0; 10];
        one.fill(&mut bytes);
        assert_eq!(bytes, third[12..22], "whole masks are taken, and the rest of the last is dropped");
        assert_eq!(masks(&mut one, 1), third[24..28]);
    }
}
