//! Bytes taken one by one, by position: what a fuzzer changes in one place changes the meaning of that place
//! alone. Past the end there are zeros.

#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'d> {
    rest: &'d [u8],
}

impl<'d> Source<'d> {
    pub(super) fn new(rest: &'d [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    pub(super) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// The next `count` bytes, or what is left of them.
    pub(super) fn take(&mut self, count: usize) -> &'d [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub(super) fn rest(self) -> &'d [u8] {
        self.rest
    }
}

/// Sizes to cut a stream into, from a seed: 0 is a single piece, 1 is one byte at a time, others are mixed.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    seed: u8,
    state: u32,
}

impl Cuts {
    pub(super) fn new(seed: u8) -> Self {
        Self { seed, state: u32::from(seed) | 0x9e37_0000 }
    }

    /// How long the next piece is; at least 1.
    pub(super) fn next(&mut self) -> usize {
        match self.seed {
            0 => return usize::MAX,
            1 => return 1,
            _ => {}
        }
        // A xorshift generator: no more than a spread of sizes is asked of it.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        let most = match self.state & 3 {
            0 => 2,
            1 => 7,
            2 => 130,
            _ => 40_000,
        };
        1 + (self.state >> 2) as usize % most
    }
}
