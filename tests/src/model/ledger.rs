//! What a session's user is told, from what the table says: the table speaks of "this call" and "the
//! connection", and the ledger knows which ones these are.
//!
//! It is all that a port has to add to the table in order to play a trace.

use std::collections::VecDeque;

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    Call, Effect, Failure, Notice, Origin, Outcome, Phase, SendVerdict, Signal, State, Timer, Trigger,
};

use super::rules::{Row, Rules};

/// What happens to a session, with the number of what it concerns. Calls and accepted connections are
/// counted from 1, each on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The next call is made.
    Call(Trigger),
    /// A signal of the accepted connection with this number; of none, where there is none to name.
    Signal(Signal, Option<u32>),
}

/// One thing that the user observes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A call succeeded or failed.
    Settled(u32, Outcome),
    /// Its complete, behind that.
    Complete(u32),
    /// An event of a connection.
    Event(u32, Notice),
}

/// One step of a session: the row that was found, and what it meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The event that the input was, for the connection that was current.
    pub trigger: Trigger,
    /// The row of the table.
    pub row: Row,
    /// What the user observes, in order.
    pub told: Vec<Told>,
}

/// The current connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Current {
    number: u32,
    /// The call that made it.
    call: u32,
}

/// A session, as far as the table reaches.
#[derive(Clone, Debug)]
pub struct Ledger {
    state: State,
    calls: u32,
    connections: u32,
    current: Option<Current>,
    /// The calls whose messages wait to be sent, oldest first.
    sends: VecDeque<u32>,
    /// The sends of the current connection have failed: none is accepted any more (F7).
    sends_over: bool,
    armed: [bool; Timer::ALL.len()],
}

impl Ledger {
    /// A session before its first call.
    pub fn new(idle: State) -> Self {
        let armed = [false; Timer::ALL.len()];
        let sends = VecDeque::new();
        Self { state: idle, calls: 0, connections: 0, current: None, sends, sends_over: false, armed }
    }

