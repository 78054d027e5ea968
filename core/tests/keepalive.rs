//! A pause of the host's own making is no silence of the peer's (semantics F6).

mod opened;

use std::time::Duration;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{Config, Keepalive, Reason, ReceiveBuffer, Session, Tape, Time, TransportId};
use opened::open;

const fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

struct Host {
    session: Session<Tape>,
    buffer: ReceiveBuffer,
    transport: TransportId,
}

impl Host {
    fn transmit(&mut self, now: Time) {
        let count = self.session.poll_transmit(self.transport).len();
        assert_eq!(self.session.handle_transmitted(now, self.transport, count), Ok(()));
    }

    fn receive(&mut self, now: Time, bytes: &[u8]) {
        let window = self.session.receive_window(self.transport, &mut self.buffer).expect("a window");
        window[..bytes.len()].copy_from_slice(bytes);
        let taken = self.session.handle_received(now, self.transport, &mut self.buffer, bytes.len());
        assert_eq!(taken, Ok(()));
        while self.session.poll_event(&mut self.buffer).is_some() {}
    }

    /// What is due at `now` happens; where the session stands then, and what it waits for.
    fn wait(&mut self, now: Time) -> (Phase, Option<(Time, Reason)>) {
        self.session.handle_timeout(now);
        self.transmit(now);
        (self.session.phase(), self.session.poll_timeout())
    }
}

#[test]
fn f6_a_pong_that_waits_unread_in_a_pause_is_none_that_is_missing() {
    let keepalive = Keepalive { interval: Duration::from_secs(20), timeout: Duration::from_secs(5) };
    let config = Config { keepalive: Some(keepalive), ..Config::default() };
    let mut buffer = ReceiveBuffer::default();
    let (session, transport) = open(config, &mut buffer);
    let mut host = Host { session, buffer, transport };

    // A ping is out, and its pong is in the socket, when the host makes a pause.
    assert_eq!(host.wait(at(20)), (Phase::Open, Some((at(25), Reason::Pong))));
    host.session.set_receiving(false);
    assert_eq!(host.wait(at(60)), (Phase::Open, None));

    // It goes on; what is due happens before the socket is read.
    host.session.set_receiving(true);
    assert_eq!(host.wait(at(60)), (Phase::Open, Some((at(80), Reason::Ping))));

    // The next ping is answered. A peer that is silent from then on is given up.
    assert_eq!(host.wait(at(80)), (Phase::Open, Some((at(85), Reason::Pong))));
    host.receive(at(81), b"\x8a\x00");
    assert_eq!(host.wait(at(81)), (Phase::Open, Some((at(101), Reason::Ping))));
    assert_eq!(host.wait(at(101)), (Phase::Open, Some((at(106), Reason::Pong))));
    assert_eq!(host.wait(at(106)), (Phase::Idle, None));
}
