//! Events that wait for whoever takes them (semantics G5, T, and back-pressure).

mod opened;

use connect_socket_core::{
    Action, CloseOptions, Config, ConnectOptions, Inbox, OwnedEvent, OwnedMessage, Payload, Session, Tape,
    TransportId, Workspace,
};
use opened::{ANSWER, NOW, open, read};
use proptest::prelude::*;

struct Host {
    session: Session<Tape>,
    transport: TransportId,
    work: Workspace,
    inbox: Inbox,
}

impl Host {
    fn open(bound: usize) -> Self {
        let mut work = Workspace::default();
        let (session, transport) = open(Config::default(), &mut work);
        Self { session, transport, work, inbox: Inbox::new(bound) }
    }

    fn read(&mut self, bytes: &[u8]) {
        read(&mut self.session, self.transport, &mut self.work, bytes);
    }

    /// Connects, and the server accepts.
    fn connect(&mut self) {
        let options = ConnectOptions::new("ws://192.0.2.1");
        self.inbox.command(&mut self.session, |session| session.connect(NOW, &options));
        self.transport = loop {
            match self.session.poll_action().expect("a dial") {
                Action::Dial { transport, .. } => break transport,
                Action::Release { .. } | Action::ShutdownWrite { .. } | Action::Resolve { .. } => {}
            }
        };
        self.session.handle_connected(NOW, self.transport);
        let request = self.session.poll_transmit(self.transport, &mut self.work).len();
        self.session.handle_transmitted(NOW, self.transport, request).expect("as offered");
        self.pull();
        self.read(ANSWER);
        self.pull();
    }

    fn pull(&mut self) {
        while self.inbox.pull(&mut self.session, &mut self.work) {}
    }

    fn take(&mut self) -> String {
        match self.inbox.take_event() {
            None => "nothing".into(),
            Some(OwnedEvent::Settled { call, result }) => format!("call {} {}", call.get(), result.is_ok()),
            Some(OwnedEvent::Open { .. }) => "open".into(),
            Some(OwnedEvent::Message { message: OwnedMessage::Text(text), .. }) => text,
            Some(OwnedEvent::Message { message: OwnedMessage::Binary(bytes), .. }) => format!("{bytes:?}"),
            Some(OwnedEvent::Error { error, .. }) => format!("error {}", error.code().number()),
            Some(OwnedEvent::Close { code, .. }) => format!("close {code}"),
        }
    }
}

/// Messages wait up to the bound and one more; then the session takes none, until some were taken.
#[test]
fn what_waits_is_bounded() {
    // Two messages of one byte.
    let mut host = Host::open(130);
    host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    host.pull();
    assert!(!host.session.wants_read(host.transport), "it is held back");
    assert!(!host.inbox.can_resume());
    assert_eq!(host.take(), "a");
    assert!(host.inbox.can_resume());
    host.pull();
    assert_eq!([host.take(), host.take(), host.take()], ["b", "c", "nothing"]);
}

/// Whatever the bound, a message comes when none waits: "at most `bound` bytes, and one message more".
#[test]
fn every_bound_lets_messages_through() {
    for bound in [0, 1, 63, 64, 65, usize::MAX] {
        let mut host = Host::open(bound);
        host.read(b"\x81\x00\x81\x01b\x81\x00\x81\x01d");
        let mut told = Vec::new();
        for _ in 0..4 {
            host.pull();
            told.push(host.take());
        }
        assert_eq!(told, ["", "b", "", "d"], "{bound}");
        host.pull();
        assert!(!host.inbox.can_resume(), "{bound}: nothing waits, so it is not held back");
    }
}

/// G5: while messages are not wanted, results are told past those that wait, and no other event is.
#[test]
fn results_pass_messages_that_are_not_wanted() {
    let mut host = Host::open(Inbox::DEFAULT_BOUND);
    host.read(b"\x81\x01a");
    host.pull();
    host.inbox.set_receiving(false);
    host.inbox.command(&mut host.session, |session| session.send(Payload::Invalid));
    host.session.handle_transport_error(NOW, host.transport, std::io::Error::other("gone").into());
    host.pull();
    assert_eq!([host.take(), host.take()], ["call 2 false", "nothing"]);
    host.inbox.set_receiving(true);
    host.pull();
    assert_eq!([host.take(), host.take(), host.take()], ["a", "error 1", "close 1006"]);
}

