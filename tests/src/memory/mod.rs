//! A session in memory: transports that are buffers, servers that are functions, and a host that holds whatever the
//! session does against the contract. Time and entropy come from whoever plays.
//!
//! - [`host`]: one session and its host. It makes calls, polls, reads and writes, and knows what each may do.
//! - [`mod@line`]: one transport, as its host knows it.
//! - [`watch`]: what a Mini Program sees, and what it may rely on.
//! - [`server`]: what a server says to a request, and a whole server that does right, over a layer.
//! - [`inflater`]: compressed messages as a strict receiver reads them.
//! - [`frames`]: frames as a server writes them, and as it reads those of a client.
//!
//! Used by `fuzz::session` (two sessions, hosts and servers of any kind), `fuzz::sessions` (many, on shared workspaces),
//! `tests/machine` (against a model) and `replay` (against vectors). The folder needs nothing but core, without TLS,
//! tungstenite and flate2, so that `fuzz/` can include it by path; TLS in memory is `memory_tls`, beside it.

pub mod frames;
pub mod host;
pub mod inflater;
pub mod line;
pub mod server;
pub mod watch;
