//! The sessions, the workspaces and the clock.

use std::time::Duration;

use connect_socket_core::{Config, Keepalive, Settle, Time, TransportId, Workspace};

use super::super::source::Source;
use super::Outside;
use super::client::Client;
use super::line::{End, Line};
use super::ops::{Before, Op, Read, Sleep, Step, Way};
use crate::memory::server::Said;

pub(super) struct World<'o> {
    pub(super) outside: &'o Outside<'o>,
    config: Config,
    pub(super) now: Time,
    pub(super) works: Vec<Workspace>,
    pub(super) sizes: Vec<usize>,
    pub(super) clients: Vec<Client<'o>>,
    /// Chooses how things end.
    pub(super) ending: u8,
}

impl<'o> World<'o> {
    /// The first bytes say how many there are, and of which kinds.
    pub(super) fn new(source: &mut Source<'_>, outside: &'o Outside<'o>) -> Self {
        let (many, flags, ending) = (source.byte(), source.byte(), source.byte());
        let (clients, works) = (1 + usize::from(many & 0x0f) % 6, 1 + usize::from(many >> 4) % 3);
        let mut config =
            outside.config.clone().message_limit(256 * 1024).frame_limit(256 * 1024).high_water(60_000);
        if flags & 1 == 0 {
            config = config.keepalive(Keepalive::new(Duration::from_secs(20), Duration::from_secs(5)));
        }
        if flags & 2 != 0 {
            config = config.settle(Settle::OnAccept);
        }
        let sizes: Vec<usize> = (0..works)
            .map(|_| [512, 4 * 1024, 16 * 1024, 20_000, 64 * 1024][usize::from(source.byte()) % 5])
            .collect();
        let mut world = Self {
            outside,
            now: Time::from_millis(1_000),
            works: sizes.iter().map(|size| Workspace::new(*size)).collect(),
            sizes,
            clients: (0..clients).map(|_| Client::new(outside, &config, source.byte())).collect(),
            config,
            ending,
        };
        if flags & 4 == 0 {
            for client in 0..clients {
                world.open(client, client);
            }
        }
        world
    }

    pub(super) fn step(&mut self, step: Step) {
        let (at, work) = (usize::from(step.client) % self.clients.len(), usize::from(step.work));
        let now = self.now;
        let client = &mut self.clients[at];
        match step.op {
            Op::Open => self.open(at, work),
            Op::Connect => client.connect(now),
            Op::Serve => {
                self.serve(at);
            }
            Op::Say(said) => {
                if let Some(line) = client.line_mut() {
                    line.far.server.say(said);
                }
                self.serve(at);
            }
            Op::Burst(many) => {
                if let Some(line) = client.line_mut() {
                    for length in 0..many {
                        let length = usize::from(length) * 7 % 150;
                        line.far.server.say(Said { text: many & 1 == 0, length, frames: 1, pings: false });
                    }
                }
                self.serve(at);
            }
            Op::Control(choice) => {
                if let Some(line) = client.line_mut() {
                    line.far.server.control(choice);
                }
                self.serve(at);
            }
            Op::ServerCloses => {
                if let Some(line) = client.line_mut() {
                    line.far.server.close();
                }
                self.serve(at);
            }
            Op::End(way) => self.end(at, way),
            Op::Break(way) => self.break_off(at, way),
            Op::Read(read) => {
                self.read(at, work, read);
            }
            Op::ReadOld(read) => {
                let old = client.host.lines.keys().copied().find(|id| !client.host.is_current(*id));
                if let Some(id) = old {
                    let (works, client) = (&mut self.works, &mut self.clients[at]);
                    let mut other = Workspace::new(512);
                    let count = works.len();
                    client.read(now, [&mut works[work % count], &mut other], id, read);
                }
            }
            Op::Events(most) => {
                let count = self.works.len();
                client.events(&mut self.works[work % count], usize::from(most));
            }
            Op::Drain => {
                self.drain(at, work);
            }
            Op::Pause => client.host.set_receiving(false),
            Op::Resume => client.host.set_receiving(true),
            Op::Send(length) => client.send(length.into()),
            Op::Write(most) => {
                self.write(at, work, most.into());
            }
            Op::Close => client.close(now),
            Op::Drop(before) => self.replace(at, work, before),
            Op::Shrink => {
                let count = self.works.len();
                client.host.session.shrink(&mut self.works[work % count]);
            }
            Op::Jump(millis) => self.now = now + Duration::from_millis(millis.into()),
            Op::Round(sleep, read) => {
                let deadline = client.host.session.poll_timeout().map_or(now, |(at, _)| at.max(now));
                self.now = match sleep {
                    Sleep::No => now,
                    Sleep::ToDeadline => deadline,
                    Sleep::Past(millis) => deadline + Duration::from_millis(millis.into()),
                    Sleep::Far => now + Duration::from_secs(100_000),
                };
                self.round(at, work, read);
            }
        }
        self.clients[at].act();
    }

