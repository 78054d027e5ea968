//! The same commands, inputs, times and entropy give the same outputs, byte for byte; and how a host cuts its reads
//! and writes, or when it polls, is not seen by a Mini Program (rule G5).

use connect_socket_tests::fuzz::session::{Jump, Op, Settings, Stream, play};
use connect_socket_tests::memory::frames::{payload, server_frame, whole_text};

/// A conversation of some length: every kind of frame, pieces of all sizes, and an end.
fn conversation(read: u16, write: u16, poll_late: bool) -> Vec<Op> {
    let frames = [
        server_frame(0x81, whole_text(300).as_bytes()),
        server_frame(0x89, b"are you there"),
        server_frame(0x02, &payload(false, 1000)),
        server_frame(0x8a, b""),
        server_frame(0x80, &payload(false, 40_000)),
        server_frame(0x01, "caf\u{e9}".as_bytes().get(..4).unwrap()),
        server_frame(0x80, "caf\u{e9}".as_bytes().get(4..).unwrap()),
        server_frame(0x82, b""),
        server_frame(0x88, b"\x0b\xb8bye"),
    ]
    .concat();
    // A window has 20,000 bytes; and now and then nothing is read, as something is to be written first.
    let reads = (frames.len() + 200) / usize::from(read.min(20_000)) + 20;
    let writes = 4000 / usize::from(write) + 1;
    let mut ops = vec![Op::Connect(0, 1), Op::Actions(9), Op::Resolve(4), Op::Actions(9), Op::Connected(0)];
    ops.extend(vec![Op::Write(0, write); writes]);
    ops.extend([Op::Answer(0, 3), Op::Serve(0, Stream(frames))]);
    // What is sent is sent before anything is read, so that it does not matter when that is polled.
    ops.extend(vec![Op::Read(0, 60, 0), Op::Events(255), Op::Read(0, 60, 0), Op::Events(255)]);
    ops.extend(vec![Op::Read(0, 60, 0), Op::Events(255)]);
    ops.extend([Op::Send(0, 10), Op::Send(3, 2000), Op::Send(6, 0), Op::Send(5, 0)]);
    ops.extend(vec![Op::Write(0, write); writes]);
    for _ in 0..reads {
        ops.push(Op::Read(0, read, 0));
        // What is not polled is not read: a host that polls late polls before it reads again.
        ops.extend(vec![Op::Events(if poll_late { 1 } else { 255 }); if poll_late { 40 } else { 2 }]);
        ops.push(Op::Write(0, write));
    }
    ops.extend(vec![Op::Write(0, write); writes]);
    ops.extend([Op::Time(Jump::Deadline), Op::Actions(255)]);
    ops
}

/// What a Mini Program sees of it.
fn events(log: &[String]) -> Vec<&String> {
    let seen = ["Settled", "Open", "Message", "Error", "Close"];
    log.iter().filter(|line| seen.iter().any(|kind| line.starts_with(kind))).collect()
}

/// All the bytes that were written, however they were cut.
fn written(log: &[String]) -> String {
    log.iter().filter_map(|line| line.split_once(" writes ")).map(|line| line.1).collect()
}

fn settings(eager: bool) -> Settings {
    Settings { eager, record: true, ..Settings::default() }
}

#[test]
fn same_inputs_same_outputs() {
    for eager in [false, true] {
        for (read, write) in [(u16::MAX, u16::MAX), (7, 13), (1000, 1)] {
            let ops = conversation(read, write, false);
            let once = play(settings(eager), &ops);
            assert!(once.len() > 10);
            assert_eq!(once, play(settings(eager), &ops));
        }
    }
}

#[test]
fn g5_neither_cuts_nor_late_polls_are_seen() {
    let plain = play(settings(true), &conversation(u16::MAX, u16::MAX, false));
    assert_eq!(events(&plain).len(), 2 + 4 + 4 + 1, "{:?}", events(&plain));
    assert!(events(&plain).last().unwrap().starts_with("Close(1, 3000, \"bye\", Remote)"));
    for eager in [false, true] {
        for poll_late in [false, true] {
            for (read, write) in [(u16::MAX, 1), (1000, 100), (17, u16::MAX), (125, 7)] {
                let other = play(settings(eager), &conversation(read, write, poll_late));
                assert_eq!(events(&other), events(&plain), "{read} {write} {eager} {poll_late}");
                assert_eq!(written(&other), written(&plain), "{read} {write} {eager} {poll_late}");
            }
        }
    }
}
