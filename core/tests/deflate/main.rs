//! A session whose messages travel compressed (RFC 7692; rules U5, F1 to F3, F5, F7, M3).

#[path = "../memory/mod.rs"]
mod memory;
mod offers;
mod parts;

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use connect_socket_core::deflate::{Compression, Offer, Uncompressed};
use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{CloseOptions, Config, Event, Payload, Time, TransportError, Workspace};
use flate2::{Compress, Decompress, FlushCompress, FlushDecompress};
use memory::{ANSWER, Host, NOW, frame};

/// Every message is compressed, with the usual windows.
fn config() -> Config {
    Config::default().compression(Compression::default().threshold(0))
}

/// Open, with this answer to the offers.
fn open_with(config: Config, extensions: &str) -> Host {
    let mut host = Host::connecting(config);
    host.write();
    let answer = String::from_utf8_lossy(ANSWER)
        .replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n"));
    host.read(answer.as_bytes());
    assert_eq!(host.told(), ["call 1 ok", "open"]);
    host
}

fn open(config: Config) -> Host {
    open_with(config, "permessage-deflate; server_max_window_bits=10")
}

/// A server that keeps its windows, as zlib makes it.
struct Server {
    deflater: Compress,
    inflater: Decompress,
}

impl Server {
    fn new() -> Self {
        Self {
            deflater: Compress::new_with_window_bits(flate2::Compression::new(6), false, 10),
            inflater: Decompress::new(false),
        }
    }

    fn compressed(&mut self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() * 2 + 100);
        self.deflater.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
        out.truncate(out.len() - 4);
        out
    }

    /// A text message in one frame.
    fn text(&mut self, message: &str) -> Vec<u8> {
        frame(0xc1, &self.compressed(message.as_bytes()))
    }

    /// What the client wrote (masked with zeros): for each data frame its first byte, and what it inflates to.
    fn read(&mut self, mut written: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut frames = Vec::new();
        while let [first, second, rest @ ..] = written {
            let (length, rest) = match second & 0x7f {
                126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
                127 => {
                    (usize::try_from(u64::from_be_bytes(rest[..8].try_into().unwrap())).unwrap(), &rest[8..])
                }
                short => (usize::from(short), rest),
            };
            assert_eq!(rest[..4], [0; 4], "the mask");
            let (payload, rest) = rest[4..].split_at(length);
            let payload = if first & 0x40 == 0 { payload.to_vec() } else { self.inflate(payload) };
            frames.push((*first, payload));
            written = rest;
        }
        frames
    }

    fn inflate(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 << 20);
        let stream = [payload, &[0, 0, 0xff, 0xff]].concat();
        self.inflater.decompress_vec(&stream, &mut out, FlushDecompress::Sync).expect("it inflates");
        assert!(out.len() < out.capacity());
        out
    }
}

fn json(seed: usize) -> String {
    format!(
        r#"{{"id":{seed},"symbol":"BTC-USD","price":"{}","side":"buy","venue":"somewhere"}}"#,
        seed * 7919
    )
}

/// A server that does not take the offer gets and sends messages as ever.
#[test]
fn f1_without_an_agreement_rsv1_is_1002() {
    let mut host = Host::open(config());
    host.session.send("as it is");
    assert_eq!(host.write()[0], 0x81);
    host.told();
    host.read(&Server::new().text("hi"));
    assert_eq!(host.told(), ["error 1", "close 1002 protocol"]);
}

