//! Compressing: what we send inflates with the agreed window, whoever else uses the loop's deflater.

use proptest::prelude::*;

use super::*;

/// A server that holds us to the agreed window.
struct Server {
    window: usize,
    takeover: bool,
    before: Vec<u8>,
}

impl Server {
    fn new(agreed: Agreement) -> Self {
        Self { window: 1 << agreed.client_window_bits, takeover: agreed.client_takeover, before: Vec::new() }
    }

    /// The message that comes out; the tail is put back once.
    fn message(&mut self, compressed: &[u8]) -> Result<Vec<u8>, String> {
        let stream = [compressed, &[0, 0, 0xff, 0xff]].concat();
        if !self.takeover {
            self.before.clear();
        }
        let from = self.before.len();
        reference::inflate(&stream, &mut self.before, self.window)?;
        Ok(self.before[from..].to_vec())
    }
}

fn send(it: &mut Deflating, message: &[u8], codecs: &mut Codecs) -> Vec<u8> {
    let compressed = it.compress(message, codecs).expect("there is memory").to_vec();
    it.sent(message, codecs);
    compressed
}

/// Traps: windows that drift apart, bits = 8, a codec that ignores its window at some level, takeover that was granted and
/// is reset, and the tail. Every level, every window, with and without takeover, alone and in turns.
#[test]
fn every_level_and_window_inflates_with_exactly_that_window() {
    for level in 1..=9 {
        for bits in 8..=15 {
            for takeover in [true, false] {
                let agreed = agreed(bits, 15, takeover);
                let (mut alone, mut turns) = (Codecs::default(), Codecs::default());
                let (mut a, mut b) = (Deflating::new(agreed, level), Deflating::new(agreed, level));
                let mut other = Deflating::new(agreed, level);
                let mut servers = [Server::new(agreed), Server::new(agreed)];
                let window = 1_usize << bits;
                for (place, length) in
                    [20, 300, window, 2 * window + 7, 5, 1000, 262, 512].into_iter().enumerate()
                {
                    let length = length.min(20_000);
                    // The same text again and again, so that there is something at every distance.
                    let message = if place % 4 == 1 { noise(7, length) } else { json(7, length) };
                    for (it, codecs, server) in [(&mut a, &mut alone, 0), (&mut b, &mut turns, 1)] {
                        let compressed = send(it, &message, codecs);
                        assert!(!compressed.ends_with(&[0, 0, 0xff, 0xff]) || place % 4 == 1);
                        let came = servers[server].message(&compressed);
                        assert_eq!(
                            came.as_deref(),
                            Ok(&message[..]),
                            "level {level}, {bits} bits, message {place}"
                        );
                    }
                    send(&mut other, &json(place as u64, 400), &mut turns);
                }
            }
        }
    }
}

/// RFC 7692 §7.1.1: with takeover a repeated message is a few bytes, alone and in turns; without, it is not.
#[test]
fn takeover_is_used_where_it_was_granted() {
    for (takeover, most, least) in [(true, 20, 0), (false, 1000, 100)] {
        let agreed = agreed(10, 15, takeover);
        let mut codecs = Codecs::default();
        let (mut one, mut two) = (Deflating::new(agreed, 6), Deflating::new(agreed, 6));
        let (message, other) = (json(3, 600), json(4, 600));
        for round in 0..3 {
            let length = send(&mut one, &message, &mut codecs).len();
            assert!(round == 0 || (least..most).contains(&length), "{length} bytes with takeover {takeover}");
            let length = send(&mut two, &other, &mut codecs).len();
            assert!(round == 0 || (least..most).contains(&length), "{length} bytes in turns");
        }
    }
}

