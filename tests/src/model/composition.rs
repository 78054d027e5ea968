//! Three connections' worth of commands over networks that keep what they were given: an answer may come late,
//! twice and out of order, from any of the three. A judge hears what a Mini Program hears.
//!
//! Each connection has a network of its own, which runs on when the session has left: it dials, answers or fails,
//! sends messages and ends, and what it reports is in flight until it is delivered. Any of it may be delivered
//! next, or delivered and kept to come again. What a session knows of itself (timers, messages that left)
//! comes at once while the connection is current, and at any time later on.

use std::fmt;

use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, Failure, Phase, SendVerdict, Signal, State, Trigger,
};

use super::checks::{Breach, Check, ensure};
use super::explore::explore;
use super::judge::{Judge, Memory};
use super::ledger::{Input, Ledger};
use super::rules::Rules;

/// How far it goes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many connects are accepted.
    pub connections: u32,
    /// How many reports are in flight at a time, of all connections together.
    pub in_flight: usize,
    /// How many sends wait at a time.
    pub sends: usize,
}

/// As far as a test goes in seconds: enough for a copy that overtakes, and for sends that fail together.
pub const BOUNDS: Bounds = Bounds { connections: 3, in_flight: 2, sends: 2 };

/// How much there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Sessions with networks that differ in what can come next.
    pub worlds: usize,
    /// What happened in them.
    pub moves: usize,
}

impl fmt::Display for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} worlds, {} transitions", self.worlds, self.moves)
    }
}

/// What is left of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Line {
    Dialling,
    Up,
    Gone,
}

/// A network under one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Network {
    line: Line,
    /// In the order of [`REPORTS`]: two that were reported in another order are the same.
    in_flight: Vec<usize>,
}

/// What networks report, on which line, and what is left of the line.
const REPORTS: [(Signal, Line, Line); 6] = [
    (Signal::Opened, Line::Dialling, Line::Up),
    (Signal::Failed(Failure::Answer), Line::Dialling, Line::Gone),
    (Signal::Message, Line::Up, Line::Up),
    (Signal::PeerClose, Line::Up, Line::Gone),
    (Signal::EndOfStream, Line::Up, Line::Gone),
    (Signal::Unwritable, Line::Up, Line::Up),
];

/// What a session reports to itself.
const OWN: [Signal; 5] = [
    Signal::Failed(Failure::TimedOut),
    Signal::PingDue,
    Signal::PongTimeout,
    Signal::CloseTimeout,
    Signal::Sent,
];

const CALLS: [Trigger; 5] = [
    Trigger::Connect(ConnectVerdict::Accepted),
    Trigger::Connect(ConnectVerdict::UrlMissing),
    Trigger::Send(SendVerdict::Accepted),
    Trigger::Close(CloseVerdict::Accepted),
    Trigger::Close(CloseVerdict::Refused),
];

#[derive(Clone, Debug)]
struct World {
    ledger: Ledger,
    judge: Judge,
    networks: Vec<Network>,
}

/// What can happen next.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// A call, or what the session reports to itself.
    Input(Input),
    /// A network reports something.
    Reports { connection: usize, report: usize },
    /// What it reported arrives; a copy stays in flight or not.
    Arrives { connection: usize, report: usize, again: bool },
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Input(Input::Call(trigger)) => write!(f, "{trigger}"),
            Self::Input(Input::Signal(signal, connection)) => {
                write!(f, "{}:{signal}", connection.unwrap_or_default())
            }
            Self::Reports { connection, report } => write!(f, "({}:{})", connection + 1, REPORTS[report].0),
            Self::Arrives { connection, report, again } => {
                write!(f, "{}:{}{}", connection + 1, REPORTS[report].0, if again { " (kept)" } else { "" })
            }
        }
    }
}

/// Goes through all of it, from these beginnings.
pub fn compose(
    rules: Rules<'_>,
    from: impl Iterator<Item = State>,
    bounds: Bounds,
) -> Result<Composed, Breach> {
    let first =
        from.map(|idle| World { ledger: Ledger::new(idle), judge: Judge::default(), networks: Vec::new() });
    let explored = explore(first, World::key, |world| {
        let mut moves = Vec::new();
        world.each_happening(bounds, |happening| {
            moves.push((happening, world.after(rules, happening)));
        });
        moves
    })?;
    explored.worlds.iter().try_for_each(|world| world.runs_down(rules))?;
    Ok(Composed { worlds: explored.worlds.len(), moves: explored.moves.len() })
}

