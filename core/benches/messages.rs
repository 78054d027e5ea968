//! Time per message of the session and of tungstenite, in memory, by divan. For comparison, it also measures only the
//! copy that gives both their bytes.
//!
//! ```text
//! cargo bench -p connect-socket-core --bench messages
//! ```
//!
//! For ratios, use the bench `ratios`, which measures both in turns.

mod memory;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use memory::{CopyPeer, Kind, Peer, Reads, SessionPeer, TungstenitePeer, Wire, batch, payload};

const SIZES: [usize; 4] = [16, 125, 1024, 16 * 1024];

fn main() {
    divan::main();
}

fn receive<P: Peer>(bencher: Bencher<'_, '_>, kind: Kind, reads: Reads, size: usize) {
    let payload = payload(kind, size);
    let mut peer = P::open(Wire::new(kind, &payload, reads), kind, &payload);
    let count = batch(size);
    bencher
        .counter(ItemsCount::new(count))
        .counter(BytesCount::new(count * size))
        .bench_local(|| peer.receive(count));
}

fn send<P: Peer>(bencher: Bencher<'_, '_>, kind: Kind, size: usize) {
    let payload = payload(kind, size);
    let mut peer = P::open(Wire::new(kind, &payload, Reads::Bulk), kind, &payload);
    let count = batch(size);
    bencher
        .counter(ItemsCount::new(count))
        .counter(BytesCount::new(count * size))
        .bench_local(|| peer.send(count));
}

#[divan::bench(types = [SessionPeer, TungstenitePeer, CopyPeer], args = SIZES)]
fn receive_binary<P: Peer>(bencher: Bencher<'_, '_>, size: usize) {
    receive::<P>(bencher, Kind::Binary, Reads::Bulk, size);
}

#[divan::bench(types = [SessionPeer, TungstenitePeer, CopyPeer], args = SIZES)]
fn receive_text<P: Peer>(bencher: Bencher<'_, '_>, size: usize) {
    receive::<P>(bencher, Kind::Ascii, Reads::Bulk, size);
}

#[divan::bench(types = [SessionPeer, TungstenitePeer, CopyPeer], args = SIZES)]
fn receive_mixed_text<P: Peer>(bencher: Bencher<'_, '_>, size: usize) {
    receive::<P>(bencher, Kind::Mixed, Reads::Bulk, size);
}

#[divan::bench(types = [SessionPeer, TungstenitePeer, CopyPeer], args = SIZES)]
fn receive_frame_per_read<P: Peer>(bencher: Bencher<'_, '_>, size: usize) {
    receive::<P>(bencher, Kind::Binary, Reads::Frame, size);
}

#[divan::bench(types = [SessionPeer, TungstenitePeer], args = SIZES)]
fn send_binary<P: Peer>(bencher: Bencher<'_, '_>, size: usize) {
    send::<P>(bencher, Kind::Binary, size);
}

#[divan::bench(types = [SessionPeer, TungstenitePeer], args = SIZES)]
fn send_text<P: Peer>(bencher: Bencher<'_, '_>, size: usize) {
    send::<P>(bencher, Kind::Ascii, size);
}