/// Trap: the output is full in the middle of a flush, or to the byte at its end.
#[test]
fn the_tail_is_cut_once_however_long_the_output_is() {
    let agreed = agreed(15, 15, false);
    let mut codecs = Codecs::default();
    let mut it = Deflating::new(agreed, 1);
    let mut server = Server::new(agreed);
    for length in (1..700).chain([65_000, 65_536, 70_000, 200_000]) {
        // Noise is longer compressed than it was, so that the room for half of it has to grow.
        let message = noise(length as u64, length);
        let compressed = send(&mut it, &message, &mut codecs);
        assert_eq!(server.message(&compressed).as_deref(), Ok(&message[..]), "{length} bytes");
    }
    let (empty, spaces) = (send(&mut it, b"", &mut codecs), [0, 0, 0xff, 0xff]);
    assert_eq!(empty, [0]);
    assert_eq!(server.message(&empty), Ok(vec![]));
    let compressed = send(&mut it, &spaces, &mut codecs);
    assert_eq!(server.message(&compressed), Ok(spaces.to_vec()), "a message that is the tail");
}

/// Trap: what goes uncompressed does not enter the window.
#[test]
fn what_is_not_sent_compressed_is_not_referred_to() {
    let agreed = agreed(15, 15, true);
    let mut codecs = Codecs::default();
    let mut it = Deflating::new(agreed, 6);
    let mut server = Server::new(agreed);
    for round in 0..4 {
        let message = json(round, 300);
        let compressed = send(&mut it, &message, &mut codecs);
        assert_eq!(server.message(&compressed).as_deref(), Ok(&message[..]));
        // Compressed, and then there was no memory to queue it.
        let secret = json(round + 10, 300);
        assert!(it.compress(&secret, &mut codecs).is_some());
        it.not_sent();
        let compressed = send(&mut it, &secret, &mut codecs);
        assert_eq!(server.message(&compressed).as_deref(), Ok(&secret[..]));
    }
}

/// A connection that comes to another loop, and back, goes on with its own window.
#[test]
fn a_mark_of_one_loop_means_nothing_in_another() {
    let agreed = agreed(12, 15, true);
    let mut loops = [Codecs::default(), Codecs::default()];
    let mut its = [Deflating::new(agreed, 6), Deflating::new(agreed, 6)];
    let mut servers = [Server::new(agreed), Server::new(agreed)];
    for round in 0..40_usize {
        let (who, place) = (round / 2 % 2, round / 3 % 2);
        let message = json(round as u64 / 5, 700);
        let compressed = send(&mut its[who], &message, &mut loops[place]);
        assert_eq!(servers[who].message(&compressed).as_deref(), Ok(&message[..]), "round {round}");
    }
}

proptest! {
    /// Connections of any windows and levels in turns: each server gets what was sent.
    #[test]
    fn any_turns_inflate(
        windows in prop::collection::vec((8_u8..=15, 1_u8..=9, any::<bool>()), 1..4),
        messages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..2000, 0_u64..5, any::<bool>()), 1..20),
    ) {
        let mut codecs = Codecs::default();
        let mut connections: Vec<(Deflating, Server)> = windows
            .into_iter()
            .map(|(bits, level, takeover)| {
                let agreed = agreed(bits, 15, takeover);
                (Deflating::new(agreed, level), Server::new(agreed))
            })
            .collect();
        for (which, length, seed, random) in messages {
            let which = which.index(connections.len());
            let (it, server) = &mut connections[which];
            let message = if random { noise(seed, length) } else { json(seed, length) };
            let compressed = send(it, &message, &mut codecs);
            prop_assert_eq!(server.message(&compressed), Ok(message));
        }
    }
}

/// The ring, against what it stands for.
#[test]
fn the_history_is_the_last_bytes() {
    let mut state = 1_usize;
    for bits in [8, 9] {
        let mut history = history::History::default();
        history.reserve(bits).unwrap();
        let mut all = Vec::new();
        for round in 0..2000_usize {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
            let more = noise(round as u64, state % [3, 100, 300, 1000][round / 10 % 4]);
            history.push(&more);
            all.extend_from_slice(&more);
            let expected = &all[all.len().saturating_sub(1 << bits)..];
            assert_eq!(history.parts().concat(), expected, "round {round}");
        }
    }
}
