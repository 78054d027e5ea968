//! Resolvers that hang take a bounded number of threads, however many groups ask them (rules G7, M2). This needs a process of
//! its own, because its groups share their threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use connect_socket_core::host::Resolve;
use connect_socket_core::{Config, Error, ErrorCode};

/// As many as `host::ResolverThreads` has.
const THREADS: usize = 128;

/// `connect` makes a group with this resolver, fails to connect to this url, and drops the group.
pub(crate) fn take_a_bounded_number_of_threads(connect: impl Fn(Resolve, Config, &str) -> Error) {
    let asked = Arc::new(AtomicUsize::new(0));
    let released = Arc::new((Mutex::new(false), Condvar::new()));
    let resolve: Resolve = {
        let (asked, released) = (Arc::clone(&asked), Arc::clone(&released));
        Arc::new(move |_, _| {
            asked.fetch_add(1, Ordering::SeqCst);
            let (released, changed) = &*released;
            let released = released.lock().expect("nobody panicked");
            drop(changed.wait_while(released, |released| !*released).expect("nobody panicked"));
            Ok(Vec::new())
        })
    };
    let config = Config::default().connect_timeout(Duration::from_millis(1));
    for _ in 0..2 * THREADS {
        let error = connect(Arc::clone(&resolve), config.clone(), "ws://hangs.example/");
        assert_eq!(error.code(), ErrorCode::TimedOut);
    }
    assert!(asked.load(Ordering::SeqCst) <= THREADS);
    *released.0.lock().expect("nobody panicked") = true;
    released.1.notify_all();
    // What waits is of groups that are gone, so a new one is served at once.
    let error = connect(resolve, Config::default(), "ws://none.example/");
    assert_eq!(error.code(), ErrorCode::Unknown);
    assert!(asked.load(Ordering::SeqCst) <= THREADS + 1, "nothing is asked for who is gone");
}
