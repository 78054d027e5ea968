//! The parts of a script engine's binding, without an engine: functions are names here (rules L, G2, V, C).

mod memory;

use connect_socket_core::script::{
    Binary, Call, Callbacks, Field, Invocation, Listener, Method, Parameter, Script, Settings,
};
use connect_socket_core::{Action, Config, Event, OwnedMessage, Session, Tape, TransportId, Workspace};
use memory::NOW;

type Name = &'static str;

/// A session, and the script that uses it.
struct Host {
    session: Session<Tape>,
    work: Workspace,
    script: Script<Name>,
}

impl Host {
    fn new(settings: Settings) -> Self {
        let session = Session::new(Config::default(), Tape::default());
        Self { session, work: Workspace::default(), script: Script::new(settings) }
    }

    /// With a connection that is open, and a listener of each kind.
    fn open(settings: Settings) -> (Self, TransportId) {
        let mut host = Self::new(settings);
        let transport = memory::connect(&mut host.session, &mut host.work);
        for (kind, name) in Listener::ALL.into_iter().zip(["open", "message", "error", "close"]) {
            host.script.add(kind, name);
        }
        (host, transport)
    }

    fn call(&mut self, method: Method, parameters: &[(Name, Parameter)], names: [Name; 3]) {
        let call = made(method, parameters);
        let [success, fail, complete] = names.map(Some);
        let callbacks = Callbacks { success, fail, complete };
        self.script.call(&mut (&mut self.session, NOW), &call, callbacks);
    }

    fn connect(&mut self, url: &str, names: [Name; 3]) {
        self.call(Method::ConnectSocket, &[("url", text(url))], names);
    }

    /// Everything that is told now: each function, with the code or error of what it got.
    fn called(&mut self) -> Vec<(Name, Option<f64>)> {
        let mut called = Vec::new();
        while let Some(event) = self.session.poll_event(&mut self.work) {
            let Invocation { functions, argument } = self.script.handle_event(event.into_owned());
            let number = argument.number("error").or_else(|| argument.number("code"));
            called.extend(functions.into_iter().map(|function| (function, number)));
        }
        called
    }

    fn names(&mut self) -> Vec<Name> {
        self.called().into_iter().map(|(name, _)| name).collect()
    }
}

fn text(text: &str) -> Parameter {
    Parameter::Text(text.to_owned())
}

fn json(text: &str) -> Parameter {
    Parameter::Json(text.to_owned())
}

fn made(method: Method, parameters: &[(Name, Parameter)]) -> Call {
    method.call(|name| {
        let found = parameters.iter().find(|(found, _)| *found == name);
        found.map(|(_, parameter)| parameter.clone()).unwrap_or_default()
    })
}

/// The code that a call with these parameters fails with; 0 if it does not, as far as it gets without a network.
fn code_of(method: Method, parameters: &[(Name, Parameter)]) -> u8 {
    let (mut host, _) = Host::open(Settings::default());
    host.call(method, parameters, ["success", "fail", "complete"]);
    let failed = host.called().into_iter().find(|(name, _)| *name == "fail");
    failed.and_then(|(_, code)| code).map_or(0, |code| code.to_string().parse().expect("a small number"))
}

#[test]
fn g2_success_or_fail_then_complete_and_nothing_before_the_event_is_polled() {
    let mut host = Host::new(Settings::default());
    host.connect("test.php", ["success", "fail", "complete"]);
    assert_eq!(host.called(), [("fail", Some(4.0)), ("complete", Some(4.0))]);
    host.call(Method::CloseSocket, &[], ["success", "fail", "complete"]);
    assert_eq!(host.names(), ["success", "complete"]);
    assert!(host.called().is_empty());
}

#[test]
fn g2_a_callback_that_is_not_there_is_not_missed() {
    let mut host = Host::new(Settings::default());
    let call = made(Method::ConnectSocket, &[]);
    let none = Callbacks { success: None, fail: None, complete: None };
    host.script.call(&mut (&mut host.session, NOW), &call, none);
    let only = Callbacks { success: None, fail: None, complete: Some("complete") };
    host.script.call(&mut (&mut host.session, NOW), &call, only);
    assert_eq!(host.called(), [("complete", Some(3.0))]);
}

#[test]
fn a_call_that_the_host_made_by_itself_calls_nobody() {
    let mut host = Host::new(Settings::default());
    host.session.close(NOW, &connect_socket_core::CloseOptions::default());
    assert!(host.called().is_empty());
}

