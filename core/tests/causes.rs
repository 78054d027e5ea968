//! A failed call names what happened, whatever else is wrong with it (rules G6, V5, T).

mod memory;

use connect_socket_core::{
    Action, Cause, CloseOptions, Config, ConnectOptions, Event, OnExisting, Payload, SendError, Session,
    Tape, Workspace,
};
use memory::{Host, NOW};

/// What the calls that have settled failed with, in order; none for success.
fn causes(session: &mut Session<Tape>) -> Vec<Option<Cause>> {
    let (mut causes, mut work) = (Vec::new(), Workspace::default());
    while let Some(event) = session.poll_event(&mut work) {
        if let Event::Settled { result, .. } = event {
            causes.push(result.err().map(|error| error.cause().clone()));
        }
    }
    causes
}

/// V5 stands before V6: the policy is the reason, and not the header that nobody has judged.
#[test]
fn v5_the_policy_is_told_and_not_what_is_wrong_behind_it() {
    let config = Config::default().on_existing(OnExisting::Reject);
    let Host { mut session, .. } = Host::open(config);
    session.connect(NOW, &ConnectOptions::new("ws://h"));
    session.connect(NOW, &ConnectOptions::new("ws://h").header("a b", ""));
    session.connect(NOW, &ConnectOptions::default());
    let causes = causes(&mut session);
    assert_eq!(
        causes,
        [Some(Cause::AlreadyConnected), Some(Cause::AlreadyConnected), Some(Cause::UrlMissing)]
    );
}

#[test]
fn s3_what_is_replaced_names_the_replacement_and_what_is_closed_the_close() {
    let mut session = Session::new(Config::default(), Tape::default());
    session.connect(NOW, &ConnectOptions::new("ws://h"));
    session.connect(NOW, &ConnectOptions::new("ws://h"));
    session.close(NOW, &CloseOptions::default());
    let causes = causes(&mut session);
    assert_eq!(causes, [Some(Cause::Replaced), None, Some(Cause::ClosedWhileConnecting)]);
}

/// Where no connection is open, that is what is wrong with a send, whatever it is that should be sent.
#[test]
fn t_a_send_that_is_not_open_is_not_open() {
    let Host { mut session, .. } = Host::open(Config::default());
    session.send(Payload::Base64("="));
    session.close(NOW, &CloseOptions::default());
    session.send(Payload::Base64("="));
    let causes = causes(&mut session);
    let not_base64 = Cause::SendFailed(SendError::NotBase64);
    assert_eq!(causes, [Some(not_base64), None, Some(Cause::NotOpen)]);
}

/// A server of TLS that gets a request in plain text ends the connection, often without a word (code 1).
#[test]
fn c1_the_end_before_an_answer_asks_for_the_scheme() {
    let mut session = Session::new(Config::default(), Tape::new(vec![7; 16]));
    session.connect(NOW, &ConnectOptions::new("ws://127.0.0.1:443/feed?secret"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("an address is dialled") };
    session.handle_connected(NOW, transport);
    session.handle_end_of_stream(NOW, transport);
    let (mut work, mut errors) = (Workspace::default(), Vec::new());
    while let Some(event) = session.poll_event(&mut work) {
        if let Event::Error { error, .. } = event {
            errors.push(error.to_string());
        }
    }
    let words = "the server ended the connection while waiting for the server's answer to the upgrade: is the port for wss, not ws?";
    assert_eq!(errors, [format!("{words} (ws://127.0.0.1:443/feed)")]);
}
