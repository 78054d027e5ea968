//! A complete head of status 101: the handshake's own headers (U3), subprotocols (U4), extensions (U5), what means
//! nothing (U6), and frames behind it.

use super::{
    ACCEPT, CONNECTION, Cases, Outcome, STATUS, UPGRADE, Verdict, answer, fails, offering, opens, with,
};
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![
        handshake_right(),
        handshake_wrong(),
        other_key(),
        protocols(),
        extensions(),
        order(),
        frames_behind(),
    ]
}

fn handshake_right() -> Cases {
    let mut section = Section::new("answers/u3-right", &["U3"]);
    for (name, from, to) in [
        ("as-in-the-rfc", UPGRADE, UPGRADE),
        ("upgrade-letter-case", UPGRADE, "UPGRADE:WebSocket\r\n"),
        ("connection-letter-case", CONNECTION, "connection: UPGRADE\r\n"),
        ("connection-list", CONNECTION, "Connection: keep-alive ,,\tUpgrade\r\n"),
        ("connection-list-first", CONNECTION, "Connection: upgrade, close\r\n"),
        ("connection-two-lines", CONNECTION, "Connection: keep-alive\r\nconnection: upgrade\r\n"),
        ("accept-blanks", ACCEPT, "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t\r\n"),
    ] {
        let comment =
            "Names and these values in any letter case; Connection is a list of tokens, over all its lines.";
        section.case(name, comment, answer(with("").replace(from, to)), opens("", b""));
    }
    let turned = format!("{STATUS}{ACCEPT}{CONNECTION}{UPGRADE}\r\n");
    section.case("any-order", "The order of the lines does not matter.", answer(turned), opens("", b""));
    section.done()
}

