//! Plays everything that an implementation must do against a program that speaks the harness protocol: the
//! scenarios that the adapters play, and the cases of the protocol itself.

pub mod cases;

use std::any::Any;
use std::panic::catch_unwind;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::peers::mailbox::lock;
use crate::protocol::client::{ProcessClient, Unsupported, play_against};
use crate::protocol::program::Program;
use crate::results::{CaseResult, Status};
use crate::scenarios::Scenarios;

/// How long one entry may take. Everything in it has a bound of its own; this is for what has been forgotten.
const LIMIT: Duration = Duration::from_secs(180);

/// Something to play.
#[derive(Clone)]
pub struct Entry {
    /// Its name: `scenario/file/name` or `harness/name`.
    pub id: String,
    /// The rules that it pins.
    pub rules: &'static str,
    /// Plays it against a program; panics if that does otherwise.
    play: Play,
}

#[derive(Clone, Copy)]
enum Play {
    Scenario(fn()),
    Case(fn(&Program)),
}

/// All that there is to play.
pub fn entries() -> Vec<Entry> {
    let scenarios = Scenarios::<ProcessClient>::ALL.iter().map(|scenario| Entry {
        id: format!("scenario/{}/{}", scenario.file, scenario.name),
        rules: scenario.rules,
        play: Play::Scenario(scenario.run),
    });
    let cases = cases::ALL.iter().map(|case| Entry {
        id: format!("harness/{}", case.name),
        rules: "protocol",
        play: Play::Case(case.run),
    });
    scenarios.chain(cases).collect()
}

/// Plays entries against a program, so many at once; results come as they are there.
pub fn play(entries: Vec<Entry>, program: &Program, at_once: usize) -> Receiver<CaseResult> {
    let left = Arc::new(Mutex::new(entries.into_iter()));
    let (results, receiver) = mpsc::channel();
    for _ in 0..at_once {
        let (left, results, program) = (Arc::clone(&left), results.clone(), program.clone());
        thread::spawn(move || {
            loop {
                // Not held while it plays.
                let next = lock(&left).next();
                let Some(entry) = next else { return };
                if results.send(play_one(&entry, &program)).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// Plays one entry, in a thread of its own: it is left behind if it hangs.
pub fn play_one(entry: &Entry, program: &Program) -> CaseResult {
    let (play, program) = (entry.play, program.clone());
    let (outcome, over) = mpsc::channel();
    thread::spawn(move || {
        let played = catch_unwind(|| match play {
            Play::Scenario(run) => {
                play_against(&program);
                run();
            }
            Play::Case(run) => run(&program),
        });
        let _ = outcome.send(played);
    });
    let (status, got) = match over.recv_timeout(LIMIT) {
        Ok(Ok(())) => (Status::Pass, Value::Null),
        Ok(Err(thrown)) => verdict(&*thrown),
        Err(_) => (Status::Fail, format!("not over after {} s", LIMIT.as_secs()).into()),
    };
    CaseResult { id: entry.id.clone(), status, got }
}

/// What a scenario unwound with.
fn verdict(thrown: &(dyn Any + Send)) -> (Status, Value) {
    if let Some(Unsupported(reason)) = thrown.downcast_ref() {
        return (Status::Unsupported, reason.as_str().into());
    }
    let words = thrown.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| thrown.downcast_ref::<&str>().copied());
    (Status::Fail, words.unwrap_or("a panic without words").into())
}