#[test]
fn l_the_same_listener_twice_is_called_twice_and_removed_at_once() {
    let (mut host, transport) = Host::open(Settings::default());
    let message = |host: &mut Host| {
        memory::read(&mut host.session, transport, &mut host.work, b"\x81\x01x");
        host.names()
    };
    host.script.add(Listener::Message, "other");
    host.script.add(Listener::Message, "message");
    assert_eq!(message(&mut host), ["message", "other", "message"]);
    host.script.remove(Listener::Message, Some(&"message"));
    assert_eq!(message(&mut host), ["other"]);
    host.script.remove(Listener::Message, Some(&"never added"));
    host.script.remove(Listener::Close, Some(&"other"));
    assert_eq!(message(&mut host), ["other"]);
    host.script.add(Listener::Message, "third");
    host.script.remove(Listener::Message, None);
    assert!(message(&mut host).is_empty());
    host.session.close(NOW, &connect_socket_core::CloseOptions::default());
    host.session.handle_end_of_stream(NOW, transport);
    assert_eq!(host.names(), ["close"], "the other kinds are as they were");
}

#[test]
fn l_a_listener_outlives_its_connection() {
    let (mut host, transport) = Host::open(Settings::default());
    host.session.handle_end_of_stream(NOW, transport);
    assert_eq!(host.called(), [("close", Some(1006.0))]);
    let transport = memory::connect(&mut host.session, &mut host.work);
    memory::read(&mut host.session, transport, &mut host.work, b"\x81\x01x");
    assert_eq!(host.names(), ["message"]);
}

#[test]
fn l_the_close_of_a_replaced_connection_is_kept_from_listeners_unless_asked_for() {
    let tells = Settings::default().tell_replaced(true);
    for (settings, close) in [(Settings::default(), None), (tells, Some("close"))] {
        // An open one.
        let (mut host, _) = Host::open(settings);
        host.connect("ws://192.0.2.2", ["s2", "f2", "c2"]);
        assert_eq!(host.names(), Vec::from_iter(close), "open");
        // One that connects: its call's results are told in any case.
        host.connect("ws://192.0.2.3", ["s3", "f3", "c3"]);
        let expected = ["f2", "c2"].into_iter().chain(close);
        assert_eq!(host.names(), expected.collect::<Vec<_>>(), "connecting");
        // What is not replaced is told.
        host.call(Method::CloseSocket, &[], ["closed", "", "complete"]);
        assert_eq!(host.names(), ["closed", "complete", "f3", "c3", "close"]);
        // One that is closing.
        let (mut host, _) = Host::open(settings);
        host.call(Method::CloseSocket, &[], ["closed", "", "complete"]);
        host.connect("ws://192.0.2.2", ["s2", "f2", "c2"]);
        let expected = ["closed", "complete"].into_iter().chain(close);
        assert_eq!(host.names(), expected.collect::<Vec<_>>(), "closing");
    }
}

#[test]
fn l_a_call_that_is_refused_replaces_nothing() {
    let (mut host, transport) = Host::open(Settings::default());
    host.connect("http://192.0.2.2", ["s", "f", "c"]);
    assert_eq!(host.called(), [("f", Some(5.0)), ("c", Some(5.0))]);
    host.session.handle_end_of_stream(NOW, transport);
    assert_eq!(host.called(), [("close", Some(1006.0))]);
}

#[test]
fn l_the_close_of_a_connection_that_had_ended_before_the_next_connect_is_reported() {
    let (mut host, transport) = Host::open(Settings::default());
    host.session.handle_end_of_stream(NOW, transport);
    let close = host.session.poll_event(&mut host.work).expect("it has ended").into_owned();
    host.connect("ws://192.0.2.2", ["s", "f", "c"]);
    assert_eq!(host.script.handle_event(close).functions, ["close"]);
}

