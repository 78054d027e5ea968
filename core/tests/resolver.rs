//! Names that a loop has looked up on threads: what becomes of them when there is no thread, and when the loop is gone.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connect_socket_core::host::{Lookups, Question, Resolver, ResolverThreads};
use connect_socket_core::{Action, Config, ConnectOptions, ResolveError, Session, Tape, Time};

/// A question for a name.
fn question(lookups: &mut Lookups<()>) -> Question {
    let mut session = Session::new(Config::default(), Tape::default());
    session.connect(Time::ZERO, &ConnectOptions::new("ws://echo.example"));
    let Some(Action::Resolve { connection, host, port }) = session.poll_action() else { panic!("no name") };
    lookups.ask((), connection, host, port);
    lookups.poll_question().expect("nothing else is asked")
}

/// A loop's resolver, how often it was asked, and how often it woke its loop.
fn resolver(threads: &'static ResolverThreads) -> (Resolver, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (asked, woken) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (asks, wakes) = (Arc::clone(&asked), Arc::clone(&woken));
    let resolve = move |_: &str, port| {
        asks.fetch_add(1, Ordering::Relaxed);
        Ok(vec![SocketAddr::from(([192, 0, 2, 1], port))])
    };
    let wake = move || {
        wakes.fetch_add(1, Ordering::Relaxed);
    };
    (Resolver::new(threads, Arc::new(resolve), wake), asked, woken)
}

/// A thread that cannot be started is the answer to what waits for it, and the next question may start one.
#[test]
fn without_a_thread_the_answer_is_the_error() {
    static THREADS: ResolverThreads = ResolverThreads::new();
    let (resolver, asked, woken) = resolver(&THREADS);
    for starts in [false, true, false] {
        let mut lookups = Lookups::new();
        let before = woken.load(Ordering::Relaxed);
        resolver.look_up(question(&mut lookups), |work| {
            if !starts {
                return Err(io::Error::other("too many threads"));
            }
            // Nobody waits for this thread.
            work.run();
            Ok(())
        });
        assert_eq!(woken.load(Ordering::Relaxed), before + 1);
        let (id, answer) = resolver.poll_answer().expect("an answer");
        assert!(resolver.poll_answer().is_none(), "it is answered once");
        lookups.answer(id, answer);
        let addresses = lookups.poll_answer().expect("somebody waits").addresses;
        if starts {
            assert!(addresses.is_ok());
        } else {
            let Err(ResolveError::Failed(error)) = addresses else { panic!("{addresses:?}") };
            assert!(error.to_string().contains("too many threads"), "{error}");
        }
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

/// What a loop wanted that is gone is not asked any more.
#[test]
fn what_a_dropped_loop_wanted_is_not_asked() {
    static THREADS: ResolverThreads = ResolverThreads::new();
    for dropped in [false, true] {
        let (resolver, asked, woken) = resolver(&THREADS);
        let mut thread = None;
        resolver.look_up(question(&mut Lookups::new()), |work| {
            thread = Some(work);
            Ok(())
        });
        let kept = (!dropped).then_some(resolver);
        thread.expect("it needs a thread").run();
        let times = usize::from(!dropped);
        assert_eq!((asked.load(Ordering::Relaxed), woken.load(Ordering::Relaxed)), (times, times));
        drop(kept);
    }
}

/// A resolver that takes the place of another is asked from then on.
#[test]
fn the_newest_resolver_is_asked() {
    static THREADS: ResolverThreads = ResolverThreads::new();
    let (mut resolver, asked, woken) = resolver(&THREADS);
    let other = SocketAddr::from(([192, 0, 2, 2], 80));
    resolver.set_resolve(Arc::new(move |_, _| Ok(vec![other])));
    resolver.look_up(question(&mut Lookups::new()), |work| {
        work.run();
        Ok(())
    });
    let (_, answer) = resolver.poll_answer().expect("an answer");
    assert_eq!(answer.expect("addresses"), [other]);
    assert_eq!((asked.load(Ordering::Relaxed), woken.load(Ordering::Relaxed)), (0, 1));
}
