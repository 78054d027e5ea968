//! How much may still go into the request head. The head is first written here, where nothing is kept (rules V6, M1).

use core::fmt;

use crate::error::ParameterError;

/// Counts down from a limit what is written, and fails when it is exceeded.
pub(crate) struct Room {
    limit: usize,
    left: usize,
}

impl Room {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, left: limit }
    }

    /// How much was written.
    pub(crate) fn taken(&self) -> usize {
        self.limit - self.left
    }

    /// What a failed write means.
    pub(crate) fn passed(&self) -> ParameterError {
        ParameterError::HeadTooLong { limit: self.limit }
    }
}

impl fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}