/// Nothing that could be `url`, `data`, `header`, `protocols`, `code` or `reason`.
fn strange() -> [Parameter; 5] {
    [
        Parameter::Unreadable,
        Parameter::Bytes(vec![1]),
        Parameter::Base64("AA==".to_owned()),
        // A Date.
        json(r#""2026-01-01T00:00:00.000Z""#),
        // NaN, Infinity, a Date that is none: `JSON.stringify` writes null, but nothing was left out.
        json("null"),
    ]
}

#[test]
fn v_every_type_of_a_parameter_of_connect_socket_has_its_code() {
    let url = |url: Parameter| code_of(Method::ConnectSocket, &[("url", url)]);
    assert_eq!(url(Parameter::Absent), 3);
    assert_eq!(url(text(" ")), 3);
    for wrong in [json("1"), json("true"), json("[]"), json("{}"), json("null and void")] {
        assert_eq!(url(wrong.clone()), 4, "{wrong:?}");
    }
    for wrong in strange() {
        assert_eq!(url(wrong.clone()), 4, "{wrong:?}");
        for name in ["data", "header", "protocols"] {
            let parameters = [("url", text("ws://192.0.2.2")), (name, wrong.clone())];
            // A string is a subprotocol, if it is a token.
            assert_eq!(code_of(Method::ConnectSocket, &parameters), 1, "{name} {wrong:?}");
        }
    }
    for (name, right) in [
        ("data", json(r#"{"a":1}"#)),
        ("header", json(r#"{"a":"2026-01-01T00:00:00.000Z"}"#)),
        ("protocols", json(r#"["mqtt"]"#)),
        ("protocols", text("mqtt")),
        ("data", Parameter::Absent),
    ] {
        let parameters = [("url", text("ws://192.0.2.2")), (name, right.clone())];
        assert_eq!(code_of(Method::ConnectSocket, &parameters), 0, "{name} {right:?}");
    }
}

#[test]
fn c_every_type_of_a_parameter_of_close_socket_has_its_code() {
    for name in ["code", "reason"] {
        for wrong in strange() {
            assert_eq!(code_of(Method::CloseSocket, &[(name, wrong.clone())]), 1, "{name} {wrong:?}");
        }
    }
    assert_eq!(code_of(Method::CloseSocket, &[("code", json("3000")), ("reason", text("bye"))]), 0);
    assert_eq!(code_of(Method::CloseSocket, &[("code", text("3000"))]), 1);
}

#[test]
fn l_what_is_sent_is_text_base64_or_bytes() {
    let (yes, no) = (json("true"), json("false"));
    for (data, is_buffer, code, frame) in [
        (text("aGk="), Parameter::Absent, 0, b"\x81\x84\0\0\0\0aGk=".as_slice()),
        (text("aGk="), no.clone(), 0, b"\x81\x84\0\0\0\0aGk="),
        (text("aGk="), yes.clone(), 0, b"\x82\x82\0\0\0\0hi"),
        (text("aGk"), yes.clone(), 11, b""),
        (text("aGk="), json("1"), 11, b""),
        (text("aGk="), json("null"), 11, b""),
        (text("aGk="), Parameter::Unreadable, 11, b""),
        (Parameter::Bytes(b"hi".to_vec()), Parameter::Absent, 0, b"\x82\x82\0\0\0\0hi"),
        (Parameter::Base64("aGk=".to_owned()), no, 0, b"\x82\x82\0\0\0\0hi"),
        (Parameter::Base64("aGk=".to_owned()), yes.clone(), 0, b"\x82\x82\0\0\0\0hi"),
        (Parameter::Absent, Parameter::Absent, 11, b""),
        (json("{}"), Parameter::Absent, 11, b""),
        (json(r#""a Date""#), yes, 11, b""),
        (Parameter::Unreadable, Parameter::Absent, 11, b""),
    ] {
        let (mut host, transport) = Host::open(Settings::default());
        let parameters = [("data", data), ("isBuffer", is_buffer)];
        host.call(Method::SendSocketMessage, &parameters, ["success", "fail", "complete"]);
        let transmit = host.session.poll_transmit(transport, &mut host.work);
        assert_eq!(transmit.slices().concat(), frame, "{parameters:?}");
        let count = frame.len();
        host.session.handle_transmitted(NOW, transport, count).expect("as offered");
        let called = if code == 0 { ("success", None) } else { ("fail", Some(f64::from(code))) };
        assert_eq!(host.called().first(), Some(&called), "{parameters:?}");
    }
}

#[test]
fn l_what_comes_is_text_base64_or_an_array_buffer() {
    let called = |settings, message: &OwnedMessage| {
        let (mut host, _) = Host::open(settings);
        let connection = host.session.connection().expect("it is open");
        host.script
            .handle_event(Event::Message { connection, message: message.clone(), last: true })
            .argument
            .into_members()
    };
    let base64 = Settings::default();
    let buffer = Settings::default().binary(Binary::ArrayBuffer);
    let members = |data, is_buffer| vec![("data", data), ("isBuffer", Field::Bool(is_buffer))];
    let text = OwnedMessage::from("hi");
    let bytes = OwnedMessage::from(vec![0xfb, 0xff]);
    for settings in [base64, buffer] {
        assert_eq!(called(settings, &text), members(Field::Text("hi".to_owned()), false));
    }
    assert_eq!(called(base64, &bytes), members(Field::Text("+/8=".to_owned()), true));
    assert_eq!(called(buffer, &bytes), members(Field::Bytes(vec![0xfb, 0xff]), true));
}

#[test]
fn each_method_and_listener_has_a_name_of_its_own() {
    let methods = Method::ALL.into_iter().map(|method| {
        assert_eq!(made(method, &[]).method(), method);
        method.name()
    });
    let mut names = methods.chain(Listener::ALL.into_iter().flat_map(Listener::names)).collect::<Vec<_>>();
    assert_eq!(names.len(), 11);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 11);
}

#[test]
fn success_gets_what_the_published_types_promise() {
    let (mut host, transport) = Host::open(Settings::default());
    host.call(Method::SendSocketMessage, &[("data", text("x"))], ["success", "fail", "complete"]);
    let count = host.session.poll_transmit(transport, &mut host.work).len();
    host.session.handle_transmitted(NOW, transport, count).expect("as offered");
    host.call(Method::CloseSocket, &[], ["success", "fail", "complete"]);
    for (name, field) in [("success", Field::Bool(true)), ("message", Field::Text("ok".to_owned()))] {
        let event = host.session.poll_event(&mut host.work).expect("a call is over").into_owned();
        assert_eq!(host.script.handle_event(event).argument.into_members(), [(name, field)]);
    }
}

#[test]
fn on_socket_open_gets_headers_and_the_times_of_the_steps() {
    let mut host = Host::new(Settings::default());
    host.script.add(Listener::Open, "open");
    host.connect("ws://name.example", ["success", "fail", "complete"]);
    let ms = connect_socket_core::Time::from_millis;
    let session = &mut host.session;
    let Some(Action::Resolve { connection, .. }) = session.poll_action() else { panic!("no look-up") };
    session.handle_resolved(ms(3), connection, Ok(&["192.0.2.1:80".parse().expect("an address")]));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(ms(10), transport);
    memory::write(session, transport, &mut host.work, ms(10));
    session.handle_bytes(ms(30), transport, memory::ANSWER, &mut host.work);
    let events =
        std::iter::from_fn(|| session.poll_event(&mut host.work).map(connect_socket_core::Event::into_owned));
    let opened = events
        .map(|event| host.script.handle_event(event))
        .find(|invocation| invocation.functions == ["open"]);
    let argument = opened.expect("it is open").argument;
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        argument.get("header"),
        Some(&Field::Texts(vec![
            header("upgrade", "websocket"),
            header("connection", "Upgrade"),
            header("sec-websocket-accept", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ]))
    );
    let profile = [
        ("fetchStart", 0.0),
        ("domainLookUpStart", 0.0),
        ("domainLookUpEnd", 3.0),
        ("connectStart", 3.0),
        ("connectEnd", 10.0),
        ("rtt", 7.0),
        ("handshakeCost", 20.0),
        ("cost", 30.0),
    ];
    assert_eq!(argument.get("profile"), Some(&Field::Numbers(profile.to_vec())));
}

#[test]
fn forgotten_functions_are_not_called() {
    let mut host = Host::new(Settings::default());
    host.connect("test.php", ["success", "fail", "complete"]);
    host.script.clear();
    assert!(host.called().is_empty());
}

/// L: script gets whole messages, also from a session that delivers parts.
#[test]
fn l_parts_are_joined() {
    let (mut host, _) = Host::open(Settings::default());
    let connection = host.session.connection().expect("it is open");
    let mut tell = |text: &str, last| {
        let invocation = host.script.handle_event(Event::Message { connection, message: text.into(), last });
        (invocation.functions, invocation.argument.into_members())
    };
    assert_eq!(tell("par", false).0, [""; 0]);
    let members = vec![("data", Field::Text("parts".to_owned())), ("isBuffer", Field::Bool(false))];
    assert_eq!(tell("ts", true), (vec!["message"], members));
}
