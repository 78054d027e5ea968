//! An echo over a compressed connection, for `tests/interop/deflate`: offers permessage-deflate as it is told to, sends
//! messages of many kinds, and checks what comes back.
//!
//! ```text
//! compressed URL [OFFER…]
//! ```
//!
//! OFFER is a list of `server=BITS`, `client=BITS`, `server-alone`, `client-alone`, separated by commas; `any` asks for nothing.
//! The last line says what was agreed on. Exit 0 if every message came back as it went.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use connect_socket_core::deflate::{Agreement, Compression, Offer, Uncompressed};
use connect_socket_core::{Config, ConnectOptions, Event, OwnedMessage};
use connect_socket_mio::EventLoop;

/// Nothing here takes a second.
const LIMIT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((url, offers)) = arguments.split_first() else {
        eprintln!("usage: compressed URL [OFFER…]");
        return ExitCode::from(2);
    };
    let offers: Option<Vec<Offer>> = offers.iter().map(|words| offer(words)).collect();
    let Some(offers) = offers else {
        eprintln!("compressed: that is no offer");
        return ExitCode::from(2);
    };
    let compression = offers.split_first().map_or_else(Compression::default, |(first, rest)| {
        rest.iter().fold(Compression::offering(*first), |all, offer| all.or(*offer))
    });
    match run(url, compression) {
        Ok(agreed) => {
            println!("{agreed:?}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("compressed: {words}");
            ExitCode::FAILURE
        }
    }
}

fn offer(words: &str) -> Option<Offer> {
    words.split(',').try_fold(Offer::new(), |offer, word| match word.split_once('=') {
        None if word == "any" => Some(offer),
        None if word == "server-alone" => Some(offer.server_takeover(false)),
        None if word == "client-alone" => Some(offer.client_takeover(false)),
        Some(("server", bits)) => Some(offer.server_window_bits(bits.parse().ok()?)),
        Some(("client", bits)) => Some(offer.client_window_bits(bits.parse().ok()?)),
        None | Some(_) => None,
    })
}

/// Texts and bytes that compress and that do not, short and long, empty too.
fn messages() -> Vec<OwnedMessage> {
    let json = |number: usize| {
        format!(r#"{{"number":{number},"symbol":"BTC-USD","price":"{}","side":"buy"}}"#, number * 7919)
    };
    let mut random = 1_u32;
    let mut noise = |length: usize| -> Vec<u8> {
        std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random.to_be_bytes()[0]
        })
        .take(length)
        .collect()
    };
    let mut messages: Vec<OwnedMessage> =
        (0..100).map(|number| json(number).repeat(1 + number % 7).into()).collect();
    messages.push(json(1).repeat(2000).into());
    messages.push("grüße \u{1f600} ".repeat(9000).into());
    messages.extend([0, 1, 100, 1000, 70_000].map(|length| noise(length).into()));
    messages.push(String::new().into());
    messages.extend((0..20).map(|number| json(number).into()));
    messages
}

fn run(url: &str, compression: Compression) -> Result<Option<Agreement>, String> {
    let limit = 16 << 20;
    let config = Config::default().compression(compression.threshold(0)).message_limit(limit);
    let mut socket = EventLoop::new(config).map_err(|error| error.to_string())?;
    socket.connect(&ConnectOptions::new(url));
    let (messages, deadline) = (messages(), Instant::now() + LIMIT);
    let (mut agreed, mut came) = (None, 0);
    while Instant::now() < deadline {
        match socket.next_event().map_err(|error| error.to_string())? {
            None => break,
            Some(Event::Open { opened, .. }) => {
                agreed = opened.response.compression;
                for (place, message) in messages.iter().enumerate() {
                    if place % 10 == 3 {
                        socket.send(Uncompressed(message));
                    } else {
                        socket.send(message);
                    }
                }
            }
            Some(Event::Message { message, .. }) => {
                if messages.get(came) != Some(&message) {
                    return Err(format!("message {came} came back as another"));
                }
                came += 1;
                if came == messages.len() {
                    return Ok(agreed);
                }
            }
            Some(Event::Settled { result: Err(error), .. } | Event::Error { error, .. }) => {
                return Err(error.to_string());
            }
            Some(Event::Close { code, .. }) => {
                return Err(format!("closed with {code} after {came} messages"));
            }
            Some(Event::Settled { result: Ok(()), .. }) => {}
        }
    }
    Err(format!("{came} of {} messages came back", messages.len()))
}
