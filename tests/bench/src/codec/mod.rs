//! Rows in memory: what the codec costs where nothing is waited for.

mod by_hand;
mod client;
mod fastwebsockets;
mod limits;
mod ours;
mod sockudo_ws;
mod soketto;
mod tokio_websockets;
mod tungstenite;
mod web_socket;
mod wire;
mod wtx;
mod yawc;

use crate::measure::{Case, Sample};
use crate::report::{Bar, Role};

use by_hand::ByHand;
use client::{Client, receiving, sending};
use wire::{Kind, Messages, Reads};

const UNIT: &str = "ns per message";
const SIZES: [usize; 5] = [16, 125, 1024, 16 * 1024, 1024 * 1024];

/// The rows of this part, in the order of the table.
pub(crate) fn rows() -> Vec<Case> {
    let mut rows = Vec::new();
    for (kind, bars) in [
        (Kind::Binary, [6.0, 4.5, 1.7, 1.0, 1.0]),
        (Kind::Ascii, [5.0, 3.8, 1.5, 1.0, 1.0]),
        (Kind::Mixed, [2.8, 2.3, 1.2, 1.0, 1.0]),
    ] {
        let group = format!("receive {}", word(kind));
        for (size, bar) in SIZES.into_iter().zip(bars) {
            rows.push(receive(&group, &bytes(size), Messages::new(kind, size, Reads::Bulk), bar));
        }
    }
    for size in [16 * 1024, 1024 * 1024] {
        let messages = Messages::new(Kind::Binary, size, Reads::Bulk);
        rows.push(receive_in_parts(&bytes(size), messages));
    }
    for size in [16, 125, 1024] {
        let messages = Messages::new(Kind::Binary, size, Reads::Frame);
        let case = receive("receive one frame per read", &bytes(size), messages.clone(), 3.5);
        rows.push(peer::<ByHand>(case, Role::Limit, "by hand", &messages));
    }
    let group = "receive fragments";
    let messages = Messages::new(Kind::Binary, 64 * 1024, Reads::Bulk).in_fragments(1024);
    rows.push(receive(group, "binary, 64 × 1 KiB", messages, 1.0));
    let messages = Messages::new(Kind::Ascii, 1024 * 1024, Reads::Bulk).in_fragments(64);
    rows.push(receive(group, "text, 16,384 × 64 B", messages, 1.0));

    for kind in [Kind::Binary, Kind::Ascii] {
        let group = format!("send {}", word(kind));
        for (size, bar) in SIZES.into_iter().zip([2.0, 2.0, 1.5, 1.0, 1.0]) {
            let messages = Messages::new(kind, size, Reads::Bulk);
            let case = send(&group, messages, (8 * 1024_usize).div_ceil(size + HEADER)).bar(Bar::Peers(bar));
            let bounded = size >= 16 * 1024;
            rows.push(if bounded { case.bar(Bar::Limit("xor-copy".to_owned(), 1.1)) } else { case });
        }
    }
    for kind in [Kind::Binary, Kind::Ascii] {
        let group = format!("send {}, 64 per flush", word(kind));
        for (size, batch) in SIZES.into_iter().zip([64, 64, 64, 8, 1]) {
            rows.push(send(&group, Messages::new(kind, size, Reads::Bulk), batch));
        }
    }
    rows
}

/// The least that stands before a payload that is sent.
const HEADER: usize = 6;

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Binary => "binary",
        Kind::Ascii => "ASCII text",
        Kind::Mixed => "mixed text",
    }
}

fn bytes(size: usize) -> String {
    match size {
        0..1024 => format!("{size} B"),
        1024..0x10_0000 => format!("{} KiB", size / 1024),
        _ => format!("{} MiB", size / 0x10_0000),
    }
}

