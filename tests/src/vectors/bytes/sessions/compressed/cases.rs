//! The sessions that compress, by what they are about.

use super::{ALL, ANY, DEFLATE, Play, Session, Start};
use crate::peers::deflate::Codecs;
use crate::peers::frames::{self, close, ping, raw};
use crate::vectors::bytes::deflate::{Agreed, Offered};
use crate::vectors::bytes::sessions::Settings;
use crate::vectors::bytes::sessions::stage::URL;

const BOUNDED: Offered = Offered { server_bits: Some(10), client_bits: 10, ..ANY };
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
/// The ten bytes that are 300 bytes back.
const FAR: [u8; 4] = [0x42, 0x84, 0x15, 0x00];
/// Refers to the message before.
const AGAIN: [u8; 5] = [0xf2, 0x00, 0x11, 0x00, 0x00];

/// All of them, in order.
pub(super) fn all() -> Vec<Session> {
    [answers(), messages(), windows(), contexts(), limits(), wrong(), ends()].concat()
}

fn answers() -> Vec<Session> {
    let mut accepted = Start {
        offers: &[BOUNDED, ANY],
        answer: "permessage-deflate; server_max_window_bits=10",
        agreed: Some(Agreed { server_bits: 10, client_bits: 10, ..ALL }),
        ..Start::default()
    }
    .open("answer/accepted", &["Q5", "U5"], "The offers stand in the request; the first is accepted.");
    accepted.stage.send("hi", "success 2; 1.0 deflated text hi");

    let mut second = Start {
        offers: &[BOUNDED, ANY],
        answer: "permessage-deflate; client_max_window_bits=12",
        agreed: Some(Agreed { client_bits: 12, ..ALL }),
        ..Start::default()
    }
    .open("answer/second-offer", &["U5"], "The answer fits the second offer alone.");
    second.stage.send("hi", "success 2; 1.0 deflated text hi");

    let without = Start { answer: "", agreed: None, ..Start::default() };
    let mut declined = without.open("answer/declined", &["U5"], "Nothing is compressed.");
    declined.stage.send("hi", "success 2; 1.0 text hi").received("1.0", frames::text("ho"), "text 1 ho");
    let mut rsv1 = without.open("answer/declined-rsv1", &["F1"], "RSV1 has no meaning then.");
    rsv1.stage.received(
        "1.0",
        raw(0xc1, &HELLO),
        "error 1 1; close 1 1002 protocol; half-close 1.0; 1.0 close 1002",
    );

    let mut sessions = vec![accepted.done(), second.done(), declined.done(), rsv1.done()];
    for (name, comment, answer) in [
        (
            "larger-window",
            "A window is larger than offered.",
            "permessage-deflate; server_max_window_bits=11",
        ),
        ("missing", "The server's window was to be bounded, and is not.", "permessage-deflate"),
        ("unknown", "There is no such parameter.", "permessage-deflate; server_max_window_bits=10; level=9"),
        ("another", "That extension was not offered.", "x-webkit-deflate-frame"),
    ] {
        let start = Start { offers: &[BOUNDED], answer, agreed: None, ..Start::default() };
        sessions.push(start.refused(&format!("answer/{name}"), comment));
    }
    sessions
}

