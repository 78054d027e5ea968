//! A server and a resolver, each on a thread that takes requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use shuttle::sync::mpsc::{Receiver, Sender, channel};
use shuttle::thread::{JoinHandle, spawn};

use super::memory::{Heard, Memory, Pipe, Servers, message};
use crate::tasks::LookUp;

/// A server that echoes messages, and a resolver that gives this server's address for every name.
pub(super) struct Network {
    server: (Sender<Option<usize>>, JoinHandle<()>),
    resolver: (Sender<Option<LookUp<Memory>>>, JoinHandle<()>),
}

/// How many bytes may wait until the server reads: less than a request or two messages.
const ROOM: usize = 40;

impl Network {
    pub(super) fn new(memory: &Memory) -> Self {
        let (server, written) = channel();
        let (resolver, names) = channel();
        let network = memory.clone();
        let (to_server, to_resolver) = (server.clone(), resolver.clone());
        let mut world = memory.world();
        world.servers = Servers::Mute;
        world.room = Some(ROOM);
        world.hears = Some(Arc::new(move |heard| match heard {
            Heard::Written(place) => to_server.send(Some(place)).expect("the server runs"),
            Heard::Name(name) => to_resolver.send(Some(name)).expect("the resolver runs"),
        }));
        drop(world);
        Self {
            server: (server, spawn(move || serve(&network, &written))),
            resolver: (resolver, spawn(move || resolve(&names))),
        }
    }

    /// No more requests will come.
    pub(super) fn end(self) {
        self.server.0.send(None).expect("the server runs");
        self.resolver.0.send(None).expect("the resolver runs");
        self.server.1.join().expect("the server ends");
        self.resolver.1.join().expect("the resolver ends");
    }
}

fn resolve(names: &Receiver<Option<LookUp<Memory>>>) {
    while let Ok(Some(name)) = names.recv() {
        name.answer(Ok(vec![([192, 0, 2, 1], 0).into()]));
    }
}

/// One connection of the server.
struct Connection {
    pipe: Pipe,
    heard: Vec<u8>,
    is_open: bool,
}

fn serve(memory: &Memory, written: &Receiver<Option<usize>>) {
    let mut connections = BTreeMap::new();
    while let Ok(Some(place)) = written.recv() {
        let accept = || Connection { pipe: memory.pipe(place), heard: Vec::new(), is_open: false };
        connections.entry(place).or_insert_with(accept).hear();
    }
}

impl Connection {
    fn hear(&mut self) {
        self.heard.extend(self.pipe.hear());
        if !self.is_open && self.heard.ends_with(b"\r\n\r\n") {
            self.is_open = true;
            let mut ends = self.pipe.ends();
            ends.written = std::mem::take(&mut self.heard);
            ends.answer();
            drop(ends);
            self.pipe.call();
        }
        while self.is_open
            && let Some((opcode, payload)) = self.frame()
        {
            match opcode {
                1 | 2 => self.pipe.say(&message(&payload)),
                8 => {
                    self.pipe.say_unheard(&[0x88, 0]);
                    self.pipe.ends().is_ended = true;
                    self.pipe.call();
                }
                _ => panic!("a frame with the opcode {opcode}"),
            }
        }
    }

    /// The next frame of the client: all of them are masked and short.
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let [first, second, ..] = self.heard[..] else { return None };
        let length = usize::from(second & 0x7f);
        if self.heard.len() < 6 + length {
            return None;
        }
        let frame: Vec<_> = self.heard.drain(..6 + length).collect();
        let (mask, payload) = frame[2..].split_at(4);
        Some((first & 0xf, payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()))
    }
}
