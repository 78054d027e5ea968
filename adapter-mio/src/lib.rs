//! mio adapter.