fn messages() -> Vec<Session> {
    let mut both = Start::default().open(
        "message/both-ways",
        &["T3"],
        "Text and bytes; an empty message is compressed like others.",
    );
    both.stage
        .send("hi", "success 2; 1.0 deflated text hi")
        .received("1.0", raw(0xc1, &HELLO), "text 1 Hello")
        .send_buffer("AP8=", "success 3; 1.0 deflated binary 00ff")
        .received("1.0", raw(0xc2, &[0]), "binary 1")
        .received("1.0", raw(0xc1, &[]), "text 1")
        .send("", "success 4; 1.0 deflated text")
        .send("hi", "success 5; 1.0 deflated text hi");

    let mut behind = Start::default().asks(
        "message/behind-the-answer",
        &["U6"],
        "A compressed message comes with the answer.",
    );
    let lines = Start::default().answers();
    behind.stage.accept_with("1.0", &lines, &raw(0xc1, &HELLO), "success 1; open 1; text 1 Hello");

    let mut fragments = Start::default().open(
        "message/fragments",
        &["F1", "F6"],
        "RSV1 is on the first frame alone; control frames in between stay as they are.",
    );
    fragments
        .stage
        .received("1.0", [raw(0x41, &HELLO[..3]), ping(b"?")].concat(), "1.0 pong ?")
        .received("1.0", [raw(0x00, &HELLO[3..4]), ping(b"!")].concat(), "1.0 pong !")
        .received("1.0", raw(0x80, &HELLO[4..]), "text 1 Hello");

    let mut threshold = Start { threshold: 10, ..Start::default() }.open(
        "message/threshold",
        &["T3"],
        "A message below the threshold goes out as it is.",
    );
    threshold
        .stage
        .send("123456789", "success 2; 1.0 text 123456789")
        .send("1234567890", "success 3; 1.0 deflated text 1234567890")
        .send(
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
            "success 4; 1.0 deflated text \u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        );
    vec![both.done(), behind.done(), fragments.done(), threshold.done()]
}

/// Repeats itself, but over a longer way than the smallest windows.
fn long(seed: u32) -> String {
    let words: Vec<String> = (0..130).map(|at| ((at + seed) * 7919 % 10_007).to_string()).collect();
    [words.join(" "), words.join(" ")].join(" ")
}

fn windows() -> Vec<Session> {
    let mut sessions = Vec::new();
    for (name, answer, agreed, comment) in [
        ("kept", DEFLATE, ALL, "Every message may refer to those before."),
        (
            "windows-of-9-bits",
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
            Agreed { server_bits: 9, client_bits: 9, ..ALL },
            "They refer to the last 512 bytes at most.",
        ),
        (
            "windows-of-8-bits",
            "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
            Agreed { server_bits: 8, client_bits: 8, ..ALL },
            "They refer to the last 256 bytes at most.",
        ),
        (
            "of-the-server",
            "permessage-deflate; client_no_context_takeover",
            Agreed { client_takeover: false, ..ALL },
            "The server's messages refer to those before, ours do not.",
        ),
    ] {
        let mut play = Start { answer, agreed: Some(agreed), ..Start::default() }.open(
            &format!("context/{name}"),
            &["T3", "F2"],
            comment,
        );
        // zlib has no window of 2^8, and one of 2^9 does not reach further back.
        let mut server = Codecs::new(agreed.server_bits.max(9));
        for (call, seed) in [(2, 0), (3, 0), (4, 20), (5, 0)] {
            let text = long(seed);
            let message = raw(0xc1, &server.deflate(text.as_bytes()));
            play.stage.send(&text, &format!("success {call}; 1.0 deflated text {text}")).received(
                "1.0",
                message,
                &format!("text 1 {text}"),
            );
        }
        sessions.push(play.done());
    }
    sessions
}

fn contexts() -> Vec<Session> {
    let alone = "permessage-deflate; server_no_context_takeover";
    let agreed = Agreed { server_takeover: false, ..ALL };
    let mut ours = Start { answer: alone, agreed: Some(agreed), ..Start::default() }.open(
        "context/of-the-client",
        &["T3", "F2"],
        "Our messages refer to those before, the server's do not.",
    );
    ours.stage
        .received("1.0", raw(0xc1, &HELLO), "text 1 Hello")
        .received("1.0", raw(0xc1, &HELLO), "text 1 Hello")
        .send("Hello", "success 2; 1.0 deflated text Hello")
        .send("Hello", "success 3; 1.0 deflated text Hello");

    let mut between = Start { threshold: 5, ..Start::default() }.open(
        "context/uncompressed-between",
        &["T3", "F2"],
        "What goes uncompressed is not in the window, in both directions.",
    );
    between
        .stage
        .received(
            "1.0",
            [raw(0xc1, &HELLO), frames::text("Jelly"), raw(0xc1, &AGAIN)].concat(),
            "text 1 Hello; text 1 Jelly; text 1 Hello",
        )
        .send("Hello", "success 2; 1.0 deflated text Hello")
        .send("Hell", "success 3; 1.0 text Hell")
        .send("Hello", "success 4; 1.0 deflated text Hello");

    let mut far = Start {
        answer: "permessage-deflate; server_max_window_bits=9",
        agreed: Some(Agreed { server_bits: 9, ..ALL }),
        ..Start::default()
    }
    .open("context/far-back", &["F2"], "A message may refer to all of the window.");
    let filling = format!("0123456789{}", "x".repeat(290));
    far.stage
        .received("1.0", raw(0xc1, &Codecs::new(9).deflate(filling.as_bytes())), &format!("text 1 {filling}"))
        .received("1.0", raw(0xc1, &FAR), "text 1 0123456789");

    let mut fragments =
        Start::default().open("context/fragments", &["F2"], "A message in fragments is in the window once.");
    let mut server = Codecs::new(15);
    let messages = ["a text that comes again", "another", "a text that comes again"];
    let [first, second, third] = messages.map(|it| server.deflate(it.as_bytes()));
    fragments
        .stage
        .received("1.0", raw(0xc1, &first), "text 1 a text that comes again")
        .received("1.0", raw(0x41, &second[..4]), "")
        .received("1.0", [raw(0x00, &second[4..6]), raw(0x80, &second[6..])].concat(), "text 1 another")
        .received("1.0", raw(0xc1, &third), "text 1 a text that comes again");

    let mut last = Start::default().open(
        "context/final-block",
        &["F2"],
        "RFC 7692 section 7.2.3.4: the window outlives a final block.",
    );
    last.stage
        .received("1.0", raw(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0]), "text 1 Hello")
        .received("1.0", raw(0xc1, &AGAIN), "text 1 Hello");

    let mut next = Start::default().open(
        "context/next-connection",
        &["T2", "F2"],
        "Nothing of a connection is in the windows of the next.",
    );
    next.stage
        .received("1.0", raw(0xc1, &HELLO), "text 1 Hello")
        .send("Hello", "success 2; 1.0 deflated text Hello")
        .ended("1.0", "close 1 1006 abnormal; release 1.0")
        .connect(URL, "dial 2.0 192.0.2.1:80");
    next.stage.at(30).connected("2.0", "2.0 request");
    next.stage
        .accept_with("2.0", &Start::default().answers(), b"", "success 3; open 2")
        .send("Hello", "success 4; 2.0 deflated text Hello")
        .received(
            "2.0",
            raw(0xc1, &AGAIN),
            "error 2 1; close 2 1007 protocol; half-close 2.0; 2.0 close 1007",
        );
    [ours, between, far, fragments, last, next].map(Play::done).into()
}

