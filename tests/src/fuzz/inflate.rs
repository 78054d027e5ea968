//! Compressed messages from a server, against themselves in pieces, and against zlib's inflater used alone.
//!
//! However a stream is cut, and whoever else uses the loop's inflater meanwhile, the same items and the same error come
//! out. What we accept, zlib inflates to the same bytes: each message with the last 2^w bytes before it as its dictionary.

use connect_socket_core::Workspace;
use connect_socket_core::deflate::{Agreement, Offer};
use connect_socket_core::frame::{Decoder, FrameError, Item, Limits};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::source::{Cuts, Source};

const LIMITS: [u64; 4] = [1 << 20, 1000, 300, 1];

/// A message as it is sent: compressed or not, and its payload as it goes.
type Sent = (bool, Vec<u8>);

/// The first byte chooses the window and takeover, the second the limit and whether the payloads are zlib's own, the third
/// how the stream is cut. Each message then has a byte of flags, and a length.
pub fn inflate(data: &[u8]) {
    let mut source = Source::new(data);
    let (choice, manner, cuts) = (source.byte(), source.byte(), source.byte());
    let (bits, takeover) = (8 + (choice & 7), choice & 8 == 0);
    let limit = LIMITS[usize::from(manner & 3)];
    let mut server = Compress::new_with_window_bits(Compression::new(6), false, bits.max(9));
    let mut sent: Vec<Sent> = Vec::new();
    while !source.is_empty() && sent.len() < 32 {
        let flags = source.byte();
        let length = usize::from(source.byte()) << (flags & 3);
        let bytes = source.take(length);
        let compressed = flags & 0x10 == 0;
        let payload = if compressed && manner & 0x80 != 0 && !bytes.is_empty() {
            let mut out = Vec::with_capacity(2 * bytes.len() + 64);
            server.compress_vec(bytes, &mut out, FlushCompress::Sync).expect("zlib compresses");
            out.truncate(out.len() - 4);
            out
        } else {
            bytes.to_vec()
        };
        sent.push((compressed, payload));
    }
    let answer = format!(
        "permessage-deflate; server_max_window_bits={bits}{}",
        if takeover { "" } else { "; server_no_context_takeover" }
    );
    let agreed = Agreement::judge([answer.as_str()], &[Offer::new()]).expect("an answer").expect("it agrees");
    let stream: Vec<u8> = sent.iter().flat_map(frame).collect();
    let whole = read(agreed, limit, &stream, 0);
    for cuts in [1, cuts.max(2)] {
        assert_eq!(read(agreed, limit, &stream, cuts), whole, "the stream was cut differently: {cuts}");
    }
    compare(&sent, &whole.0, usize::from(bits), takeover);
}

fn frame(message: &Sent) -> Vec<u8> {
    let (compressed, payload) = message;
    let first = if *compressed { 0xc2 } else { 0x82 };
    let length = u16::try_from(payload.len()).expect("messages are short");
    let mut frame = match length {
        0..=125 => vec![first, length.to_be_bytes()[1]],
        _ => [&[first, 126], &length.to_be_bytes()[..]].concat(),
    };
    frame.extend_from_slice(payload);
    frame
}

fn read(agreed: Agreement, limit: u64, stream: &[u8], cuts: u8) -> (Vec<Vec<u8>>, Option<FrameError>) {
    let mut decoder = Decoder::new(Limits { frame: u64::MAX, message: limit });
    decoder.inflate(agreed);
    let mut other = Decoder::new(Limits { frame: u64::MAX, message: u64::MAX });
    other.inflate(agreed);
    let (mut work, mut cuts) = (Workspace::default(), Cuts::new(cuts));
    let (mut items, mut rest) = (Vec::new(), stream);
    while !rest.is_empty() {
        let (mut input, behind) = rest.split_at(cuts.next().min(rest.len()));
        rest = behind;
        loop {
            match decoder.decode(&mut input, &mut work) {
                Ok(Some(Item::Binary(bytes))) => items.push(bytes.to_vec()),
                Ok(Some(item)) => panic!("{item:?} was not sent"),
                Ok(None) => break,
                // How much there was of a message over the limit depends on where it was cut.
                Err(FrameError::MessageTooBig { .. }) => {
                    return (items, Some(FrameError::MessageTooBig { announced: 0, limit }));
                }
                Err(FrameError::Compressed(_)) => {
                    // What is wrong first may be what is unfinished, where the wrong bytes are the tail.
                    return (items, Some(FrameError::TextNotUtf8));
                }
                Err(error) => return (items, Some(error)),
            }
        }
        // RFC 7692 §7.2.3.1, by somebody else in the same loop.
        let mut hello: &[u8] = &[0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 7, 0];
        assert_eq!(other.decode(&mut hello, &mut work), Ok(Some(Item::Text("Hello"))));
    }
    (items, None)
}

fn compare(sent: &[Sent], came: &[Vec<u8>], bits: usize, takeover: bool) {
    let mut before: Vec<u8> = Vec::new();
    for ((compressed, payload), came) in sent.iter().zip(came) {
        if !compressed {
            assert_eq!(came, payload);
            continue;
        }
        let mut zlib = Decompress::new(false);
        let history = &before[before.len().saturating_sub(1 << bits)..];
        if takeover && !history.is_empty() {
            zlib.set_dictionary(history).expect("a dictionary");
        }
        let stream = [payload, &[0, 0, 0xff, 0xff][..]].concat();
        let mut out = Vec::with_capacity(came.len() + 1);
        if !payload.is_empty() {
            zlib.decompress_vec(&stream, &mut out, FlushDecompress::None).expect("what we accept inflates");
        }
        assert_eq!(&out, came, "zlib alone makes something else of it");
        before.extend_from_slice(came);
    }
}
