//! The messages that the benches of compression send, here and in the bench beside other crates.

use std::fmt::Write as _;

/// A feed of JSON like that of exchanges: each message has the same names with other numbers.
pub(crate) fn json(seed: usize, length: usize) -> String {
    let (mut text, mut state) = (String::from("["), seed as u64 * 2 + 1);
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let symbol = ["BTC-USD", "ETH-USD", "SOL-EUR", "ADA-USDT"][random as usize % 4];
        let side = ["buy", "sell"][random as usize / 4 % 2];
        let _ = write!(
            text,
            r#"{{"type":"match","trade_id":{},"symbol":"{symbol}","price":"{}.{:02}","size":"0.{:06}","side":"{side}"}},"#,
            random % 10_000_000,
            random % 70_000,
            random / 7 % 100,
            random / 11 % 1_000_000
        );
    }
    text.truncate(length);
    text
}
