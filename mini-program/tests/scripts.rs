//! Every script of the folder `scripts`, in the host, over both adapters: what it logs is what is expected of it. Its servers are
//! those of the end-to-end tests.

mod servers;

use std::path::Path;
use std::process::{Command, Output};

use connect_socket_tests::peers::echo::{EchoOptions, EchoServer};
use servers::Servers;

/// What a run of the host gave.
struct Ran {
    log: String,
    errors: String,
    status: Option<i32>,
}

/// Runs scripts of the folder with these options.
fn run(adapter: &str, options: &[&str], scripts: &[&str], arguments: &[&str]) -> Ran {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mini-program"));
    command.current_dir(folder).args(["--adapter", adapter]).args(options).args(scripts);
    let Output { status, stdout, stderr } =
        command.arg("--").args(arguments).output().expect("the host runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { log: text(stdout), errors: text(stderr), status: status.code() }
}

/// The same; it must end well, and log the text that is in the folder `expected` under this name.
fn logs(adapter: &str, options: &[&str], scripts: &[&str], arguments: &[&str], name: &str) {
    let ran = run(adapter, options, scripts, arguments);
    assert_log(&ran, name);
    assert_eq!((ran.status, &*ran.errors), (Some(0), ""), "{}", ran.log);
}

fn assert_log(ran: &Ran, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    if std::env::var_os("WRITE_EXPECTED").is_some() {
        std::fs::write(&path, &ran.log).expect("it can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(ran.log == expected, "expected:\n{expected}\nlogged:\n{}\nerrors:\n{}", ran.log, ran.errors);
}

/// Makes a module of tests for each adapter.
macro_rules! over_both {
    ($($(#[$meta:meta])* fn $name:ident($adapter:ident: &str) $body:block)+) => {
        $($(#[$meta])* fn $name($adapter: &str) $body)+
        mod mio { $(#[test] fn $name() { super::$name("mio"); })+ }
        mod smol { $(#[test] fn $name() { super::$name("smol"); })+ }
    };
}

over_both! {
    fn the_sample_of_the_page_runs_as_printed(adapter: &str) {
        let ran = run(adapter, &[], &["page.js"], &[]);
        assert_eq!((ran.status, &*ran.log, &*ran.errors), (Some(0), "", ""));
        logs(adapter, &[], &["watch.js", "page.js"], &[], "page.txt");
    }

    fn echo(adapter: &str) {
        let server = EchoServer::start();
        logs(adapter, &[], &["echo.js"], &[&server.url()], "echo.txt");
    }

    fn echo_over_wss(adapter: &str) {
        let servers = Servers::start();
        logs(adapter, &["--ca", &servers.ca()], &["echo.js"], &[&servers.url("secure")], "echo.txt");
    }

    /// It connects as often as it was dropped, and once more: no storm.
    fn chat_comes_back(adapter: &str) {
        let server = EchoServer::start();
        logs(adapter, &[], &["chat.js"], &[&server.url()], "chat.txt");
    }

    fn q3_subprotocols_are_offered_by_header_and_by_protocols(adapter: &str) {
        let server = EchoServer::with(EchoOptions { subprotocol: Some("chat"), ..EchoOptions::default() });
        logs(adapter, &[], &["subprotocol.js"], &[&server.url()], "subprotocol.txt");
    }

    fn l_bytes_both_ways(adapter: &str) {
        let server = EchoServer::start();
        logs(adapter, &[], &["binary.js"], &[&server.url()], "binary-base64.txt");
        let options = ["--binary", "arraybuffer"];
        logs(adapter, &options, &["binary.js"], &[&server.url()], "binary-arraybuffer.txt");
    }

    fn c_all_twelve_codes_by_their_causes(adapter: &str) {
        let servers = Servers::start();
        let options = ["--timeout", "0.3", "--ca", &servers.ca()];
        logs(adapter, &options, &["codes.js"], &[&servers.json()], "codes.txt");
    }

    fn t_the_sequences_of_the_contract(adapter: &str) {
        let servers = Servers::start();
        let options = ["--timeout", "0.3", "--tell-replaced", "--ca", &servers.ca()];
        logs(adapter, &options, &["listen.js", "sequences.js"], &[&servers.json()], "sequences.txt");
    }

    fn v_parameters_of_every_kind_have_their_outcome(adapter: &str) {
        let server = EchoServer::start();
        let ran = run(adapter, &[], &["parameters.js"], &[&server.url()]);
        assert_log(&ran, "parameters.txt");
        assert_eq!(ran.status, Some(0), "{}", ran.errors);
        for said in [
            "my.connectSocket: url cannot be read: Error: the getter of url",
            "my.connectSocket: data cannot be read: TypeError: ",
            "my.connectSocket: protocols cannot be read: Error: the getter of inside",
            "my.sendSocketMessage: data cannot be read: Error: the getter of data",
            "my.closeSocket: code cannot be read: ",
        ] {
            assert!(ran.errors.contains(said), "{said}\n{}", ran.errors);
        }
    }

    fn g2_callbacks_keep_their_order_whatever_they_throw(adapter: &str) {
        let server = EchoServer::start();
        let ran = run(adapter, &[], &["callbacks.js"], &[&server.url()]);
        assert_log(&ran, "callbacks.txt");
        assert_eq!(ran.status, Some(1), "{}", ran.errors);
        let said: Vec<_> = ran.errors.lines().filter(|line| line.starts_with("Uncaught")).collect();
        assert_eq!(
            said,
            [
                "Uncaught Error: success throws",
                "Uncaught TypeError: a listener throws",
                "Uncaught RangeError: a callback throws",
                r#"Uncaught (in promise) {"error":5,"errorMessage":"the url must start with ws:// or wss://"}"#,
            ]
        );
        assert!(ran.errors.contains("at success (callbacks.js:"), "with a stack: {}", ran.errors);
    }

    /// Ten connects are where the script stops counting.
    fn l_a_client_that_reconnects_from_close_is_not_told_of_the_connection_it_replaced(adapter: &str) {
        for (options, name) in
            [(&[][..], "replaced.txt"), (&["--tell-replaced"], "replaced-told.txt")]
        {
            let servers = Servers::start();
            let arguments = [&*servers.url("silent"), &*servers.url("echo")];
            logs(adapter, options, &["replaced.js"], &arguments, name);
        }
    }

    fn a_module_imports_and_awaits(adapter: &str) {
        let server = EchoServer::start();
        logs(adapter, &[], &["module.mjs"], &[&server.url()], "module.txt");
    }

    fn the_tour_needs_nothing(adapter: &str) {
        let ran = run(adapter, &[], &[], &[]);
        assert_eq!((ran.status, &*ran.errors), (Some(0), ""), "{}", ran.log);
        for told in [
            "onSocketOpen {\"connection\":\"Upgrade\"",
            "{\"fetchStart\":0,\"domainLookUpStart\":0,",
            "\"data\":\"hello\"",
            "onSocketClose {\"code\":1000,\"reason\":\"bye\"}",
        ] {
            assert!(ran.log.contains(told), "{}", ran.log);
        }
    }

    fn policies_are_set_on_the_command_line(adapter: &str) {
        let servers = Servers::start();
        let told = |options: &[&str], text: &str| {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("script.js");
            std::fs::write(&path, text).expect("a file");
            let ran = run(adapter, options, &[path.to_str().expect("UTF-8")], &[&servers.url("echo")]);
            (ran.log.trim_end().replace('\n', " "), ran.status)
        };
        let connect = "const o = { url: argv[0], success: () => console.log('success'), \
                       fail: ({ error }) => console.log('fail', error) };
                       my.onSocketOpen(() => { console.log('open'); my.closeSocket(); }); my.connectSocket(o);";
        assert_eq!(told(&[], connect), ("success open".to_owned(), Some(0)));
        assert_eq!(told(&["--require-wss"], connect), ("fail 8".to_owned(), Some(0)));
        let twice = format!("{connect} my.connectSocket(o);");
        assert_eq!(told(&["--on-existing", "reject"], &twice), ("fail 2 success open".to_owned(), Some(0)));
        assert_eq!(told(&[], &twice), ("fail 2 success open".to_owned(), Some(0)));
        let refused = "my.onSocketError(({ error }) => console.log('error', error)); \
                       my.connectSocket({ url: 'ws://127.0.0.1:1/', success: () => console.log('success') });";
        assert_eq!(told(&["--settle", "accept"], refused), ("success error 1".to_owned(), Some(0)));
        assert_eq!(told(&["--settle", "outcome"], refused), ("error 1".to_owned(), Some(0)));
    }

    fn what_the_host_cannot_do_ends_with_2(adapter: &str) {
        for (options, said) in [
            (&["missing.js"][..], "missing.js: "),
            (&["--ca", "missing.pem", "echo.js"], "missing.pem: "),
            (&["--timeout", "soon", "echo.js"], "not a number"),
        ] {
            let ran = run(adapter, options, &[], &[]);
            assert_eq!((ran.status, &*ran.log), (Some(2), ""), "{}", ran.errors);
            assert!(ran.errors.contains(said), "{}", ran.errors);
        }
    }

    fn what_goes_uncaught_ends_with_1_and_its_stack(adapter: &str) {
        for (text, said) in [
            ("function deep() { throw new Error('thrown'); }\ndeep();", "Uncaught Error: thrown"),
            ("this is no script", "Uncaught SyntaxError"),
            ("setTimeout(() => { throw new Error('later'); });", "Uncaught Error: later"),
            ("Promise.reject(new Error('rejected'));", "Uncaught (in promise) Error: rejected"),
            ("import './missing.js';", "missing.js"),
            ("import 'package';", "a module is named by its path"),
            ("export {}; throw new Error('in a module');", "Uncaught (in promise) Error: in a module"),
            ("throw 1", "Uncaught 1"),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("script.js");
            std::fs::write(&path, text).expect("a file");
            let ran = run(adapter, &[], &[path.to_str().expect("UTF-8")], &[]);
            assert_eq!(ran.status, Some(1), "{text}\n{}", ran.errors);
            assert!(ran.errors.contains(said), "{text}\n{}", ran.errors);
        }
        let handled = "setTimeout(() => {}); setTimeout(() => {}, undefined); clearTimeout(); clearInterval(NaN); const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => {}));";
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("script.js");
        std::fs::write(&path, handled).expect("a file");
        assert_eq!(run(adapter, &[], &[path.to_str().expect("UTF-8")], &[]).status, Some(0));
    }
}

#[test]
fn every_expected_log_belongs_to_a_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    let text = include_str!("scripts.rs");
    let files = std::fs::read_dir(folder).expect("the folder");
    for name in files.flatten().map(|file| file.file_name().into_string().expect("UTF-8")) {
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
}
