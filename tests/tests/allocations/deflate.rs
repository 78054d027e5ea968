//! Compressed connections: no allocation per message once warm, what an idle one keeps, and an allocator that refuses
//! (semantics G7, M2, C 12).

use connect_socket_core::deflate::{Agreement, Compression, Offer};
use connect_socket_core::{Config, ErrorCode, Event, Workspace};
use connect_socket_tests::peers::deflate::Codecs;

use super::{ANSWER, Arc, HELD, Host, allocations, bytes, frame, refusing};

const BITS: u8 = 10;

fn config() -> Arc<Config> {
    Arc::new(Config::default().compression(Compression::default().threshold(0)))
}

/// Open, and compressed.
fn open(config: &Arc<Config>, work: &mut Workspace) -> Host {
    let mut host = Host::asked(config, work);
    let answer = String::from_utf8_lossy(ANSWER).replace(
        "\r\n\r\n",
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n\r\n",
    );
    host.read(work, answer.as_bytes());
    assert!(matches!(host.session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    let Some(Event::Open { opened, .. }) = host.session.poll_event(work) else { panic!("it opens") };
    let agreed: Option<Agreement> = opened.response.compression;
    assert_eq!(agreed.map(|agreed| agreed.client_window_bits), Some(BITS));
    assert!(host.session.poll_event(work).is_none());
    host
}

fn json(seed: usize) -> String {
    format!(r#"{{"seed":{seed},"symbol":"BTC-USD","price":"{}","side":"buy"}}"#, seed * 7919).repeat(5)
}

#[test]
fn no_allocation_per_compressed_message() {
    let mut work = Workspace::default();
    let mut hosts: Vec<(Host, Codecs)> =
        (0..4).map(|_| (open(&config(), &mut work), Codecs::new(BITS))).collect();
    let mut streams = Vec::new();
    for round in 0..40 {
        let text = json(round);
        for (_, codecs) in &mut hosts {
            let compressed = codecs.deflate(text.as_bytes());
            let (front, back) = compressed.split_at(compressed.len() / 2);
            streams.push(if round % 2 == 0 {
                frame(0xc1, &compressed)
            } else {
                [frame(0x41, front), frame(0x80, back)].concat()
            });
        }
    }
    let texts: Vec<String> = (0..40).map(json).collect();
    let mut turns = |rounds: std::ops::Range<usize>| {
        for round in rounds {
            for (place, (host, _)) in hosts.iter_mut().enumerate() {
                assert_eq!(host.stream(&mut work, &streams[round * 4 + place]), 1);
                host.session.send(&texts[round]);
                assert!(host.write(&mut work));
                assert_eq!(host.take(&mut work), 1);
            }
        }
    };
    turns(0..20);
    assert_eq!(allocations(|| turns(20..40)), 0);
}

/// The windows, and 256 bytes.
#[test]
fn an_idle_compressed_connection_keeps_its_windows() {
    let mut work = Workspace::default();
    let plain = Arc::new(Config::default());
    let mut held = [0, 0];
    // The second time the loop's memory is there.
    for _ in 0..2 {
        for (place, config) in [plain.clone(), config()].iter().enumerate() {
            let before = HELD.get();
            let (mut host, mut codecs) = if place == 0 {
                (Host::open(config, &mut work), None)
            } else {
                (open(config, &mut work), Some(Codecs::new(BITS)))
            };
            for round in 0..30 {
                let text = json(round);
                host.session.send(&text);
                host.write(&mut work);
                host.take(&mut work);
                let message = match &mut codecs {
                    Some(codecs) => frame(0xc1, &codecs.deflate(text.as_bytes())),
                    None => frame(0x81, text.as_bytes()),
                };
                host.stream(&mut work, &message);
            }
            let (due, _) = host.session.poll_timeout().expect("memory to give back");
            host.session.handle_timeout(due);
            drop(codecs);
            held[place] = HELD.get() - before;
        }
    }
    let most = held[0] + bytes((2 << BITS) + 256);
    println!("an idle connection holds {} B, a compressed one {} B", held[0], held[1]);
    assert!(held[1] <= most, "{} over {most}", held[1]);
}

/// Where there is no memory for codecs, nothing is offered.
#[test]
fn nothing_is_offered_without_memory() {
    let mut work = Workspace::default();
    let mut host = refusing(100_000, || Host::asked(&config(), &mut work));
    let answer = String::from_utf8_lossy(ANSWER)
        .replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    host.read(&mut work, answer.as_bytes());
    assert_eq!(host.end(&mut work), (ErrorCode::AnswerInvalid, None), "what was not offered is refused");
}

/// Where it was agreed on, a message that there is no memory for an inflater for is code 12.
#[test]
fn a_message_without_an_inflater_is_code_12() {
    for (first, largest) in [(0xc1, 40_000), (0x41, 40_000), (0xc1, 20_000)] {
        let mut work = Workspace::default();
        let mut host = open(&config(), &mut work);
        let message = frame(first, &Codecs::new(BITS).deflate(b"a text"));
        host.read(&mut work, &message);
        // The window that bytes are read to is there; what is refused is what polling takes.
        let (code, closed) = refusing(largest, || host.end(&mut work));
        assert_eq!((code, closed), (ErrorCode::OutOfMemory, Some(1009)));
    }
}

/// Where there is no memory for a deflater, or for what it makes, messages go as they are.
#[test]
fn messages_without_a_deflater_go_as_they_are() {
    let mut work = Workspace::default();
    let mut host = open(&config(), &mut work);
    let mut codecs = Codecs::new(BITS);
    let mut send =
        |host: &mut Host, work: &mut Workspace, largest: usize, compressed: bool, texts: &[String]| {
            for text in texts {
                host.session.send(text);
            }
            refusing(largest, || {
                host.session.poll_transmit(host.transport, work);
            });
            let offered = host.session.poll_transmit(host.transport, work).slices().concat();
            host.session.handle_transmitted(super::NOW, host.transport, offered.len()).expect("as offered");
            assert_eq!(host.take(work), texts.len());
            let mut rest = &offered[..];
            for text in texts {
                let frame =
                    connect_socket_tests::peers::frames::read(&mut rest).expect("a frame").expect("one more");
                assert_eq!(frame.first, if compressed { 0xc1 } else { 0x81 });
                let payload = if compressed { codecs.inflate(&frame.payload) } else { frame.payload };
                assert!(payload == text.as_bytes());
            }
            assert!(rest.is_empty());
        };
    let texts: Vec<String> = (0..3).map(json).collect();
    send(&mut host, &mut work, 100_000, false, &texts);
    send(&mut host, &mut work, usize::MAX, true, &texts);
    // There is a deflater, but no memory for what comes of a large message.
    let large = vec![json(1).repeat(4_000), json(2)];
    send(&mut host, &mut work, 50_000, false, &large[..1]);
    send(&mut host, &mut work, usize::MAX, true, &large);
    send(&mut host, &mut work, usize::MAX, true, &texts);
}

/// A message's windows are the last of what it keeps: nothing where takeover was declined.
#[test]
fn without_takeover_no_window_is_kept() {
    let alone = Offer::new().server_takeover(false).client_takeover(false);
    let config = Arc::new(Config::default().compression(Compression::offering(alone).threshold(0)));
    let mut work = Workspace::default();
    let mut host = Host::asked(&config, &mut work);
    let answer = String::from_utf8_lossy(ANSWER).replace(
        "\r\n\r\n",
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n",
    );
    host.read(&mut work, answer.as_bytes());
    while host.session.poll_event(&mut work).is_some() {}
    let turn = |host: &mut Host, work: &mut Workspace| {
        host.session.send(json(1));
        host.write(work);
        host.take(work);
        host.stream(work, &frame(0xc1, &Codecs::new(15).deflate(json(2).as_bytes())));
        let (due, _) = host.session.poll_timeout().expect("memory to give back");
        host.session.handle_timeout(due);
    };
    turn(&mut host, &mut work);
    let before = HELD.get();
    drop(host);
    let held = before - HELD.get();
    let mut plain = Host::open(&Arc::new(Config::default()), &mut work);
    plain.session.send(json(1));
    plain.write(&mut work);
    plain.take(&mut work);
    let (due, _) = plain.session.poll_timeout().expect("memory to give back");
    plain.session.handle_timeout(due);
    let before = HELD.get();
    drop(plain);
    let most = before - HELD.get() + 256;
    assert!(held <= most, "{held} over {most}");
}
