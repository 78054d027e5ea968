//! A session in memory, with a host that does what a test says: no socket, a clock that the test names, and entropy that
//! is zeros, so that masks are zeros, too, and what is written can be read as it lies.
//!
//! [`Host`] has a session of its own and all that it needs; the functions before it are for sessions that share a
//! workspace. Many sessions in one loop have a host in `hub/host.rs`.
#![allow(dead_code, reason = "a test takes what it needs")]

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Message, Session, Tape, Time, TransportId, Workspace,
};

pub(crate) const NOW: Time = Time::ZERO;

/// So many seconds behind [`NOW`].
pub(crate) const fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

/// The answer to the key that a tape of zeros makes.
pub(crate) const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

/// Connects, and has told that the connection is open.
pub(crate) fn open(config: Config, work: &mut Workspace) -> (Session<Tape>, TransportId) {
    let mut session = Session::new(config, Tape::default());
    let transport = connect(&mut session, work);
    (session, transport)
}

/// The same with a session that has had a connection before; what became of that has been told.
pub(crate) fn connect(session: &mut Session<Tape>, work: &mut Workspace) -> TransportId {
    session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
    let transport = dialled(session);
    write(session, transport, work, NOW);
    while session.poll_event(work).is_some() {}
    read(session, transport, work, ANSWER);
    assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(work), Some(Event::Open { .. })));
    transport
}

/// The transport that is to be dialled is connected; what else was to be done for the session is done.
pub(crate) fn dialled(session: &mut Session<Tape>) -> TransportId {
    let transport = loop {
        match session.poll_action().expect("a dial") {
            Action::Dial { transport, .. } => break transport,
            Action::Release { .. } | Action::ShutdownWrite { .. } | Action::Resolve { .. } => {}
        }
    };
    session.handle_connected(NOW, transport);
    transport
}

/// The transport takes all that it is offered.
pub(crate) fn write(
    session: &mut Session<Tape>,
    transport: TransportId,
    work: &mut Workspace,
    now: Time,
) -> Vec<u8> {
    let offered = session.poll_transmit(transport, work).slices().concat();
    assert_eq!(session.handle_transmitted(now, transport, offered.len()), Ok(()));
    offered
}

/// Reads all of `bytes`, in as many reads as that takes; what each brings is taken, but no event polled.
pub(crate) fn read(session: &mut Session<Tape>, transport: TransportId, work: &mut Workspace, bytes: &[u8]) {
    let count = session.handle_bytes(NOW, transport, bytes, work);
    assert_eq!(count, bytes.len(), "the window takes all of it");
}

/// Reads `bytes` of which no event comes, in as many reads as that takes.
pub(crate) fn read_silently(
    session: &mut Session<Tape>,
    transport: TransportId,
    work: &mut Workspace,
    mut bytes: &[u8],
) {
    while !bytes.is_empty() {
        let count = session.handle_bytes(NOW, transport, bytes, work);
        assert!(count > 0, "bytes are wanted");
        bytes = &bytes[count..];
        assert!(bytes.is_empty() || session.poll_event(work).is_none());
    }
}

/// A frame of a server's, its length in the shortest form (RFC 6455 §5.2).
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(u8::try_from(length).expect("short")),
        length @ 126..=0xffff => {
            frame.push(126);
            frame.extend(u16::try_from(length).expect("not long").to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// The next message, as bytes.
pub(crate) fn message(session: &mut Session<Tape>, work: &mut Workspace) -> Option<Vec<u8>> {
    match session.poll_event(work) {
        None => None,
        Some(Event::Message { message, .. }) => Some(message.as_bytes().into()),
        Some(other) => panic!("{other:?}"),
    }
}

/// What an event tells, in short.
pub(crate) fn words(event: &Event<Message<'_>>) -> String {
    words_with(event, |message| match message {
        Message::Text(text) => format!("text {text}"),
        Message::Binary(bytes) => format!("binary {bytes:?}"),
    })
}

/// The same with messages in any form, and words for that.
pub(crate) fn words_with<M>(event: &Event<M>, shown: impl Fn(&M) -> String) -> String {
    match event {
        Event::Settled { call, result: Ok(()) } => format!("{call} ok"),
        Event::Settled { call, result: Err(error) } => format!("{call} fail {}", error.code().number()),
        Event::Open { .. } => "open".into(),
        Event::Message { message, last: true, .. } => shown(message),
        Event::Message { message, last: false, .. } => format!("part {}", shown(message)),
        Event::Error { error, .. } => format!("error {}", error.code().number()),
        Event::Close { code, reason, cause, .. } if reason.is_empty() => format!("close {code} {cause}"),
        Event::Close { code, reason, cause, .. } => format!("close {code} {reason} {cause}"),
    }
}

/// A session with a workspace of its own, and the transport that it was connected with last.
pub(crate) struct Host {
    pub(crate) session: Session<Tape>,
    pub(crate) work: Workspace,
    pub(crate) transport: TransportId,
}

impl Host {
    /// Open since [`NOW`], which has been told.
    pub(crate) fn open(config: Config) -> Self {
        let mut work = Workspace::default();
        let (session, transport) = open(config, &mut work);
        Self { session, work, transport }
    }

    /// Connected, but nothing was written yet.
    pub(crate) fn connecting(config: Config) -> Self {
        let mut session = Session::new(config, Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let transport = dialled(&mut session);
        Self { session, work: Workspace::default(), transport }
    }

    /// Another connection takes the place of the last; gives the transport of that.
    pub(crate) fn reconnect(&mut self) -> TransportId {
        let transport = connect(&mut self.session, &mut self.work);
        std::mem::replace(&mut self.transport, transport)
    }

    /// The transport takes all that it is offered.
    pub(crate) fn write(&mut self) -> Vec<u8> {
        self.write_at(NOW)
    }

    pub(crate) fn write_at(&mut self, now: Time) -> Vec<u8> {
        write(&mut self.session, self.transport, &mut self.work, now)
    }

    /// Reads all of `bytes` at once; what they tell is not polled yet.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        self.read_at(NOW, bytes);
    }

    pub(crate) fn read_at(&mut self, now: Time, bytes: &[u8]) {
        let count = self.session.handle_bytes(now, self.transport, bytes, &mut self.work);
        assert_eq!(count, bytes.len(), "the window takes all of it");
    }

    /// The next event, in short.
    pub(crate) fn event(&mut self) -> Option<String> {
        self.session.poll_event(&mut self.work).map(|event| words(&event))
    }

    /// All events that are to be told now, in short.
    pub(crate) fn told(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.event()).collect()
    }

    /// The next message, as bytes.
    pub(crate) fn message(&mut self) -> Option<Vec<u8>> {
        message(&mut self.session, &mut self.work)
    }
}
