//! The names of a group: each is handed out, and the answer reaches all sockets that want it, whatever sockets ask or
//! leave meanwhile.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use loom::future::block_on;
use loom::thread;

use super::super::names::{Asker, Names};
use super::super::sync::Mutex;
use super::super::waiters::Waiters;
use super::{all, preempted};
use crate::host::lookups::Question;
use crate::ids::ConnectionId;

/// The names of a group, and the questions that its runtime got.
#[derive(Default)]
struct World {
    names: Names,
    asked: Mutex<Vec<Question>>,
}

impl World {
    fn want(&self, asker: Asker, waiters: &Arc<Waiters>, host: &str) {
        self.names.want(asker, waiters, ConnectionId(1), host.into(), 80);
        self.hand_out();
    }

    fn hand_out(&self) {
        self.names.hand_out(|question| self.asked.lock().expect("no panic").push(question));
    }

    /// Answers what was asked.
    fn answer(&self) {
        let asked = std::mem::take(&mut *self.asked.lock().expect("no panic"));
        for question in asked {
            self.names.answer(&question, Ok(vec![SocketAddr::from(([192, 0, 2, 1], 80))]));
            self.hand_out();
        }
    }

    /// Waits for the answer as a socket does, and says whether it is a success.
    fn await_answer(&self, asker: Asker, waiters: &Arc<Waiters>) -> bool {
        let id = waiters.new_id();
        block_on(poll_fn(|cx| {
            drop(waiters.wait(id, cx.waker()));
            self.names
                .take_answer(asker)
                .map_or(Poll::Pending, |answer| Poll::Ready(answer.addresses.is_ok()))
        }))
    }
}

/// Two sockets ask at the same time, and the task that hands out questions hands out both: no question is left to a
/// task that has ended.
#[test]
fn each_question_is_handed_out() {
    all(|| {
        let world = Arc::<World>::default();
        let waiters = Arc::<Waiters>::default();
        let [one, two] = [(); 2].map(|()| world.names.asker());
        let other = thread::spawn({
            let (world, waiters) = (Arc::clone(&world), Arc::clone(&waiters));
            move || world.want(two, &waiters, "two.example")
        });
        world.want(one, &waiters, "one.example");
        other.join().expect("it asked");
        assert_eq!(world.asked.lock().expect("no panic").len(), 2);
    });
}

/// An answer reaches the socket that waits for it.
#[test]
fn an_answer_wakes_who_waits() {
    all(|| {
        let world = Arc::<World>::default();
        let waiters = Arc::<Waiters>::default();
        let asker = world.names.asker();
        world.want(asker, &waiters, "one.example");
        let answers = thread::spawn({
            let world = Arc::clone(&world);
            move || world.answer()
        });
        assert!(world.await_answer(asker, &waiters));
        answers.join().expect("it answered");
        assert!(world.names.take_answer(asker).is_none(), "an answer is told once");
    });
}

/// One socket stops wanting its name while the answer comes. The other, which wants the same name, still gets it.
#[test]
fn who_cancels_takes_no_answer_from_others() {
    preempted(3, || {
        let world = Arc::<World>::default();
        let woken = [(); 2].map(|()| Arc::<Waiters>::default());
        let [goes, stays] = [(); 2].map(|()| world.names.asker());
        world.want(goes, &woken[0], "same.example");
        world.want(stays, &woken[1], "same.example");
        let threads = [
            thread::spawn({
                let world = Arc::clone(&world);
                move || world.answer()
            }),
            thread::spawn({
                let world = Arc::clone(&world);
                move || {
                    world.names.cancel(goes);
                    world.hand_out();
                }
            }),
        ];
        assert!(world.await_answer(stays, &woken[1]));
        for thread in threads {
            thread.join().expect("it is over");
        }
        assert!(world.names.take_answer(goes).is_none(), "nothing is kept for who has gone");
    });
}

/// A socket that asks for another name while the answer to its first comes gets the answer to the second.
#[test]
fn a_newer_name_takes_the_place_of_the_older() {
    all(|| {
        let world = Arc::<World>::default();
        let waiters = Arc::<Waiters>::default();
        let asker = world.names.asker();
        world.want(asker, &waiters, "old.example");
        let answers = thread::spawn({
            let world = Arc::clone(&world);
            move || world.answer()
        });
        world.names.want(asker, &waiters, ConnectionId(2), "new.example".into(), 80);
        world.hand_out();
        answers.join().expect("it answered");
        world.answer();
        let answer = world.names.take_answer(asker).expect("an answer");
        assert_eq!(answer.connection, ConnectionId(2));
    });
}
