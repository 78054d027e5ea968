//! Compressed messages that are delivered in parts (rules F2, F3, M2).

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
