//! What the table says is done, in the model's books.

use connect_socket_core::lifecycle::{
    Call as Whose, CloseCode, CloseFrameKind, Effect, Ended, Notice, Origin, Outcome, Signal, Timer, Trigger,
    step,
};

use super::model::{Connection, Facts, Linger, Model, Stage, Stream};
use super::seen::{Asked, Got, Told};

/// So many transports linger at most (F5).
const MOST_LINGER: usize = 8;

impl Model {
    pub(crate) fn signal(&mut self, signal: Signal, facts: Facts) {
        self.run(Trigger::Signal(Origin::Current, signal), facts);
    }

    pub(crate) fn run(&mut self, trigger: Trigger, mut facts: Facts) {
        let step = step(self.state, trigger);
        self.state = step.next;
        for effect in &step.effects {
            self.perform(*effect, &mut facts);
        }
        let over = matches!(step.ended, Some(Ended::Failed | Ended::Closed));
        assert!(!over || self.current.is_none(), "an ended connection keeps its transport");
    }

    fn perform(&mut self, effect: Effect, facts: &mut Facts) {
        match effect {
            Effect::Settle(call, outcome) => {
                let call = match call {
                    Whose::This => Some(self.calls),
                    Whose::Connect => self.current.as_ref().map(|connection| connection.call),
                    Whose::Send => facts.sent,
                };
                let result = match outcome {
                    Outcome::Success => Ok(()),
                    Outcome::Fail(code) => Err(code.number()),
                };
                self.seen.told.extend(call.map(|call| Told::Settled(call, result)));
            }
            Effect::FailSends => {
                let calls = self.stream_mut().map(|stream| stream.queue.abandon()).unwrap_or_default();
                self.seen.told.extend(calls.into_iter().map(|call| Told::Settled(call, Err(11))));
            }
            Effect::Tell(notice) => self.tell(notice, facts),
            Effect::Begin => {
                self.connections += 1;
                self.current = facts.request.take().map(|request| Connection {
                    number: self.connections,
                    call: self.calls,
                    request,
                    requested: None,
                    stage: Stage::Resolving,
                });
            }
            Effect::QueueMessage => {
                let (call, message) = (self.calls, facts.send.take());
                if let (Some(stream), Some(message)) = (self.stream_mut(), message) {
                    stream.queue.push(Got::Message(message), Some(call));
                }
            }
            Effect::SendClose(kind) => self.send_close(kind, facts),
            Effect::AnswerPing => {
                if let Some(stream) = self.stream_mut() {
                    stream.queue.push_control(Got::Pong(facts.ping.clone()));
                }
            }
            Effect::SendPing => {
                if let Some(stream) = self.stream_mut() {
                    stream.queue.push_control(Got::Ping);
                }
            }
            Effect::Arm(timer) => self.arm(timer),
            Effect::Disarm(timer) => self.timers.set(timer, None),
            Effect::Drop => match self.current.take() {
                Some(Connection { number, stage: Stage::Dialling(plan), .. }) => {
                    plan.in_flight().iter().for_each(|attempt| self.release(number, *attempt));
                }
                Some(Connection { number, stage: Stage::Streaming(stream), .. }) => {
                    self.release(number, stream.attempt);
                }
                Some(Connection { stage: Stage::Resolving, .. }) | None => {}
            },
            Effect::Linger => self.linger(),
        }
    }

    fn tell(&mut self, notice: Notice, facts: &mut Facts) {
        let Some(connection) = &self.current else { return };
        let number = connection.number;
        self.seen.told.push(match notice {
            Notice::Opened => Told::Open(number),
            Notice::Message => Told::Message(number, facts.received.take().expect("a message came")),
            Notice::Error(code) => Told::Error(number, code.number()),
            Notice::Closed(code, cause) => {
                let plain = |code| (code, String::new());
                let (code, reason) = match code {
                    CloseCode::AsRequested => connection.requested.clone().expect("it was requested"),
                    CloseCode::OfPeer => facts.close.clone().unwrap_or(plain(1005)),
                    CloseCode::Normal => plain(1000),
                    CloseCode::Abnormal => plain(1006),
                    CloseCode::Protocol => plain(1002),
                    CloseCode::NotUtf8 => plain(1007),
                    CloseCode::TooBig => plain(1009),
                };
                Told::Close(number, code, reason, cause)
            }
        });
    }

    fn send_close(&mut self, kind: CloseFrameKind, facts: &Facts) {
        let requested = self.current.as_ref().and_then(|connection| connection.requested.clone());
        let plain = |code| Some((code, String::new()));
        let close = match kind {
            CloseFrameKind::AsRequested => requested,
            CloseFrameKind::Reply => facts.close.clone().map(|(code, _)| (code, String::new())),
            CloseFrameKind::Normal => plain(1000),
            CloseFrameKind::Protocol => plain(1002),
            CloseFrameKind::NotUtf8 => plain(1007),
            CloseFrameKind::TooBig => plain(1009),
        };
        let payload = close.map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat());
        if let Some(stream) = self.stream_mut() {
            stream.queue.push(Got::Close(payload.unwrap_or_default().into()), None);
        }
    }

    fn arm(&mut self, timer: Timer) {
        let config = self.config();
        let after = match timer {
            Timer::Connect => Some(config.connect_timeout),
            Timer::Close => Some(config.close_timeout),
            Timer::Ping => config.keepalive.map(|keepalive| keepalive.interval),
            Timer::Pong => config.keepalive.map(|keepalive| keepalive.timeout),
        };
        let at = after.and_then(|after| self.now.checked_add(after));
        self.timers.set(timer, at);
    }

    fn linger(&mut self) {
        let until = self.now.checked_add(self.config().close_timeout);
        let Some(Connection { number, stage: Stage::Streaming(stream), .. }) = self.current.take() else {
            return;
        };
        if self.lingering.len() == MOST_LINGER {
            let oldest = self.lingering.remove(0);
            self.release(oldest.number, oldest.attempt);
        }
        let Stream { attempt, queue, end, .. } = stream;
        let ended = end.is_some();
        self.lingering.push(Linger { number, attempt, queue, until, half_closed: false, ended });
        self.proceed(self.lingering.len() - 1);
    }

    /// Everything out: half-close. The peer has ended, too: away (F5).
    pub(crate) fn proceed(&mut self, at: usize) {
        let linger = &mut self.lingering[at];
        if linger.queue.buffered() > 0 {
            return;
        }
        if !std::mem::replace(&mut linger.half_closed, true) && !linger.ended {
            self.seen.asked.push(Asked::ShutdownWrite(linger.number, linger.attempt));
        }
        if linger.ended {
            let (number, attempt) = (linger.number, linger.attempt);
            self.lingering.remove(at);
            self.release(number, attempt);
        }
    }

    pub(crate) fn release(&mut self, number: u64, attempt: u32) {
        self.seen.asked.push(Asked::Release(number, attempt));
        self.gone.push((number, attempt));
    }
}
