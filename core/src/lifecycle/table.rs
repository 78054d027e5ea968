//! The table as a list of rows, and the rows that a session carries out without looking them up: the list of these, and
//! the questions that the session asks instead, which are answered when the table is compiled.

use super::effect::{Call, Effect, Notice, Outcome, Timer};
use super::state::{Phase, State};
use super::step::{Step, step};
use super::trigger::{Origin, SendVerdict, Signal, Trigger};

/// Every row: each state with each trigger, in the order of [`State::ALL`] and [`Trigger::ALL`].
///
/// ```
/// use connect_socket_core::lifecycle::{State, Trigger, table};
///
/// assert_eq!(table().count(), State::ALL.len() * Trigger::ALL.len());
/// ```
pub fn table() -> Rows {
    Rows { at: 0 }
}

/// The rows of [`table`].
#[derive(Clone, Debug)]
pub struct Rows {
    at: usize,
}

impl Rows {
    const COUNT: usize = State::ALL.len() * Trigger::ALL.len();
}

impl Iterator for Rows {
    type Item = (State, Trigger, Step);

    fn next(&mut self) -> Option<Self::Item> {
        let state = *State::ALL.get(self.at / Trigger::ALL.len())?;
        let trigger = *Trigger::ALL.get(self.at % Trigger::ALL.len())?;
        self.at += 1;
        Some((state, trigger, step(state, trigger)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = Self::COUNT - self.at;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Rows {}

/// The triggers that come with every message. A session carries out their rows itself, and never calls [`step`] for
/// them. Each is listed with everything that its rows ask for, if they ask for anything. No other row asks for a
/// message, a place in the send queue, or the success of a send.
///
/// - Heard: `Session::heard`, once for each read. The timer itself knows whether the connection is open.
/// - Message: `Session::poll_event`, if [`delivers`] is true. A closing connection skips messages.
/// - Sent: `Session::handle_transmitted`. The queue of a current connection reports only its own sends.
/// - Send accepted: `Session::send`, if [`accepts_sends`] is true. Otherwise the send is refused, and the row for a
///   refused send is the same.
///
/// Stale signals rarely reach [`step`] either. Most input for a connection that is no longer current is dropped where
/// it comes in, because its rows do nothing (G1).
///
/// The tests of this module compare the list with the table, and `machine` in the package `tests` compares the session
/// with both.
pub(crate) const SHORTCUTS: [(Trigger, &[Effect]); 4] = [
    (
        Trigger::Signal(Origin::Current, Signal::Heard),
        &[Effect::Disarm(Timer::Pong), Effect::Arm(Timer::Ping)],
    ),
    (Trigger::Signal(Origin::Current, Signal::Message), &[Effect::Tell(Notice::Message)]),
    (Trigger::Signal(Origin::Current, Signal::Sent), &[Effect::Settle(Call::Send, Outcome::Success)]),
    (Trigger::Send(SendVerdict::Accepted), &[Effect::QueueMessage]),
];

/// Whether a complete message is delivered to the user in this phase.
#[inline]
pub const fn delivers(phase: Phase) -> bool {
    const MESSAGE: Trigger = Trigger::Signal(Origin::Current, Signal::Message);
    match phase {
        Phase::Idle => const { does(Phase::Idle, MESSAGE, Kind::Message) },
        Phase::Connecting => const { does(Phase::Connecting, MESSAGE, Kind::Message) },
        Phase::Open => const { does(Phase::Open, MESSAGE, Kind::Message) },
        Phase::Closing => const { does(Phase::Closing, MESSAGE, Kind::Message) },
    }
}

/// Whether a message that can be queued is queued in this phase.
#[inline]
pub const fn accepts_sends(phase: Phase) -> bool {
    const SEND: Trigger = Trigger::Send(SendVerdict::Accepted);
    match phase {
        Phase::Idle => const { does(Phase::Idle, SEND, Kind::Queue) },
        Phase::Connecting => const { does(Phase::Connecting, SEND, Kind::Queue) },
        Phase::Open => const { does(Phase::Open, SEND, Kind::Queue) },
        Phase::Closing => const { does(Phase::Closing, SEND, Kind::Queue) },
    }
}

/// The effects with which the questions deal.
#[derive(Clone, Copy)]
enum Kind {
    Message,
    Queue,
}

/// Whether the trigger does only this in the phase, whatever the settings. If the settings made a difference, the phase
/// alone would not determine the answer, and the table would not compile.
const fn does(phase: Phase, trigger: Trigger, kind: Kind) -> bool {
    let mut yes = 0;
    let mut asked = 0;
    let mut at = 0;
    while at < State::ALL.len() {
        let state = State::ALL[at];
        if state.phase as u8 == phase as u8 {
            asked += 1;
            if only_does(&step(state, trigger), state, kind) {
                yes += 1;
            }
        }
        at += 1;
    }
    assert!(yes == 0 || yes == asked);
    yes > 0
}

const fn only_does(step: &Step, state: State, kind: Kind) -> bool {
    step.next.phase as u8 == state.phase as u8
        && match step.effects.as_slice() {
            [Effect::Tell(Notice::Message)] => matches!(kind, Kind::Message),
            [Effect::QueueMessage] => matches!(kind, Kind::Queue),
            [] | [_, ..] => false,
        }
}
