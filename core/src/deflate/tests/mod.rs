//! What is agreed on, both codecs by themselves, and the traps that broke others.

mod answers;
mod receiving;
mod reference;
mod sending;

use core::fmt::Write as _;

use super::*;

/// What both sides of a connection agree on with these windows.
fn agreed(client_bits: u8, server_bits: u8, takeover: bool) -> Agreement {
    let alone = if takeover { "" } else { "; client_no_context_takeover; server_no_context_takeover" };
    let answer = format!(
        "permessage-deflate; client_max_window_bits={client_bits}; server_max_window_bits={server_bits}{alone}"
    );
    Agreement::judge([answer.as_str()], &[Offer::new()]).unwrap().unwrap()
}

/// Text of `length` bytes that compresses as JSON does, another for each `seed`.
fn json(seed: u64, length: usize) -> Vec<u8> {
    let (mut text, mut state) = (String::from("["), seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (id, price, side) = (state >> 40, state >> 20 & 0xffff, ["buy", "sell"][(state >> 63) as usize]);
        let _ = write!(text, r#"{{"id":{id},"symbol":"BTC-USD","price":"{price}","side":"{side}"}},"#);
    }
    text.truncate(length);
    text.into_bytes()
}

/// Bytes that do not compress.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    core::iter::repeat_with(next).take(length).collect()
}
