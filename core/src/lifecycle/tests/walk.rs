//! A breadth-first walk through everything that can happen to a session, with a book kept about its current
//! connection: what is settled, told, queued and armed. The rules are checked at every entry.

use std::collections::{HashSet, VecDeque};

use crate::lifecycle::*;

/// More sends than one, so that a step which settles only the first is found out.
const MOST_SENDS: u8 = 2;

/// What the user, the wire and the clock know of one accepted connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are written down, each by a rule of its own")]
struct Book {
    call_settled: bool,
    opened: bool,
    errored: bool,
    /// Its terminal event is told (G3).
    over: bool,
    transport_gone: bool,
    close_frame_queued: bool,
    pending_sends: u8,
    armed: [bool; Timer::ALL.len()],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct World {
    state: State,
    current: Option<Book>,
}

impl Book {
    fn timer(&mut self, timer: Timer) -> &mut bool {
        &mut self.armed[timer as usize]
    }

    fn armed(mut self) -> Vec<Timer> {
        Timer::ALL.into_iter().filter(|&timer| *self.timer(timer)).collect()
    }

    /// G2, G3: what must have happened when a connection has ended.
    fn assert_ended(self, ended: Ended) {
        assert!(self.over, "G3: no terminal event");
        assert!(self.call_settled, "G2: its call is not settled");
        assert_eq!(self.pending_sends, 0, "G2: sends are not settled");
        assert_eq!(self.armed(), [], "a timer runs on");
        assert!(self.transport_gone, "its transport stays");
        if !self.opened {
            assert_eq!(self.errored, ended == Ended::Failed, "G3: onSocketError if it never opened");
        }
    }
}

/// The timer that must have run for the event to come.
fn fired_by(signal: Signal) -> Option<Timer> {
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
        | Signal::Violation
        | Signal::NotUtf8
        | Signal::OverLimit => None,
    }
}

/// Timers fire when they run, sends leave when they wait; everything else may come at any time.
fn can_happen(world: World, event: Event) -> bool {
    let Some(mut book) = world.current else { return true };
    match event {
        Event::Signal(Origin::Current, Signal::Sent) => book.pending_sends > 0,
        Event::Signal(Origin::Current, signal) => fired_by(signal).is_none_or(|timer| *book.timer(timer)),
        Event::Send(_) => book.pending_sends < MOST_SENDS,
        Event::Connect(_) | Event::Close(_) | Event::Signal(Origin::Stale, _) => true,
    }
}

fn settle(world: World, book: &mut Option<Book>, call: Call, outcome: Outcome, then: Option<Action>) {
    match call {
        Call::This => {}
        Call::Connect => {
            let book = book.as_mut().expect("G1: a connect call without a connection");
            assert_eq!(world.state.settle, Settle::OnOutcome, "S2: it was settled at once");
            assert!(!book.call_settled, "G2: settled twice");
            assert!(!book.over, "G3: settled behind the terminal event");
            book.call_settled = true;
            let expected = match outcome {
                Outcome::Success => Some(Action::Tell(Notice::Opened)),
                Outcome::Fail(Code::AlreadyConnected) => {
                    Some(Action::Tell(Notice::Closed(CloseCode::Normal, CloseCause::Replaced)))
                }
                Outcome::Fail(code) if world.state.phase == Phase::Connecting => match then {
                    Some(Action::Tell(Notice::Closed(CloseCode::AsRequested, CloseCause::Local))) => then,
                    _ => Some(Action::Tell(Notice::Error(code))),
                },
                Outcome::Fail(code) => panic!("S1: fail {} after it opened", code.number()),
            };
            assert_eq!(then, expected, "S1: settles just before the event of the outcome");
        }
        Call::Send => {
            let book = book.as_mut().expect("G1: a send without a connection");
            assert_eq!(outcome, Outcome::Success, "a send that left");
            book.pending_sends = book.pending_sends.checked_sub(1).expect("G2: a send settled twice");
        }
    }
}

