//! `data` as the query: Q1.

use super::{Input, Outcome, call, leads_to};
use crate::vectors::bytes::{Case, Json, Section};

pub(super) fn sections() -> Vec<Vec<Case<Input, Outcome>>> {
    vec![values(), numbers(), nested(), joined()]
}

fn cases(path: &'static str, comment: &str, rows: &[(&str, &str, &str)]) -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new(path, &["Q1"]);
    for (name, data, target) in rows {
        let mut input = call("ws://h/p");
        input.call.data = Json::read(data);
        section.case(name, comment, input, leads_to(false, "h", 80, target));
    }
    section.done()
}

fn values() -> Vec<Case<Input, Outcome>> {
    let mut cases = cases(
        "urls/q1-values",
        "Members in order, encoded as encodeURIComponent does; null and the empty key are left out.",
        &[
            ("null", "null", "/p"),
            ("empty", "{}", "/p"),
            ("order", r#"{"b":"1","a":"2","c":"3"}"#, "/p?b=1&a=2&c=3"),
            ("unreserved", r#"{"-_.!~*()":"azAZ09-_.!~*()"}"#, "/p?-_.!~*()=azAZ09-_.!~*()"),
            ("apostrophe", r#"{"a'":"'"}"#, "/p?a%27=%27"),
            (
                "reserved",
                r#"{"k&=":";/?:@&=+$,#[] %"}"#,
                "/p?k%26%3D=%3B%2F%3F%3A%40%26%3D%2B%24%2C%23%5B%5D%20%25",
            ),
            ("percent-encoded-again", r#"{"a":"%41"}"#, "/p?a=%2541"),
            ("utf-8", r#"{"\u00e9":"\u20ac\ud83d\ude00"}"#, "/p?%C3%A9=%E2%82%AC%F0%9F%98%80"),
            ("control", r#"{"a":"\u0000\t\r\n\u007f\u0085"}"#, "/p?a=%00%09%0D%0A%7F%C2%85"),
            ("marks", r#"{"a":"\"<>\\^`{|}"}"#, "/p?a=%22%3C%3E%5C%5E%60%7B%7C%7D"),
            ("booleans", r#"{"t":true,"f":false}"#, "/p?t=true&f=false"),
            ("null-skipped", r#"{"a":null,"b":"1","c":null}"#, "/p?b=1"),
            ("all-null", r#"{"a":null}"#, "/p"),
            ("empty-key-skipped", r#"{"":"x","b":"1"}"#, "/p?b=1"),
            ("empty-key-alone", r#"{"":"x"}"#, "/p"),
            ("empty-value", r#"{"a":"","b":""}"#, "/p?a=&b="),
            ("blank-key", r#"{" ":"x"}"#, "/p?%20=x"),
            ("whole-numbers-for-keys", r#"{"b":"x","2":"y","1":"z"}"#, "/p?b=x&2=y&1=z"),
            ("equal-members", r#"{"a":"1","b":"x","a":"2"}"#, "/p?a=1&b=x&a=2"),
        ],
    );
    for case in &mut cases {
        if case.id.ends_with("/whole-numbers-for-keys") {
            "Members go out in the order in which they are handed over.".clone_into(&mut case.comment);
            case.flags.push("integer-names".to_owned());
        }
        if case.id.ends_with("/equal-members") {
            "Text of JSON may have a member twice: both go out.".clone_into(&mut case.comment);
            case.flags.push("equal-members".to_owned());
        }
    }
    cases
}

fn numbers() -> Vec<Case<Input, Outcome>> {
    let mut cases = cases(
        "urls/q1-numbers",
        "Numbers as Number::toString of ECMAScript writes them.",
        &[
            ("zero", r#"{"n":0}"#, "/p?n=0"),
            ("minus-zero", r#"{"n":-0}"#, "/p?n=0"),
            ("minus-zero-point", r#"{"n":-0.0}"#, "/p?n=0"),
            ("whole-with-point", r#"{"n":1.0}"#, "/p?n=1"),
            ("negative", r#"{"n":-17}"#, "/p?n=-17"),
            ("fraction", r#"{"n":0.5}"#, "/p?n=0.5"),
            ("shortest-form", r#"{"n":0.1,"m":0.30000000000000004}"#, "/p?n=0.1&m=0.30000000000000004"),
            ("small", r#"{"n":0.000001,"m":1e-7}"#, "/p?n=0.000001&m=1e-7"),
            ("large", r#"{"n":100000000000000000000,"m":1e21}"#, "/p?n=100000000000000000000&m=1e%2B21"),
            ("not-safe", r#"{"n":9007199254740993}"#, "/p?n=9007199254740992"),
            ("not-safe-twenty-one-digits", r#"{"n":123456789012345678901}"#, "/p?n=123456789012345680000"),
            ("greatest", r#"{"n":1.7976931348623157e308}"#, "/p?n=1.7976931348623157e%2B308"),
            ("least", r#"{"n":5e-324}"#, "/p?n=5e-324"),
            ("too-small", r#"{"n":1e-400}"#, "/p?n=0"),
        ],
    );
    for case in &mut cases {
        if case.id.contains("/not-safe") {
            case.flags.push("doubles".to_owned());
        }
    }
    cases
}

fn nested() -> Vec<Case<Input, Outcome>> {
    let mut cases = cases(
        "urls/q1-nested",
        "What is no string, number or boolean goes out as compact JSON, null inside it, too.",
        &[
            ("list", r#"{"a":[1,"b",true]}"#, "/p?a=%5B1%2C%22b%22%2Ctrue%5D"),
            ("object", r#"{"a":{"y":1,"x":{"":2}}}"#, "/p?a=%7B%22y%22%3A1%2C%22x%22%3A%7B%22%22%3A2%7D%7D"),
            ("empty-list", r#"{"a":[]}"#, "/p?a=%5B%5D"),
            ("empty-object", r#"{"a":{}}"#, "/p?a=%7B%7D"),
            ("null-stays", r#"{"a":[null,{"b":null}]}"#, "/p?a=%5Bnull%2C%7B%22b%22%3Anull%7D%5D"),
            ("numbers", r#"{"a":[-0,1e21,1.0,0.5]}"#, "/p?a=%5B0%2C1e%2B21%2C1%2C0.5%5D"),
            (
                "escapes",
                r#"{"a":["\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u2028\u00e9'"]}"#,
                "/p?a=%5B%22%5C%22%5C%5C%2F%5Cb%5Cf%5Cn%5Cr%5Ct%5Cu0001%5Cu001f%7F%E2%80%A8%C3%A9%27%22%5D",
            ),
            (
                "names-escaped",
                r#"{"a":{"\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u2028\u00e9'":{"\"":"x"}}}"#,
                "/p?a=%7B%22%5C%22%5C%5C%2F%5Cb%5Cf%5Cn%5Cr%5Ct%5Cu0001%5Cu001f%7F%E2%80%A8%C3%A9%27%22%3A%7B%22%5C%22%22%3A%22x%22%7D%7D",
            ),
            ("names-in-lists", r#"{"a":[{"\n":"\n"}]}"#, "/p?a=%5B%7B%22%5Cn%22%3A%22%5Cn%22%7D%5D"),
            ("order", r#"{"a":{"c":1,"b":2,"a":3}}"#, "/p?a=%7B%22c%22%3A1%2C%22b%22%3A2%2C%22a%22%3A3%7D"),
            (
                "whole-numbers-for-names",
                r#"{"a":{"b":1,"2":2,"1":3}}"#,
                "/p?a=%7B%22b%22%3A1%2C%222%22%3A2%2C%221%22%3A3%7D",
            ),
            (
                "equal-members",
                r#"{"a":{"x":1,"y":2,"x":3}}"#,
                "/p?a=%7B%22x%22%3A1%2C%22y%22%3A2%2C%22x%22%3A3%7D",
            ),
            (
                "deep",
                r#"{"a":[[[[[[[["x"]]]]]]]]}"#,
                "/p?a=%5B%5B%5B%5B%5B%5B%5B%5B%22x%22%5D%5D%5D%5D%5D%5D%5D%5D",
            ),
        ],
    );
    for case in &mut cases {
        if case.id.ends_with("/whole-numbers-for-names") {
            "Members go out in the order in which they are handed over, at any depth."
                .clone_into(&mut case.comment);
            case.flags.push("integer-names".to_owned());
        }
        if case.id.ends_with("/equal-members") {
            "A member that text of JSON has twice goes out twice, at any depth."
                .clone_into(&mut case.comment);
            case.flags.push("equal-members".to_owned());
        }
    }
    cases
}

fn joined() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/q1-joined", &["Q1"]);
    for (name, url, data, target) in [
        ("no-query", "ws://h", r#"{"a":"1"}"#, "/?a=1"),
        ("empty-query", "ws://h?", r#"{"a":"1"}"#, "/?a=1"),
        ("query", "ws://h?x", r#"{"a":"1"}"#, "/?x&a=1"),
        ("ends-in-ampersand", "ws://h?x&", r#"{"a":"1"}"#, "/?x&a=1"),
        ("ends-in-two", "ws://h?x&&", r#"{"a":"1"}"#, "/?x&&a=1"),
        ("ampersand-alone", "ws://h?&", r#"{"a":"1"}"#, "/?&a=1"),
        ("ends-in-question-mark", "ws://h/?a?", r#"{"b":1}"#, "/?a?&b=1"),
        ("question-mark-alone", "ws://h/??", r#"{"b":1}"#, "/??&b=1"),
        ("question-mark-inside", "ws://h/?a?b&", r#"{"b":1}"#, "/?a?b&b=1"),
        ("ends-in-encoded-ampersand", "ws://h/?a%26", r#"{"b":1}"#, "/?a%26&b=1"),
        ("own-query-kept", "ws://h/p?%41'%27%", r#"{"a":"'"}"#, "/p?%41%27%27%&a=%27"),
        ("empty-data-empty-query", "ws://h?", "{}", "/?"),
        ("empty-data-ampersand", "ws://h?x&", r#"{"a":null}"#, "/?x&"),
        ("same-key", "ws://h?a=1", r#"{"a":"2"}"#, "/?a=1&a=2"),
    ] {
        let mut input = call(url);
        input.call.data = Json::read(data);
        section.case(
            name,
            "One ampersand between the two, where one is needed.",
            input,
            leads_to(false, "h", 80, target),
        );
    }
    section.done()
}
