//! A judge who hears what a Mini Program hears, and knows calls and connections by their numbers: G1 to G5 and
//! S1 to S3, from the outside.

use connect_socket_core::lifecycle::{Notice, Settle};

use super::checks::{Breach, Check, ensure};
use super::ledger::{Input, Ledger, Told, Turn};

/// How far a connection has come, as far as was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Begun,
    Open,
    /// Its error is told, and its close has to follow.
    Errored,
    Over,
}

#[derive(Clone, Copy, Debug)]
struct Connection {
    call: u32,
    stage: Stage,
}

/// What was heard so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Judge {
    connections: Vec<Connection>,
    /// Calls that are not settled.
    waiting: Vec<u32>,
}

/// What of a judge makes a difference for what comes next.
pub(super) type Memory = (Vec<u8>, usize);

impl Judge {
    pub(super) fn memory(&self) -> Memory {
        (self.connections.iter().map(|it| it.stage as u8).collect(), self.waiting.len())
    }

    /// Hears a step. `before` is the session as it was, `after` as it is.
    pub(super) fn hear(
        &mut self,
        before: &Ledger,
        input: Input,
        turn: &Turn,
        after: &Ledger,
    ) -> Result<(), Breach> {
        let is_late = match input {
            Input::Call(_) => false,
            Input::Signal(_, connection) => connection != before.current(),
        };
        let same = turn.told.is_empty() && before.state() == after.state();
        ensure(Check::Stale, !is_late || same, "a signal of an earlier connection is not swallowed")?;
        if matches!(input, Input::Call(_)) {
            self.waiting.push(after.calls());
        }
        if after.connections() > before.connections() {
            self.connections.push(Connection { call: after.calls(), stage: Stage::Begun });
            ensure(
                Check::OldFirst,
                is_sorted(&turn.told, after),
                "the new one is told before the old one's end",
            )?;
        }
        for (at, &told) in turn.told.iter().enumerate() {
            self.hear_one(told, turn.told.get(at + 1).copied())?;
        }
        self.rest(after)
    }

    fn hear_one(&mut self, told: Told, then: Option<Told>) -> Result<(), Breach> {
        match told {
            Told::Settled(call, _) => {
                let place = self.waiting.iter().position(|&it| it == call);
                let Some(place) = place else {
                    return Err(Breach::new(Check::Settled, "a call is settled that does not wait for it"));
                };
                self.waiting.remove(place);
                ensure(Check::Settled, then == Some(Told::Complete(call)), "complete is not right behind")
            }
            Told::Complete(_) => Ok(()),
            Told::Event(number, notice) => self.hear_event(number, notice, then),
        }
    }

    fn hear_event(&mut self, number: u32, notice: Notice, then: Option<Told>) -> Result<(), Breach> {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let Some(connection) = place.and_then(|place| self.connections.get_mut(place)) else {
            return Err(Breach::new(Check::Stale, "an event of a connection that never was"));
        };
        let settled = !self.waiting.contains(&connection.call);
        ensure(Check::Connect, settled, "an event of a connection whose connect is not settled")?;
        let closes = matches!(then, Some(Told::Event(it, Notice::Closed(_, _))) if it == number);
        let stage = match (connection.stage, notice) {
            (Stage::Begun, Notice::Opened) | (Stage::Open, Notice::Message) => Some(Stage::Open),
            (Stage::Open, Notice::Error(_)) if closes => Some(Stage::Errored),
            (Stage::Begun, Notice::Error(_) | Notice::Closed(_, _))
            | (Stage::Open | Stage::Errored, Notice::Closed(_, _)) => Some(Stage::Over),
            (Stage::Begun, Notice::Message)
            | (Stage::Open, Notice::Opened | Notice::Error(_))
            | (Stage::Errored, Notice::Opened | Notice::Message | Notice::Error(_)) => None,
            (Stage::Over, _) => return Err(Breach::new(Check::LastEvent, "something behind the last event")),
        };
        connection.stage =
            stage.ok_or_else(|| Breach::new(Check::Order, format!("{notice} is told out of order")))?;
        Ok(())
    }

    /// Between steps: only the current connection goes on, and only its calls wait.
    fn rest(&self, after: &Ledger) -> Result<(), Breach> {
        let current = after.current();
        for (number, connection) in (1..).zip(&self.connections) {
            let goes_on = current == Some(number);
            let is_over = connection.stage == Stage::Over;
            ensure(Check::LastEvent, goes_on || is_over, "a connection is gone without a last event")?;
            ensure(
                Check::FreeSlot,
                !(goes_on && is_over),
                "the last event is told, and the slot is not free",
            )?;
        }
        let connect = self.connections.last().filter(|_| current.is_some()).map(|it| it.call);
        let sends = self.waiting.iter().filter(|&&call| Some(call) != connect).count();
        ensure(Check::Settled, sends == after.pending(), "a call waits for nothing")?;
        let at_once = after.state().settle == Settle::OnAccept;
        let waits = connect.is_some_and(|call| self.waiting.contains(&call));
        ensure(Check::Connect, !(at_once && waits), "a connect is not settled when it was accepted")
    }
}

/// S3: nothing that is told of the newest connection or its call comes before anything else that is told.
fn is_sorted(told: &[Told], after: &Ledger) -> bool {
    told.iter()
        .map(|told| match *told {
            Told::Settled(call, _) | Told::Complete(call) => call == after.calls(),
            Told::Event(connection, _) => Some(connection) == after.current(),
        })
        .is_sorted()
}