fn tell(book: &mut Book, notice: Notice, then: Option<Action>) {
    assert!(!book.over, "G3: told behind the terminal event");
    match notice {
        Notice::Opened => {
            assert!(!book.opened, "opened twice");
            assert!(book.call_settled, "S1, S2: opened before success");
            book.opened = true;
        }
        Notice::Message => assert!(book.opened && !book.close_frame_queued, "a message while not open"),
        Notice::Error(_) => {
            assert!(!book.errored, "two errors");
            book.errored = true;
            book.over = !book.opened;
            let closes = matches!(then, Some(Action::Tell(Notice::Closed(_, _))));
            assert_eq!(closes, book.opened, "G3: after open, an error stands right before the close");
        }
        Notice::Closed(_, _) => {
            assert!(book.opened || !book.errored, "G3: two terminal events");
            book.over = true;
        }
    }
    if book.over {
        assert_eq!(book.pending_sends, 0, "G2: sends settle before the terminal event");
        assert!(book.call_settled, "G2: the call settles before the terminal event");
    }
}

/// One action of the current connection.
fn act(book: &mut Book, action: Action, then: Option<Action>) {
    match action {
        Action::Tell(notice) => tell(book, notice, then),
        Action::FailSends => book.pending_sends = 0,
        Action::QueueMessage | Action::AnswerPing | Action::SendPing => {
            assert!(book.opened && !book.close_frame_queued, "F4: nothing goes out behind the close frame");
            book.pending_sends += u8::from(action == Action::QueueMessage);
        }
        Action::SendClose(_) => {
            assert!(book.opened && !book.close_frame_queued, "F4: one close frame, after open");
            book.close_frame_queued = true;
        }
        Action::Arm(timer) => {
            assert!(!book.over && !book.transport_gone, "a timer for a connection that is gone");
            *book.timer(timer) = true;
        }
        Action::Disarm(timer) => *book.timer(timer) = false,
        Action::Drop | Action::Linger => {
            assert!(book.over && !book.transport_gone, "a transport goes once, when all is told");
            assert!(action == Action::Drop || book.close_frame_queued, "F5: lingers for a close frame");
            book.transport_gone = true;
        }
        Action::Settle(_, _) | Action::Begin => unreachable!("handled before"),
    }
}

/// Carries out one step, checks every rule on the way, and gives the world after it.
fn happen(world: World, event: Event) -> World {
    let step = step(world.state, event);
    let mut book = world.current;
    if let (Event::Signal(Origin::Current, signal), Some(book)) = (event, &mut book)
        && let Some(timer) = fired_by(signal)
    {
        *book.timer(timer) = false;
    }
    let (mut this_settled, mut queued, mut begun) = (0, 0, false);
    for (at, &action) in step.actions.iter().enumerate() {
        let then = step.actions.as_slice().get(at + 1).copied();
        match action {
            Action::Settle(call, outcome) => {
                this_settled += i32::from(call == Call::This);
                settle(world, &mut book, call, outcome, then);
                if begun {
                    assert_eq!((call, outcome), (Call::This, Outcome::Success), "S2");
                    book.as_mut().expect("it has begun").call_settled = true;
                }
            }
            Action::Begin => {
                assert!(matches!(event, Event::Connect(ConnectVerdict::Accepted)) && !begun);
                if let Some(old) = book {
                    assert_eq!(this_settled, 0, "S3: the new call's result before the old one's end");
                    assert_eq!(step.ended, Some(Ended::Replaced));
                    old.assert_ended(Ended::Replaced);
                }
                book = Some(Book::default());
                begun = true;
            }
            Action::FailSends
            | Action::Tell(_)
            | Action::QueueMessage
            | Action::SendClose(_)
            | Action::AnswerPing
            | Action::SendPing
            | Action::Arm(_)
            | Action::Disarm(_)
            | Action::Drop
            | Action::Linger => {
                queued += i32::from(action == Action::QueueMessage);
                act(book.as_mut().expect("G1: an action without a connection"), action, then);
            }
        }
    }
    let later = match world.state.settle {
        Settle::OnOutcome => i32::from(begun),
        Settle::OnAccept => 0,
    };
    match event {
        Event::Connect(_) => assert_eq!(this_settled + later, 1, "G2: a connect settles once"),
        Event::Send(_) => assert_eq!(this_settled + queued, 1, "G2: a send settles once"),
        Event::Close(_) => assert_eq!(this_settled, 1, "G2: a close settles once"),
        Event::Signal(_, _) => assert_eq!(this_settled, 0, "no call is being made"),
    }
    if let Some(ended) = step.ended
        && !begun
    {
        book.take().expect("G1: the end of nothing").assert_ended(ended);
    }
    let after = World { state: step.next, current: book };
    check_rest(after);
    after
}