fn limits() -> Vec<Session> {
    let limited = || Start {
        settings: Settings { message_limit: 300, frame_limit: 300, ..Settings::default() },
        ..Start::default()
    };
    let letters = |count| Codecs::new(15).deflate("x".repeat(count).as_bytes());
    let told = format!("text 1 {}", "x".repeat(300));
    let too_big = "error 1 12; close 1 1009 tooBig; half-close 1.0; 1.0 close 1009";
    let mut exact = limited().open("limit/exact", &["F3"], "The limit counts what comes out.");
    exact.stage.received("1.0", raw(0xc1, &letters(300)), &told);
    let mut over = limited().open("limit/one-over", &["F3"], "One byte more is too many.");
    over.stage.received("1.0", raw(0xc1, &letters(301)), too_big);
    let mut bomb = limited().open("limit/bomb", &["F3", "M2"], "A short message of a megabyte.");
    bomb.stage.received("1.0", raw(0xc1, &letters(1 << 20)), too_big);
    let mut part = limited().open(
        "limit/before-the-end",
        &["F3"],
        "It ends as soon as too much has come out, though the message goes on.",
    );
    let bytes = letters(1000);
    part.stage.received("1.0", [raw(0x41, &bytes[..bytes.len() - 1]), ping(b"late")].concat(), too_big);
    let mut fault = limited().open(
        "limit/before-a-fault",
        &["F3"],
        "What has come out before a fault counts on the limit first.",
    );
    fault.stage.received("1.0", raw(0xc1, &[&letters(301)[..], &[1, 2, 3, 4]].concat()), too_big);
    let mut frame = limited().open(
        "limit/frame",
        &["F3", "M2"],
        "A frame that is longer than anything that comes out of 300 bytes can be.",
    );
    frame.stage.received("1.0", frames::head(0xc1, 1000), too_big);
    let mut longer = limited().open(
        "limit/longer-than-its-content",
        &["F3"],
        "A frame may be longer than what comes out of it.",
    );
    // A stored block.
    let stored = [&[0, 0x2c, 1, 0xd3, 0xfe][..], &[b'x'; 300], &[0]].concat();
    longer.stage.received("1.0", raw(0xc1, &stored), &told).received(
        "1.0",
        [raw(0x41, &stored[..100]), raw(0x80, &stored[100..])].concat(),
        &told,
    );
    let mut sending = limited().open("limit/sending", &["T3", "M3"], "A send counts as it is, too.");
    sending.stage.send(&"x".repeat(301), "fail 2 11");
    [exact, over, bomb, part, fault, frame, longer, sending].map(Play::done).into()
}