#[test]
fn messages_go_and_come_compressed_and_refer_to_those_before() {
    let (mut host, mut server) = (open(config()), Server::new());
    let mut lengths = Vec::new();
    for seed in 0..5 {
        let message = json(seed);
        host.session.send(&message);
        let buffered = host.session.buffered_amount();
        assert_eq!(buffered, message.len() + 6, "until it is offered it counts as it was sent");
        let written = host.write();
        lengths.push(written.len());
        assert_eq!(server.read(&written), [(0xc1, message.clone().into_bytes())]);
        assert_eq!(host.told(), [format!("call {} ok", seed + 2)]);
        host.read(&server.text(&message));
        assert_eq!(host.told(), [format!("text {message}")]);
    }
    assert!(lengths[1..].iter().all(|length| *length < lengths[0] / 2), "{lengths:?}");
    host.session.send(Payload::Binary(&[1, 2, 3]));
    host.session.send(Payload::Base64("BAUG"));
    assert_eq!(server.read(&host.write()), [(0xc2, vec![1, 2, 3]), (0xc2, vec![4, 5, 6])]);
}

/// Fragments are one message, with control frames in between; RSV1 is on the first frame alone (RFC 7692 §6.1).
#[test]
fn f1_compression_spans_fragments() {
    let (mut host, mut server) = (open(config()), Server::new());
    let message = json(1);
    let compressed = server.compressed(message.as_bytes());
    for size in [1, 7, compressed.len() - 1] {
        let mut host = open(config());
        let pieces: Vec<&[u8]> = compressed.chunks(size).collect();
        for (place, piece) in pieces.iter().enumerate() {
            let first = if place == 0 { 0x41 } else { 0 } | if place + 1 == pieces.len() { 0x80 } else { 0 };
            host.read(&frame(first, piece));
            assert_eq!(
                host.told().len(),
                usize::from(place + 1 == pieces.len()),
                "piece {place} of {size} bytes"
            );
            if place + 1 < pieces.len() {
                host.read(&frame(0x89, b"?"));
                assert!(host.told().is_empty());
                assert_eq!(host.write(), [0x8a, 0x81, 0, 0, 0, 0, b'?']);
            }
        }
    }
    for wrong in [0xc9, 0xca, 0xc8, 0xa1, 0x91, 0xe1] {
        let mut host = open(config());
        host.read(&frame(wrong, &[]));
        assert_eq!(host.told(), ["error 1", "close 1002 protocol"], "{wrong:#x}");
    }
    host.read(&[frame(0x41, &compressed[..3]), frame(0xc0, &compressed[3..])].concat());
    assert_eq!(host.told(), ["error 1", "close 1002 protocol"], "a continuation with RSV1");
}

/// Uncompressed messages may come at any time, between compressed ones, too; they are not in the window.
#[test]
fn uncompressed_messages_come_as_ever() {
    let (mut host, mut server) = (open(config()), Server::new());
    for seed in 0..3 {
        host.read(&[server.text(&json(seed)), frame(0x81, b"plain")].concat());
        assert_eq!(host.told(), [format!("text {}", json(seed)), "text plain".into()]);
    }
}

/// Limits count what comes out: exactly at the limit it passes, and one byte more is 1009, though the frame is short. At
/// the limit it passes though the frame is longer than that, too.
#[test]
fn f3_limits_count_decompressed_bytes() {
    for limit in [1, 1000, 70_000] {
        let config = || config().message_limit(limit).frame_limit(limit);
        let (mut host, mut server) = (open(config()), Server::new());
        let message = "x".repeat(limit);
        host.read(&server.text(&message));
        assert_eq!(host.message().map(|it| it.len()), Some(limit));
        assert_eq!(host.message(), None);
        host.read(&server.text(&format!("{message}x")));
        assert_eq!(host.told(), ["error 12", "close 1009 too-big"]);
        let mut noise = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .take(limit.min(60_000))
        .collect();
        let config = Config::default()
            .compression(Compression::default())
            .message_limit(noise.len())
            .frame_limit(noise.len());
        let (mut host, mut server) = (open(config), Server::new());
        let compressed = server.compressed(&noise);
        assert!(compressed.len() > noise.len());
        host.read(&frame(0xc2, &compressed));
        assert_eq!(host.message(), Some(noise));
    }
}

