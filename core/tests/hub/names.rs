//! Names to look up: nobody waits for those of others.

use std::net::SocketAddr;

use super::host::{Host, Told};

fn answer(host: &mut Host, at: usize) {
    let question = host.questions.remove(at);
    let address = SocketAddr::from(([192, 0, 2, 1], question.port));
    host.hub.handle_looked_up(host.now, question.id, Ok(vec![address]));
}

/// A session that connects again and again to a name that hangs has one question at a time; that of another is asked.
#[test]
fn names_of_connections_that_are_gone_hold_up_no_other() {
    let mut host = Host::new();
    let restless = host.add();
    for _ in 0..2_000 {
        host.connect(restless, "ws://slow.example");
        host.turn();
    }
    assert_eq!(host.questions.len(), 1, "it is the same name");
    host.hub.remove(restless);
    let other = host.add();
    host.connect(other, "ws://fast.example");
    host.turn();
    assert_eq!(host.questions.last().map(|question| &*question.host), Some("fast.example"));
    let last = host.questions.len() - 1;
    answer(&mut host, last);
    host.turn();
    assert!(host.turn().contains(&(other, Told::Open)));
}

#[test]
fn one_answer_is_for_all_who_wait() {
    let mut host = Host::new();
    let keys: Vec<_> = (0..400).map(|_| host.add()).collect();
    for key in &keys {
        host.connect(*key, "ws://same.example");
    }
    host.turn();
    assert_eq!(host.questions.len(), 1);
    answer(&mut host, 0);
    host.turn();
    let open = host.turn().into_iter().filter(|(_, told)| *told == Told::Open).count();
    assert_eq!(open, 400);
}

/// Names that hang and that nobody waits for any more take no place of one that somebody waits for: 16 at once.
#[test]
fn what_nobody_waits_for_is_not_asked() {
    let mut host = Host::new();
    let keys: Vec<_> = (0..40).map(|_| host.add()).collect();
    for (at, key) in keys.iter().enumerate() {
        host.connect(*key, &format!("ws://{at}.example"));
    }
    host.turn();
    assert_eq!(host.questions.len(), 16);
    // Some end, some are removed, and some were not asked yet.
    for (at, key) in keys.iter().enumerate() {
        if at % 2 == 0 {
            host.slot(*key).expect("a session").close(&connect_socket_core::CloseOptions::default());
        } else {
            host.hub.remove(*key);
        }
    }
    host.turn();
    assert_eq!(host.questions.len(), 16, "nobody waits for the others");
    let last = host.add();
    host.connect(last, "ws://last.example");
    host.turn();
    assert_eq!(host.questions.len(), 17);
    // Whatever was asked is answered, and tells nobody anything.
    (0..16).for_each(|_| answer(&mut host, 0));
    assert_eq!(host.turn(), []);
    answer(&mut host, 0);
    host.turn();
    assert!(host.turn().contains(&(last, Told::Open)));
}