/// All clients and limits, receiving.
fn receive(group: &str, name: &str, messages: Messages, bar: f64) -> Case {
    let text = messages.kind != Kind::Binary;
    let mut case = Case::new(group, name, UNIT).bar(Bar::Peers(bar));
    case = peer::<ours::Ours>(case, Role::Ours, OURS, &messages);
    case = receiving_peers(case, &messages);
    case = limit(case, "memcpy", messages.clone(), limits::memcpy);
    if text { limit(case, "simdutf8", messages, limits::simdutf8) } else { case }
}

/// The same where ours delivers messages in parts as they arrive. The peers deliver them whole, as they always do.
fn receive_in_parts(name: &str, messages: Messages) -> Case {
    let case = Case::new("receive in parts", name, UNIT)
        .bar(Bar::Peers(1.3))
        .bar(Bar::Limit("memcpy".to_owned(), 1.1));
    let ours = messages.clone();
    let case = case.entry(Role::Ours, "connectSocket, in parts", move || ours::receiving_in_parts(&ours));
    limit(receiving_peers(case, &messages), "memcpy", messages, limits::memcpy)
}

fn peer<C: Client>(case: Case, role: Role, name: &str, messages: &Messages) -> Case {
    let messages = messages.clone();
    case.entry(role, name, move || receiving::<C>(&messages))
}

fn receiving_peers(mut case: Case, messages: &Messages) -> Case {
    case = peer::<tungstenite::Tungstenite>(case, Role::Peer, "tungstenite", messages);
    case = peer::<fastwebsockets::Fastwebsockets>(case, Role::Peer, "fastwebsockets", messages);
    case = peer::<tokio_websockets::TokioWebsockets>(case, Role::Peer, "tokio-websockets", messages);
    case = peer::<web_socket::WebSocketCrate>(case, Role::Peer, "web-socket", messages);
    case = peer::<sockudo_ws::SockudoWs>(case, Role::Peer, "sockudo-ws", messages);
    case = peer::<yawc::Yawc>(case, Role::Peer, "yawc", messages);
    case = peer::<soketto::Soketto>(case, Role::Peer, "soketto", messages);
    case = peer::<wtx::Wtx>(case, Role::Peer, "wtx", messages);
    case
}

/// All clients and limits, sending.
fn send(group: &str, messages: Messages, batch: usize) -> Case {
    fn peer<C: Client>(case: Case, role: Role, name: &str, messages: &Messages, batch: usize) -> Case {
        let messages = messages.clone();
        case.entry(role, name, move || sending::<C>(&messages, batch))
    }
    let mut case = Case::new(group, bytes(messages.payload.len()), UNIT);
    case = peer::<ours::Ours>(case, Role::Ours, OURS, &messages, batch);
    case = peer::<tungstenite::Tungstenite>(case, Role::Peer, "tungstenite", &messages, batch);
    case = peer::<fastwebsockets::Fastwebsockets>(case, Role::Peer, "fastwebsockets", &messages, batch);
    case = peer::<tokio_websockets::TokioWebsockets>(case, Role::Peer, "tokio-websockets", &messages, batch);
    case = peer::<web_socket::WebSocketCrate>(case, Role::Peer, "web-socket", &messages, batch);
    case = peer::<sockudo_ws::SockudoWs>(case, Role::Peer, "sockudo-ws", &messages, batch);
    case = peer::<yawc::Yawc>(case, Role::Peer, "yawc", &messages, batch);
    case = peer::<soketto::Soketto>(case, Role::Peer, "soketto", &messages, batch);
    case = peer::<wtx::Wtx>(case, Role::Peer, "wtx", &messages, batch);
    if messages.payload.len() <= BY_HAND {
        case = peer::<ByHand>(case, Role::Limit, "by hand", &messages, batch);
    }
    limit(case, "xor-copy", messages, move |messages| limits::xor_copy(messages, batch))
}

/// What it sends has to fit its buffer.
const BY_HAND: usize = 125;

const OURS: &str = "connectSocket";

fn limit(
    case: Case,
    name: &str,
    messages: Messages,
    sample: impl FnOnce(&Messages) -> Sample + 'static,
) -> Case {
    case.entry(Role::Limit, name, move || Ok(sample(&messages)))
}
