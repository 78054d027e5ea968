//! Urls alone: V1 to V4, and what Q4 takes out of those that are valid.

use super::{Input, Outcome, call, failing, fails, leads_to};
use crate::vectors::bytes::{Case, Json, Section};

pub(super) fn sections() -> Vec<Vec<Case<Input, Outcome>>> {
    vec![
        missing(),
        wrong_type(),
        no_scheme(),
        no_host(),
        white_space(),
        fragment(),
        user_info(),
        port(),
        syntax(),
        scheme(),
        require_wss(),
        valid(),
        hosts(),
        order(),
    ]
}

fn missing() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/v1", &["V1"]);
    section.case("null", "No url at all, or null.", call(Json::null()), fails(3));
    let blank = "Nothing but white space, as Unicode defines it.";
    for (name, url) in [
        ("empty", ""),
        ("space", " "),
        ("tab-cr-lf", "\t\r\n"),
        ("vertical-tab-form-feed", "\u{b}\u{c}"),
        ("next-line", "\u{85}"),
        ("no-break-space", "\u{a0}"),
        ("ideographic-space", "\u{3000}\u{2028}"),
    ] {
        section.case(name, blank, call(url), fails(3));
    }
    section.done()
}

fn wrong_type() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/v2-type", &["V2"]);
    for (name, json) in
        [("boolean", "true"), ("number", "1"), ("list", r#"["ws://h"]"#), ("object", r#"{"url":"ws://h"}"#)]
    {
        section.case(name, "A url is a string.", call(Json::read(json)), fails(4));
    }
    section.done()
}

fn no_scheme() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-scheme",
        &["V2"],
        4,
        "A url has a scheme.",
        &[
            ("relative", "test.php"),
            ("path", "/chat"),
            ("authority-alone", "//h/p"),
            ("digit-first", "1ws://h"),
            ("colon-first", "://h"),
            ("byte-order-mark", "\u{feff}ws://h"),
            ("query-alone", "?a=1"),
            ("zero-width-space-alone", "\u{200b}"),
            ("byte-order-mark-alone", "\u{feff}"),
        ],
    )
}

fn no_host() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-host",
        &["V2"],
        4,
        "A url has a host, and it is written behind two slashes.",
        &[
            ("mailto", "mailto:x"),
            ("host-for-scheme", "localhost:8080"),
            ("no-slash", "ws:h"),
            ("one-slash", "ws:/h"),
            ("three-slashes", "ws:///h"),
            ("four-slashes", "ws:////h"),
            ("backslashes", "ws:\\\\h"),
            ("slash-backslash", "ws:/\\h"),
            ("backslash-slash", "ws:\\/h"),
            ("backslash-behind-slashes", "ws://\\h"),
            ("http-without-slashes", "http:h"),
            ("nothing", "ws://"),
            ("port-alone", "ws://:80"),
            ("query-alone", "ws://?q"),
            ("other-scheme-nothing", "foo://"),
            ("other-scheme-path", "foo:///p"),
            ("file-path", "file:///p"),
        ],
    )
}

fn white_space() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-white-space",
        &["V2"],
        4,
        "White space and control characters, Unicode's, stand nowhere.",
        &[
            ("space-first", " ws://h"),
            ("space-last", "ws://h/ "),
            ("space-in-path", "ws://h/a b"),
            ("space-in-query", "ws://h/?a b"),
            ("tab-in-scheme", "w\ts://h"),
            ("lf-last", "ws://h/\n"),
            ("cr-in-host", "ws://h\r/"),
            ("nul", "ws://h/\0"),
            ("unit-separator", "ws://h/\u{1f}"),
            ("delete", "ws://h/\u{7f}"),
            ("c1-padding", "ws://h/\u{80}"),
            ("c1-control-sequence", "ws://h/\u{9b}"),
            ("c1-last", "ws://h/?\u{9f}"),
            ("next-line", "ws://h/\u{85}"),
            ("no-break-space", "ws://h/\u{a0}"),
            ("ogham-space", "ws://h/\u{1680}"),
            ("em-space", "ws://h/\u{2003}"),
            ("line-separator", "ws://h/\u{2028}"),
            ("paragraph-separator", "ws://h/?\u{2029}"),
            ("narrow-no-break-space", "ws://h/\u{202f}"),
            ("ideographic-space", "ws://h/\u{3000}"),
        ],
    )
}

