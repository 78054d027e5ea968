//! What can be done to a session: by its user, by its server, by the network, by the clock.

use std::fmt;

use connect_socket_core::proptest::{
    Answer, Broken, Connect, Frame, Jump, OwnedPayload, RefusedConnect, ResolverAnswer,
};
use connect_socket_core::{CloseOptions, Value};

/// One step of a run.
#[derive(Clone)]
pub(crate) enum Transition {
    /// Calls, all made before anything is polled.
    Calls(Vec<Call>),
    /// So many connects one after the other, each with all that it takes until the connection is open.
    Open(u8),
    /// The resolver answers for the current connection.
    Resolve(ResolverAnswer),
    /// One of the sockets that are being dialled is connected.
    Connected(u8),
    /// One of them is not.
    Refused(u8),
    /// The transport takes so many bytes at most.
    Write(Which, usize),
    /// The transport is asked to take what there is, and fails.
    WriteFails,
    /// The server answers the upgrade.
    Answer(Answer),
    /// The server sends frames.
    Serve(Vec<Frame>),
    /// The server sends something that it must not.
    Violate(Broken),
    /// So many bytes at most arrive of what the server has sent.
    Read(usize),
    /// Something arrives on the transport of a connection that has ended.
    Drain(u8),
    /// The stream ends.
    End(Which),
    /// The transport fails.
    Reset(Which),
    /// Something is reported of a transport that is gone: the so manyth, counted from the last.
    Late(u8, Late),
    /// The clock runs on.
    Clock(Jump),
    /// The user wants messages from now on, or none.
    Receiving(bool),
}

impl fmt::Debug for Transition {
    /// In one line, also where what is around it is shown in many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(calls) => write!(f, "Calls({calls:?})"),
            Self::Open(1) => f.write_str("Open"),
            Self::Open(times) => write!(f, "Open({times} times)"),
            Self::Resolve(answer) => write!(f, "Resolve({answer:?})"),
            Self::Connected(which) => write!(f, "Connected({which})"),
            Self::Refused(which) => write!(f, "Refused({which})"),
            Self::Write(which, usize::MAX) => write!(f, "Write({which:?}, all)"),
            Self::Write(which, most) => write!(f, "Write({which:?}, {most})"),
            Self::WriteFails => f.write_str("WriteFails"),
            Self::Answer(answer) => write!(f, "Answer({answer:?})"),
            Self::Serve(frames) => write!(f, "Serve({frames:?})"),
            Self::Violate(broken) => write!(f, "Violate({broken:?})"),
            Self::Read(usize::MAX) => f.write_str("Read(all)"),
            Self::Read(most) => write!(f, "Read({most})"),
            Self::Drain(which) => write!(f, "Drain({which})"),
            Self::End(which) => write!(f, "End({which:?})"),
            Self::Reset(which) => write!(f, "Reset({which:?})"),
            Self::Late(which, late) => write!(f, "Late({which}, {late:?})"),
            Self::Clock(jump) => write!(f, "Clock({jump:?})"),
            Self::Receiving(receiving) => write!(f, "Receiving({receiving})"),
        }
    }
}

/// A call of the user.
#[derive(Clone)]
pub(crate) enum Call {
    /// A connect with nothing wrong.
    Connect(Connect),
    /// A connect with something wrong.
    Refused(RefusedConnect),
    /// A send.
    Send(OwnedPayload),
    /// A close.
    Close(CloseOptions),
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(connect) => connect.fmt(f),
            Self::Refused(refused) => write!(f, "{:?} fails with {}", refused.connect, refused.code.number()),
            Self::Send(payload) => write!(f, "Send({payload:?})"),
            Self::Close(options) if *options == CloseOptions::default() => f.write_str("Close"),
            Self::Close(options) => match options.check() {
                Ok((code, reason)) => write!(f, "Close({code}, {reason:?})"),
                Err(error) => write!(f, "Close(refused: {error})"),
            },
        }
    }
}

impl Call {
    /// Whether a connect's url asks for TLS.
    pub(crate) fn is_secure(connect: &Connect) -> bool {
        matches!(&connect.url, Value::String(url) if url.starts_with("wss:"))
    }
}

/// Which transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// That of the current connection.
    Current,
    /// One of those that linger.
    Lingering(u8),
}

/// What can be reported too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// A resolver's answer: an address.
    Resolved,
    /// A resolver's answer: there is no such name.
    NotFound,
    /// The socket is connected.
    Connected,
    /// The socket is not.
    Refused,
    /// Bytes were read.
    Received,
    /// Bytes were written.
    Transmitted,
    /// The stream has ended.
    End,
    /// The transport has failed.
    Reset,
}

impl Late {
    pub(crate) const ALL: [Self; 8] = [
        Self::Resolved,
        Self::NotFound,
        Self::Connected,
        Self::Refused,
        Self::Received,
        Self::Transmitted,
        Self::End,
        Self::Reset,
    ];
}
