//! Fronts of messages that the end of a read cuts: which of them are kept, to be put in front of the next read.

use super::Limits;
use super::header::{Header, Opcode, Rules};
use super::utf8;

/// How much of a message is kept at most.
pub(crate) const FRONT_MAX: usize = 4096;

/// Whether `input` is the front of a short message, and valid as far as it goes. A text that is cut within a character
/// is none: what has come of that character is judged where pieces are put together.
pub(super) fn is_front(input: &[u8], limits: Limits) -> bool {
    let rules = Rules { reserved: 0, continuing: false };
    match Header::parse(input, rules) {
        Err(_) => false,
        Ok(None) => !input.is_empty(),
        Ok(Some(Header { fin, opcode, length, size })) => {
            let payload = input.get(size..).unwrap_or_default();
            let short = length <= FRONT_MAX as u64 && input.len() < FRONT_MAX;
            let allowed = length <= limits.frame && length <= limits.message;
            let cut = (payload.len() as u64) < length;
            let valid = match opcode {
                Opcode::Text => fin && utf8::validate(payload).is_some(),
                Opcode::Binary => fin,
                Opcode::Continuation | Opcode::Close | Opcode::Ping | Opcode::Pong => false,
            };
            short && allowed && cut && valid
        }
    }
}
