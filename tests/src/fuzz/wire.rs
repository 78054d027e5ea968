//! A small language to write streams of a server's frames in, right and wrong.

use super::source::Source;
use crate::memory::frames::{payload, server_frame, server_head};

/// Writes what one operation of the stream language says: a byte that names the frame, then its details.
pub(super) fn write(source: &mut Source<'_>, out: &mut Vec<u8>) {
    let op = source.byte();
    let opcode = [0, 1, 2, 8, 9, 10, 1, 2][usize::from(op & 7)];
    let fin = if op & 8 == 0 { 0x80 } else { 0 };
    match op >> 4 {
        // Frames with a payload out of the input.
        0..=3 => {
            let length = usize::from(source.byte());
            out.extend(server_frame(fin | opcode, source.take(length)));
        }
        // Frames with a payload that is made up.
        4..=6 => {
            let length = made_up_length(source.byte());
            out.extend(server_frame(fin | opcode, &payload(opcode < 2, length)));
        }
        // Short text and fragments of it.
        7 | 8 => {
            let length = usize::from(source.byte() % 9);
            out.extend(server_frame(fin | opcode, source.take(length)));
        }
        // A close frame with any code and a reason out of the input.
        9 => {
            let code = source.word();
            let length = usize::from(source.byte() % 124);
            let body = [&code.to_be_bytes(), source.take(length)].concat();
            out.extend(server_frame(0x88, &body));
        }
        // A close code that may come (rule F4).
        10 => {
            let code = [1000, 1001, 1011, 1014, 3000, 4999, 1005, 999][usize::from(op & 7)];
            out.extend(server_frame(0x88, &u16::to_be_bytes(code)));
        }
        // A head that announces any length in any form, with nothing behind it.
        11 => {
            let announced =
                u64::from_be_bytes([op << 4, 0, 0, 0, source.byte(), source.byte(), 0, source.byte()]);
            out.extend(server_head(fin | opcode, announced));
        }
        // A length in a longer form than it needs.
        12 => out.extend([fin | opcode, 126, 0, source.byte()]),
        13 => out.extend([fin | opcode, 127, source.byte(), 0, 0, 0, 0, 0, source.byte(), source.byte()]),
        // A masked frame, or reserved bits.
        14 => out.extend([fin | opcode, 0x80 | (source.byte() & 0x7f), 1, 2, 3, 4]),
        // Anything at all.
        _ => {
            let length = usize::from(source.byte() % 33);
            out.extend_from_slice(source.take(length));
        }
    }
}

/// Lengths around the borders of the three forms, and some in between.
pub(super) fn made_up_length(choice: u8) -> usize {
    match choice {
        0..=199 => usize::from(choice),
        200..=219 => 125 + usize::from(choice - 200),
        220..=239 => 65_526 + usize::from(choice - 220),
        240.. => usize::from(choice - 239) * 3_001,
    }
}
