//! Names: what one session, its resolver or its past asks is no trouble for the others.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use connect_socket_mio::Resolve;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, Event};

use super::support::{Loop, says, says_to_all};

/// A resolver that panics has answered; so do as many as there are threads for, and the next name is looked up.
#[test]
fn a_resolver_that_panics_takes_no_place_for_ever() {
    let (url, _said) = says("hello");
    let address = url.replace("127.0.0.1", "good.example");
    let resolve: Resolve = Arc::new(|host, port| {
        assert!(!host.starts_with("panic"), "as it should");
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let mut left = 40;
    for at in 0..left {
        it.connect(&format!("ws://panic{at}.example"));
    }
    while left > 0 {
        it.wait();
        while let Some((_, event)) = it.driver.poll_event() {
            match event {
                Event::Error { error, .. } => {
                    assert!(error.to_string().contains("panicked"), "{error}");
                    left -= 1;
                }
                Event::Settled { result: Err(_), .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let key = it.connect(&address);
    it.open(&[key]);
}

/// Names that hang and that nobody waits for any more hold up no other: those of replaced connections and of sessions that
/// are gone.
#[test]
fn names_that_hang_hold_up_no_other() {
    let (url, _said) = says("hello");
    let (go_on, stuck) = channel::<()>();
    let stuck = Mutex::new(stuck);
    let resolve: Resolve = Arc::new(move |host, port| {
        if host.starts_with("stuck") {
            // Until the test is over.
            let _ = stuck.lock().expect("no panic").recv();
        }
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let gone: Vec<_> = (0..16).map(|at| it.connect(&format!("ws://stuck{at}.example"))).collect();
    let restless = it.driver.add();
    for at in 0..100 {
        let url = format!("ws://stuck-too{at}.example");
        it.driver.slot(restless).expect("a session").connect(&ConnectOptions::new(url));
        while it.driver.poll_event().is_some() {}
    }
    for key in gone {
        it.driver.remove(key);
    }
    it.driver.remove(restless);
    let key = it.connect(&url.replace("127.0.0.1", "good.example"));
    it.open(&[key]);
    drop(go_on);
}

/// All wait for the same answer.
#[test]
fn one_look_up_is_for_all_who_wait() {
    const MANY: usize = 400;
    let url = says_to_all(MANY, "hello");
    let (go_on, held) = channel::<()>();
    let (held, calls) = (Mutex::new(held), Arc::new(AtomicUsize::new(0)));
    let counted = calls.clone();
    let resolve: Resolve = Arc::new(move |_, port| {
        counted.fetch_add(1, Ordering::Relaxed);
        // Until all have asked.
        let _ = held.lock().expect("no panic").recv();
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let url = url.replace("127.0.0.1", "same.example");
    let keys: Vec<_> = (0..MANY).map(|_| it.connect(&url)).collect();
    assert!(!it.driver.has_event());
    drop(go_on);
    it.hear(&keys, "hello");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
