//! Sends back whatever the servers of some urls send, until every connection ends. One poll serves them all.

use std::sync::Arc;

use connect_socket_mio::Driver;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, OwnedEvent as Event, Session};
use mio::{Events, Poll, Token, Waker};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    if urls.is_empty() {
        return Err("usage: mio-driver URL…".into());
    }
    let mut poll = Poll::new()?;
    let mut ready = Events::with_capacity(128);
    let waker = Arc::new(Waker::new(poll.registry(), Token(0))?);
    // Its sockets have the tokens from 1 on, `Driver::TOKENS` in all.
    let mut driver = Driver::new(Config::default(), poll.registry(), Token(1), waker)?;
    let keys: Vec<_> = urls.iter().map(|_| driver.add()).collect();
    for (key, url) in keys.iter().zip(urls) {
        driver.slot(*key).expect("it was just added").connect(&ConnectOptions::new(url));
    }
    loop {
        while let Some((key, event)) = driver.poll_event() {
            // A message borrows the driver, which is needed for the answer.
            let event = event.into_owned();
            let waits = driver.session(key).map_or(0, Session::buffered_amount);
            let Some(mut slot) = driver.slot(key) else { continue };
            match event {
                Event::Open { .. } => println!("open"),
                Event::Message { message, .. } => {
                    println!("{message:?}");
                    slot.send(&message);
                }
                Event::Settled { .. } | Event::Error { .. } | Event::Close { .. } => {}
            }
            // As long as a server does not take the answers, it has to wait with its messages.
            slot.set_receiving(waits < 1024 * 1024);
        }
        // Every event was taken, and the last close frames are sent.
        if driver.is_quiet() {
            break;
        }
        poll.poll(&mut ready, driver.timeout())?;
        for event in &ready {
            // Here your own sources have their turn, too; a driver leaves alone what is not its own.
            driver.handle_event(event);
        }
    }
    for end in keys.into_iter().filter_map(|key| driver.session(key)?.end()) {
        println!("{end}");
    }
    Ok(())
}
