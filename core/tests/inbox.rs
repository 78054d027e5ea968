//! Events that wait for whoever takes them (rules G5, T, and back-pressure).

mod memory;

use connect_socket_core::{CloseOptions, Config, ConnectOptions, Inbox, OwnedEvent, OwnedMessage, Payload};
use memory::{ANSWER, Host, NOW, dialled, words_with};
use proptest::prelude::*;

/// A host that puts what is told into an inbox.
struct Keeping {
    host: Host,
    inbox: Inbox,
}

impl Keeping {
    fn open(bound: usize) -> Self {
        Self { host: Host::open(Config::default()), inbox: Inbox::new(bound) }
    }

    /// Connects, and the server accepts.
    fn connect(&mut self) {
        let options = ConnectOptions::new("ws://192.0.2.1");
        self.inbox.command(&mut self.host.session, |session| session.connect(NOW, &options));
        self.host.transport = dialled(&mut self.host.session);
        self.host.write();
        self.pull();
        self.host.read(ANSWER);
        self.pull();
    }

    fn pull(&mut self) {
        while self.inbox.pull(&mut self.host.session, &mut self.host.work) {}
    }

    fn take(&mut self) -> String {
        match self.inbox.take_event() {
            None => "nothing".into(),
            Some(event) => words_with(&event, |message| match message {
                OwnedMessage::Text(text) => text.clone(),
                OwnedMessage::Binary(bytes) => format!("{bytes:?}"),
            }),
        }
    }
}

/// Messages wait up to the bound and one more; then the session takes none, until some were taken.
#[test]
fn what_waits_is_bounded() {
    // Two messages of one byte.
    let mut keeping = Keeping::open(130);
    keeping.host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    keeping.pull();
    assert!(!keeping.host.session.wants_read(keeping.host.transport), "it is held back");
    assert!(!keeping.inbox.can_resume());
    assert_eq!(keeping.take(), "a");
    assert!(keeping.inbox.can_resume());
    keeping.pull();
    assert_eq!([keeping.take(), keeping.take(), keeping.take()], ["b", "c", "nothing"]);
}

/// Whatever the bound, a message comes when none waits: "at most `bound` bytes, and one message more".
#[test]
fn every_bound_lets_messages_through() {
    for bound in [0, 1, 63, 64, 65, usize::MAX] {
        let mut keeping = Keeping::open(bound);
        keeping.host.read(b"\x81\x00\x81\x01b\x81\x00\x81\x01d");
        let mut told = Vec::new();
        for _ in 0..4 {
            keeping.pull();
            told.push(keeping.take());
        }
        assert_eq!(told, ["", "b", "", "d"], "{bound}");
        keeping.pull();
        assert!(!keeping.inbox.can_resume(), "{bound}: nothing waits, so it is not held back");
    }
}

/// G5: while messages are not wanted, results are told past those that wait, and no other event is.
#[test]
fn results_pass_messages_that_are_not_wanted() {
    let mut keeping = Keeping::open(Inbox::DEFAULT_BOUND);
    keeping.host.read(b"\x81\x01a");
    keeping.pull();
    keeping.inbox.set_receiving(false);
    keeping.inbox.command(&mut keeping.host.session, |session| session.send(Payload::Invalid));
    keeping.host.session.handle_transport_error(
        NOW,
        keeping.host.transport,
        std::io::Error::other("gone").into(),
    );
    keeping.pull();
    assert_eq!([keeping.take(), keeping.take()], ["call 2 fail 11", "nothing"]);
    keeping.inbox.set_receiving(true);
    keeping.pull();
    assert_eq!([keeping.take(), keeping.take(), keeping.take()], ["a", "error 1", "close 1006 abnormal"]);
}

/// T: a connection that is replaced, or asked to close, tells no more messages, those that wait included.
#[test]
fn a_command_drops_what_is_not_told() {
    for close in [false, true] {
        let mut keeping = Keeping::open(Inbox::DEFAULT_BOUND);
        keeping.host.read(b"\x81\x01a\x81\x01b");
        keeping.pull();
        assert_eq!(keeping.take(), "a");
        let Keeping { host, inbox } = &mut keeping;
        if close {
            inbox.command(&mut host.session, |session| session.close(NOW, &CloseOptions::default()));
        } else {
            inbox.command(&mut host.session, |session| {
                session.connect(NOW, &ConnectOptions::new("ws://192.0.2.2"))
            });
        }
        keeping.pull();
        assert_eq!(keeping.take(), if close { "call 2 ok" } else { "close 1000 replaced" });
        assert_eq!(keeping.take(), "nothing");
    }
}

/// G5: what an earlier connection has told stays, whatever becomes of the next one.
#[test]
fn a_command_drops_nothing_of_an_ended_connection() {
    let mut keeping = Keeping::open(Inbox::DEFAULT_BOUND);
    keeping.host.read(b"\x81\x01a");
    keeping.pull();
    keeping.host.session.handle_end_of_stream(NOW, keeping.host.transport);
    keeping.pull();
    keeping.connect();
    keeping.host.read(b"\x81\x01b");
    keeping.pull();
    keeping.connect();
    let told: Vec<_> = (0..7).map(|_| keeping.take()).collect();
    assert_eq!(
        told,
        ["a", "close 1006 abnormal", "call 2 ok", "open", "close 1000 replaced", "call 3 ok", "open"]
    );
}

