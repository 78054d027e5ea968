//! What is told does not depend on where the stream was cut (rule G5: nothing is lost).

mod memory;

use connect_socket_core::Config;
use memory::{ANSWER, Host};

/// Messages of every kind and form, with a ping among them and a close frame at the end.
fn frames() -> Vec<u8> {
    let mut frames = Vec::new();
    frames.extend_from_slice(b"\x81\x06h\xc3\xa9llo");
    frames.extend_from_slice(b"\x82\x03\x01\x02\x03");
    frames.extend_from_slice(b"\x81\x00\x82\x00\x89\x02hi");
    frames.extend_from_slice(b"\x01\x02fr\x8a\x00\x00\x00\x80\x03agm");
    frames.extend_from_slice(b"\x82\x7e\x00\x80");
    frames.extend_from_slice(&[9; 128]);
    frames.extend_from_slice(b"\x81\x7e\x00\x80");
    frames.extend_from_slice("\u{e9}".repeat(64).as_bytes());
    frames.extend_from_slice(b"\x88\x05\x03\xe8bye");
    frames
}

/// What is told by a loop that asks before it takes, and writes between the frames.
fn told(pieces: &[&[u8]]) -> Vec<String> {
    let mut host = Host::connecting(Config::default());
    let mut told = Vec::new();
    for piece in [&[ANSWER], pieces].concat() {
        if host.session.wants_read(host.transport) {
            host.read(piece);
        }
        loop {
            while host.session.has_event(&mut host.work) {
                told.push(host.event().expect("it was announced"));
            }
            if host.write().is_empty() {
                break;
            }
        }
    }
    told
}

#[test]
fn no_cut_loses_a_message() {
    let frames = frames();
    let whole = told(&[&frames]);
    assert_eq!(whole.len(), 2 + 8, "{whole:?}");
    for first in 1..frames.len() {
        for second in first..frames.len().min(first + 3) {
            let pieces = [&frames[..first], &frames[first..second], &frames[second..]];
            assert_eq!(told(&pieces), whole, "cut at {first} and {second}");
        }
    }
}

#[test]
fn bytes_one_by_one_tell_the_same() {
    let frames = frames();
    let pieces: Vec<_> = frames.chunks(1).collect();
    assert_eq!(told(&pieces), told(&[&frames]));
}
