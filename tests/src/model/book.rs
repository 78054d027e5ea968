//! The book of the current connection: what is settled, told, queued and armed. Each entry is checked when it is
//! made, action by action, so it sees what no Mini Program sees: frames, timers, transports.

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    CloseCause, CloseCode, Effect, Ended, Notice, Outcome, Settle, State, Timer,
};

use super::checks::{Breach, Check, ensure};

/// What the user, the wire and the clock know of one accepted connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are written down, each by a rule of its own")]
pub(super) struct Book {
    pub(super) call_settled: bool,
    pub(super) opened: bool,
    pub(super) errored: bool,
    /// Its last event is told (G3).
    pub(super) over: bool,
    pub(super) transport_gone: bool,
    pub(super) close_frame_queued: bool,
    pub(super) pending_sends: u8,
    /// Its sends have failed: none is taken any more, and if it goes on, nothing can be written (F7).
    pub(super) sends_over: bool,
    pub(super) armed: [bool; Timer::ALL.len()],
}

impl Book {
    pub(super) fn armed(&self) -> impl Iterator<Item = Timer> {
        Timer::ALL.into_iter().filter(|&timer| self.armed[timer as usize])
    }

    /// What must have happened by the time a connection has ended.
    pub(super) fn check_ended(&self, ended: Ended) -> Result<(), Breach> {
        ensure(Check::LastEvent, self.over, "it ended without a last event")?;
        ensure(Check::Settled, self.call_settled, "it ended and its connect is not settled")?;
        ensure(Check::Settled, self.pending_sends == 0, "it ended and sends are not settled")?;
        ensure(Check::Deadlines, self.armed().next().is_none(), "it ended and a timer runs on")?;
        ensure(Check::Transport, self.transport_gone, "it ended and its transport stays")?;
        let by_error = self.opened || self.errored == (ended == Ended::Failed);
        ensure(Check::LastEvent, by_error, "onSocketError if it never opened, unless replaced or closed")
    }

    pub(super) fn settle_connect(
        &mut self,
        state: State,
        outcome: Outcome,
        then: Option<Effect>,
    ) -> Result<(), Breach> {
        ensure(Check::Connect, state.settle == Settle::OnOutcome, "it was settled when it was accepted")?;
        ensure(Check::Settled, !self.call_settled, "a connect is settled twice")?;
        ensure(Check::LastEvent, !self.over, "a connect is settled behind the last event")?;
        self.call_settled = true;
        let closed = |code, cause| Some(Effect::Tell(Notice::Closed(code, cause)));
        let fits = match outcome {
            Outcome::Success => then == Some(Effect::Tell(Notice::Opened)),
            Outcome::Fail(ErrorCode::AlreadyConnected) => {
                then == closed(CloseCode::Normal, CloseCause::Replaced)
            }
            Outcome::Fail(code) => {
                let by_user =
                    code == ErrorCode::Unknown && then == closed(CloseCode::AsRequested, CloseCause::Local);
                by_user || then == Some(Effect::Tell(Notice::Error(code)))
            }
        };
        ensure(Check::Connect, fits, "a connect settles right before the event of its outcome")
    }

    fn tell(&mut self, notice: Notice, then: Option<Effect>) -> Result<(), Breach> {
        ensure(Check::LastEvent, !self.over, "something is told behind the last event")?;
        match notice {
            Notice::Opened => {
                ensure(Check::Order, !self.opened, "it opens twice")?;
                ensure(Check::Connect, self.call_settled, "it opens before success")?;
                self.opened = true;
            }
            Notice::Message => {
                ensure(Check::Order, self.opened && !self.errored, "a message while not open")?;
                ensure(Check::CloseFrame, !self.close_frame_queued, "a message behind our close frame")?;
            }
            Notice::Error(_) => {
                ensure(Check::LastEvent, !self.errored, "two errors")?;
                self.errored = true;
                self.over = !self.opened;
                let closes = matches!(then, Some(Effect::Tell(Notice::Closed(_, _))));
                ensure(
                    Check::Order,
                    closes == self.opened,
                    "after opening, an error is right before the close",
                )?;
            }
            Notice::Closed(_, _) => {
                ensure(Check::LastEvent, self.opened || !self.errored, "two last events")?;
                self.over = true;
            }
        }
        if self.over {
            ensure(Check::Settled, self.pending_sends == 0, "the last event comes before sends are settled")?;
            ensure(Check::Settled, self.call_settled, "the last event comes before the connect is settled")?;
        }
        Ok(())
    }

    /// One action that concerns the connection alone.
    pub(super) fn act(&mut self, effect: Effect, then: Option<Effect>) -> Result<(), Breach> {
        let open = self.opened && !self.close_frame_queued && !self.transport_gone;
        match effect {
            Effect::Tell(notice) => self.tell(notice, then)?,
            Effect::FailSends => {
                ensure(Check::LastEvent, !self.over, "sends fail behind the last event")?;
                ensure(Check::Order, self.opened && !self.errored, "sends fail where none was taken")?;
                self.pending_sends = 0;
                self.sends_over = true;
            }
            Effect::QueueMessage | Effect::AnswerPing | Effect::SendPing => {
                ensure(Check::CloseFrame, open, "a frame while not open, or behind our close frame")?;
                // A pong to a ping that could still be read goes nowhere.
                let leaves = !self.sends_over || effect == Effect::AnswerPing;
                ensure(Check::Settled, leaves, "something is queued that can never leave")?;
                self.pending_sends += u8::from(effect == Effect::QueueMessage);
            }
            Effect::SendClose(_) => {
                ensure(Check::CloseFrame, open, "a close frame while not open, or a second one")?;
                self.close_frame_queued = true;
            }
            Effect::Arm(timer) => {
                ensure(Check::Deadlines, !self.over && !self.transport_gone, "a timer for what is gone")?;
                self.armed[timer as usize] = true;
            }
            Effect::Disarm(timer) => self.armed[timer as usize] = false,
            Effect::Drop | Effect::Linger => {
                ensure(
                    Check::Transport,
                    self.over && !self.transport_gone,
                    "a transport goes once, at the end",
                )?;
                let lingers = self.close_frame_queued || effect == Effect::Drop;
                ensure(Check::Transport, lingers, "a transport lingers without a close frame")?;
                self.transport_gone = true;
            }
            Effect::Settle(_, _) | Effect::Begin => {}
        }
        Ok(())
    }
}
