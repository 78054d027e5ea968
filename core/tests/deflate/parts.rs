//! Compressed messages that are delivered in parts, and parts that are sent among compressed messages (rules F2, F3, F5, M2).

use connect_socket_core::Message;

use super::*;

/// Everything that `bytes` tell, parts joined, and the length of the longest part.
fn told(host: &mut Host, bytes: &[u8]) -> (Vec<String>, usize) {
    let (mut told, mut longest, mut joined) = (Vec::new(), 0, String::new());
    for piece in bytes.chunks(60_000) {
        host.read(piece);
        while let Some(event) = host.session.poll_event(&mut host.work) {
            let Event::Message { message: Message::Text(part), last, .. } = event else {
                told.push(memory::words(&event));
                continue;
            };
            longest = longest.max(part.len());
            joined.push_str(part);
            if last {
                told.push(std::mem::take(&mut joined));
            }
        }
    }
    (told, longest)
}

/// What is long is judged by what comes out of the inflater, and comes in parts that are the message.
#[test]
fn a_long_message_comes_in_parts() {
    let mut host = open(config().parts_above(1000));
    let mut server = Server::new();
    let long = "aé€😀 and some more text".repeat(5000);
    let sent = [server.text("short"), server.text(&long), server.text("short again"), frame(0xc1, &[0])];
    let (told, longest) = told(&mut host, &sent.concat());
    assert_eq!(told, ["short", &long, "short again", ""]);
    assert!(longest < long.len(), "{longest}");
}

/// So is one of which less was sent than may come whole.
#[test]
fn a_message_that_was_short_on_the_wire_comes_in_parts() {
    let above = 20_000;
    let mut host = open(config().parts_above(above));
    let long: String = (0..2000).map(json).collect();
    let frame = Server::new().text(&long);
    assert!(
        (2000..above).contains(&frame.len()) && long.len() > 4 * above,
        "{} of {}",
        frame.len(),
        long.len()
    );
    let (told, longest) = told(&mut host, &frame);
    assert!(longest < long.len() / 2, "{longest}");
    assert_eq!(told, [long]);
}

/// M2: however much a small frame inflates to, a part is bounded, and so is what is kept.
#[test]
fn m2_a_bomb_comes_in_bounded_parts() {
    let mut host = open(config().parts_above(1000).message_limit(1 << 27));
    let bomb = "a".repeat(20 << 20);
    let frame = Server::new().text(&bomb);
    assert!(frame.len() < 60_000, "{}", frame.len());
    let (told, longest) = told(&mut host, &frame);
    assert_eq!(told, [bomb]);
    assert!(longest < 1200 * 1024, "{longest}");
}

/// F3: the limit is that of the whole message.
#[test]
fn f3_the_limit_holds() {
    let limited = || open(config().parts_above(1000).message_limit(5000));
    let (all, _) = told(&mut limited(), &Server::new().text(&"ab".repeat(2500)));
    assert_eq!(all, ["ab".repeat(2500)]);
    let (all, _) = told(&mut limited(), &Server::new().text(&"ab".repeat(2501)));
    assert_eq!(all, ["error 12", "close 1009 too-big"]);
}

/// Parts are not compressed, and keep their place behind messages that are.
#[test]
fn parts_go_as_they_are_in_their_place() {
    let (mut host, mut server) = (open(config()), Server::new());
    let text = "to be compressed ".repeat(20);
    host.session.send(&text);
    host.session.send_part("one ", false);
    host.session.send_part("two", true);
    host.session.send(&text);
    host.session.send_part("three ", false);
    assert!(!host.session.can_send(1) && host.session.can_send_part(1));
    let written = host.write();
    let expected: Vec<(u8, Vec<u8>)> =
        [(0xc1, &*text), (0x01, "one "), (0x80, "two"), (0xc1, &text), (0x01, "three ")]
            .map(|(first, payload)| (first, payload.into()))
            .into();
    assert_eq!(server.read(&written), expected);
    assert_eq!(host.told().len(), 5);
    let sent = host.session.stats().sent;
    assert_eq!((sent.messages, sent.frames), (3, 5));
    host.session.send_part("four", true);
    host.session.send(&text);
    assert_eq!(server.read(&host.write()), [(0x80, b"four".to_vec()), (0xc1, text.into_bytes())]);
    let sent = host.session.stats().sent;
    assert_eq!((sent.messages, sent.frames), (5, 7));
}

/// F4: closeSocket goes behind parts that wait behind messages to be compressed.
#[test]
fn f4_close_goes_behind_parts_that_wait() {
    let (mut host, mut server) = (open(config()), Server::new());
    host.session.send("compressed");
    host.session.send_part("one", false);
    host.session.close(NOW, &CloseOptions::default());
    let frames: Vec<u8> = server.read(&host.write()).into_iter().map(|(first, _)| first).collect();
    assert_eq!(frames, [0xc1, 0x01, 0x88]);
}
