//! Keepalive: pings when nothing comes, and what ends the wait for their answer (rule F6).

use super::prelude::*;

fn with_keepalive(interval: Duration, timeout: Duration) -> Config {
    Config::default().keepalive(Keepalive::new(interval, timeout))
}

pub(super) fn pings_go_out_and_pongs_keep_it_open<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        for _ in 0..3 {
            let ping = wire.frame();
            assert_eq!(ping.first, 0x89);
            wire.send(&frames::pong(&ping.payload));
            wire.mark("answered");
        }
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(with_keepalive(SHORT, PATIENCE));
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    for _ in 0..3 {
        stage.hear_mark(server.told(), "answered");
    }
    stage.quiet();
}

pub(super) fn no_pong_in_time_is_6<C: Client>() {
    let server = server_sending(Vec::new());
    let mut stage = Stage::<C>::with(with_keepalive(SHORT, ROOMY));
    stage.connected(&server.url(), 1);
    let error = stage.error(1, 6);
    assert!(error.was(&Cause::PongTimeout));
    stage.closed(1, 1006, "", TimedOut);
    hear_head(&mut stage, &server);
    assert_eq!(hear_frame(&mut stage, &server).opcode(), 9);
    assert!(matches!(stage.hear(server.told()), Told::End(_)), "the transport is gone");
    stage.works(2);
}

pub(super) fn pending_sends_fail_with_the_pong_timeout<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.read_little();
        wire.open();
        wire.pause();
    });
    // There is time to hand over some mebibytes before the ping, wherever the client runs.
    let mut stage = Stage::<C>::with(with_keepalive(ROOMY * 2, ROOMY));
    stage.connected(&server.url(), 1);
    let call = stage.send(&"0".repeat(6 * 1024 * 1024));
    stage.fail(call, 11);
    stage.error(1, 6);
    stage.closed(1, 1006, "", TimedOut);
    stage.works(2);
}

pub(super) fn any_frame_ends_the_wait<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        for answer in [frames::text("no pong"), frames::ping(b""), frames::pong(b"not yours")] {
            // Each time a ping comes, so each time the wait before it had ended.
            assert_eq!(wire.frame().opcode(), 9);
            wire.send(&answer);
            if answer[0] == 0x89 {
                assert_eq!(wire.frame().opcode(), 10);
            }
        }
        assert_eq!(wire.frame().opcode(), 9);
        wire.send(&frames::close(1000, "survived"));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(with_keepalive(SHORT, ROOMY));
    stage.connected(&server.url(), 1);
    stage.text(1, "no pong");
    stage.closed(1, 1000, "survived", Remote);
}

pub(super) fn keepalive_works_behind_tls<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), |mut wire| {
        wire.open();
        let ping = wire.frame();
        wire.send(&frames::pong(&ping.payload));
        assert_eq!(wire.frame().opcode(), 9);
        wire.tell_all();
    });
    let keepalive = Some(Keepalive::new(SHORT, ROOMY));
    let mut stage = Stage::<C>::with(trusting().keepalive(keepalive));
    stage.connected(&server.wss_url(), 1);
    stage.error(1, 6);
    stage.closed(1, 1006, "", TimedOut);
}
