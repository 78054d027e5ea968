//! A session in the whole lifecycle: its state, the book of its connection, and what a step makes of both.

use connect_socket_core::lifecycle::{
    Call, CloseVerdict, ConnectVerdict, Effect, Ended, Origin, Outcome, Phase, SendVerdict, Settle, Signal,
    State, Timer, Trigger,
};

use super::book::Book;
use super::checks::{Breach, Check, ensure};
use super::ledger::fired_by;
use super::rules::{Row, Rules};

/// More sends than one, so that a step which settles only the first is found out.
const MOST_SENDS: u8 = 2;

/// A session: what the table knows of it, and the book of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) state: State,
    pub(super) current: Option<Book>,
}

impl World {
    /// Timers fire when they run, sends leave when they wait, and no more sends are made than the book counts. Where
    /// nothing can be written, no send is accepted and nothing is heard (F7). Everything else may come at any time.
    pub(super) fn can_happen(&self, trigger: Trigger) -> bool {
        let Some(book) = self.current else {
            return !matches!(trigger, Trigger::Signal(Origin::Current, signal) if needs_cause(signal));
        };
        match trigger {
            Trigger::Signal(Origin::Current, Signal::Sent) => book.pending_sends > 0,
            Trigger::Signal(Origin::Current, Signal::Heard) => !book.sends_over,
            Trigger::Signal(Origin::Current, signal) => {
                fired_by(signal).is_none_or(|timer| book.armed[timer as usize])
            }
            Trigger::Send(SendVerdict::Accepted) => book.pending_sends < MOST_SENDS && !book.sends_over,
            Trigger::Send(SendVerdict::Refused)
            | Trigger::Connect(_)
            | Trigger::Close(_)
            | Trigger::Signal(Origin::Stale, _) => true,
        }
    }

    /// Carries out one step, checks every rule on the way, and gives the world behind it.
    pub(super) fn take(&self, rules: Rules<'_>, trigger: Trigger) -> Result<Self, Breach> {
        let row = rules(self.state, trigger);
        if matches!(trigger, Trigger::Signal(Origin::Stale, _)) {
            ensure(Check::Stale, row.does_nothing(self.state), "a stale signal does something")?;
        }
        let mut entry =
            Entry { state: self.state, book: self.current, this_settled: 0, queued: 0, begun: false };
        entry.fire(trigger);
        for (at, &effect) in row.effects.iter().enumerate() {
            entry.act(effect, row.effects.get(at + 1).copied(), &row)?;
        }
        entry.check_call(trigger)?;
        check_refused(self.state, trigger, &row)?;
        let current = entry.close(&row)?;
        let settings = (row.next.settle, row.next.on_existing) == (self.state.settle, self.state.on_existing);
        ensure(Check::Settings, settings, "a setting changes")?;
        let after = Self { state: row.next, current };
        after.check_rest()?;
        Ok(after)
    }

    /// What holds between steps.
    fn check_rest(&self) -> Result<(), Breach> {
        let Some(book) = self.current else {
            return ensure(
                Check::FreeSlot,
                self.state.phase == Phase::Idle,
                "there is no connection, and it is not idle",
            );
        };
        ensure(Check::LastEvent, !book.over && !book.errored, "its last event is told, and it goes on")?;
        ensure(Check::Transport, !book.transport_gone, "its transport is gone, and it goes on")?;
        let armed: Vec<Timer> = book.armed().collect();
        let (timers, opened, closing) = match self.state.phase {
            Phase::Idle => return ensure(Check::FreeSlot, false, "it is idle, and there is a connection"),
            Phase::Connecting => (armed == [Timer::Connect], false, false),
            // Nobody can be pinged where nothing can be written (F7).
            Phase::Open if book.sends_over => (armed.is_empty(), true, false),
            Phase::Open => (armed == [Timer::Ping] || armed == [Timer::Pong], true, false),
            Phase::Closing => (armed == [Timer::Close], true, true),
        };
        ensure(Check::Deadlines, timers, "the timers that run are not those of the phase")?;
        ensure(Check::Order, book.opened == opened, "what is told does not fit the phase")?;
        ensure(
            Check::CloseFrame,
            book.close_frame_queued == closing,
            "closing is having sent a close frame",
        )?;
        let settled = opened || self.state.settle == Settle::OnAccept;
        ensure(Check::Connect, book.call_settled == settled, "a connect settles when it opens, or at once")
    }
}

/// Timers and sends: what cannot come about where there is no connection.
fn needs_cause(signal: Signal) -> bool {
    signal == Signal::Sent || fired_by(signal).is_some()
}

/// A step that is being written down.
struct Entry {
    /// Before the step.
    state: State,
    book: Option<Book>,
    /// How often the call that is being made was settled.
    this_settled: usize,
    /// How many messages were queued.
    queued: usize,
    begun: bool,
}

impl Entry {
    /// A timer that fires runs no more.
    fn fire(&mut self, trigger: Trigger) {
        if let (Trigger::Signal(Origin::Current, signal), Some(book)) = (trigger, &mut self.book)
            && let Some(timer) = fired_by(signal)
        {
            book.armed[timer as usize] = false;
        }
    }

