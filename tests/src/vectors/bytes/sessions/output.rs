//! What waits to be written: in which order it goes out, what counts on the mark, and what is left of it at an end (F3, F5,
//! F6, M3, M4).

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{close, ping, raw, text};

pub(super) fn sessions() -> Vec<Session> {
    [control(), answers(), mark(), request(), ends(), closing(), late()].into_iter().flatten().collect()
}

fn control() -> Vec<Session> {
    let mut begun = Stage::open(
        "control/pong-partly-out",
        &["T5", "M3"],
        "A pong of which something is out is finished; a newer one goes behind it.",
    );
    begun.takes("1.0", Some(1), "").received("1.0", ping(b"aa"), "1.0 part").received("1.0", ping(b"bb"), "");
    begun.received("1.0", ping(b"cc"), "").takes("1.0", None, "1.0 pong aa; 1.0 pong cc");

    let mut byte = Stage::open(
        "control/one-byte-out",
        &["F5", "T3"],
        "One byte makes a frame partly out: a pong waits behind it, and at an end it is finished.",
    );
    byte.takes("1.0", Some(1), "").send("begun", "1.0 part").send("waits", "").received(
        "1.0",
        ping(b"p"),
        "",
    );
    byte.takes("1.0", Some(11), "success 2; 1.0 text begun; 1.0 part").received(
        "1.0",
        close(1000, ""),
        "fail 3 11; close 1 1000 remote",
    );
    byte.takes("1.0", None, "half-close 1.0; 1.0 pong p; 1.0 close 1000");

    let mut data = Stage::open(
        "output/one-byte-at-an-end",
        &["F5"],
        "A message of which one byte is out is finished, though its call has failed.",
    );
    data.takes("1.0", Some(1), "").send("begun", "1.0 part").received(
        "1.0",
        close(1000, ""),
        "fail 2 11; close 1 1000 remote",
    );
    data.takes("1.0", None, "half-close 1.0; 1.0 text begun; 1.0 close 1000");

    let mut close = Stage::open(
        "control/pong-before-close",
        &["T4", "F4"],
        "A pong that waits when closeSocket is called goes out before the close frame, and before messages.",
    );
    close.takes("1.0", Some(0), "").send("first", "").received("1.0", ping(b"p"), "").close("success 3");
    close.takes("1.0", None, "success 2; 1.0 pong p; 1.0 text first; 1.0 close 1000");
    vec![begun.done(), byte.done(), data.done(), close.done()]
}

/// What answers a frame is written before the next frame is looked at (T5).
fn answers() -> Vec<Session> {
    let open = |id: &str, comment: &str| Stage::open(&format!("control/{id}"), &["T5", "F5"], comment);
    let mut two = open(
        "two-pings-in-a-read",
        "Two pings in one read are answered both, as the transport takes the first pong before the second ping is looked at.",
    );
    two.received("1.0", [ping(b"a"), ping(b"b")].concat(), "1.0 pong a; 1.0 pong b");
    two.received("1.0", [ping(b"c"), text("d"), ping(b"e")].concat(), "text 1 d; 1.0 pong c; 1.0 pong e");

    let mut some = open(
        "three-pings-and-room-for-one",
        "As far as the transport takes it: of the pings whose pongs wait the newest is answered.",
    );
    some.takes("1.0", Some(8), "").received(
        "1.0",
        [ping(b"aa"), ping(b"bb"), ping(b"cc")].concat(),
        "1.0 pong aa",
    );
    some.takes("1.0", None, "1.0 pong cc");

    let mut closed = open(
        "ping-and-close-in-a-read",
        "A ping before a close frame is answered, though both come in one read.",
    );
    closed.received(
        "1.0",
        [ping(b"a"), close(1001, "")].concat(),
        "close 1 1001 remote; half-close 1.0; 1.0 pong a; 1.0 close 1001",
    );

    let mut broken = open("ping-and-fault-in-a-read", "The same before a frame that is wrong.");
    broken.received(
        "1.0",
        [ping(b"a"), vec![0x83]].concat(),
        "error 1 1; close 1 1002 protocol; half-close 1.0; 1.0 pong a; 1.0 close 1002",
    );

    let settings = Settings { high_water: 62, ..Settings::default() };
    let mut mark = Stage::open_with(
        "control/pong-above-the-mark",
        &["T5", "M3"],
        "The mark holds back messages alone: a pong and the close frame are queued above it.",
        settings,
    );
    mark.takes("1.0", Some(0), "")
        .send(&"x".repeat(40), "")
        .received("1.0", ping(b"p"), "")
        .close("success 3");
    mark.takes("1.0", None, &format!("success 2; 1.0 pong p; 1.0 text {}; 1.0 close 1000", "x".repeat(40)));
    [two, some, closed, broken, mark].map(Stage::done).into()
}

