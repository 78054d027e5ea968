//! The mutex and the atomics of this module: those of the standard library, or those of the model checker under which
//! its tests run.

#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) use std::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, loom))]
pub(super) use loom::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, shuttle))]
pub(super) use shuttle::sync::{Mutex, MutexGuard, atomic};
