//! What the sockets of a group share: configuration, entropy, the runtime, look-ups, and the memory to read into.

use std::io;
use std::sync::{Arc, PoisonError};

use super::names::Names;
use super::runtime::Runtime;
use super::sync::{Mutex, MutexGuard};
use crate::config::Config;
use crate::entropy::{SeededEntropy, SharedEntropy};
use crate::session::Session;
use crate::workspace::Workspace;

/// Moved twice for each message, and a pointer moves faster: 130 instructions of 2,290 for a message sent and one received.
type Lent = Box<Workspace>;

pub(super) struct Shared<R> {
    config: Arc<Config>,
    entropy: SharedEntropy,
    pub(super) runtime: R,
    pub(super) names: Names,
    /// There are as many as sockets ever worked at one time: one for each thread of the executor.
    free: Mutex<Vec<Lent>>,
}

impl<R: Runtime> Shared<R> {
    pub(super) fn new(runtime: R, config: Config) -> io::Result<Self> {
        let entropy = SharedEntropy::new(SeededEntropy::new(runtime.start()?));
        let config = Arc::new(runtime.configure(config));
        Ok(Self { config, entropy, runtime, names: Names::default(), free: Mutex::default() })
    }

    /// The configuration of sockets that do not bring their own.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config)
    }

    /// A session, idle.
    pub(super) fn session(&self, config: impl Into<Arc<Config>>) -> Session<SharedEntropy> {
        Session::new(config, self.entropy.clone())
    }
}

impl<R> Shared<R> {
    /// Memory to work with.
    #[expect(clippy::unnecessary_box_returns, reason = "see the type")]
    pub(super) fn lend(&self) -> Lent {
        self.free().pop().unwrap_or_default()
    }

    /// Takes it back.
    pub(super) fn give_back(&self, work: Lent) {
        self.free().push(work);
    }

    fn free(&self) -> MutexGuard<'_, Vec<Lent>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(loom), not(shuttle)))]
mod tests {
    use super::*;

    /// M3: there are as many workspaces as were ever lent at one time, and they are used again.
    #[test]
    fn m3_workspaces_are_used_again() {
        let shared = Shared {
            config: Arc::default(),
            entropy: SharedEntropy::new(SeededEntropy::new([7; 32])),
            runtime: (),
            names: Names::default(),
            free: Mutex::default(),
        };
        for _ in 0..3 {
            let lent = [shared.lend(), shared.lend()];
            assert!(shared.free().is_empty());
            for work in lent {
                shared.give_back(work);
            }
            assert_eq!(shared.free().len(), 2);
        }
    }
}