/// What makes two worlds the same.
type Key = (State, usize, bool, Vec<bool>, Option<u32>, Memory, Vec<Network>);

impl World {
    fn key(&self) -> Key {
        let (state, _, sends, unwritable, armed) = self.ledger.facts();
        let (ledger, judge) = (&self.ledger, &self.judge);
        let networks = self.networks.clone();
        (state, sends, unwritable, armed.to_vec(), ledger.current(), judge.memory(), networks)
    }

    fn each_happening(&self, bounds: Bounds, mut each: impl FnMut(Happening)) {
        let ledger = &self.ledger;
        for trigger in CALLS {
            let more = match trigger {
                Trigger::Connect(ConnectVerdict::Accepted) => ledger.connections() < bounds.connections,
                Trigger::Send(_) => {
                    ledger.pending() < bounds.sends && ledger.is_possible(Input::Call(trigger))
                }
                Trigger::Connect(_) | Trigger::Close(_) | Trigger::Signal(_, _) => true,
            };
            if more {
                each(Happening::Input(Input::Call(trigger)));
            }
        }
        for connection in 1..=ledger.connections() {
            let inputs = OWN.map(|signal| Input::Signal(signal, Some(connection)));
            inputs.into_iter().filter(|&it| ledger.is_possible(it)).for_each(|it| each(Happening::Input(it)));
        }
        let in_flight: usize = self.networks.iter().map(|network| network.in_flight.len()).sum();
        for (connection, network) in self.networks.iter().enumerate() {
            for (report, &(_, on, _)) in REPORTS.iter().enumerate() {
                if on == network.line && in_flight < bounds.in_flight {
                    each(Happening::Reports { connection, report });
                }
                if network.in_flight.contains(&report) {
                    each(Happening::Arrives { connection, report, again: false });
                    each(Happening::Arrives { connection, report, again: true });
                }
            }
        }
    }

    fn after(&self, rules: Rules<'_>, happening: Happening) -> Result<Self, Breach> {
        let mut after = self.clone();
        match happening {
            Happening::Input(input) => after.take(rules, input)?,
            Happening::Reports { connection, report } => {
                let network = &mut after.networks[connection];
                network.line = REPORTS[report].2;
                network.in_flight.push(report);
                network.in_flight.sort_unstable();
            }
            Happening::Arrives { connection, report, again } => {
                let in_flight = &mut after.networks[connection].in_flight;
                if let Some(place) = in_flight.iter().position(|&it| it == report && !again) {
                    in_flight.remove(place);
                }
                let number = u32::try_from(connection + 1).ok();
                after.take(rules, Input::Signal(REPORTS[report].0, number))?;
            }
        }
        Ok(after)
    }

    fn take(&mut self, rules: Rules<'_>, input: Input) -> Result<(), Breach> {
        let before = self.ledger.clone();
        let turn = self.ledger.take(rules, input);
        self.judge.hear(&before, input, &turn, &self.ledger)?;
        if self.ledger.connections() > before.connections() {
            self.networks.push(Network { line: Line::Dialling, in_flight: Vec::new() });
        }
        Ok(())
    }

    /// Where no network reports any more, timers alone end what goes on, or the error of what cannot be written, and
    /// every call is settled.
    fn runs_down(&self, rules: Rules<'_>) -> Result<(), Breach> {
        let mut world = self.clone();
        for _ in 0..OWN.len() {
            let own = OWN.map(|signal| Input::Signal(signal, world.ledger.current()));
            let timer = own
                .into_iter()
                .find(|&it| !matches!(it, Input::Signal(Signal::Sent, _)) && world.ledger.is_possible(it));
            let error = Input::Signal(Signal::TransportError, world.ledger.current());
            let Some(end) = timer.or(world.ledger.is_unwritable().then_some(error)) else { break };
            world.take(rules, end)?;
        }
        ensure(Check::Deadlines, world.ledger.state().phase == Phase::Idle, "timers alone do not end it")
    }
}
