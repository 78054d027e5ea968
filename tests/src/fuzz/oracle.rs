//! tungstenite as a second opinion on what a stream of frames says, and as the writer of such a stream.

use std::io::{self, Read, Write};

use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

use super::frames::Got;

/// How tungstenite came to the end of a stream.
#[derive(Debug)]
pub enum End {
    /// It waits for more.
    Waits,
    /// It refused something.
    Refused(Error),
    /// A close frame came; what follows it is not looked at.
    Closed,
}

/// A stream whose bytes to read are all there, and whose end is never told.
#[derive(Debug)]
struct Memory<'d> {
    unread: &'d [u8],
    written: Vec<u8>,
}

impl Read for Memory<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.unread.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Memory<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads `stream` in the role of `role`, up to its first close frame.
pub fn read(role: Role, stream: &[u8], frame: usize, message: usize) -> (Vec<Got>, End) {
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .max_frame_size(Some(frame))
        .max_message_size(Some(message));
    let mut context = WebSocketContext::new(role, Some(config));
    let mut memory = Memory { unread: stream, written: Vec::new() };
    let mut items = Vec::new();
    loop {
        let item = match context.read(&mut memory) {
            Ok(Message::Text(text)) => Got::Text(text.to_string()),
            Ok(Message::Binary(bytes)) => Got::Binary(bytes.to_vec()),
            Ok(Message::Ping(bytes)) => Got::Ping(bytes.to_vec()),
            Ok(Message::Pong(bytes)) => Got::Pong(bytes.to_vec()),
            Ok(Message::Close(frame)) => {
                items.push(Got::Close(frame.map(|frame| (frame.code.into(), frame.reason.to_string()))));
                return (items, End::Closed);
            }
            Ok(Message::Frame(_)) => unreachable!("reading gives no raw frames"),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return (items, End::Waits),
            Err(error) => return (items, End::Refused(error)),
        };
        items.push(item);
    }
}

/// What tungstenite writes in the role of `role` for these messages.
pub fn write(role: Role, messages: Vec<Message>) -> Vec<u8> {
    let mut context = WebSocketContext::new(role, None);
    let mut stream = Memory { unread: &[], written: Vec::new() };
    for message in messages {
        context.write(&mut stream, message).expect("memory takes everything");
    }
    context.flush(&mut stream).expect("memory takes everything");
    stream.written
}
