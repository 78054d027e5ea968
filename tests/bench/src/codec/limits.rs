//! What nobody is faster than who copies what is read, masks what is sent, and checks that text is text.

use std::hint::black_box;

use crate::measure::{Sample, per_message};

use super::wire::{Messages, Wire};

/// The copy from the stream into a window of 64 KiB, and nothing else.
pub(super) fn memcpy(messages: &Messages) -> Sample {
    let mut wire = Wire::new(messages);
    let mut window = vec![0; 64 * 1024];
    let frames = wire.message();
    let mut left = 0;
    per_message(move |count| {
        let wanted = count * frames;
        while left < wanted {
            left += wire.read(&mut window);
            black_box(&mut window);
        }
        left -= wanted;
        count
    })
}

/// The validation of a payload that lies in one piece.
pub(super) fn simdutf8(messages: &Messages) -> Sample {
    let payload = messages.payload.clone();
    per_message(move |count| {
        for _ in 0..count {
            assert!(simdutf8::basic::from_utf8(black_box(&payload)).is_ok());
        }
        count
    })
}

/// A payload copied behind those before it and masked as it is copied, with one key for all; the buffer begins anew
/// where it would be flushed.
pub(super) fn xor_copy(messages: &Messages, batch: usize) -> Sample {
    let payload = messages.payload.clone();
    let mut out = vec![0; batch * payload.len()];
    per_message(move |count| {
        let batches = count.div_ceil(batch);
        for _ in 0..batches {
            for part in out.chunks_exact_mut(payload.len()) {
                xor(part, black_box(&payload), black_box(0x1122_3344_5566_7788));
            }
            black_box(&mut out);
        }
        batches * batch
    })
}

/// As wide as the processor can.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn xor(out: &mut [u8], payload: &[u8], key: u64) {
    let key = key.to_ne_bytes();
    let (blocks, rest) = out.as_chunks_mut::<8>();
    let (from, from_rest) = payload.as_chunks::<8>();
    for (out, from) in blocks.iter_mut().zip(from) {
        *out = (u64::from_ne_bytes(*from) ^ u64::from_ne_bytes(key)).to_ne_bytes();
    }
    for ((out, from), key) in rest.iter_mut().zip(from_rest).zip(key) {
        *out = from ^ key;
    }
}
