//! Vectors: what any implementation can be compared with. Here they are made.

pub mod bytes;