fn fragment() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-fragment",
        &["V2"],
        4,
        "A fragment is an error, an empty one too.",
        &[
            ("empty", "ws://h#"),
            ("behind-path", "ws://h/p#f"),
            ("behind-query", "ws://h/?q#f"),
            ("other-scheme", "http://h#f"),
        ],
    )
}

fn user_info() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-user-info",
        &["V2"],
        4,
        "User information is an error in any form.",
        &[
            ("empty", "ws://@h"),
            ("empty-with-colon", "ws://:@h"),
            ("name", "ws://u@h"),
            ("name-and-password", "ws://u:p@h"),
            ("password", "wss://:p@h/"),
            ("encoded-at", "ws://u%40v@h"),
            ("other-scheme", "http://u@h"),
        ],
    )
}

fn port() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-port",
        &["V2"],
        4,
        "A port is a number from 1 to 65535.",
        &[
            ("zero", "ws://h:0"),
            ("zeros", "ws://h:000/"),
            ("too-large", "ws://h:65536"),
            ("far-too-large", "ws://h:4294967376"),
            ("letter", "ws://h:8a"),
            ("negative", "ws://h:-1"),
            ("plus", "ws://h:+80"),
            ("full-width-digits", "ws://h:\u{ff18}\u{ff10}"),
            ("other-scheme-zero", "foo://h:0/"),
        ],
    )
}

fn syntax() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v2-syntax",
        &["V2"],
        4,
        "What the url standard does not parse.",
        &[
            ("bracket-open", "ws://[::1"),
            ("bracket-empty", "ws://[]"),
            ("ipv6-too-long", "ws://[1:2:3:4:5:6:7:8:9]"),
            ("ipv6-zone", "ws://[fe80::1%25eth0]"),
            ("ipv4-five-parts", "ws://1.2.3.4.5"),
            ("ipv4-part-too-large", "ws://256.1.1.1"),
            ("ipv4-number-too-large", "ws://4294967296"),
            ("host-encoded-at", "ws://a%40b"),
            ("host-encoded-space", "ws://a%20b"),
            ("host-angle", "ws://a<b"),
            ("host-caret", "ws://a^b"),
            ("host-bad-punycode", "ws://xn--a"),
            ("host-bad-punycode-upper-case", "ws://XN--A"),
            ("host-bad-punycode-inside", "ws://b.xn--a.c"),
            ("host-punycode-empty", "ws://xn--"),
            ("host-punycode-of-what-is-mapped", "ws://xn--zn7c"),
            ("host-punycode-of-what-is-composed", "ws://xn--u-ccb"),
            ("host-bidi", "ws://\u{5d0}a.example"),
            ("host-joiner", "ws://a\u{200d}b"),
            ("host-encoded-no-utf-8", "ws://a%ff"),
            ("host-encoded-nul", "ws://a%00"),
            ("host-unassigned", "ws://a\u{378}"),
            ("host-percent-alone", "ws://a%"),
            ("host-lone-mark", "ws://\u{301}a"),
            ("bracket-then-letters", "ws://[::1]x"),
            ("bracket-then-letters-and-port", "ws://[::1]x:80/"),
            ("bracket-inside", "ws://a[::1]"),
            ("ipv6-two-compressions", "ws://[1::2::3]"),
            ("ipv6-compression-of-nothing", "ws://[1:2:3:4:5:6:7::8:9]"),
            ("ipv6-colon-last", "ws://[1:2:3:4:5:6:7:]"),
            ("ipv6-part-too-long", "ws://[12345::]"),
            ("ipv6-ipv4-three-parts", "ws://[::192.0.2]"),
            ("ipv6-ipv4-five-parts", "ws://[::192.0.2.1.1]"),
            ("ipv6-ipv4-leading-zero", "ws://[::192.0.2.01]"),
            ("ipv6-ipv4-part-too-large", "ws://[::192.0.2.256]"),
            ("ipv6-ipv4-not-last", "ws://[::192.0.2.1:1]"),
            ("ipv6-ipv4-too-late", "ws://[1:2:3:4:5:6:7:192.0.2.1]"),
            ("ipv4-last-part-a-number", "ws://h.1"),
            ("ipv4-last-part-hex", "ws://h.0x1f"),
            ("ipv4-last-part-hex-alone", "ws://h.0x"),
            ("ipv4-last-part-octal-no", "ws://h.09"),
            ("ipv4-octal-digit-8", "ws://08.1.1.1"),
            ("ipv4-empty-part", "ws://1..2"),
            ("other-scheme-bracket", "foo://[::1"),
            ("other-scheme-angle", "foo://a<b"),
            ("http-ipv4-part-too-large", "http://256.1.1.1"),
            ("http-bad-punycode", "http://xn--a"),
            ("host-soft-hyphen-alone", "ws://\u{ad}"),
        ],
    )
}

