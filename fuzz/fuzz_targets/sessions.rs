//! Sessions that share workspaces, against the rules of a loop.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_socket_fuzz::sessions(data));
