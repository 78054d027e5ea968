//! The masking of RFC 6455 §5.3, combined with the copy into the output: each byte is read once and written once, in
//! words.

/// How many bytes one turn of the main loop takes. The compiler uses vector registers for it.
const BLOCK: usize = 64;

/// From this length on, the processor's widest registers are worth a call: 16 KiB takes 150 ns with AVX2, and 312 ns
/// with SSE2.
pub(crate) const LONG: usize = 512;

/// Copies `payload` to the front of `out`, masked. `out` is at least as long.
///
/// There is no loop over bytes. A last piece does what the main loop leaves: it ends with the payload, overlaps what is
/// already done, and uses the key rotated to its place.
#[inline]
pub(super) fn copy_masked(out: &mut [u8], payload: &[u8], mask: [u8; 4]) {
    let word = u32::from_le_bytes(mask);
    let Some(out) = out.get_mut(..payload.len()) else { return };
    if payload.len() < 32 {
        copy_short(out, payload, mask);
    } else if payload.len() < BLOCK {
        copy_ends::<32>(out, payload, word);
    } else if payload.len() < LONG {
        copy_blocks(out, payload, word);
    } else {
        copy_long(out, payload, word);
    }
}

/// The same for a payload of at least [`BLOCK`] bytes. Blocks are stored at multiples of their length, so that no store
/// touches two lines of the cache, which would take up to twice as long. The first block is what comes before that, and
/// overlaps the second.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn copy_long(out: &mut [u8], payload: &[u8], word: u32) {
    // The offset may be unknown, which costs time and nothing else.
    let skipped = Some(out.as_ptr().align_offset(BLOCK)).filter(|skipped| *skipped < BLOCK).unwrap_or(0);
    if let (Some(out), Some(first)) = (out.first_chunk_mut::<BLOCK>(), payload.first_chunk()) {
        *out = masked_block(first, word);
    }
    if let (Some(out), Some(payload)) = (out.get_mut(skipped..), payload.get(skipped..)) {
        copy_blocks(out, payload, turned(word, skipped));
    }
}

/// The same where the first block may be stored anywhere.
#[expect(clippy::inline_always, reason = "it is compiled for the registers of its caller")]
#[inline(always)]
fn copy_blocks(out: &mut [u8], payload: &[u8], word: u32) {
    for (out, block) in out.as_chunks_mut::<BLOCK>().0.iter_mut().zip(payload.as_chunks::<BLOCK>().0) {
        *out = masked_block(block, word);
    }
    copy_last::<BLOCK>(out, payload, word);
}

/// The same for a payload of up to 31 bytes.
#[inline]
fn copy_short(out: &mut [u8], payload: &[u8], mask: [u8; 4]) {
    let word = u32::from_le_bytes(mask);
    if payload.len() >= 16 {
        copy_ends::<16>(out, payload, word);
    } else if payload.len() >= 8 {
        copy_ends::<8>(out, payload, word);
    } else if payload.len() >= 4 {
        copy_ends::<4>(out, payload, word);
    } else {
        for ((out, byte), key) in out.iter_mut().zip(payload).zip(mask) {
            *out = byte ^ key;
        }
    }
}

/// Masks `bytes` in place.
pub(crate) fn mask_in_place(bytes: &mut [u8], mask: [u8; 4]) {
    let (blocks, rest) = bytes.as_chunks_mut::<BLOCK>();
    mask_blocks(blocks, u32::from_le_bytes(mask));
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[multiversion::multiversion(targets("x86_64+avx2"))]
fn mask_blocks(blocks: &mut [[u8; BLOCK]], word: u32) {
    for block in blocks {
        *block = masked_block(block, word);
    }
}

/// Both ends of a payload of `N` to `2 * N` bytes.
#[inline]
fn copy_ends<const N: usize>(out: &mut [u8], payload: &[u8], word: u32) {
    if let (Some(out), Some(first)) = (out.first_chunk_mut::<N>(), payload.first_chunk()) {
        *out = masked_block(first, word);
    }
    copy_last::<N>(out, payload, word);
}

/// The last `N` bytes. `N` is a multiple of four, so the length determines where in the key they begin.
#[expect(clippy::inline_always, reason = "it is compiled for the registers of its caller")]
#[inline(always)]
fn copy_last<const N: usize>(out: &mut [u8], payload: &[u8], word: u32) {
    if let (Some(out), Some(last)) = (out.last_chunk_mut::<N>(), payload.last_chunk()) {
        *out = masked_block(last, turned(word, payload.len()));
    }
}

/// The key for what begins `count` bytes later.
#[expect(clippy::inline_always, reason = "it is compiled for the registers of its caller")]
#[inline(always)]
fn turned(word: u32, count: usize) -> u32 {
    word.rotate_right(u32::try_from(count % 4 * 8).unwrap_or(0))
}

#[expect(clippy::inline_always, reason = "it is compiled for the registers of its caller")]
#[inline(always)]
fn masked_block<const N: usize>(block: &[u8; N], word: u32) -> [u8; N] {
    let mut out = *block;
    for quad in out.as_chunks_mut::<4>().0 {
        *quad = (u32::from_le_bytes(*quad) ^ word).to_le_bytes();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455 §5.3: byte i is masked with byte i mod 4 of the key, at every length.
    #[test]
    fn every_length_is_masked() {
        let payload: Vec<u8> = (0..1200_u32).map(|i| (i * 7 % 251) as u8).collect();
        let mask = [0x12, 0x34, 0x56, 0x78];
        for length in 0..=payload.len() {
            let payload = &payload[payload.len() - length..];
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
