//! Compressed messages from a server, against zlib's inflater used alone.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_socket_fuzz::fuzz::inflate(data));