fn mark() -> Vec<Session> {
    let marked = |id: &str, comment: &str, high_water| {
        let settings = Settings { high_water, ..Settings::default() };
        Stage::open_with(id, &["F3", "M3", "C"], comment, settings)
    };
    let mut alone =
        marked("output/high-water-alone", "An empty queue does not take more than the mark either.", 62);
    alone
        .send(&"x".repeat(41), "fail 2 11")
        .send(&"x".repeat(40), &format!("success 3; 1.0 text {}", "x".repeat(40)));

    let mut heads =
        marked("output/high-water-heads", "A head counts as long as it is: 8 bytes from 126 on.", 150);
    heads.send(&"x".repeat(127), "fail 2 11");
    heads.send(&"x".repeat(126), &format!("success 3; 1.0 text {}", "x".repeat(126)));

    let mut least =
        marked("output/high-water-least-long-head", "126 bytes need the longer head, 125 do not.", 149);
    least.send(&"x".repeat(126), "fail 2 11");
    least.send(&"x".repeat(125), &format!("success 3; 1.0 text {}", "x".repeat(125)));

    let mut longest =
        marked("output/high-water-longest-head", "65536 bytes need the longest head, of 14 bytes.", 65_565);
    longest.send(&"x".repeat(65_536), "fail 2 11").takes("1.0", Some(0), "").send(&"x".repeat(65_535), "");

    let mut zero = marked(
        "output/mark-of-zero",
        "A mark of zero takes no message, an empty one neither. All else goes out.",
        0,
    );
    zero.send("", "fail 2 11").received("1.0", ping(b"p"), "1.0 pong p").close("success 3; 1.0 close 1000");
    vec![alone.done(), heads.done(), least.done(), longest.done(), zero.done()]
}

/// The answer to the tape's key.
const ANSWER: &str = "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// How long the request for [`URL`] is: its request line, Host, Upgrade, Connection, the key, the version, the empty line.
const REQUEST: usize = 16 + 17 + 20 + 21 + 45 + 27 + 2;

fn request() -> Vec<Session> {
    let mut early = Stage::with(
        "output/answer-before-the-request-is-out",
        &["M3"],
        "The answer counts though the request is not all out. What is left of the request counts on the mark, and goes first.",
        Settings { high_water: 62, ..Settings::default() },
    );
    early
        .connect(URL, "dial 1.0 192.0.2.1:80")
        .takes("1.0", Some(REQUEST - 10), "")
        .connected("1.0", "1.0 part");
    early
        .received("1.0", ANSWER, "success 1; open 1")
        .send(&"x".repeat(31), "fail 2 11")
        .send(&"x".repeat(30), "");
    early.takes("1.0", Some(10), "1.0 request");
    early.takes("1.0", None, &format!("success 3; 1.0 text {}", "x".repeat(30)));

    let mut ended = Stage::new(
        "output/request-finished-at-an-end",
        &["F5"],
        "A request that is partly out is finished before the close frame goes out.",
    );
    ended.connect(URL, "dial 1.0 192.0.2.1:80").takes("1.0", Some(5), "").connected("1.0", "1.0 part");
    ended.received("1.0", ANSWER, "success 1; open 1").received(
        "1.0",
        [0x83],
        "error 1 1; close 1 1002 protocol",
    );
    ended.takes("1.0", Some(REQUEST - 5), "1.0 request").takes("1.0", None, "half-close 1.0; 1.0 close 1002");

    let mut dropped = Stage::new(
        "output/request-of-which-nothing-is-out",
        &["F5"],
        "A request of which nothing is out is dropped at an end like a message: the close frame goes out alone.",
    );
    dropped.connect(URL, "dial 1.0 192.0.2.1:80").takes("1.0", Some(0), "").connected("1.0", "");
    dropped.received("1.0", ANSWER, "success 1; open 1").received(
        "1.0",
        [0x83],
        "error 1 1; close 1 1002 protocol",
    );
    dropped.takes("1.0", None, "half-close 1.0; 1.0 close 1002");
    vec![early.done(), ended.done(), dropped.done()]
}

fn ends() -> Vec<Session> {
    let mut waiting = Stage::open(
        "output/pong-dropped-at-an-end",
        &["F5", "M4"],
        "A pong of which nothing is out is owed to nobody once the connection has ended.",
    );
    waiting.takes("1.0", Some(0), "").received("1.0", ping(b"p"), "").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 remote",
    );
    waiting.takes("1.0", None, "half-close 1.0; 1.0 close 1000");

    let mut begun = Stage::open(
        "output/pong-finished-at-an-end",
        &["F5", "M4"],
        "A pong that is partly out is finished.",
    );
    begun.takes("1.0", Some(3), "").received("1.0", ping(b"pp"), "1.0 part").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 remote",
    );
    begun.takes("1.0", None, "half-close 1.0; 1.0 pong pp; 1.0 close 1000");

    let mut since = Stage::open(
        "linger/counts-from-the-end",
        &["F5"],
        "The time to linger counts from the end of the connection, not from the half-close.",
    );
    since.at(1000).takes("1.0", Some(0), "").received("1.0", close(1000, ""), "close 1 1000 remote");
    since.at(5000).takes("1.0", None, "half-close 1.0; 1.0 close 1000").at(10_999).time("");
    since.at(11_000).time("release 1.0");

    let mut ended = Stage::open(
        "linger/ended-while-closing",
        &["F5"],
        "The stream ends while our close frame waits: it may still go out, for the close timeout from that end on.",
    );
    ended.at(100).takes("1.0", Some(0), "").close("success 2").at(5000).ended("1.0", "close 1 1006 local");
    ended.at(14_999).time("").at(15_000).time("release 1.0");

    let mut late = Stage::open(
        "linger/reset-with-output",
        &["F5"],
        "An error lets a transport go at once, though its close frame is not out.",
    );
    late.takes("1.0", Some(0), "").received("1.0", close(1000, ""), "close 1 1000 remote");
    late.reset("1.0", "release 1.0").takes("1.0", None, "").at(20_000).time("");
    vec![waiting.done(), begun.done(), since.done(), ended.done(), late.done()]
}