/// A refused call touches nothing that waits (S4), and its result can be asked for once.
#[test]
fn a_refused_call_drops_nothing() {
    let mut keeping = Keeping::open(Inbox::DEFAULT_BOUND);
    keeping.host.read(b"\x81\x01a");
    keeping.pull();
    let call = keeping
        .inbox
        .command(&mut keeping.host.session, |session| session.connect(NOW, &ConnectOptions::new("x")));
    assert!(keeping.inbox.take_result(call).is_none(), "it is not told yet");
    keeping.pull();
    assert!(matches!(keeping.inbox.take_result(call), Some(Err(_))));
    assert!(keeping.inbox.take_result(call).is_none());
    assert_eq!([keeping.take(), keeping.take(), keeping.take()], ["a", "call 2 fail 4", "nothing"]);
}

/// Once nobody listens, nothing is kept, and the server is not held back.
#[test]
fn a_closed_inbox_keeps_nothing() {
    let mut keeping = Keeping::open(100);
    keeping.host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    keeping.pull();
    assert!(!keeping.inbox.is_closed());
    keeping.inbox.close();
    assert!(keeping.inbox.is_closed());
    keeping.pull();
    assert_eq!(keeping.take(), "nothing");
    assert!(keeping.host.session.wants_read(keeping.host.transport));
}

/// A result that will not be asked for is not kept, whether the call is forgotten before it is settled or after.
#[test]
fn the_result_of_a_forgotten_call_is_not_kept() {
    let mut keeping = Keeping::open(100);
    let [early, late, kept] = [(); 3]
        .map(|()| keeping.inbox.command(&mut keeping.host.session, |session| session.send(Payload::Invalid)));
    keeping.inbox.forget(early);
    keeping.pull();
    keeping.inbox.forget(late);
    assert!(keeping.inbox.take_result(early).is_none() && keeping.inbox.take_result(late).is_none());
    assert!(matches!(keeping.inbox.take_result(kept), Some(Err(error)) if error.code().number() == 11));
}

/// Nobody will take a message, so it does not matter any more whether one was wanted: the end is heard of.
#[test]
fn a_closed_inbox_holds_nobody_back() {
    let mut keeping = Keeping::open(100);
    keeping.inbox.set_receiving(false);
    keeping.pull();
    assert!(!keeping.host.session.wants_read(keeping.host.transport), "it is held back");
    keeping.inbox.close();
    assert!(keeping.inbox.can_resume());
    keeping.pull();
    keeping.host.read(b"\x81\x01a\x88\x00");
    keeping.pull();
    assert!(keeping.host.session.connection().is_none(), "the close was heard");
}

/// Results and messages cost the same however many wait: with a search for each this would take minutes.
#[test]
fn what_waits_costs_no_time() {
    const MANY: usize = 100_000;
    let mut keeping = Keeping::open(usize::MAX);
    for _ in 0..MANY / 100 {
        keeping.host.read(&b"\x81\x00".repeat(100));
        keeping.pull();
    }
    keeping.inbox.set_receiving(false);
    for _ in 0..MANY {
        keeping.inbox.command(&mut keeping.host.session, |session| session.send(Payload::Invalid));
    }
    keeping.pull();
    for _ in 0..MANY {
        assert!(matches!(keeping.inbox.take_event(), Some(OwnedEvent::Settled { .. })));
    }
    assert_eq!(keeping.take(), "nothing");
    keeping.inbox.set_receiving(true);
    for _ in 0..MANY {
        assert!(matches!(keeping.inbox.take_event(), Some(OwnedEvent::Message { .. })));
    }
    assert_eq!(keeping.take(), "nothing");
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

    fn settle(&mut self, result: &str) {
        self.calls += 1;
        self.tell(format!("call {} {result}", self.calls));
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
        let mut keeping = Keeping::open(Inbox::DEFAULT_BOUND);
        // The connect of the connection that is open was the first call.
        let mut listed = Listed { events: Vec::new(), wanted: true, open: Some(0), messages: 0, calls: 1 };
        for step in steps {
            match step {
                Step::Message if listed.wanted && listed.open.is_some() => {
                    listed.messages += 1;
                    let text = format!("m{:03}", listed.messages);
                    keeping.host.read(&[b"\x81\x04", text.as_bytes()].concat());
                    listed.tell(text);
                }
                Step::Refused => {
                    keeping.inbox.command(&mut keeping.host.session, |session| session.send(Payload::Invalid));
                    listed.settle(if listed.open.is_some() { "fail 11" } else { "fail 10" });
                }
                Step::Reset if listed.wanted => {
                    let reset = std::io::Error::other("reset");
                    keeping.host.session.handle_transport_error(NOW, keeping.host.transport, reset.into());
                    if listed.open.take().is_some() {
                        listed.tell("error 1");
                        listed.tell("close 1006 abnormal");
                    }
                }
                // Before it takes messages again, the session tells neither (F7).
                Step::Message | Step::Reset => {}
                Step::Connect => {
                    keeping.connect();
                    if let Some(open) = listed.open {
                        let kept = listed.events.split_off(open).into_iter().filter(|event| !event.starts_with('m'));
                        listed.events.extend(kept.collect::<Vec<_>>());
                        listed.tell("close 1000 replaced");
                    }
                    listed.settle("ok");
                    listed.tell("open");
                    listed.open = Some(listed.events.len());
                }
                Step::Wanted(wanted) => {
                    listed.wanted = wanted;
                    keeping.inbox.set_receiving(wanted);
                }
                Step::Take => prop_assert_eq!(keeping.take(), listed.take()),
            }
            keeping.pull();
        }
        for wanted in [listed.wanted, true] {
            listed.wanted = wanted;
            keeping.inbox.set_receiving(wanted);
            for _ in 0..=listed.events.len() {
                prop_assert_eq!(keeping.take(), listed.take());
            }
        }
    }
}