/// Text is judged as it comes out, in fragments too; what does not inflate is 1007 as well.
#[test]
fn f2_bad_text_and_bad_streams_are_1007_at_once() {
    let bad = |bytes: &[u8], first| {
        let mut host = open(config());
        host.read(&frame(first, bytes));
        host.told()
    };
    let not_utf8 = Server::new().compressed(b"text \xff");
    assert_eq!(bad(&not_utf8, 0xc1), ["error 1", "close 1007 protocol"]);
    assert_eq!(bad(&not_utf8, 0x41), ["error 1", "close 1007 protocol"], "before the message is all there");
    let cut = Server::new().compressed("text \u{20ac}".as_bytes());
    assert_eq!(bad(&cut, 0xc1), ["text text \u{20ac}"]);
    let half = Server::new().compressed(b"text \xe2\x82");
    assert_eq!(bad(&half, 0x41), Vec::<String>::new(), "it may go on");
    assert_eq!(bad(&half, 0xc1), ["error 1", "close 1007 protocol"]);
    assert_eq!(bad(&[0x07], 0xc2), ["error 1", "close 1007 protocol"]);
    assert_eq!(bad(&[0xf2, 0x48], 0xc2), ["error 1", "close 1007 protocol"], "it ends inside a block");
    let mut host = open(config());
    host.read(&frame(0xc2, &[0x07]));
    let Some(Event::Error { error, .. }) = host.session.poll_event(&mut host.work) else { panic!() };
    assert!(error.to_string().starts_with("a compressed message cannot be inflated (RFC 7692"), "{error}");
}

/// A message below the threshold, and one that must not be compressed, go as they are, in their place, and are not in the
/// window of those behind them.
#[test]
fn some_messages_go_as_they_are() {
    let config = Config::default().compression(Compression::default().threshold(10));
    let (mut host, mut server) = (open(config), Server::new());
    for _ in 0..3 {
        host.session.send(json(1));
        host.session.send("short");
        host.session.send(Uncompressed("a long message that is a secret"));
        host.session.send(Uncompressed(Payload::Base64("AAAA")));
        host.session.send("a long message that is a secret");
        let read = server.read(&host.write());
        let heads: Vec<u8> = read.iter().map(|(first, _)| *first).collect();
        assert_eq!(heads, [0xc1, 0x81, 0x81, 0x82, 0xc1]);
        assert_eq!(read[2].1, read[4].1);
        assert_eq!(read[3].1, [0; 3]);
        host.told();
    }
    // Nothing waits for a codec where nothing is compressed.
    host.session.send("short");
    assert_eq!(host.write().len(), 6 + 5);
}

/// More effort makes a message shorter.
#[test]
fn the_level_is_that_of_the_setting() {
    let text: String = (0..200).map(json).collect();
    let [quick, thorough] = [1, 9].map(|level| {
        let mut host = open(Config::default().compression(Compression::default().level(level)));
        host.session.send(&text);
        let wire = host.write();
        assert_eq!(Server::new().read(&wire), [(0xc1, text.clone().into_bytes())]);
        wire.len()
    });
    assert!(thorough < quick, "{thorough} and {quick}");
}

/// Whatever holds a message says for it whether it may be compressed.
#[test]
fn uncompressed_messages_stay_so_in_what_holds_them() {
    let (mut host, mut server) = (open(Config::default().compression(Compression::default())), Server::new());
    let json = json(1);
    let text = json.as_str();
    let secret = || Uncompressed(text);
    let lent = &secret();
    host.session.send(lent);
    host.session.send(Box::new(secret()));
    host.session.send(Arc::new(secret()));
    host.session.send(Rc::new(secret()));
    host.session.send(Cow::Borrowed(lent));
    host.session.send(Box::new(text));
    host.session.send(Arc::new(text));
    host.session.send(Rc::new(text));
    host.session.send(Cow::Borrowed(text));
    let heads: Vec<u8> = server.read(&host.write()).iter().map(|(first, _)| *first).collect();
    assert_eq!(heads, [0x81, 0x81, 0x81, 0x81, 0x81, 0xc1, 0xc1, 0xc1, 0xc1]);
}