fn scheme() -> Vec<Case<Input, Outcome>> {
    failing(
        "urls/v3",
        &["V3"],
        5,
        "All else is right, and the scheme is neither ws nor wss.",
        &[
            ("http", "http://h"),
            ("https-upper-case", "HTTPS://h/p"),
            ("unknown", "foo://h"),
            ("ftp", "ftp://h:21"),
            ("file-with-host", "file://h/p"),
            ("wsss", "wsss://h"),
            ("with-a-digit", "w9s://h"),
            ("ws-plus", "ws+unix://h/p"),
            ("unknown-host-of-digits", "foo://1.2.3.4.5"),
            ("unknown-host-like-an-address", "foo://256.1.1.1"),
            ("unknown-host-of-bad-punycode", "foo://xn--a"),
            ("at-in-path", "http://h/@"),
        ],
    )
}

fn require_wss() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/v4", &["V4"]);
    let with = |url: &str| Input { require_wss: true, ..call(url) };
    section.case("ws", "The session requires wss.", with("ws://h"), fails(8));
    section.case("ws-upper-case", "The letter case of the scheme does not matter.", with("WS://h"), fails(8));
    section.case("wss", "It is wss.", with("wss://h"), leads_to(true, "h", 443, "/"));
    section.case("http", "V3 is judged before.", with("http://h"), fails(5));
    for (name, url) in [
        ("fragment", "ws://h#"),
        ("white-space", "ws://h/ "),
        ("no-host", "ws://"),
        ("no-slashes", "ws:h"),
        ("user-info", "ws://u@h"),
        ("port-zero", "ws://h:0"),
        ("port-too-large", "ws://h:65536"),
        ("host-not-parsed", "ws://a<b"),
        ("ipv4-not-parsed", "ws://256.1.1.1"),
        ("ipv6-not-parsed", "ws://[::1"),
    ] {
        section.case(
            name,
            "V2 is judged before, with all that it takes to parse the url.",
            with(url),
            fails(4),
        );
    }
    section.case("missing", "V1 is judged before.", with(""), fails(3));
    section.case(
        "not-a-string",
        "V2 is judged before.",
        Input { require_wss: true, ..call(Json::read("1")) },
        fails(4),
    );
    section.done()
}

