//! The server's answer, against a second reading of the rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_socket_fuzz::fuzz::upgrade(data));
