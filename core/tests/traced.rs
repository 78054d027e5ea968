//! What a session reports through the crate `tracing`: every step of its lifecycle, and no secret (semantics G6).

mod memory;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use connect_socket_core::{
    Action, CloseOptions, Config, ConnectOptions, Payload, Session, Tape, Time, TransportId, Workspace,
};
use memory::{ANSWER, NOW};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps what is reported, one line for each event: its message first, and every field.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.insert_str(0, &format!("{value:?}"));
        } else {
            write!(self.0, " {field}={value:?}").expect("there is room");
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let level = event.metadata().level();
        self.0.lock().expect("one thread").push(format!("{level} {}", line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What is reported meanwhile.
fn heard(play: impl FnOnce()) -> Vec<String> {
    let listener = Listener::default();
    let lines = Arc::clone(&listener.0);
    tracing::subscriber::with_default(listener, play);
    let lines = lines.lock().expect("one thread");
    lines.clone()
}

fn transmit(session: &mut Session<Tape>, transport: TransportId, work: &mut Workspace) {
    let count = session.poll_transmit(transport, work).len();
    session.handle_transmitted(NOW, transport, count).expect("as offered");
}

/// One connection that opens, receives, sends and is replaced; one that is refused; calls that fail.
fn whole_session() {
    let mut work = Workspace::default();
    let mut session = Session::new(Config::default(), Tape::default());
    let options =
        ConnectOptions::new("ws://user.test/room?token=SECRET").header("Authorization", "Bearer SECRET");
    session.connect(NOW, &options);
    let Some(Action::Resolve { connection, .. }) = session.poll_action() else { panic!("no name") };
    session.handle_resolved(NOW, connection, Ok(&["192.0.2.7:0".parse().expect("an address")]));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);
    transmit(&mut session, transport, &mut work);
    let answer = String::from_utf8_lossy(ANSWER).replace("\r\n\r\n", "\r\nSet-Cookie: SECRET\r\n\r\n");
    session.handle_bytes(NOW, transport, answer.as_bytes(), &mut work);
    while session.poll_event(&mut work).is_some() {}

    session.handle_bytes(NOW, transport, b"\x81\x06SECRET\x89\x06SECRET\x01\x03SEC\x80\x03RET", &mut work);
    while session.poll_event(&mut work).is_some() {}
    transmit(&mut session, transport, &mut work);
    while session.poll_event(&mut work).is_some() {}
    session.send(Payload::Text("SECRET"));
    session.send(Payload::Invalid);
    transmit(&mut session, transport, &mut work);
    while session.poll_event(&mut work).is_some() {}

    session.connect(NOW, &ConnectOptions::new("ws://192.0.2.8/?token=SECRET"));
    session.close(NOW, &CloseOptions::new(1, "SECRET"));
    while let Some(action) = session.poll_action() {
        if let Action::Dial { transport, .. } = action {
            session.handle_connected(NOW, transport);
            transmit(&mut session, transport, &mut work);
            let answer = b"HTTP/1.1 403 SECRET\r\nSet-Cookie: SECRET\r\n\r\nSECRET";
            session.handle_bytes(NOW, transport, answer, &mut work);
            while session.poll_event(&mut work).is_some() {}
        }
    }
    session.handle_end_of_stream(NOW, transport);
    session.connect(NOW, &ConnectOptions::new("http://192.0.2.9/?token=SECRET"));
    session.handle_timeout(Time::from_millis(100_000));
    while session.poll_action().is_some() {}
}

#[test]
fn g6_every_step_is_reported_and_no_secret() {
    let lines = heard(whole_session);
    for line in &lines {
        assert!(!line.contains("SECRET"), "G6: {line}");
    }
    assert_eq!(lines.join("\n"), EXPECTED.trim_end(), "T");
}

const EXPECTED: &str = r#"DEBUG step call=1 state=idle trigger=connect-accepted next=connecting effects=begin; arm connect begins=1 url="ws://user.test/room"
DEBUG resolve connection=1 host="user.test" port=80
DEBUG dial connection=1 attempt=0 address=192.0.2.7:80
DEBUG connected connection=1 attempt=0
DEBUG step connection=1 state=connecting trigger=opened next=open effects=disarm connect; settle connect success; tell opened; arm ping
TRACE step connection=1 state=open trigger=heard next=open effects=disarm pong; arm ping
TRACE step connection=1 state=open trigger=message next=open effects=tell message
TRACE step connection=1 state=open trigger=ping next=open effects=answer-ping
TRACE step connection=1 state=open trigger=message next=open effects=tell message
TRACE step connection=1 call=2 state=open trigger=send-accepted next=open effects=queue-message
DEBUG step connection=1 call=3 state=open trigger=send-refused next=open effects=settle this fail 11 cause=data must be a string
TRACE step connection=1 call=2 state=open trigger=sent next=open effects=settle send success
DEBUG step connection=1 call=4 state=open trigger=connect-accepted next=connecting effects=disarm ping; disarm pong; fail-sends; send-close normal; tell closed normal replaced; linger; begin; arm connect cause=a newer connectSocket call replaced this connection begins=2 url="ws://192.0.2.8/"
DEBUG step connection=2 call=5 state=connecting trigger=close-refused next=connecting effects=settle this fail 1 cause=the close code must be 1000 or from 3000 to 4999
DEBUG dial connection=2 attempt=0 address=192.0.2.8:80
DEBUG connected connection=2 attempt=0
DEBUG step connection=2 state=connecting trigger=failed-answer next=idle effects=disarm connect; settle connect fail 8; tell error 8; drop cause=the server answered with HTTP status 403, not 101
DEBUG release connection=2 attempt=0
DEBUG step call=6 state=idle trigger=connect-scheme-invalid next=idle effects=settle this fail 5 cause=the url must start with ws:// or wss://
DEBUG release connection=1 attempt=0
"#;