fn wrong() -> Vec<Session> {
    let mut sessions = Vec::new();
    let long = raw(0xc1, &Codecs::new(15).deflate(b"text \xff"));
    for (name, rule, comment, answer, bytes, code) in [
        ("malformed", "F2", "There is no third type of block.", DEFLATE, raw(0xc2, &[7]), 1007),
        ("unfinished", "F2", "It ends inside a block.", DEFLATE, raw(0xc1, &HELLO[..5]), 1007),
        (
            "behind-final-block",
            "F2",
            "Another block is behind a final one.",
            DEFLATE,
            raw(0xc1, &[&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0][..], &HELLO].concat()),
            1007,
        ),
        (
            "byte-behind-final-block",
            "F2",
            "The byte behind a final block is zero.",
            DEFLATE,
            raw(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 1]),
            1007,
        ),
        (
            "tail",
            "F2",
            "The four bytes that are cut off are there.",
            DEFLATE,
            raw(0xc1, &[&HELLO[..], &[0, 0, 0xff, 0xff]].concat()),
            1007,
        ),
        (
            "too-far-back",
            "F2",
            "It refers to bytes before the first message.",
            DEFLATE,
            raw(0xc1, &AGAIN),
            1007,
        ),
        ("not-utf8", "F2", "Text is judged as it comes out.", DEFLATE, long, 1007),
        (
            "cut-character",
            "F2",
            "Text ends inside a character.",
            DEFLATE,
            raw(0xc1, &Codecs::new(15).deflate(b"text \xc3")),
            1007,
        ),
        (
            "continuation",
            "F1",
            "RSV1 is on the first frame alone.",
            DEFLATE,
            [raw(0x41, &HELLO[..3]), raw(0xc0, &HELLO[3..])].concat(),
            1002,
        ),
        ("ping", "F1", "No control frame is compressed.", DEFLATE, raw(0xc9, &[]), 1002),
        ("rsv2", "F1", "RSV2 has no meaning.", DEFLATE, raw(0xe1, &HELLO), 1002),
    ] {
        let mut play =
            Start { answer, ..Start::default() }.open(&format!("wrong/{name}"), &[rule, "T1"], comment);
        let expected = format!("error 1 1; close 1 {code} protocol; half-close 1.0; 1.0 close {code}");
        play.stage.received("1.0", bytes, &expected).ended("1.0", "release 1.0");
        sessions.push(play.done());
    }

    let mut takeover = Start {
        answer: "permessage-deflate; server_no_context_takeover",
        agreed: Some(Agreed { server_takeover: false, ..ALL }),
        ..Start::default()
    }
    .open("wrong/no-takeover", &["F2", "T1"], "The second refers to the first, and may not.");
    takeover.stage.received(
        "1.0",
        [raw(0xc1, &HELLO), raw(0xc1, &AGAIN)].concat(),
        "text 1 Hello; error 1 1; close 1 1007 protocol; half-close 1.0; 1.0 close 1007",
    );

    let agreed = Agreed { server_bits: 8, ..ALL };
    let mut window = Start {
        answer: "permessage-deflate; server_max_window_bits=8",
        agreed: Some(agreed),
        ..Start::default()
    }
    .open("wrong/window", &["F2", "T1"], "The second refers to what was before the last 256 bytes.");
    let mut server = Codecs::new(15);
    let filling = "0123456789".repeat(30);
    let messages = ["a text that comes again", &filling, "a text that comes again"];
    let [first, second, third] = messages.map(|it| raw(0xc1, &server.deflate(it.as_bytes())));
    window
        .stage
        .received("1.0", first, "text 1 a text that comes again")
        .received("1.0", second, &format!("text 1 {filling}"))
        .received("1.0", third, "error 1 1; close 1 1007 protocol; half-close 1.0; 1.0 close 1007");
    sessions.extend([takeover.done(), window.done()]);
    sessions
}

fn ends() -> Vec<Session> {
    let settings = Settings { message_limit: 300, frame_limit: 300, ..Settings::default() };
    let mut local = Start { settings, ..Start::default() }.open(
        "end/closing",
        &["T6"],
        "Behind our close frame no message is judged; our own messages go out before it.",
    );
    local
        .stage
        .send("last", "success 2; 1.0 deflated text last")
        .close("success 3; 1.0 close 1000")
        .received("1.0", [raw(0xc1, &HELLO[..3]), raw(0xc2, &[7]), raw(0xc2, &[0; 600])].concat(), "")
        .received("1.0", close(1000, ""), "close 1 1000 local; half-close 1.0")
        .ended("1.0", "release 1.0");

    let mut remote = Start::default().open(
        "end/inside-a-message",
        &["F4"],
        "A close frame may come inside a compressed message, which is dropped.",
    );
    remote.stage.received(
        "1.0",
        [raw(0x41, &HELLO[..4]), close(1001, "")].concat(),
        "close 1 1001 remote; half-close 1.0; 1.0 close 1001",
    );
    [local, remote].map(Play::done).into()
}
