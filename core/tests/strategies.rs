//! The strategies of the feature `proptest` keep their word: what they call good is taken, what they call wrong is
//! refused with the code that they name, at the byte that they name; and what fails shrinks to something short.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};

use connect_socket_core::frame::{Decoder, FrameError, Item, Limits, Opcode};
use connect_socket_core::params::Request;
use connect_socket_core::proptest::{
    self as made_up, Arrival, Broken, Frame, Jump, Outcome, OwnedPayload, Script,
};
use connect_socket_core::upgrade::Answer;
use connect_socket_core::{
    Action, AnswerError, Config, ConnectOptions, ErrorCode, Event, OwnedMessage, Session, Tape, Time,
    Workspace,
};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

const LIMITS: Limits = Limits { frame: 1 << 20, message: 1 << 20 };

/// Feeds a decoder in pieces of `length`; its messages, and what it refused and after how many bytes.
fn decode(stream: &[u8], length: usize) -> (Vec<OwnedMessage>, Option<(FrameError, usize)>) {
    let (mut decoder, mut work) = (Decoder::new(LIMITS), Workspace::default());
    let (mut messages, mut fed) = (Vec::new(), 0);
    for mut piece in stream.chunks(length) {
        fed += piece.len();
        loop {
            match decoder.decode(&mut piece, &mut work) {
                Ok(Some(Item::Text(text))) => messages.push(OwnedMessage::Text(text.into())),
                Ok(Some(Item::Binary(bytes))) => messages.push(OwnedMessage::Binary(bytes.into())),
                Ok(Some(Item::Close(_))) => return (messages, None),
                Ok(Some(Item::Ping(_) | Item::Pong(_))) => {}
                Ok(None) => break,
                Err(error) => return (messages, Some((error, fed))),
            }
        }
    }
    (messages, None)
}