fn valid() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/q4", &["V2", "Q4"]);
    for (name, url, secure, host, port, target) in [
        ("host-alone", "ws://h", false, "h", 80, "/"),
        ("upper-case", "WS://H:/", false, "h", 80, "/"),
        ("mixed-case-scheme", "wSs://Example.COM/P", true, "example.com", 443, "/P"),
        ("ws-port-80", "ws://h:80/", false, "h", 80, "/"),
        ("wss-port-443", "wss://h:443", true, "h", 443, "/"),
        ("wss-port-80", "wss://h:80", true, "h", 80, "/"),
        ("ws-port-443", "ws://h:443", false, "h", 443, "/"),
        ("port-empty", "wss://h:/x", true, "h", 443, "/x"),
        ("port-leading-zeros", "ws://h:00080/x", false, "h", 80, "/x"),
        ("port-leading-zeros-kept-apart", "ws://h:08080", false, "h", 8080, "/"),
        ("port-1", "ws://h:1", false, "h", 1, "/"),
        ("port-65535", "ws://h:65535", false, "h", 65535, "/"),
        ("query-empty", "ws://h?", false, "h", 80, "/?"),
        ("query-alone", "ws://h?a=b@c", false, "h", 80, "/?a=b@c"),
        ("at-in-path", "ws://h/u@p", false, "h", 80, "/u@p"),
        ("colon-in-path", "ws://h/a:b//c", false, "h", 80, "/a:b//c"),
        ("backslash-for-slash", "ws://h\\p\\@q", false, "h", 80, "/p/@q"),
        ("dots", "ws://h/a/../b/%2e/./c", false, "h", 80, "/b/c"),
        ("dots-above-root", "ws://h/../../a/..", false, "h", 80, "/"),
        ("path-encoded", "ws://h/a`{}|'\u{e9}\"<>", false, "h", 80, "/a%60%7B%7D|'%C3%A9%22%3C%3E"),
        ("query-encoded", "ws://h/?^`{}|'\u{e9}\"<>\\", false, "h", 80, "/?^`{}|%27%C3%A9%22%3C%3E\\"),
        ("path-marks-kept", "ws://h/!$&'()*+,-.;=@_~[]|%41", false, "h", 80, "/!$&'()*+,-.;=@_~[]|%41"),
        (
            "query-marks-kept",
            "ws://h/?!$&()*+,-./:;=?@_~[]|%41",
            false,
            "h",
            80,
            "/?!$&()*+,-./:;=?@_~[]|%41",
        ),
        ("percent-beside-others", "ws://h/%41\u{e9}?%41\u{e9}", false, "h", 80, "/%41%C3%A9?%41%C3%A9"),
        ("not-normalized", "ws://h/e\u{301}?e\u{301}", false, "h", 80, "/e%CC%81?e%CC%81"),
        ("percent-kept", "ws://h/%zz%?%4g%", false, "h", 80, "/%zz%?%4g%"),
        ("percent-case-kept", "ws://h/%c3%A9", false, "h", 80, "/%c3%A9"),
        (
            "beyond-the-basic-plane",
            "ws://h/\u{1f600}?\u{1f600}",
            false,
            "h",
            80,
            "/%F0%9F%98%80?%F0%9F%98%80",
        ),
        ("zero-width-space-in-path", "ws://h/\u{200b}", false, "h", 80, "/%E2%80%8B"),
    ] {
        section.case(
            name,
            "What the url standard makes of it.",
            call(url),
            leads_to(secure, host, port, target),
        );
    }
    let caret = section.case(
        "caret",
        "The url standard of today encodes ^ in a path.",
        call("ws://h/a^b?c^d"),
        leads_to(false, "h", 80, "/a%5Eb?c^d"),
    );
    caret.flags.push("caret".to_owned());
    section.done()
}