/// What holds between steps.
fn check_rest(world: World) {
    let armed = world.current.map(Book::armed).unwrap_or_default();
    match world.state.phase {
        Phase::Idle => assert_eq!(world.current, None, "G4: the slot is free"),
        Phase::Connecting => assert_eq!(armed, [Timer::Connect], "G7: a connect cannot hang"),
        Phase::Open => assert!(armed == [Timer::Ping] || armed == [Timer::Pong], "F6: {armed:?}"),
        Phase::Closing => assert_eq!(armed, [Timer::Close], "G7: a close cannot hang"),
    }
    if let Some(book) = world.current {
        assert!(!book.over && !book.errored && !book.transport_gone, "G3: it goes on");
        assert_eq!(book.opened, matches!(world.state.phase, Phase::Open | Phase::Closing));
        assert_eq!(book.close_frame_queued, world.state.phase == Phase::Closing);
        let settled = book.opened || world.state.settle == Settle::OnAccept;
        assert_eq!(book.call_settled, settled, "S1, S2");
    }
}

/// G2–G4, G7, S1–S3, F4–F6: walks from idle, in all settings, through every world that can be reached.
#[test]
fn the_ground_rules_hold_everywhere() {
    let mut seen = HashSet::new();
    let mut waiting = VecDeque::new();
    for settle in Settle::ALL {
        for on_existing in OnExisting::ALL {
            let world = World { state: State::idle(settle, on_existing), current: None };
            seen.insert(world);
            waiting.push_back(world);
        }
    }
    let mut steps = 0;
    let mut ends = 0;
    let mut rows = HashSet::new();
    while let Some(world) = waiting.pop_front() {
        for event in Event::ALL {
            if !can_happen(world, event) {
                continue;
            }
            let after = std::panic::catch_unwind(|| happen(world, event))
                .unwrap_or_else(|_| panic!("in {}, at {event}: {:?}", world.state, world.current));
            steps += 1;
            ends += i32::from(step(world.state, event).ended.is_some());
            rows.insert((world.state, event));
            if seen.insert(after) {
                waiting.push_back(after);
            }
        }
    }
    let states: HashSet<State> = seen.iter().map(|world| world.state).collect();
    println!(
        "{} worlds, {steps} steps, {ends} ends, {} rows walked, {} states reached",
        seen.len(),
        rows.len(),
        states.len()
    );
    assert_eq!(states.len(), State::ALL.len(), "every state is reached");

    // Only rows for timers that never run in their phase, and for messages that never left, are not walked.
    for (state, event, step) in table() {
        if !rows.contains(&(state, event)) {
            let Event::Signal(Origin::Current, signal) = event else {
                panic!("{state}, {event} is not walked")
            };
            assert!(signal == Signal::Sent || fired_by(signal).is_some(), "{state}, {event} is not walked");
            assert_eq!((step.next, step.actions), (state, Actions::NONE), "{state}, {event}");
        }
    }
}

/// G7: no state is a trap; a session gets back to idle by its own timers and what the peer may do at most.
#[test]
fn every_state_leads_back_to_idle() {
    for state in State::ALL {
        let way_out = match state.phase {
            Phase::Idle => continue,
            Phase::Connecting => Signal::Failed(Failure::TimedOut),
            Phase::Open => Signal::PongTimeout,
            Phase::Closing => Signal::CloseTimeout,
        };
        let step = step(state, Event::Signal(Origin::Current, way_out));
        assert_eq!(step.next, state.in_phase(Phase::Idle));
    }
}
