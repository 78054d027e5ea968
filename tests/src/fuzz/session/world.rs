//! Two sessions, their transports and their host.

use std::cell::Cell;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use connect_socket_core::frame::Limits;
use connect_socket_core::{
    CloseOptions, Config, ConnectOptions, Entropy, Keepalive, OnExisting, Payload, Phase, Reason,
    ResolveError, Settle, Tape, Time, Value, Workspace,
};

use super::compressed::{compression, offers};
use super::line::{Bounds, Far, Line};
use super::ops::{Jump, Op, Settings};
use crate::memory::frames::{payload, whole_text};
use crate::memory::host::Host;
use crate::memory::line::{Stage, broken};

/// A tape whose use can be seen from outside.
pub(super) struct Watched {
    tape: Tape,
    drawn: Rc<Cell<usize>>,
}

impl Entropy for Watched {
    fn fill(&mut self, out: &mut [u8]) {
        self.tape.fill(out);
        self.drawn.set(self.tape.drawn());
    }
}

/// One session, its host, and what came of them.
pub(super) struct Slot {
    pub(super) host: Host<Watched, Far>,
    pub(super) drawn: Rc<Cell<usize>>,
    pub(super) log: Vec<String>,
    record: bool,
}

pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) slots: [Slot; 2],
    at: usize,
    pub(super) now: Time,
    pub(super) work: Workspace,
    pub(super) bounds: Bounds,
}