/// What the url standard makes of hosts.
fn hosts() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/q4", &["V2", "Q4"]);
    for (name, url, secure, host, port, target) in [
        ("ipv4", "ws://192.0.2.1:8080/", false, "192.0.2.1", 8080, "/"),
        ("ipv4-short", "ws://127.1", false, "127.0.0.1", 80, "/"),
        ("ipv4-hex", "ws://0x7f.1", false, "127.0.0.1", 80, "/"),
        ("ipv4-octal", "ws://0300.0.2.1", false, "192.0.2.1", 80, "/"),
        ("ipv4-number", "ws://3221225985", false, "192.0.2.1", 80, "/"),
        ("ipv6", "ws://[2001:DB8:0:0::1]:81/", false, "[2001:db8::1]", 81, "/"),
        ("ipv6-default-port", "wss://[::1]", true, "[::1]", 443, "/"),
        ("ipv6-ipv4", "ws://[::ffff:192.0.2.1]", false, "[::ffff:c000:201]", 80, "/"),
        ("idna", "ws://b\u{fc}cher.example", false, "xn--bcher-kva.example", 80, "/"),
        ("idna-upper-case", "ws://B\u{dc}CHER.example", false, "xn--bcher-kva.example", 80, "/"),
        ("idna-sharp-s", "ws://fa\u{df}.example", false, "xn--fa-hia.example", 80, "/"),
        ("idna-ideographic-full-stop", "ws://a\u{3002}b", false, "a.b", 80, "/"),
        ("idna-full-width", "ws://\u{ff47}\u{ff4f}", false, "go", 80, "/"),
        ("punycode", "ws://xn--bcher-kva.example", false, "xn--bcher-kva.example", 80, "/"),
        ("host-encoded", "ws://%68", false, "h", 80, "/"),
        ("host-trailing-dot", "ws://h.", false, "h.", 80, "/"),
        ("host-underscore", "ws://a_b", false, "a_b", 80, "/"),
        ("host-empty-label", "ws://a..b", false, "a..b", 80, "/"),
        ("host-number-two-dots-last", "ws://1.2..", false, "1.2..", 80, "/"),
        ("host-dots-alone", "ws://..", false, "..", 80, "/"),
        ("host-hyphens", "ws://-ab--cd-", false, "-ab--cd-", 80, "/"),
        ("host-hyphens-third-and-fourth", "ws://ab--cd", false, "ab--cd", 80, "/"),
        ("host-label-of-64", &format!("ws://{}", "a".repeat(64)), false, &"a".repeat(64), 80, "/"),
        ("host-of-259", &format!("ws://{}", ["a"; 130].join(".")), false, &["a"; 130].join("."), 80, "/"),
        ("ipv4-trailing-dot", "ws://192.0.2.1.", false, "192.0.2.1", 80, "/"),
        ("ipv4-hex-last", "ws://192.0.2.0x1", false, "192.0.2.1", 80, "/"),
        ("ipv4-hex-alone", "ws://192.0.2.0x", false, "192.0.2.0", 80, "/"),
        ("ipv4-hex-upper-case", "ws://0XC0000201", false, "192.0.2.1", 80, "/"),
        ("ipv4-three-parts", "ws://192.0.513", false, "192.0.2.1", 80, "/"),
        ("ipv4-full-width", "ws://\u{ff11}.\u{ff12}.3.4", false, "1.2.3.4", 80, "/"),
        ("ipv4-encoded", "ws://%31.2.3.4", false, "1.2.3.4", 80, "/"),
        ("ipv6-single-zero-kept", "ws://[1:2:3:0:5:6:7:8]", false, "[1:2:3:0:5:6:7:8]", 80, "/"),
        ("ipv6-first-of-equal-runs", "ws://[2001:0:0:1:0:0:1:1]", false, "[2001::1:0:0:1:1]", 80, "/"),
        ("ipv6-longest-run", "ws://[1:0:0:2:0:0:0:3]", false, "[1:0:0:2::3]", 80, "/"),
        ("ipv6-compressed-single-zero", "ws://[1:2:3::5:6:7:8]", false, "[1:2:3:0:5:6:7:8]", 80, "/"),
        ("ipv6-zeros-last", "ws://[1:2::0]", false, "[1:2::]", 80, "/"),
        ("ipv6-all-zeros", "ws://[0:0:0:0:0:0:0:0]", false, "[::]", 80, "/"),
        ("ipv6-leading-zeros", "ws://[0001:02:003:4:5:6:7:8]", false, "[1:2:3:4:5:6:7:8]", 80, "/"),
        ("port-many-zeros", "ws://h:0000080", false, "h", 80, "/"),
        (
            "idna-final-sigma",
            "ws://\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c2}.example",
            false,
            "xn--nxasmm1c.example",
            80,
            "/",
        ),
        (
            "idna-joiner",
            "ws://\u{915}\u{94d}\u{200d}\u{937}.example",
            false,
            "xn--11b2ezcw70k.example",
            80,
            "/",
        ),
        ("idna-decomposed", "ws://bu\u{308}cher.example", false, "xn--bcher-kva.example", 80, "/"),
        ("idna-soft-hyphen", "ws://a\u{ad}b", false, "ab", 80, "/"),
        ("idna-encoded", "ws://b%C3%BCcher.example", false, "xn--bcher-kva.example", 80, "/"),
        ("dots-encoded", "ws://h/a/.%2e/b/%2E./c/%2e%2E/d", false, "h", 80, "/d"),
        ("dot-encoded-last", "ws://h/a/%2e", false, "h", 80, "/a/"),
        ("byte-order-mark", "ws://h/\u{feff}?\u{feff}", false, "h", 80, "/%EF%BB%BF?%EF%BB%BF"),
        ("other-format-characters", "ws://h/\u{200e}\u{2060}", false, "h", 80, "/%E2%80%8E%E2%81%A0"),
    ] {
        section.case(
            name,
            "What the url standard makes of it.",
            call(url),
            leads_to(secure, host, port, target),
        );
    }
    section.done()
}

fn order() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("urls/order", &["V2", "V3", "V4", "V6"]);
    let bad_header = |url: &str| {
        let mut input = call(url);
        input.call.header = Json::read(r#"{"a b":"x"}"#);
        input
    };
    section.case("url-before-scheme", "V2 is judged before V3.", call("http://u@h"), fails(4));
    section.case("url-before-parameters", "V2 is judged before V6.", bad_header("ws://h#"), fails(4));
    section.case("missing-before-parameters", "V1 is judged before V6.", bad_header(""), fails(3));
    section.case("scheme-before-parameters", "V3 is judged before V6.", bad_header("http://h"), fails(5));
    let required = Input { require_wss: true, ..bad_header("ws://h") };
    section.case("require-wss-before-parameters", "V4 is judged before V6.", required, fails(8));
    section.case("parameters-last", "Nothing else is wrong.", bad_header("ws://h"), fails(1));
    section.done()
}