/// Our close frame goes behind the messages that wait for a codec.
#[test]
fn our_close_frame_is_the_last() {
    let (mut host, mut server) = (open(config()), Server::new());
    host.session.send(json(1));
    host.session.send(json(2));
    host.session.close(NOW, &CloseOptions::default());
    assert_eq!(host.told(), ["call 4 ok"]);
    host.read(&frame(0x89, b"?"));
    assert!(host.told().is_empty());
    let read = server.read(&host.write());
    assert_eq!(read[0], (0xc1, json(1).into_bytes()));
    assert_eq!(read[1], (0xc1, json(2).into_bytes()));
    assert_eq!(read[2..], [(0x88, vec![0x03, 0xe8])], "and no pong is behind it (F4)");
    assert_eq!(host.told(), ["call 2 ok", "call 3 ok"]);
    let sent = host.session.stats().sent;
    assert_eq!((sent.messages, sent.frames), (2, 3));
}

/// T: a connection that ends fails what waits for a codec, in order behind what was offered; its close frame still goes.
#[test]
fn what_waits_fails_when_the_connection_ends() {
    let mut host = open(config());
    host.session.send(json(1));
    let offered = host.session.poll_transmit(host.transport, &mut host.work).len();
    host.session.send(json(2));
    host.session.send(json(3));
    host.session.handle_transmitted(NOW, host.transport, offered - 1).unwrap();
    host.read(&frame(0x88, &[0x03, 0xe8]));
    assert_eq!(host.told(), ["call 2 fail 11", "call 3 fail 11", "call 4 fail 11", "close 1000 remote"]);
    let rest = host.write();
    assert_eq!(rest.len(), 1 + 8, "the rest of the first message, and the reply");
    assert_eq!(rest[1..], [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
    assert_eq!(host.session.buffered_amount(), 0);

    // A close frame of ours that waits behind them goes, too.
    let mut host = open(config());
    host.session.send(json(1));
    host.session.close(NOW, &CloseOptions::default());
    host.read(&frame(0x88, &[0x03, 0xe8]));
    // What waits has its turn first, once.
    assert_eq!(host.told(), ["call 3 ok"]);
    assert_eq!(host.told(), ["call 2 fail 11", "close 1000 local"]);
    assert_eq!(host.write(), [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
}

/// F7: all that waits fails at once, wherever it waits.
#[test]
fn f7_what_waits_fails_when_writing_fails() {
    let mut host = open(config());
    host.session.send(json(1));
    host.session.poll_transmit(host.transport, &mut host.work);
    host.session.send(json(2));
    let error = TransportError::new(std::io::ErrorKind::BrokenPipe, "gone");
    host.session.handle_write_failed(NOW, host.transport, error);
    assert_eq!(host.told(), ["call 2 fail 11", "call 3 fail 11"]);
    assert_eq!(host.session.buffered_amount(), 0);
    host.session.send(json(3));
    assert_eq!(host.told(), ["call 4 fail 11"]);
}

/// M3: a message that waits for a codec counts its frame and its receipt.
#[test]
fn m3_what_waits_for_a_codec_counts() {
    let message = json(1);
    let mark = 3 * (message.len() + 6 + 16);
    let mut host = open(config().high_water(mark));
    for _ in 0..3 {
        assert!(host.session.can_send(message.len()));
        host.session.send(&message);
    }
    assert!(!host.session.can_send(0));
    host.session.send("");
    assert_eq!(host.told(), ["call 5 fail 11"]);
    assert!(host.session.wants_write(host.transport));
    host.write();
    assert_eq!(host.told(), ["call 2 ok", "call 3 ok", "call 4 ok"]);
    assert!(host.session.can_send(message.len()));
}

/// So much is made ahead of the transport, and no more.
#[test]
fn an_offer_compresses_in_turns() {
    let (mut host, mut server) = (open(config()), Server::new());
    let mut state = 1_u32;
    let mut noise = || -> Vec<u8> {
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(40_000)
        .collect()
    };
    let messages: Vec<Vec<u8>> = (0..10).map(|_| noise()).collect();
    for message in &messages {
        host.session.send(message);
    }
    let mut written = Vec::new();
    let mut offers = 0;
    while host.session.wants_write(host.transport) {
        let offered = host.write();
        assert!(offered.len() < 64 * 1024 + 41_000);
        written.extend(offered);
        offers += 1;
    }
    assert!(offers > 3, "{offers}");
    let read: Vec<Vec<u8>> = server.read(&written).into_iter().map(|(_, payload)| payload).collect();
    assert!(read == messages);
    assert_eq!(host.told().len(), 10);
}

/// Two sessions of one loop, in turns, and a session that is polled with another workspace.
#[test]
fn sessions_share_the_codecs_of_a_loop() {
    let mut work = [Workspace::default(), Workspace::default()];
    let mut hosts = [open(config()), open(config())];
    let mut servers = [Server::new(), Server::new()];
    for round in 0..30 {
        let who = round % 2;
        let (host, server) = (&mut hosts[who], &mut servers[who]);
        std::mem::swap(&mut host.work, &mut work[round / 7 % 2]);
        let message = json(round / 4);
        host.session.send(&message);
        assert_eq!(server.read(&host.write()), [(0xc1, message.clone().into_bytes())], "round {round}");
        let came = server.text(&message);
        let (front, back) = came.split_at(came.len() / 2);
        host.read(front);
        host.told();
        host.read(back);
        assert_eq!(host.told(), [format!("text {message}")], "round {round}");
        std::mem::swap(&mut host.work, &mut work[round / 7 % 2]);
    }
}

/// The memory of what waits is given back once nothing is sent.
#[test]
fn an_idle_connection_keeps_its_windows_alone() {
    let mut host = open(config());
    host.session.send(json(1));
    host.write();
    host.told();
    let (at, _) = host.session.poll_timeout().expect("memory is to be given back");
    host.session.handle_timeout(at);
    assert_eq!(host.session.poll_timeout(), None);
    assert!(at > Time::ZERO);
}

/// After our close frame messages are dropped, compressed ones without being looked at (rule T, closing).
#[test]
fn messages_are_dropped_while_closing() {
    let (mut host, mut server) = (open(config()), Server::new());
    let message = server.text(&json(1));
    host.read(&message[..10]);
    assert!(host.told().is_empty());
    host.session.close(NOW, &CloseOptions::default());
    host.read(&[&message[10..], &frame(0xc1, &[0x07])].concat());
    host.write();
    assert_eq!(host.told(), ["call 2 ok"]);
    host.read(&frame(0x88, &[0x03, 0xe8]));
    assert_eq!(host.told(), ["close 1000 local"]);
}

/// An offer of either side's parameters is kept to by both sides.
#[test]
fn without_takeover_each_message_stands_alone() {
    let compression =
        Compression::offering(Offer::new().client_takeover(false).server_takeover(false)).threshold(0);
    let extensions = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    let mut host = open_with(Config::default().compression(compression), extensions);
    let mut lengths = Vec::new();
    for _ in 0..3 {
        host.session.send(json(1));
        let written = host.write();
        lengths.push(written.len());
        assert_eq!(Server::new().read(&written), [(0xc1, json(1).into_bytes())]);
        host.told();
        host.read(&Server::new().text(&json(2)));
        assert_eq!(host.told(), [format!("text {}", json(2))]);
    }
    assert!(lengths[0] == lengths[1] && lengths[1] == lengths[2]);
}
