//! The masking of RFC 6455 §5.3, fused with the copy into the output: each byte is read once and written once,
//! by words.

/// The bytes that one turn of the main loop takes; the compiler makes vector registers of it.
const BLOCK: usize = 32;

/// Copies `payload` to the front of `out`, masked. `out` is at least as long.
#[inline]
pub(super) fn copy_masked(out: &mut [u8], payload: &[u8], mask: [u8; 4]) {
    let word = u32::from_ne_bytes(mask);
    let (blocks, rest) = payload.as_chunks::<BLOCK>();
    let (out_blocks, _) = out.as_chunks_mut::<BLOCK>();
    for (out, block) in out_blocks.iter_mut().zip(blocks) {
        *out = masked_block(block, word);
    }
    let start = payload.len() - rest.len();
    if let Some(out) = out.get_mut(start..payload.len()) {
        copy_masked_short(out, rest, word);
    }
}

/// Masks `bytes` where they are.
pub(crate) fn mask_in_place(bytes: &mut [u8], mask: [u8; 4]) {
    let word = u32::from_ne_bytes(mask);
    let (blocks, rest) = bytes.as_chunks_mut::<BLOCK>();
    for block in blocks {
        *block = masked_block(block, word);
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[inline]
fn masked_block<const N: usize>(block: &[u8; N], word: u32) -> [u8; N] {
    let mut out = *block;
    for quad in out.as_chunks_mut::<4>().0 {
        *quad = (u32::from_ne_bytes(*quad) ^ word).to_ne_bytes();
    }
    out
}

/// Less than a block, without a byte loop: two pieces that may overlap, one from the front and one that ends
/// at the end, whose key is turned to its place.
#[inline]
fn copy_masked_short(out: &mut [u8], payload: &[u8], word: u32) {
    if payload.len() >= 16 {
        ends::<16>(out, payload, word);
    } else if payload.len() >= 8 {
        ends::<8>(out, payload, word);
    } else if payload.len() >= 4 {
        ends::<4>(out, payload, word);
    } else {
        for ((out, byte), key) in out.iter_mut().zip(payload).zip(word.to_ne_bytes()) {
            *out = byte ^ key;
        }
    }
}

/// Both ends of a payload of `N` to `2 * N` bytes.
#[inline]
fn ends<const N: usize>(out: &mut [u8], payload: &[u8], word: u32) {
    let turned = turn(word, payload.len());
    if let (Some(first), Some(last)) = (payload.first_chunk::<N>(), payload.last_chunk::<N>()) {
        if let Some(out) = out.first_chunk_mut::<N>() {
            *out = masked_block(first, word);
        }
        if let Some(out) = out.last_chunk_mut::<N>() {
            *out = masked_block(last, turned);
        }
    }
}

/// The mask as it stands at an offset, in memory order.
#[inline]
fn turn(word: u32, offset: usize) -> u32 {
    let [a, b, c, d] = word.to_ne_bytes();
    u32::from_ne_bytes(match offset % 4 {
        0 => [a, b, c, d],
        1 => [b, c, d, a],
        2 => [c, d, a, b],
        _ => [d, a, b, c],
    })
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the low byte is meant")]
mod tests {
    use super::*;

    /// RFC 6455 §5.3: byte i is masked with byte i mod 4 of the key, at every length.
    #[test]
    fn every_length_is_masked() {
        let payload: Vec<u8> = (0..600_u32).map(|i| (i * 7 % 251) as u8).collect();
        let mask = [0x12, 0x34, 0x56, 0x78];
        for length in 0..payload.len() {
            let payload = &payload[..length];
            let expected: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b).collect();
            let mut out = vec![0; length];
            copy_masked(&mut out, payload, mask);
            assert_eq!(out, expected, "{length}");
            let mut out = payload.to_vec();
            mask_in_place(&mut out, mask);
            assert_eq!(out, expected, "{length} in place");
        }
    }
}
