//! The harness as a process, with every adapter: the cases of the protocol, and what is ours alone.

use connect_socket_tests::peers::frames;
use connect_socket_tests::peers::script::ScriptedServer;
use connect_socket_tests::protocol::program::Program;

fn harness(adapter: &str) -> Program {
    Program::new([env!("CARGO_BIN_EXE_harness"), "--adapter", adapter])
}

mod mio {
    connect_socket_tests::instantiate_cases!(super::harness("mio"));
}

mod smol {
    connect_socket_tests::instantiate_cases!(super::harness("smol"));
}

mod tokio {
    connect_socket_tests::instantiate_cases!(super::harness("tokio"));
}

/// What came of this input: its lines as they were printed, and the exit status.
fn run(program: &Program, input: &str) -> (Vec<String>, Option<i32>) {
    let whole = connect_socket_tests::protocol::talk::Whole::of(program, input);
    (whole.lines, whole.status)
}

#[test]
fn an_adapter_that_nobody_knows_is_misuse() {
    assert_eq!(run(&harness("pigeon"), "").1, Some(2));
}

#[test]
fn compression_is_there() {
    assert_eq!(run(&harness("mio"), "{\"do\":\"configure\",\"compression\":true}\n").1, Some(0));
}

/// A message that is delivered in parts goes back whole, and counts as one.
#[test]
fn an_echo_joins_parts() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        for kind in [frames::binary(&vec![7; 200_000]), frames::text(&"é".repeat(100_000))] {
            wire.send(&kind);
            assert_eq!(wire.frame().payload.len(), 200_000);
        }
        wire.send(&frames::close(1000, ""));
        wire.tell_all();
    });
    let input = [
        "{\"do\":\"configure\",\"sink\":\"echo\",\"partsAboveBytes\":1000}\n",
        &format!("{{\"do\":\"connectSocket\",\"call\":1,\"url\":\"{}\"}}\n", server.url()),
        "{\"do\":\"wait\",\"for\":\"close\",\"ms\":60000}\n",
    ];
    let (lines, status) = run(&harness("mio"), &input.concat());
    let end = r#"{"end":true,"received":2,"receivedBytes":400000,"sent":2}"#;
    assert_eq!((lines.last().map(String::as_str), status), (Some(end), Some(0)));
}

#[test]
fn lines_are_compact_and_in_one_order() {
    let commands = "{\"do\":\"closeSocket\",\"call\":1}\n{\"do\":\"connectSocket\",\"call\":\"two\"}\n";
    let (lines, _) = run(&harness("mio"), commands);
    let expected = [
        r#"{"call":1,"result":"success"}"#,
        r#"{"call":1,"result":"complete"}"#,
        r#"{"call":"two","result":"fail","error":3,"errorMessage":"the url is missing: pass one that starts with wss:// or ws://"}"#,
        r#"{"call":"two","result":"complete"}"#,
        r#"{"end":true,"received":0,"receivedBytes":0,"sent":0}"#,
    ];
    assert_eq!(lines, expected);
}
