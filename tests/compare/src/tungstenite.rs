//! tungstenite: a thread that blocks.

use std::thread::sleep;
use std::time::Instant;

use tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tungstenite::{Error, connect, stream::MaybeTlsStream};

use crate::{Delay, PATIENCE, Result};

pub fn echo(url: &str) -> Result {
    let (mut socket, _) = connect(url)?;
    loop {
        match socket.read() {
            Ok(message) if message.is_text() || message.is_binary() => socket.send(message)?,
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

pub fn stay(url: &str, attempts: u32) -> Result {
    let mut delay = Delay::default();
    for _ in 0..attempts {
        let mut opened = None;
        if let Ok((mut socket, _)) = connect(url) {
            opened = Some(Instant::now());
            while let Ok(message) = socket.read() {
                println!("{message:?}");
            }
        }
        sleep(delay.next(opened));
    }
    Ok(())
}

pub fn leave(url: &str) -> Result {
    let (mut socket, _) = connect(url)?;
    // A read that takes longer than this fails. TLS has a stream of its own for each library.
    if let MaybeTlsStream::Plain(stream) = socket.get_mut() {
        stream.set_read_timeout(Some(PATIENCE))?;
    }
    socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "done".into() }))?;
    loop {
        match socket.read() {
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}
