//! `header`, `data` and `protocols` that cannot be used: V6, which is judged on all of them before anything is
//! left out.

use super::{Input, Outcome, call, fails, leads_to};
use crate::vectors::bytes::{Case, Json, Section};

pub(super) fn sections() -> Vec<Vec<Case<Input, Outcome>>> {
    vec![header(), data(), protocols(), head_limit()]
}

fn with_header(header: &str) -> Input {
    let mut input = call("ws://h");
    input.call.header = Json::read(header);
    input
}

fn with_data(data: &str) -> Input {
    let mut input = call("ws://h");
    input.call.data = Json::read(data);
    input
}

fn with_protocols(protocols: &str) -> Input {
    let mut input = call("ws://h");
    input.call.protocols = Json::read(protocols);
    input
}

fn header() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/v6-header", &["V6"]);
    for (name, comment, header) in [
        ("string", "header is an object.", r#""a: b""#),
        ("list", "header is an object.", "[]"),
        ("number", "header is an object.", "0"),
        ("boolean", "header is an object.", "false"),
        ("name-empty", "A name is a token.", r#"{"":"x"}"#),
        ("name-blank", "A name is a token.", r#"{"a b":"x"}"#),
        ("name-colon", "A name is a token.", r#"{"a:":"x"}"#),
        ("name-not-ascii", "A name is a token.", r#"{"\u00e9":"x"}"#),
        ("name-control", "A name is a token.", r#"{"a\r\nb":"x"}"#),
        ("name-of-null", "A name is a token, though its null would be left out.", r#"{"a b":null}"#),
        ("value-cr-lf", "No control character in a value.", r#"{"a":"x\r\nb: c"}"#),
        ("value-lf-last", "No control character in a value, at its ends neither.", r#"{"a":"x\n"}"#),
        ("value-nul", "No control character in a value.", r#"{"a":"\u0000"}"#),
        ("value-delete", "No control character in a value.", r#"{"a":"\u007f"}"#),
        ("value-c1", "No control character in a value, Unicode's.", r#"{"a":"\u0085"}"#),
        ("value-c1-last", "No control character in a value, Unicode's.", r#"{"a":"x\u009f"}"#),
        ("value-list", "A value is no list.", r#"{"a":[]}"#),
        ("value-list-of-strings", "A value is no list.", r#"{"a":["x"]}"#),
        ("value-object", "A value is no object.", r#"{"a":{}}"#),
        ("dropped-value-control", "Judged before Q2 leaves Host out.", r#"{"Host":"x\n"}"#),
        ("dropped-value-object", "Judged before Q2 leaves Host out.", r#"{"Host":{}}"#),
        (
            "overruled-value-control",
            "Judged though a later one of the name wins.",
            r#"{"A":"x\n","a":"fine"}"#,
        ),
        ("overruled-value-object", "Judged though a later one of the name wins.", r#"{"A":{},"a":"fine"}"#),
        (
            "protocol-overruled",
            "Judged though a later one of the name wins.",
            r#"{"Sec-WebSocket-Protocol":"a b","sec-websocket-protocol":"fine"}"#,
        ),
        ("protocol-control", "No control character in a value.", r#"{"Sec-WebSocket-Protocol":"a\u0085"}"#),
        ("protocol-blank", "A subprotocol is a token.", r#"{"Sec-WebSocket-Protocol":"a, b c"}"#),
        (
            "protocol-no-break-space",
            "Elements are trimmed of space and tab alone.",
            r#"{"Sec-WebSocket-Protocol":"\u00a0a"}"#,
        ),
        (
            "protocol-ideographic-space",
            "Elements are trimmed of space and tab alone.",
            r#"{"Sec-WebSocket-Protocol":"a,\u3000b"}"#,
        ),
        (
            "protocol-byte-order-mark",
            "Elements are trimmed of space and tab alone.",
            r#"{"Sec-WebSocket-Protocol":"a,b\ufeff"}"#,
        ),
        (
            "protocol-other-space-alone",
            "It is no blank, so the element is not empty.",
            r#"{"Sec-WebSocket-Protocol":"a,\u2003,b"}"#,
        ),
        ("protocol-not-ascii", "A subprotocol is a token.", r#"{"sec-websocket-protocol":"\u00e9"}"#),
    ] {
        section.case(name, comment, with_header(header), fails(1));
    }
    for (name, comment, header) in [
        ("value-tab", "A tab may stand in a value.", r#"{"a":"x\ty"}"#),
        ("value-no-break-space", "Above the control characters all may.", r#"{"a":"\u00a0\u2028\ufeff"}"#),
    ] {
        section.case(name, comment, with_header(header), leads_to(false, "h", 80, "/"));
    }
    section.done()
}

fn data() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/v6-data", &["V6"]);
    for (name, data) in [("string", r#""a=1""#), ("list", "[1]"), ("number", "1"), ("boolean", "true")] {
        section.case(name, "data is an object.", with_data(data), fails(1));
    }
    section.done()
}

fn protocols() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/v6-protocols", &["V6"]);
    for (name, comment, protocols) in [
        ("object", "protocols is a string or a list.", r#"{"a":"b"}"#),
        ("object-empty", "protocols is a string or a list.", "{}"),
        ("number", "protocols is a string or a list.", "0"),
        ("boolean", "protocols is a string or a list.", "false"),
        ("boolean-true", "protocols is a string or a list.", "true"),
        ("string-comma", "A string is one subprotocol, which is a token.", r#""a,b""#),
        ("string-blank", "A string is one subprotocol, which is a token.", r#"" ""#),
        ("string-blank-first", "A string is one subprotocol: nothing is trimmed.", r#"" a""#),
        ("string-not-ascii", "A string is one subprotocol, which is a token.", r#""\u00e9""#),
        ("of-lists", "Its elements are strings.", r#"[["a"]]"#),
        ("of-objects", "Its elements are strings.", "[{}]"),
        ("of-booleans", "Its elements are strings.", "[true]"),
        ("of-numbers", "Its elements are strings.", "[1]"),
        ("with-null", "Its elements are strings.", r#"["a",null]"#),
        ("blank", "A subprotocol is a token.", r#"[" "]"#),
        ("blank-first", "A subprotocol is a token: nothing is trimmed in a list.", r#"[" a"]"#),
        ("tab-last", "A subprotocol is a token: nothing is trimmed in a list.", r#"["a\t"]"#),
        ("other-space-alone", "A subprotocol is a token: nothing is trimmed in a list.", r#"["\u2003"]"#),
        ("behind-an-empty-one", "Each of them is judged.", r#"["","c d"]"#),
        ("behind-good-ones", "Each of them is judged.", r#"["a","b","c d"]"#),
        ("comma", "A subprotocol is a token.", r#"["a,b"]"#),
        ("slash", "A subprotocol is a token.", r#"["a/b"]"#),
        ("not-ascii", "A subprotocol is a token.", r#"["\u00e9"]"#),
    ] {
        section.case(name, comment, with_protocols(protocols), fails(1));
    }
    for (name, protocols) in [("string", r#""a""#), ("string-empty", r#""""#), ("absent", "null")] {
        let comment = "A string is a list of that one.";
        section.case(name, comment, with_protocols(protocols), leads_to(false, "h", 80, "/"));
    }
    section.done()
}

fn head_limit() -> Vec<Case<Input, Outcome>> {
    // What goes out for ws://h without its header line, counted by hand: the request line 16, Host 9, Upgrade 20,
    // Connection 21, the key 45, the version 27, and the blank line 2.
    const BARE: usize = 16 + 9 + 20 + 21 + 45 + 27 + 2;
    let mut section = Section::new("urls/v6-head-limit", &["V6"]);
    let limited = |head_limit| Input { head_limit, ..with_header(r#"{"x":"0123456789"}"#) };
    let length = BARE + "x: 0123456789\r\n".len();
    section.case("exact", "The limit itself passes.", limited(length), leads_to(false, "h", 80, "/"));
    section.case("one-over", "Every byte of the head counts.", limited(length - 1), fails(1));
    section.case("zero", "No head is so short.", limited(0), fails(1));
    let letters = |head_limit| Input { head_limit, ..with_header(r#"{"x":"\u00e9\u00e9"}"#) };
    let length = BARE + "x: \u{e9}\u{e9}\r\n".len();
    section.case("bytes-exact", "It counts bytes of UTF-8.", letters(length), leads_to(false, "h", 80, "/"));
    section.case("bytes-one-over", "It counts bytes, not characters.", letters(length - 1), fails(1));
    // What is offered goes out in one line, wherever it comes from.
    for (name, header, protocols, line) in [
        ("offer", "null", r#"["chat","v2"]"#, "Sec-WebSocket-Protocol: chat, v2\r\n"),
        ("offer-of-a-string", "null", r#""chat""#, "Sec-WebSocket-Protocol: chat\r\n"),
        (
            "offer-in-header",
            r#"{"sec-websocket-protocol":" a,b,a"}"#,
            "null",
            "Sec-WebSocket-Protocol: a, b\r\n",
        ),
        (
            "offer-of-both",
            r#"{"Sec-WebSocket-Protocol":"a"}"#,
            r#"["","b"]"#,
            "Sec-WebSocket-Protocol: a, b\r\n",
        ),
        ("offer-of-none", "null", r#"["",""]"#, ""),
        ("dropped", r#"{"Host":"0123456789","Referer":"0123456789","x":"y"}"#, "null", "x: y\r\n"),
        ("null", r#"{"a":null,"x":"y"}"#, "null", "x: y\r\n"),
        ("overruled", r#"{"X":"0123456789","x":"y"}"#, "null", "x: y\r\n"),
        ("trimmed", r#"{"x":"  y\t "}"#, "null", "x: y\r\n"),
    ] {
        let length = BARE + line.len();
        let limited = |head_limit| {
            let mut input = with_header(header);
            input.call.protocols = Json::read(protocols);
            Input { head_limit, ..input }
        };
        section.case(
            &format!("{name}-exact"),
            "What goes out counts, and nothing else.",
            limited(length),
            leads_to(false, "h", 80, "/"),
        );
        section.case(
            &format!("{name}-one-over"),
            "All that goes out counts, the offer of subprotocols too.",
            limited(length - 1),
            fails(1),
        );
    }
    let with_query = |head_limit| Input { head_limit, ..with_data(r#"{"a":"\u00e9"}"#) };
    let length = BARE + "?a=%C3%A9".len();
    section.case(
        "data-exact",
        "data counts as it goes out.",
        with_query(length),
        leads_to(false, "h", 80, "/?a=%C3%A9"),
    );
    section.case("data-one-over", "data counts as it goes out.", with_query(length - 1), fails(1));
    let long = Input { head_limit: 16_384, ..call(format!("ws://h/{}", "p".repeat(16_384)).as_str()) };
    section.case("long-path", "The url counts, too.", long, fails(1));
    section.done()
}