    /// Where the session stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> u32 {
        self.connections
    }

    /// The number of the current connection.
    pub fn current(&self) -> Option<u32> {
        self.current.map(|current| current.number)
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// How many messages wait to be sent.
    pub fn pending(&self) -> usize {
        self.sends.len()
    }

    /// Whether the sends of the current connection have failed though it goes on: nothing can be written (F7).
    pub fn is_unwritable(&self) -> bool {
        self.current.is_some() && self.sends_over
    }

    /// All that makes a difference for what comes next, but for how calls and connections are numbered.
    pub fn facts(&self) -> (State, bool, usize, bool, [bool; Timer::ALL.len()]) {
        let earlier = self.connections > u32::from(self.current.is_some());
        (self.state, earlier, self.sends.len(), self.is_unwritable(), self.armed)
    }

    /// The event that the input is for the table: a signal is stale unless it is the current connection's (G1).
    pub fn trigger(&self, input: Input) -> Trigger {
        match input {
            Input::Call(trigger) => trigger,
            Input::Signal(signal, connection) if connection == self.current() => {
                Trigger::Signal(Origin::Current, signal)
            }
            Input::Signal(signal, _) => Trigger::Signal(Origin::Stale, signal),
        }
    }

    /// Whether a session whose machinery works can come to meet the input now. Signals of earlier connections
    /// may always be late.
    pub fn is_possible(&self, input: Input) -> bool {
        match input {
            Input::Call(Trigger::Send(SendVerdict::Accepted)) => !self.is_unwritable(),
            Input::Call(_) => true,
            Input::Signal(_, None) => false,
            Input::Signal(signal, connection) if connection == self.current() => self.can_come(signal),
            Input::Signal(_, Some(connection)) => (1..=self.connections).contains(&connection),
        }
    }

    /// Whether the current connection can give the signal in its phase: timers fire when they run, sends leave
    /// when they wait, frames come behind the upgrade, and nothing is heard where nothing can be written (F7).
    fn can_come(&self, signal: Signal) -> bool {
        let upgraded = matches!(self.state.phase, Phase::Open | Phase::Closing);
        if let Some(timer) = fired_by(signal) {
            return self.armed[timer as usize];
        }
        match signal {
            Signal::Opened | Signal::Failed(_) => !upgraded,
            Signal::EndOfStream | Signal::TransportError | Signal::Unwritable => true,
            Signal::PingDue | Signal::PongTimeout | Signal::CloseTimeout => false,
            Signal::Sent => !self.sends.is_empty(),
            Signal::Heard => upgraded && !self.sends_over,
            Signal::Message
            | Signal::Ping
            | Signal::PeerClose
            | Signal::Violation
            | Signal::NotUtf8
            | Signal::OverLimit => upgraded,
        }
    }

    /// Takes the input, as the table says.
    pub fn take(&mut self, rules: Rules<'_>, input: Input) -> Turn {
        let trigger = self.trigger(input);
        if matches!(input, Input::Call(_)) {
            self.calls += 1;
        }
        if let Trigger::Signal(Origin::Current, signal) = trigger
            && let Some(timer) = fired_by(signal)
        {
            self.armed[timer as usize] = false;
        }
        let row = rules(self.state, trigger);
        let mut told = Vec::new();
        for &effect in &row.effects {
            self.act(effect, &mut told);
        }
        self.state = row.next;
        if self.state.phase == Phase::Idle {
            self.current = None;
            self.sends.clear();
        }
        Turn { trigger, row, told }
    }

    fn act(&mut self, effect: Effect, told: &mut Vec<Told>) {
        match effect {
            Effect::Settle(call, outcome) => {
                let call = match call {
                    Call::This => Some(self.calls),
                    Call::Connect => self.current.map(|current| current.call),
                    Call::Send => self.sends.pop_front(),
                };
                settle(call.unwrap_or(NOBODY), outcome, told);
            }
            Effect::FailSends => {
                self.sends_over = true;
                for call in self.sends.drain(..) {
                    settle(call, Outcome::Fail(ErrorCode::SendFailed), told);
                }
            }
            Effect::Tell(notice) => told.push(Told::Event(self.current().unwrap_or(NOBODY), notice)),
            Effect::Begin => {
                self.connections += 1;
                self.current = Some(Current { number: self.connections, call: self.calls });
                self.sends.clear();
                self.sends_over = false;
            }
            Effect::QueueMessage => self.sends.push_back(self.calls),
            Effect::Arm(timer) => self.armed[timer as usize] = true,
            Effect::Disarm(timer) => self.armed[timer as usize] = false,
            Effect::SendClose(_) | Effect::AnswerPing | Effect::SendPing | Effect::Drop | Effect::Linger => {}
        }
    }
}

/// The timer that must have run for the signal to come.
pub(super) fn fired_by(signal: Signal) -> Option<Timer> {
    match signal {
        Signal::Failed(Failure::TimedOut) => Some(Timer::Connect),
        Signal::PingDue => Some(Timer::Ping),
        Signal::PongTimeout => Some(Timer::Pong),
        Signal::CloseTimeout => Some(Timer::Close),
        Signal::Opened
        | Signal::Failed(_)
        | Signal::Heard
        | Signal::Message
        | Signal::Ping
        | Signal::Sent
        | Signal::PeerClose
        | Signal::EndOfStream
        | Signal::TransportError
        | Signal::Unwritable
        | Signal::Violation
        | Signal::NotUtf8
        | Signal::OverLimit => None,
    }
}

/// Whom a table with a fault in it may tell something; the real one never does.
const NOBODY: u32 = 0;

/// G2: success or fail, and complete right behind it.
fn settle(call: u32, outcome: Outcome, told: &mut Vec<Told>) {
    told.extend([Told::Settled(call, outcome), Told::Complete(call)]);
}