/// What a client is told of a server, by a host that reads as much as there is.
fn told(script: &Script) -> (Vec<u8>, Outcome) {
    let (mut now, mut work) = (Time::ZERO, Workspace::default());
    let mut session = Session::new(Config::default(), Tape::default());
    session.connect(now, &ConnectOptions::new("ws://192.0.2.1"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(now, transport);
    let request = session.poll_transmit(transport, &mut work).slices().concat();
    session.handle_transmitted(now, transport, request.len()).expect("it was offered");
    let (mut unread, mut failed, mut opened) = (VecDeque::<u8>::new(), None, false);
    let (mut messages, mut ended, mut closed) = (Vec::new(), None, None);
    let mut arrivals = VecDeque::from(script.play(&request));
    loop {
        while let Some(event) = session.poll_event(&mut work) {
            match event {
                Event::Settled { result, .. } => failed = result.err().map(|error| error.code()),
                Event::Open { .. } => opened = true,
                Event::Message { message, .. } => messages.push(message.into()),
                Event::Error { error, .. } => ended = Some(error.code()),
                Event::Close { code, cause, .. } => closed = Some((code, cause)),
            }
        }
        let waiting = session.poll_transmit(transport, &mut work).len();
        session.handle_transmitted(now, transport, waiting).expect("it was offered");
        if let Some(mut space) = session.receive_space(transport, &mut work).filter(|_| !unread.is_empty()) {
            let count = unread.read(&mut space).expect("memory is read");
            space.filled(now, count).expect("it fits");
            continue;
        }
        if waiting > 0 {
            continue;
        }
        let Some((pause, arrival)) = arrivals.pop_front() else { break };
        now = now + pause;
        session.handle_timeout(now);
        match arrival {
            Arrival::Bytes(bytes) => unread.extend(bytes.iter()),
            Arrival::EndOfStream => session.handle_end_of_stream(now, transport),
            Arrival::Reset => {
                let error = std::io::Error::from(ErrorKind::ConnectionReset);
                session.handle_transport_error(now, transport, error.into());
            }
        }
    }
    let outcome = match failed {
        Some(code) => {
            assert_eq!((ended, opened), (Some(code), false));
            Outcome::NeverOpens(code)
        }
        None => Outcome::Opens { messages, error: ended, close: closed },
    };
    (request, outcome)
}

/// What a strategy's values shrink to where `fails` holds, as a failing test prints it.
fn shrunk<S: Strategy>(strategy: &S, fails: impl Fn(&S::Value) -> bool) -> String {
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    // Always the same values, as what they shrink to is compared.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let failed = TestRunner::new_with_rng(config, random)
        .run(strategy, |value| if fails(&value) { Err(TestCaseError::fail("found")) } else { Ok(()) });
    match failed {
        Err(TestError::Fail(_, value)) => format!("{value:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
        Ok(()) => panic!("nothing failed"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// V, Q.
    #[test]
    fn v_good_connects_are_accepted(connect in made_up::connect(&["ws", "wss", "WS"])) {
        prop_assert!(Request::check(&connect.options(), false, 1 << 16).is_ok());
    }

    /// V1 to V3, V6.
    #[test]
    fn v_wrong_connects_are_refused_with_their_code(wrong in made_up::refused_connect()) {
        let refused = Request::check(&wrong.connect.options(), false, 1 << 16);
        prop_assert_eq!(refused.err().map(|refusal| refusal.cause().code()), Some(wrong.code));
    }

    #[test]
    fn t_closes(good in made_up::close_options(), wrong in made_up::refused_close_options()) {
        prop_assert!(good.check().is_ok());
        prop_assert!(wrong.check().is_err());
    }

    /// L.
    #[test]
    fn l_payloads(good in made_up::payload(), wrong in made_up::refused_payload()) {
        prop_assert!(good.message().is_some());
        prop_assert_eq!(wrong.message(), None);
    }

    #[test]
    fn pieces_make_the_stream_again(cuts in made_up::cuts(), stream in prop::collection::vec(any::<u8>(), 0..300)) {
        let pieces: Vec<&[u8]> = cuts.pieces(&stream).collect();
        prop_assert!(pieces.iter().all(|piece| !piece.is_empty()));
        prop_assert_eq!(pieces.concat(), stream);
    }

    #[test]
    fn clocks_run_forward(jump in made_up::jump(), now in 0..1_000_000_u64, deadline in 0..1_000_000_u64) {
        let (now, deadline) = (Time::from_micros(now), Time::from_micros(deadline));
        let then = jump.from(now, Some(deadline));
        prop_assert!(then >= now && (matches!(jump, Jump::By(_)) || then >= deadline));
    }

    /// F1 to F4.
    #[test]
    fn f_good_frames_are_read(frames in made_up::frames(), length in prop_oneof![Just(1_usize), 1..500_usize]) {
        prop_assert_eq!(decode(&made_up::stream(&frames), length), (made_up::messages(&frames), None));
    }

    /// F1 to F4: at the byte that is wrong, and not at the one before.
    #[test]
    fn f_broken_frames_are_refused_at_their_byte(broken in made_up::broken()) {
        let (messages, refused) = decode(&broken.bytes, 1);
        prop_assert_eq!(messages, []);
        prop_assert_eq!(refused.map(|(error, after)| (error.kind(), after)), Some((broken.kind, broken.refused_after)));
    }

    /// U, Q5: at the byte that decides.
    #[test]
    fn u_answers_are_judged_at_their_byte(
        answer in prop_oneof![made_up::accepting_answer(), made_up::refusing_answer(300)],
        offers in any::<bool>(),
    ) {
        let options = ConnectOptions::new("ws://h");
        let options = if offers { options.protocol("chat") } else { options };
        let request = Request::check(&options, false, 1 << 16).unwrap();
        let answered = answer.to(&request.head([7; 16])).unwrap();
        let mut reader = Answer::new([7; 16], request.protocols().clone(), 300);
        let (mut before, mut at) = answered.bytes.split_at(answered.judged_after - 1);
        prop_assert_eq!(reader.receive(&mut before), Ok(None));
        let judged = reader.receive(&mut at);
        prop_assert_eq!(judged.as_ref().err().map(AnswerError::code), answered.code);
        prop_assert_eq!(judged.is_ok_and(|it| it.is_some()), answered.code.is_none());
        prop_assert_eq!(answer.to(b"GET / HTTP/1.1\r\n"), None);
    }

    /// G5, F6: what a script foretells is told, however it is cut.
    #[test]
    fn g5_a_script_foretells_what_is_told(script in made_up::script()) {
        let (request, told) = told(&script);
        prop_assert_eq!(Some(told), script.outcome(&request));
    }
}

#[test]
fn what_fails_shrinks_to_something_short() {
    let connect = made_up::connect(&["ws"]);
    assert_eq!(shrunk(&connect, |_| true), r#"Connect("ws://h")"#);
    let cookie = shrunk(&made_up::refused_connect(), |wrong| wrong.code == ErrorCode::Unknown);
    assert!(cookie.len() < 100, "{cookie}");
    assert_eq!(shrunk(&made_up::settings(), |_| true), "Settings");
    assert_eq!(shrunk(&made_up::cuts(), |_| true), "Cuts(none)");

    let is_text = |frame: &Frame| frame.opcode == Opcode::Text;
    let two = shrunk(&made_up::frames(), |frames| frames.iter().filter(|frame| is_text(frame)).count() > 1);
    assert_eq!(two, r#"[Text(b""), Text(b"")]"#);
    let broken = shrunk(&made_up::broken(), |broken: &Broken| broken.kind.close_code() == 1007);
    assert_eq!(broken, r#"Broken(reason that is not UTF-8: b"\x88\x03\x03\xe8\xff", 1007)"#);
    let base64 = shrunk(&made_up::payload(), |payload| matches!(payload, OwnedPayload::Base64(_)));
    assert_eq!(base64, r#"Base64("")"#);
    let script = shrunk(&made_up::orderly_script(), |script| script.messages().len() > 1);
    assert_eq!(
        script,
        "Script { answer: Accepts, frames: [Text(b\"\"), Text(b\"\")], broken: None, end: Waits, \
         cuts: Cuts(none), pauses: [] }"
    );
}