const URLS: [&str; 10] = [
    "ws://a.example/path?q=1",
    "ws://192.0.2.1:8080",
    "ws://b.example:81/",
    "ws://[2001:db8::1]/x",
    "wss://a.example/",
    "",
    "test.php",
    "http://a.example",
    "ws://a.example/#f",
    "ws://h:0",
];

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        let narrow = settings.narrow;
        let config = Config::default()
            .message_limit(if narrow { 300 } else { 50_000 })
            .frame_limit(if narrow { 200 } else { 70_000 })
            .response_head_limit(if narrow { 400 } else { 16 * 1024 })
            .request_head_limit(1000)
            // Two or three messages of the limit, with their receipts.
            .high_water(if narrow { 750 } else { 60_000 })
            .keepalive(
                settings.keepalive.then_some(Keepalive::new(Duration::from_secs(20), Duration::from_secs(5))),
            )
            .settle(if settings.on_accept { Settle::OnAccept } else { Settle::OnOutcome })
            .on_existing(if settings.reject { OnExisting::Reject } else { OnExisting::Replace })
            .require_wss(settings.require_wss)
            .compression(settings.compression.map(compression));
        let limits = Limits { frame: config.frame_limit as u64, message: config.message_limit as u64 };
        let offers = settings.compression.map(offers).unwrap_or_default();
        let bounds = Bounds { limits, head_limit: config.response_head_limit, offers };
        let slot = |seed: u8| {
            let drawn = Rc::new(Cell::new(0));
            let tape =
                Tape::new((0..4096_u32).map(|at| (at * 167 + u32::from(seed)).to_le_bytes()[0]).collect());
            let host = Host::new(config.clone(), Watched { tape, drawn: drawn.clone() }, false);
            Slot { host, drawn, log: Vec::new(), record: settings.record }
        };
        Self {
            settings,
            slots: [slot(1), slot(99)],
            at: 0,
            now: Time::from_millis(1_000),
            work: Workspace::new(if settings.small_window { 512 } else { 20_000 }),
            bounds,
        }
    }

    pub(super) fn apply(&mut self, op: &Op) {
        let now = self.now;
        let work = &mut self.work;
        let slot = &mut self.slots[self.at];
        match op {
            Op::Switch => self.at = 1 - self.at,
            Op::Connect(url, extra) => slot.connect(now, URLS[usize::from(*url) % URLS.len()], *extra),
            Op::ConnectTo(url) => slot.connect(now, url, 0),
            Op::Send(kind, length) => slot.send(*kind, *length),
            Op::Close(way) => slot.close(now, *way),
            Op::Resolve(way) => slot.resolve(now, *way),
            Op::Connected(which) => {
                if let Some(id) = slot.host.choose(*which, |line| line.stage == Stage::Dialled) {
                    slot.host.connected(now, id);
                }
            }
            Op::Refused(which) => {
                // With nothing left to release, the session must know what it let go before.
                slot.actions(usize::MAX);
                if let Some(id) = slot.host.choose(*which, |line| line.stage == Stage::Dialled) {
                    slot.host.line(id).stage = Stage::Failed;
                    slot.host.session.handle_connect_failed(now, id, broken());
                }
            }
            Op::Answer(which, way) => {
                if let Some(id) = slot.host.choose(*which, Line::is_connected) {
                    let line = slot.host.line(id);
                    line.unread.extend(line.far.answer(*way));
                }
            }
            Op::Serve(which, stream) => {
                if let Some(id) = slot.host.choose(*which, Line::is_connected) {
                    let line = slot.host.line(id);
                    line.far.serves();
                    line.unread.extend(&stream.0);
                }
            }
            Op::Say(which, said) => {
                if let Some(id) = slot.host.choose(*which, Line::is_connected) {
                    let line = slot.host.line(id);
                    line.unread.extend(line.far.say(said));
                }
            }
            Op::Read(which, most, between) => slot.read(now, work, *which, usize::from(*most), *between),
            Op::Write(which, most) => slot.write(now, work, *which, usize::from(*most)),
            Op::Offer(which) => slot.offer(work, *which),
            Op::Report(which, most) => slot.report(now, *which, usize::from(*most)),
            Op::End(which) => {
                if let Some(id) = slot.host.choose(*which, |line| line.is_connected() && !line.ended) {
                    slot.host.line(id).ended = true;
                    slot.host.session.handle_end_of_stream(now, id);
                }
            }
            Op::Break(which) => {
                if let Some(id) = slot.host.choose(*which, Line::is_connected) {
                    slot.host.line(id).ended = true;
                    slot.host.session.handle_transport_error(now, id, broken());
                }
            }
            Op::Events(most) => {
                slot.events(work, usize::from(*most));
            }
            Op::Actions(most) => slot.actions(usize::from(*most)),
            Op::Time(jump) => self.jump(*jump),
            Op::Receiving(receiving) => slot.host.set_receiving(*receiving),
            Op::Shrink => slot.host.session.shrink(work),
            Op::Stale(which, kind) => slot.stale(now, work, *which, *kind),
            Op::Misuse(which, kind) => slot.misuse(now, work, *which, *kind),
        }
        if self.settings.eager {
            self.settle_down();
        }
        for slot in &mut self.slots {
            // M3; the request may stand on top of it, a ping, and three pongs: one partly out, one offered, and the
            // newer one that takes its place.
            let control = 6 + 3 * 131;
            let most = slot.host.session.config().high_water
                + slot.host.session.config().request_head_limit
                + control;
            assert!(slot.host.session.buffered_amount() <= most, "more is buffered than may be");
        }
    }

    /// What a good host does after every input.
    fn settle_down(&mut self) {
        for slot in &mut self.slots {
            while slot.events(&mut self.work, usize::MAX) || slot.has_input(&mut self.work) {}
            slot.actions(usize::MAX);
            slot.host.assert_few_linger();
            slot.assert_reads();
        }
    }

    fn jump(&mut self, jump: Jump) {
        let deadline = self.slots[self.at].host.session.poll_timeout().map(|(at, _)| at);
        let told = match jump {
            Jump::Deadline => deadline.unwrap_or(self.now).max(self.now),
            Jump::By(millis) => self.now + Duration::from_millis(millis.into()),
            Jump::Unnoticed(millis) => {
                self.now = self.now + Duration::from_millis(millis.into());
                return;
            }
            Jump::Far => self.now + Duration::from_secs(1_000_000),
            Jump::Back => Time::ZERO,
        };
        self.now = self.now.max(told);
        self.slots[self.at].time(&mut self.work, told, self.now);
    }
}