fn closing() -> Vec<Session> {
    let mut first = Stage::open(
        "close/first-code-stays",
        &["T4"],
        "A second closeSocket changes neither code nor reason, as a Close without the peer's shows.",
    );
    first.close_with("3001", "one", "success 2; 1.0 close 3001 one").close_with("3002", "two", "success 3");
    first.connect("ws://192.0.2.2/", "close 1 3001 one local; half-close 1.0; dial 2.0 192.0.2.2:80");

    let mut timer =
        Stage::open("close/twice-one-timer", &["T4"], "A second closeSocket does not start the wait anew.");
    timer.at(1000).close("success 2; 1.0 close 1000").at(9000).close("success 3").at(10_999).time("");
    timer.at(11_000).time("close 1 1006 local; release 1.0");

    let mut stuck = Stage::open(
        "close/timeout-counts-from-the-call",
        &["T4"],
        "The close timeout counts from closeSocket, though the close frame has not begun to go out.",
    );
    stuck.at(1000).takes("1.0", Some(0), "").close("success 2").at(10_999).takes(
        "1.0",
        None,
        "1.0 close 1000",
    );
    stuck.at(11_000).time("close 1 1006 local; release 1.0");

    let mut refused = Stage::open(
        "close/refused-leaves-nothing",
        &["T4"],
        "A closeSocket that was refused leaves nothing behind.",
    );
    refused.close_with("1001", "wrong", "fail 2 1").close_with(
        "3001",
        "right",
        "success 3; 1.0 close 3001 right",
    );
    refused.received("1.0", close(3001, ""), "close 1 3001 local; half-close 1.0");

    let mut half = Stage::open(
        "close/inside-a-character",
        &["T6", "F2"],
        "What has come of a text is forgotten with it: nothing is validated any more.",
    );
    half.received("1.0", raw(0x01, b"\xe2\x82"), "").close("success 2; 1.0 close 1000");
    half.received("1.0", [raw(0x80, b""), close(1000, "")].concat(), "close 1 1000 local; half-close 1.0");

    let mut large = Stage::open_with(
        "close/over-the-limits",
        &["T6", "F3"],
        "While closing, messages and frames over their limits are dropped like others.",
        Settings { message_limit: 20, frame_limit: 15, ..Settings::default() },
    );
    large.close("success 2; 1.0 close 1000").received("1.0", text(&"x".repeat(16)), "");
    large.received("1.0", [raw(0x02, &[0; 12]), raw(0x80, &[0; 12])].concat(), "").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 local; half-close 1.0",
    );

    let mut grammar = Stage::open(
        "close/heads-are-judged",
        &["T6", "F1"],
        "While closing, heads are judged as ever: a new message inside one is a violation, told as 1006 and local.",
    );
    grammar.close("success 2; 1.0 close 1000").received("1.0", raw(0x01, b"a"), "").received(
        "1.0",
        [0x81],
        "close 1 1006 local; half-close 1.0",
    );
    let mut code = Stage::open(
        "close/close-frame-is-judged",
        &["T6", "F4"],
        "While closing, a close frame with a code that nobody may send is a violation: 1006, and not its code.",
    );
    code.close("success 2; 1.0 close 1000").received(
        "1.0",
        close(1005, ""),
        "close 1 1006 local; half-close 1.0",
    );

    let mut reason = Stage::open(
        "close/close-reason-is-judged",
        &["T6", "F4"],
        "The same with a reason that is not UTF-8.",
    );
    reason.close("success 2; 1.0 close 1000").received(
        "1.0",
        raw(0x88, b"\x03\xe8\xff"),
        "close 1 1006 local; half-close 1.0",
    );
    let sessions = [first, timer, stuck, refused, half, large, grammar, code, reason];
    sessions.map(Stage::done).into()
}

fn late() -> Vec<Session> {
    let mut late = Stage::open(
        "replace/late-bytes-of-the-old",
        &["G1"],
        "What the old server says is not taken for the new one's, which is open.",
    );
    late.connect(
        "ws://192.0.2.2/",
        "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000",
    );
    late.connected("2.0", "2.0 request").accept("2.0", "success 2; open 2");
    late.received("1.0", [text("old"), close(1000, "")].concat(), "").received(
        "2.0",
        text("new"),
        "text 2 new",
    );
    vec![late.done()]
}
