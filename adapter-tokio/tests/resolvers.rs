//! Resolvers that hang take a bounded number of threads, however many groups ask them (rules G7, M2). This needs a process of
//! its own, because its groups share their threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use connect_socket_core::{Config, ConnectOptions, ErrorCode};
use connect_socket_tokio::{Group, Tokio};
use tokio::runtime::Builder;

/// As many as `host::ResolverThreads` has.
const THREADS: usize = 128;

#[test]
fn resolvers_that_hang_take_a_bounded_number_of_threads() {
    let hanging = Arc::new(AtomicUsize::new(0));
    let released = Arc::new((Mutex::new(false), Condvar::new()));
    let resolver = {
        let (hanging, released) = (Arc::clone(&hanging), Arc::clone(&released));
        Tokio::with_resolver(Arc::new(move |_, _| {
            hanging.fetch_add(1, Ordering::SeqCst);
            let (released, changed) = &*released;
            let released = released.lock().expect("nobody panicked");
            drop(changed.wait_while(released, |released| !*released).expect("nobody panicked"));
            Ok(Vec::new())
        }))
    };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let config = Config::default().connect_timeout(Duration::from_millis(1));
        for _ in 0..2 * THREADS {
            let group = Group::on(resolver.clone(), config.clone()).expect("inside of the runtime");
            let (socket, _events) = group.socket();
            let error = socket
                .connect(&ConnectOptions::new("ws://hangs.example/"))
                .await
                .expect_err("nobody answers");
            assert_eq!(error.code(), ErrorCode::TimedOut);
        }
    });
    assert!(hanging.load(Ordering::SeqCst) <= THREADS);
    *released.0.lock().expect("nobody panicked") = true;
    released.1.notify_all();
    // What waited is of groups that are gone, so a new one is served at once.
    let error = runtime.block_on(async {
        let group = Group::on(resolver, Config::default()).expect("inside of the runtime");
        let (socket, _events) = group.socket();
        socket.connect(&ConnectOptions::new("ws://none.example/")).await.expect_err("it has no address")
    });
    assert_eq!(error.code(), ErrorCode::Unknown);
    assert!(hanging.load(Ordering::SeqCst) <= THREADS + 1, "nothing is asked for who is gone");
}
