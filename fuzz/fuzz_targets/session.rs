//! Sequences of commands and inputs, against the ground rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_socket_fuzz::fuzz::session(data));