    /// connectSocket, and everybody does what is to do until it is open, or as far as it goes.
    fn open(&mut self, at: usize, work: usize) {
        self.clients[at].connect(self.now);
        for _ in 0..8 {
            self.clients[at].act();
            self.clients[at].connected(self.now);
            self.write(at, work, usize::MAX);
            self.serve(at);
            self.read(at, work, Read { most: usize::MAX, way: Way::Space });
            self.drain(at, work);
        }
    }

    pub(super) fn serve(&mut self, at: usize) -> bool {
        let lines = self.clients[at].host.lines.values_mut().filter(|line| line.is_connected());
        lines.map(Line::serve).fold(false, |any, served| any | served)
    }

    pub(super) fn drain(&mut self, at: usize, work: usize) -> bool {
        let count = self.works.len();
        self.clients[at].drain(&mut self.works[work % count])
    }

    /// Reads the current transport once.
    pub(super) fn read(&mut self, at: usize, work: usize, read: Read) -> bool {
        let Some(id) = self.clients[at].transport() else { return false };
        self.read_one(at, work, id, read)
    }

    pub(super) fn read_one(&mut self, at: usize, work: usize, id: TransportId, read: Read) -> bool {
        let count = self.works.len();
        let (now, client) = (self.now, &mut self.clients[at]);
        let mut none = Workspace::new(512);
        match self.works.get_disjoint_mut([work % count, (work + 1) % count]) {
            Ok([one, other]) => client.read(now, [one, other], id, read),
            Err(_) => client.read(now, [&mut self.works[work % count], &mut none], id, read),
        }
    }

    /// Writes whatever there is, `most` bytes at most to each.
    pub(super) fn write(&mut self, at: usize, work: usize, most: usize) -> bool {
        let count = self.works.len();
        let (now, client) = (self.now, &mut self.clients[at]);
        let ids: Vec<_> = client.host.lines.keys().copied().collect();
        ids.into_iter()
            .fold(false, |any, id| client.write(now, &mut self.works[work % count], id, most) | any)
    }

    fn end(&mut self, at: usize, way: u8) {
        let Some(line) = self.clients[at].line_mut().filter(|line| line.is_connected()) else { return };
        match way % 4 {
            0 => line.finish(End::EndOfStream, true),
            1 => line.finish(End::EndOfStream, false),
            2 => line.finish(End::Reset, false),
            _ => line.lose(),
        }
    }

    fn break_off(&mut self, at: usize, way: u8) {
        let client = &mut self.clients[at];
        let Some(id) = client.transport() else { return };
        let Some(line) = client.line_mut().filter(|line| line.is_connected()) else { return };
        line.far.broken = true;
        match way % 8 {
            0 => line.finish(End::EndOfStream, false),
            1 | 2 => line.finish(End::Reset, false),
            3 => line.lose(),
            // Reading gives nothing more, and no end.
            _ => {}
        }
        if way & 8 == 0 {
            client.write_fails(self.now, id);
        }
    }

    /// A round of a host: it reads once, does what there is to do, and lets timers run out.
    pub(super) fn round(&mut self, at: usize, work: usize, read: Read) -> bool {
        let now = self.now;
        let client = &mut self.clients[at];
        client.host.lines.values_mut().for_each(|line| line.far.fresh = false);
        client.act();
        let mut any = client.connected(now);
        let ids: Vec<_> = client.host.lines.keys().copied().collect();
        for id in ids {
            any |= self.read_one(at, work, id, read);
        }
        // Before timers or behind them: both are right.
        if read.most & 1 == 0 {
            any |= self.drain(at, work + 1);
        }
        let client = &mut self.clients[at];
        client.host.session.handle_timeout(now);
        client.in_round = true;
        any |= self.drain(at, work);
        self.clients[at].in_round = false;
        self.clients[at].assert_no_timer_is_due(now);
        any
    }

    /// A session is dropped, and another takes its place.
    fn replace(&mut self, at: usize, work: usize, before: Before) {
        let count = self.works.len();
        match before {
            Before::Nothing => {}
            Before::Shrink => self.clients[at].host.session.shrink(&mut self.works[work % count]),
            Before::Drain => {
                self.drain(at, work);
            }
        }
        let flags = self.ending.wrapping_add(u8::from(self.clients[at].secure));
        let new = Client::new(self.outside, &self.config, flags);
        let old = core::mem::replace(&mut self.clients[at], new);
        match before {
            Before::Nothing => drop(old),
            Before::Shrink | Before::Drain => {
                self.drop_small(old);
            }
        }
    }
}