/// T: a connection that is replaced, or asked to close, tells no more messages, those that wait included.
#[test]
fn a_command_drops_what_is_not_told() {
    for close in [false, true] {
        let mut host = Host::open(Inbox::DEFAULT_BOUND);
        host.read(b"\x81\x01a\x81\x01b");
        host.pull();
        assert_eq!(host.take(), "a");
        let Host { session, inbox, .. } = &mut host;
        if close {
            inbox.command(session, |session| session.close(NOW, &CloseOptions::default()));
        } else {
            inbox.command(session, |session| session.connect(NOW, &ConnectOptions::new("ws://192.0.2.2")));
        }
        host.pull();
        assert_eq!(host.take(), if close { "call 2 true" } else { "close 1000" });
        assert_eq!(host.take(), "nothing");
    }
}

/// G5: what an earlier connection has told stays, whatever becomes of the next one.
#[test]
fn a_command_drops_nothing_of_an_ended_connection() {
    let mut host = Host::open(Inbox::DEFAULT_BOUND);
    host.read(b"\x81\x01a");
    host.pull();
    host.session.handle_end_of_stream(NOW, host.transport);
    host.pull();
    host.connect();
    host.read(b"\x81\x01b");
    host.pull();
    host.connect();
    let told: Vec<_> = (0..7).map(|_| host.take()).collect();
    assert_eq!(told, ["a", "close 1006", "call 2 true", "open", "close 1000", "call 3 true", "open"]);
}

/// A refused call touches nothing that waits (S4), and its result can be asked for once.
#[test]
fn a_refused_call_drops_nothing() {
    let mut host = Host::open(Inbox::DEFAULT_BOUND);
    host.read(b"\x81\x01a");
    host.pull();
    let call =
        host.inbox.command(&mut host.session, |session| session.connect(NOW, &ConnectOptions::new("x")));
    assert!(host.inbox.take_result(call).is_none(), "it is not told yet");
    host.pull();
    assert!(matches!(host.inbox.take_result(call), Some(Err(_))));
    assert!(host.inbox.take_result(call).is_none());
    assert_eq!([host.take(), host.take(), host.take()], ["a", "call 2 false", "nothing"]);
}

/// Once nobody listens, nothing is kept, and the server is not held back.
#[test]
fn a_closed_inbox_keeps_nothing() {
    let mut host = Host::open(100);
    host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    host.pull();
    host.inbox.close();
    host.pull();
    assert_eq!(host.take(), "nothing");
    assert!(host.session.wants_read(host.transport));
}

/// Nobody will take a message, so it does not matter any more whether one was wanted: the end is heard of.
#[test]
fn a_closed_inbox_holds_nobody_back() {
    let mut host = Host::open(100);
    host.inbox.set_receiving(false);
    host.pull();
    assert!(!host.session.wants_read(host.transport), "it is held back");
    host.inbox.close();
    assert!(host.inbox.can_resume());
    host.pull();
    host.read(b"\x81\x01a\x88\x00");
    host.pull();
    assert!(host.session.connection().is_none(), "the close was heard");
}

/// Results and messages cost the same however many wait: with a search for each this would take minutes.
#[test]
fn what_waits_costs_no_time() {
    const MANY: usize = 100_000;
    let mut host = Host::open(usize::MAX);
    for _ in 0..MANY / 100 {
        host.read(&b"\x81\x00".repeat(100));
        host.pull();
    }
    host.inbox.set_receiving(false);
    for _ in 0..MANY {
        host.inbox.command(&mut host.session, |session| session.send(Payload::Invalid));
    }
    host.pull();
    for _ in 0..MANY {
        assert!(matches!(host.inbox.take_event(), Some(OwnedEvent::Settled { .. })));
    }
    assert_eq!(host.take(), "nothing");
    host.inbox.set_receiving(true);
    for _ in 0..MANY {
        assert!(matches!(host.inbox.take_event(), Some(OwnedEvent::Message { .. })));
    }
    assert_eq!(host.take(), "nothing");
}

