//! Frames from a server, against tungstenite.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_socket_fuzz::fuzz::frames(data));
