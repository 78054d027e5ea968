//! Randomness comes in from the host: a trait, the generator to use in production, and a recorded tape for
//! tests and vectors.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of unpredictable bytes: the key of an upgrade (16 bytes) and the mask of every frame (4 bytes,
/// RFC 6455 §5.3).
pub trait Entropy {
    /// Fills `out` whole.
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

/// The generator for production: `ChaCha` with 12 rounds, from a seed that the host takes from its operating
/// system. As fast as a generator that is not cryptographic, so masks cost nothing to do right.
#[derive(Clone, Debug)]
pub struct SeededEntropy(ChaCha12Rng);

impl SeededEntropy {
    /// A generator from 32 unpredictable bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
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

/// A recorded tape: gives its bytes in order, and zeros once it has run out. [`Tape::drawn`] says how many
/// were asked for, so a test sees how much randomness a session used.
///
/// ```
/// use connect_socket_core::{Entropy, Tape};
///
/// let mut tape = Tape::new(vec![1, 2, 3]);
/// assert_eq!(tape.mask(), [1, 2, 3, 0]);
/// assert_eq!(tape.drawn(), 4);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tape {
    bytes: Vec<u8>,
    drawn: usize,
}

impl Tape {
    /// A tape that holds `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, drawn: 0 }
    }

    /// How many bytes have been asked for, those past the end included.
    pub fn drawn(&self) -> usize {
        self.drawn
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