fn handshake_wrong() -> Cases {
    let mut section = Section::new("answers/u3-wrong", &["U3"]);
    for (name, from, to) in [
        ("upgrade-missing", UPGRADE, ""),
        ("upgrade-empty", UPGRADE, "Upgrade:\r\n"),
        ("upgrade-other", UPGRADE, "Upgrade: h2c\r\n"),
        ("upgrade-list", UPGRADE, "Upgrade: websocket, h2c\r\n"),
        ("upgrade-version", UPGRADE, "Upgrade: websocket/13\r\n"),
        ("upgrade-twice", UPGRADE, "Upgrade: websocket\r\nUpgrade: websocket\r\n"),
        ("upgrade-trailing-comma", UPGRADE, "Upgrade: websocket,\r\n"),
        ("upgrade-leading-comma", UPGRADE, "Upgrade: , websocket\r\n"),
        ("upgrade-parameter", UPGRADE, "Upgrade: websocket;x=y\r\n"),
        ("upgrade-quoted", UPGRADE, "Upgrade: \"websocket\"\r\n"),
        ("connection-missing", CONNECTION, ""),
        ("connection-empty", CONNECTION, "Connection:\r\n"),
        ("connection-other", CONNECTION, "Connection: keep-alive\r\n"),
        ("connection-longer-token", CONNECTION, "Connection: upgrades\r\n"),
        ("connection-quoted", CONNECTION, "Connection: \"upgrade\"\r\n"),
        ("connection-parameter", CONNECTION, "Connection: upgrade;x=y\r\n"),
        ("connection-two-words", CONNECTION, "Connection: keep-alive upgrade\r\n"),
        ("accept-missing", ACCEPT, ""),
        ("accept-empty", ACCEPT, "Sec-WebSocket-Accept:\r\n"),
        ("accept-letter-case", ACCEPT, "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        ("accept-no-padding", ACCEPT, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n"),
        ("accept-trailing-comma", ACCEPT, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=,\r\n"),
        ("accept-quoted", ACCEPT, "Sec-WebSocket-Accept: \"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"\r\n"),
        ("accept-and-more", ACCEPT, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo= x\r\n"),
        ("accept-url-safe", ACCEPT, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK-xOo=\r\n"),
        ("accept-the-key", ACCEPT, "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        ("accept-twice", ACCEPT, &ACCEPT.repeat(2)),
        ("nothing", &format!("{UPGRADE}{CONNECTION}{ACCEPT}"), ""),
    ] {
        let bytes = with("").replace(from, to);
        let comment = "One Upgrade of websocket alone, upgrade among the tokens of Connection, one exact accept: else 8.";
        section.case(name, comment, answer(&bytes), fails(8, bytes.len()));
    }
    for (name, from, to) in [
        ("upgrade-other-space", &b"websocket"[..], &b"websocket\xa0"[..]),
        ("accept-other-space", b"+xOo=", b"+xOo=\xa0"),
        ("connection-other-space-last", b": Upgrade", b": Upgrade\x85"),
    ] {
        let text = with("");
        let at = text.as_bytes().windows(from.len()).position(|it| it == from).unwrap_or_default();
        let bytes = [&text.as_bytes()[..at], to, &text.as_bytes()[at + from.len()..]].concat();
        let length = bytes.len();
        section.case(name, "Values are trimmed of space and tab alone.", answer(bytes), fails(8, length));
    }
    let bytes = [
        with("").split(CONNECTION).next().unwrap_or_default().as_bytes(),
        b"Connection: keep-alive,\xa0upgrade\r\n",
        ACCEPT.as_bytes(),
        b"\r\n",
    ]
    .concat();
    let length = bytes.len();
    section.case(
        "connection-other-space",
        "Tokens are trimmed of space and tab alone.",
        answer(bytes),
        fails(8, length),
    );
    section.done()
}

fn other_key() -> Cases {
    let mut section = Section::new("answers/u3-key", &["U3"]);
    // The answers to two other keys, from another implementation.
    for (name, key, accept) in [
        ("zeros", [0; 16], "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("ones", [0xff; 16], "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
    ] {
        let bytes = with("").replace("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", accept);
        let input = super::Input { key_hex: key.into(), ..answer(&bytes) };
        section.case(name, "The accept answers the key.", input, opens("", b""));
        let bytes = with("");
        let input = super::Input { key_hex: key.into(), ..answer(&bytes) };
        section.case(&format!("{name}-wrong"), "It answers another key.", input, fails(8, bytes.len()));
    }
    section.done()
}

fn protocols() -> Cases {
    let mut section = Section::new("answers/u4", &["U4"]);
    let line = "Sec-WebSocket-Protocol: chat\r\n";
    for (name, offered, lines, expected) in [
        ("none-offered-none-named", &[][..], "", Ok("")),
        ("offered-none-named", &["chat"], "", Ok("")),
        ("offered-named", &["chat"], line, Ok("chat")),
        ("second-of-three", &["x", "chat", "y"], line, Ok("chat")),
        ("blanks-around", &["chat"], "sec-websocket-protocol:\tchat \r\n", Ok("chat")),
        ("none-offered-one-named", &[], line, Err(9)),
        ("none-offered-twice-named", &[], &line.repeat(2), Err(9)),
        ("none-offered-several-named", &[], "Sec-WebSocket-Protocol: a, b\r\n", Err(9)),
        ("another", &["x"], line, Err(8)),
        ("letter-case", &["Chat"], line, Err(8)),
        ("letter-case-of-the-answer", &["chat"], "Sec-WebSocket-Protocol: Chat\r\n", Err(8)),
        ("letter-case-of-the-whole-answer", &["chat"], "Sec-WebSocket-Protocol: CHAT\r\n", Err(8)),
        ("letter-case-first-of-two", &["CHAT", "chat"], "Sec-WebSocket-Protocol: CHAT\r\n", Ok("CHAT")),
        ("letter-case-second-of-two", &["CHAT", "chat"], line, Ok("chat")),
        ("part-of-the-name", &["chat2"], line, Err(8)),
        ("several-in-a-line", &["chat", "chat2"], "Sec-WebSocket-Protocol: chat, chat2\r\n", Err(8)),
        (
            "several-lines",
            &["chat", "chat2"],
            "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat2\r\n",
            Err(8),
        ),
        ("same-twice", &["chat"], &line.repeat(2), Err(8)),
        ("quoted", &["chat"], "Sec-WebSocket-Protocol: \"chat\"\r\n", Err(8)),
        ("parameter", &["chat"], "Sec-WebSocket-Protocol: chat;x=y\r\n", Err(8)),
        ("and-more", &["chat"], "Sec-WebSocket-Protocol: chat x\r\n", Err(8)),
        ("trailing-comma", &["chat"], "Sec-WebSocket-Protocol: chat,\r\n", Err(8)),
        ("leading-comma", &["chat"], "Sec-WebSocket-Protocol: ,chat\r\n", Err(8)),
        ("leading-comma-and-blank", &["chat"], "Sec-WebSocket-Protocol: , chat\r\n", Err(8)),
        ("same-twice-in-a-line", &["chat"], "Sec-WebSocket-Protocol: chat, chat\r\n", Err(8)),
        ("none-offered-leading-comma", &[], "Sec-WebSocket-Protocol: ,chat\r\n", Err(9)),
        ("empty-none-offered", &[], "Sec-WebSocket-Protocol:\r\n", Err(8)),
        ("empty-offered", &["chat"], "Sec-WebSocket-Protocol:\r\n", Err(8)),
        ("blank", &[], "Sec-WebSocket-Protocol: \t \r\n", Err(8)),
        ("comma-alone", &["chat"], "Sec-WebSocket-Protocol: ,\r\n", Err(8)),
        ("comma-alone-none-offered", &[], "Sec-WebSocket-Protocol: ,\r\n", Err(8)),
        ("commas-none-offered", &[], "Sec-WebSocket-Protocol: , ,\t\r\n", Err(8)),
        ("empty-line-beside-another", &["chat"], &format!("{line}Sec-WebSocket-Protocol:\r\n"), Err(8)),
        (
            "empty-line-beside-another-none-offered",
            &[],
            &format!("{line}Sec-WebSocket-Protocol:\r\n"),
            Err(8),
        ),
    ] {
        let bytes = with(lines);
        let comment = match expected {
            Ok("") => "None was chosen, which is fine.",
            Ok(_) => "One of those that were offered, compared exactly.",
            Err(9) => "One was chosen, and none was offered.",
            Err(_) => "Not exactly one of those that were offered, or a line that names nothing.",
        };
        section.case(name, comment, offering(offered, &bytes), |outcome| match expected {
            Ok(protocol) => opens(protocol, b"")(outcome),
            Err(code) => fails(code, bytes.len())(outcome),
        });
    }
    // Latin-1 has them beside space and tab.
    for (name, space) in [("next-line", 0x85), ("no-break-space", 0xa0)] {
        let line = |value: &[u8]| {
            let bytes = with("Sec-WebSocket-Protocol: ");
            [bytes.trim_end().as_bytes(), b" ", value, b"\r\n\r\n"].concat()
        };
        for (place, value) in
            [("first", [&[space], &b"chat"[..]].concat()), ("last", [b"chat", &[space][..]].concat())]
        {
            let bytes = line(&value);
            let length = bytes.len();
            section.case(
                &format!("{name}-{place}"),
                "It is trimmed of space and tab alone, so this is another name.",
                offering(&["chat"], bytes),
                fails(8, length),
            );
        }
        let bytes = line(&[space]);
        let length = bytes.len();
        section.case(
            &format!("{name}-alone"),
            "It is no blank, so it is a name, and none was offered.",
            answer(bytes),
            fails(9, length),
        );
    }
    section.done()
}

fn extensions() -> Cases {
    let mut section = Section::new("answers/u5", &["U5", "U4"]);
    for (name, value) in [
        ("empty", ""),
        ("blank", " \t"),
        ("comma-alone", ","),
        ("deflate", "permessage-deflate"),
        ("deflate-with-parameters", "permessage-deflate; server_no_context_takeover"),
        ("unknown", "x-other; y=z"),
    ] {
        let bytes = with(&format!("Sec-WebSocket-Extensions: {value}\r\n"));
        section.case(name, "None was offered.", answer(&bytes), fails(8, bytes.len()));
    }
    section.done()
}

fn order() -> Cases {
    let mut section = Section::new("answers/order", &["U3", "U4", "U5"]);
    let is = |outcome: &Outcome, code| outcome.result == Verdict::Fail && outcome.error == Some(code);
    let protocol = "Sec-WebSocket-Protocol: chat\r\n";
    let bytes = with(protocol).replace(ACCEPT, "");
    section.case("accept-before-subprotocol", "U3 is judged first.", answer(bytes), |outcome| is(outcome, 8));
    let bytes = with(&format!("{protocol}Sec-WebSocket-Extensions:\r\n"));
    section.case(
        "empty-extension-before-subprotocol",
        "An empty line is 8 in any case.",
        answer(bytes),
        |outcome| is(outcome, 8),
    );
    let bytes = with(&format!("{protocol}Sec-WebSocket-Extensions: x\r\n"));
    section.case(
        "subprotocol-before-extension",
        "Then the subprotocol, then the extension.",
        answer(bytes),
        |outcome| is(outcome, 9),
    );
    section.done()
}

fn frames_behind() -> Cases {
    let mut section = Section::new("answers/u6", &["U6"]);
    for (name, lines) in [
        ("nothing-said", ""),
        ("content-length", "Content-Length: 99\r\n"),
        ("content-length-zero", "Content-Length: 0\r\n"),
        ("transfer-encoding", "Transfer-Encoding: chunked\r\n"),
        ("both", "Content-Length: x\r\nTransfer-Encoding: chunked\r\n"),
    ] {
        let bytes = [with(lines).as_bytes(), b"\x81\x02hi\x88"].concat();
        section.case(
            name,
            "What follows the empty line are frames.",
            answer(bytes),
            opens("", b"\x81\x02hi\x88"),
        );
    }
    let bytes = format!("{}\r\n", with(""));
    section.case("line-end-behind", "Nothing is skipped.", answer(bytes), opens("", b"\r\n"));
    section.done()
}