/// What happens to a [`Listed`] and to an inbox.
#[derive(Clone, Debug)]
enum Step {
    /// A message comes, if one is wanted.
    Message,
    /// A send is refused.
    Refused,
    /// The connection is reset, while messages are wanted.
    Reset,
    /// A connect that takes the place of the connection, if there is one, and is accepted by the server.
    Connect,
    Wanted(bool),
    Take,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Message),
        2 => Just(Step::Refused),
        1 => Just(Step::Reset),
        1 => Just(Step::Connect),
        2 => any::<bool>().prop_map(Step::Wanted),
        6 => Just(Step::Take),
    ]
}

/// The rules of an inbox, as one list that is searched.
struct Listed {
    events: Vec<String>,
    wanted: bool,
    /// Where the messages of the connection begin that is open.
    open: Option<usize>,
    messages: u8,
    calls: u8,
}

impl Listed {
    fn tell(&mut self, event: impl Into<String>) {
        self.events.push(event.into());
    }

    fn settle(&mut self, good: bool) {
        self.calls += 1;
        self.tell(format!("call {} {good}", self.calls));
    }

    fn take(&mut self) -> String {
        let is_message = |event: &&String| event.starts_with('m');
        let place = match self.events.iter().take_while(is_message).count() {
            _ if self.wanted => 0,
            passed if self.events.get(passed).is_some_and(|it| passed == 0 || it.starts_with("call")) => {
                passed
            }
            _ => return "nothing".into(),
        };
        if self.events.is_empty() {
            return "nothing".into();
        }
        self.open = self.open.map(|open| open.saturating_sub(usize::from(place < open)));
        self.events.remove(place)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// G5, S3, T: the order is that of one list, in which results alone pass messages that are not wanted, and from
    /// which a command takes the messages of the connection that it ends.
    #[test]
    fn the_order_is_that_of_one_list(steps in prop::collection::vec(step(), 1..80)) {
        let mut host = Host::open(Inbox::DEFAULT_BOUND);
        // The connect of the connection that is open was the first call.
        let mut listed = Listed { events: Vec::new(), wanted: true, open: Some(0), messages: 0, calls: 1 };
        for step in steps {
            match step {
                Step::Message if listed.wanted && listed.open.is_some() => {
                    listed.messages += 1;
                    let text = format!("m{:03}", listed.messages);
                    host.read(&[b"\x81\x04", text.as_bytes()].concat());
                    listed.tell(text);
                }
                Step::Refused => {
                    host.inbox.command(&mut host.session, |session| session.send(Payload::Invalid));
                    listed.settle(false);
                }
                Step::Reset if listed.wanted => {
                    let reset = std::io::Error::other("reset");
                    host.session.handle_transport_error(NOW, host.transport, reset.into());
                    if listed.open.take().is_some() {
                        listed.tell("error 1");
                        listed.tell("close 1006");
                    }
                }
                // Before it takes messages again, the session tells neither (F7).
                Step::Message | Step::Reset => {}
                Step::Connect => {
                    host.connect();
                    if let Some(open) = listed.open {
                        let kept = listed.events.split_off(open).into_iter().filter(|event| !event.starts_with('m'));
                        listed.events.extend(kept.collect::<Vec<_>>());
                        listed.tell("close 1000");
                    }
                    listed.settle(true);
                    listed.tell("open");
                    listed.open = Some(listed.events.len());
                }
                Step::Wanted(wanted) => {
                    listed.wanted = wanted;
                    host.inbox.set_receiving(wanted);
                }
                Step::Take => prop_assert_eq!(host.take(), listed.take()),
            }
            host.pull();
        }
        for wanted in [listed.wanted, true] {
            listed.wanted = wanted;
            host.inbox.set_receiving(wanted);
            for _ in 0..=listed.events.len() {
                prop_assert_eq!(host.take(), listed.take());
            }
        }
    }
}
