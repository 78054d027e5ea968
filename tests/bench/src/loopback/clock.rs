//! What a client's work takes: the CPU time of this process.

use std::time::Duration;

use cpu_time::ProcessTime;

use crate::measure::Sample;

/// Nanoseconds of CPU time per message, in this thread and in those that work for it. `work` plays so many batches of `messages` messages.
pub(crate) fn per_message(messages: usize, mut work: impl FnMut(usize) + 'static) -> Sample {
    let mut each = None;
    Box::new(move |slice| {
        let (mut done, begun) = (0, ProcessTime::now());
        // The first time nobody knows how many batches fill the slice.
        let batches = each.map_or(1, |each| batches(slice, each, messages));
        loop {
            work(batches);
            done += batches;
            let spent = begun.elapsed();
            if each.is_some() || spent >= slice {
                #[allow(clippy::cast_precision_loss, reason = "far less than 2^52 messages")]
                let nanoseconds = spent.as_secs_f64() * 1e9 / (done * messages) as f64;
                each = Some(nanoseconds);
                return nanoseconds;
            }
        }
    })
}

/// How many batches fill a slice, where a message takes so many nanoseconds.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a positive number that is small"
)]
fn batches(slice: Duration, each: f64, messages: usize) -> usize {
    (slice.as_secs_f64() * 1e9 / each / messages as f64).max(1.0) as usize
}