impl Slot {
    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if self.record {
            self.log.push(line());
        }
    }

    pub(super) fn connect(&mut self, now: Time, url: &str, extra: u8) {
        let mut options = ConnectOptions::new(url);
        match extra % 8 {
            1 => options = options.protocol("chat").protocol("v2"),
            2 => options = options.header("Sec-WebSocket-Protocol", "chat").header("Host", "x").data("k", 1),
            3 => options = options.header("bad name", "x"),
            4 => options = options.with_data(Value::from("no object")),
            5 => options = options.data("k", "'&=\u{e9}".repeat(usize::from(extra))),
            6 => options = options.header("X", "y".repeat(usize::from(extra) * 8)),
            _ => {}
        }
        self.host.connect(now, &options);
    }

    pub(super) fn send(&mut self, kind: u8, length: usize) {
        let (text, bytes) = (whole_text(length), payload(false, length));
        self.host.send(match kind % 8 {
            0..=2 => Payload::Text(&text),
            3 | 4 => Payload::Binary(&bytes),
            5 => Payload::Base64("aGk="),
            6 => Payload::Base64("aGk"),
            _ => Payload::Invalid,
        });
    }

    pub(super) fn close(&mut self, now: Time, way: u8) {
        let long = "\u{e9}".repeat(62);
        let options = match way % 10 {
            0..=2 => CloseOptions::default(),
            3 => CloseOptions::new(3000, "bye"),
            4 => CloseOptions::new(4999, &long[..122]),
            5 => CloseOptions::new(1001, ""),
            6 => CloseOptions::new(1000, &long),
            7 => CloseOptions::from_script(Value::from(true), Value::Null),
            8 => CloseOptions::from_script(Value::from(3000.5), Value::Null),
            _ => CloseOptions::from_script(Value::Null, Value::from("x")),
        };
        let valid = matches!(way % 10, 0..=4 | 9);
        assert_eq!(options.check().is_ok(), valid, "which codes and reasons may be sent (C)");
        self.host.close(now, &options);
    }

    fn resolve(&mut self, now: Time, way: u8) {
        let Host { resolves, connections, .. } = &self.host;
        let asked = if way & 1 == 0 { resolves.last() } else { connections.get(usize::from(way >> 3)) };
        let Some(&connection) = asked else { return };
        let v4 = |last| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 0));
        let v6 = |last| SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), 0));
        let many: Vec<SocketAddr> = (1..=12).map(v4).collect();
        let answer: Result<&[SocketAddr], ResolveError> = match way >> 1 & 7 {
            0 | 1 => Ok(&[v4(1)]),
            2 | 3 => Ok(&[v6(1), v6(2), v4(1), v4(2), v4(1)]),
            4 => Ok(&many),
            5 => Ok(&[]),
            6 => Err(ResolveError::NotFound),
            _ => Err(ResolveError::Failed(broken())),
        };
        self.host.session.handle_resolved(now, connection, answer);
    }

    pub(super) fn time(&mut self, work: &mut Workspace, told: Time, now: Time) {
        self.host.session.handle_timeout(told);
        // What was read and not taken may be what was waited for: it comes first (F8).
        if told == now && !self.has_input(work) && !self.host.session.has_event(work) {
            let next = self.host.session.poll_timeout();
            assert!(
                next.is_none_or(|(at, reason)| at > now || reason == Reason::Input),
                "a deadline has passed and was not dealt with: {next:?}"
            );
        }
        let next = self.host.session.poll_timeout();
        self.note(|| format!("deadline {next:?}"));
    }

    /// Polls events, `most` at most; whether there were any.
    pub(super) fn events(&mut self, work: &mut Workspace, most: usize) -> bool {
        let mut any = false;
        for _ in 0..most {
            let announced = self.host.session.has_event(work);
            let Some((seen, ())) = self.host.event(work, |_| ()) else {
                assert!(!announced, "an event was announced that is not there");
                break;
            };
            any = true;
            self.note(|| format!("{seen:?}"));
        }
        any
    }

    /// Polls actions, `most` at most.
    pub(super) fn actions(&mut self, most: usize) {
        for _ in 0..most {
            let Some(action) = self.host.action(Far::default) else { return };
            self.note(|| format!("{action:?}"));
        }
    }

    /// A drained session is read on, but for an open one in a pause.
    pub(super) fn assert_reads(&self) {
        let Host { session, lines, receiving, .. } = &self.host;
        let paused = !receiving && session.phase() == Phase::Open;
        for (id, _) in lines.iter().filter(|(_, line)| line.is_connected() && !line.ended) {
            let wanted = !self.host.is_current(*id) || !paused;
            assert_eq!(session.wants_read(*id), wanted, "{id}, drained, is not read any more");
        }
    }
}