    fn act(&mut self, effect: Effect, then: Option<Effect>, row: &Row) -> Result<(), Breach> {
        match effect {
            Effect::Settle(Call::This, outcome) => self.settle_this(outcome),
            Effect::Begin => self.begin(row),
            Effect::Settle(Call::Connect, outcome) => {
                let state = self.state;
                self.book()?.settle_connect(state, outcome, then)
            }
            Effect::Settle(Call::Send, outcome) => {
                let book = self.book()?;
                ensure(Check::Settled, outcome == Outcome::Success, "a send that left fails")?;
                ensure(Check::Settled, book.pending_sends > 0, "a send is settled twice")?;
                book.pending_sends -= 1;
                Ok(())
            }
            Effect::FailSends
            | Effect::Tell(_)
            | Effect::QueueMessage
            | Effect::SendClose(_)
            | Effect::AnswerPing
            | Effect::SendPing
            | Effect::Arm(_)
            | Effect::Disarm(_)
            | Effect::Drop
            | Effect::Linger => {
                self.queued += usize::from(effect == Effect::QueueMessage);
                self.book()?.act(effect, then)
            }
        }
    }

    fn book(&mut self) -> Result<&mut Book, Breach> {
        self.book.as_mut().ok_or_else(|| Breach::new(Check::Stale, "an action without a connection"))
    }

    fn settle_this(&mut self, outcome: Outcome) -> Result<(), Breach> {
        self.this_settled += 1;
        if self.begun {
            let at_once = outcome == Outcome::Success && self.state.settle == Settle::OnAccept;
            ensure(Check::Connect, at_once, "what begins settles at once, by success, where it is set so")?;
            self.book()?.call_settled = true;
        }
        Ok(())
    }

    fn begin(&mut self, row: &Row) -> Result<(), Breach> {
        ensure(
            Check::OldFirst,
            !self.begun && self.this_settled == 0,
            "the new call before the old one's end",
        )?;
        if let Some(old) = self.book {
            ensure(Check::LastEvent, row.ended == Some(Ended::Replaced), "what is replaced ends replaced")?;
            old.check_ended(Ended::Replaced)?;
        } else {
            ensure(Check::LastEvent, row.ended.is_none(), "the end of nothing")?;
        }
        self.book = Some(Book::default());
        self.begun = true;
        Ok(())
    }

    /// G2: the call that was made is settled in this step, or by what will come of it.
    fn check_call(&self, trigger: Trigger) -> Result<(), Breach> {
        let later = match self.state.settle {
            Settle::OnOutcome => usize::from(self.begun),
            Settle::OnAccept => 0,
        };
        let (settled, begins) = match trigger {
            Trigger::Connect(verdict) => {
                (self.this_settled + later == 1, verdict == ConnectVerdict::Accepted)
            }
            Trigger::Send(_) => (self.this_settled + self.queued == 1, false),
            Trigger::Close(_) => (self.this_settled == 1 && self.queued == 0, false),
            Trigger::Signal(_, _) => (self.this_settled + self.queued == 0, false),
        };
        ensure(
            Check::Settled,
            settled,
            "the call that is made is settled once, and no call where none is made",
        )?;
        ensure(Check::Refused, begins || !self.begun, "only an accepted connect begins a connection")
    }

    /// The book behind the step: none where the connection has ended.
    fn close(self, row: &Row) -> Result<Option<Book>, Breach> {
        match (row.ended, self.book) {
            (Some(ended), Some(book)) if !self.begun => {
                book.check_ended(ended)?;
                ensure(
                    Check::FreeSlot,
                    row.next.phase == Phase::Idle,
                    "it has ended, and the session is not idle",
                )?;
                let closed_early = self.state.phase == Phase::Connecting && !book.errored;
                let fits = match ended {
                    Ended::Replaced => false,
                    Ended::Failed => !closed_early,
                    Ended::Closed => !book.errored,
                };
                ensure(Check::LastEvent, fits, "how it ended is not what was told")?;
                Ok(None)
            }
            (Some(_), None) => Err(Breach::new(Check::LastEvent, "the end of nothing")),
            (Some(_), Some(_)) | (None, _) => Ok(self.book),
        }
    }
}

/// S4: a call that is refused fails, and that is all.
fn check_refused(state: State, trigger: Trigger, row: &Row) -> Result<(), Breach> {
    let refused = match trigger {
        Trigger::Connect(_) => !row.effects.contains(&Effect::Begin),
        Trigger::Send(_) => !row.effects.contains(&Effect::QueueMessage),
        Trigger::Close(verdict) => verdict == CloseVerdict::Refused,
        Trigger::Signal(_, _) => false,
    };
    let alone = matches!(row.effects[..], [Effect::Settle(Call::This, Outcome::Fail(_))])
        && (row.next, row.ended) == (state, None);
    ensure(Check::Refused, !refused || alone, "what is refused fails, and touches nothing")
}
