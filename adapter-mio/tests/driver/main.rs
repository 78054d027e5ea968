//! Many sessions in a poll of one's own: what one of them, its server or its resolver does is no trouble for the others,
//! and what is gone leaves nothing behind. Over real sockets; turns and shares in memory are core's tests of its hub.

mod many;
mod names;
mod removal;
mod serving;
mod sharing;
mod support;
