//! The bodies of the targets. They belong to the tests, which run them on the corpus with a stable compiler;
//! included by path, they come without what else the tests depend on.
#![forbid(unsafe_code)]

#[path = "../tests/src/fuzz/mod.rs"]
pub mod fuzz;
#[path = "../tests/src/memory/mod.rs"]
pub mod memory;
#[cfg(feature = "tls")]
#[path = "../tests/src/memory_tls.rs"]
pub mod memory_tls;

use fuzz::sessions::{Outside, play};

/// Plays `fuzz::sessions`; nobody counts what is allocated.
#[cfg(feature = "tls")]
pub fn sessions(data: &[u8]) {
    use std::sync::LazyLock;

    static TLS: LazyLock<memory_tls::MemoryTls> = LazyLock::new(memory_tls::MemoryTls::new);
    play(data, &Outside { config: TLS.config(), tls: Some(&|| TLS.accept()), held: || 0 });
}

/// Plays `fuzz::sessions` over plain sockets; nobody counts what is allocated.
#[cfg(not(feature = "tls"))]
pub fn sessions(data: &[u8]) {
    play(data, &Outside { config: connect_socket_core::Config::default(), tls: None, held: || 0 });
}
