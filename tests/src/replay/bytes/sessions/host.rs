//! The host of a session: sockets, a resolver and a clock that are what the script says they are.

use std::net::{AddrParseError, SocketAddr};
use std::time::Duration;

use connect_socket_core::lifecycle::{OnExisting, Settle};
use connect_socket_core::{
    Action, CallId, CloseOptions, Config, ConnectOptions, ConnectionId, Keepalive, Message, Payload, Reason,
    ResolveError, Session, Tape, Time, TransportError, TransportId, Workspace,
};

use super::super::cuts::Cut;
use super::{Hex, Settings, Step};
use crate::vectors::bytes::calls::Kind;
use crate::vectors::bytes::sessions::{Event, Input, Task, Told, Written};
use crate::vectors::shape::CallResult;

/// Drives one session.
pub(crate) struct Host {
    session: Session<Tape>,
    work: Workspace,
    now: Time,
    cut: Cut,
    lines: Vec<Line>,
    asked: Vec<ConnectionId>,
}

/// A socket.
struct Line {
    id: TransportId,
    connected: bool,
    released: bool,
    /// How many bytes it takes; none for any number.
    takes: Option<usize>,
}

impl Host {
    /// A host of an idle session that reads as `cut` says.
    pub(crate) fn new(settings: &Settings, entropy: &Hex, cut: Cut) -> Self {
        Self {
            session: Session::new(config(settings), Tape::new(entropy.0.clone())),
            // Less than the longest step has, so that a long one comes in several reads.
            work: Workspace::new(512),
            now: Time::ZERO,
            cut,
            lines: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Plays a step: the same step, with what comes of it now.
    pub(crate) fn play(&mut self, at_ms: u64, input: &Input) -> Result<Step, String> {
        self.reach(Time::from_millis(at_ms), matches!(input, Input::Time))?;
        let mut step =
            Step { at_ms, input: input.clone(), told: Vec::new(), host: Vec::new(), sent: Vec::new() };
        self.enter(input, &mut step)?;
        self.drain(&mut step)?;
        Ok(step)
    }

    /// Lets the time pass. A timer of the contract must not be due on the way, or the script would leave open
    /// what comes first; that memory is given back is nobody's concern.
    fn reach(&mut self, time: Time, timers: bool) -> Result<(), String> {
        while let Some((at, reason)) = self.session.poll_timeout().filter(|(at, _)| *at <= time) {
            match reason {
                Reason::Memory | Reason::Input | Reason::Unwritable => self.session.handle_timeout(at),
                _ if timers => break,
                _ => return Err(format!("{reason:?} was due at {at:?}")),
            }
        }
        self.now = time;
        Ok(())
    }

    fn enter(&mut self, input: &Input, step: &mut Step) -> Result<(), String> {
        let now = self.now;
        match input {
            Input::Connect { call, url, data, header, protocols } => {
                let options = ConnectOptions::new(url.value.clone())
                    .with_data(data.value.clone())
                    .with_header(header.value.clone())
                    .with_protocols(protocols.value.clone());
                numbered(self.session.connect(now, &options), *call)
            }
            Input::Send { call, data, is_buffer } => {
                numbered(self.session.send(Payload::from_script(&data.value, &is_buffer.value)), *call)
            }
            Input::Close { call, code, reason } => {
                let options = CloseOptions::from_script(code.value.clone(), reason.value.clone());
                numbered(self.session.close(now, &options), *call)
            }
            Input::Resolved { connection, addresses } => {
                let id = self.connection(*connection)?;
                let addresses: Result<Vec<_>, _> = addresses.iter().map(|text| address(text)).collect();
                let addresses = addresses.map_err(|error| format!("no address: {error}"))?;
                self.session.handle_resolved(now, id, Ok(&addresses));
                Ok(())
            }
            Input::NotFound { connection } => {
                let id = self.connection(*connection)?;
                self.session.handle_resolved(now, id, Err(ResolveError::NotFound));
                Ok(())
            }
            Input::Connected { transport } => {
                let line = self.line(transport)?;
                line.connected = true;
                let id = line.id;
                self.session.handle_connected(now, id);
                Ok(())
            }
            Input::Refused { transport } => {
                let id = self.line(transport)?.id;
                self.session.handle_connect_failed(now, id, broken(std::io::ErrorKind::ConnectionRefused));
                Ok(())
            }
            Input::Received { transport, bytes_hex } => self.receive(transport, &bytes_hex.0, step),
            Input::Ended { transport } => {
                let id = self.line(transport)?.id;
                self.session.handle_end_of_stream(now, id);
                Ok(())
            }
            Input::Reset { transport } => {
                let id = self.line(transport)?.id;
                self.session.handle_transport_error(now, id, broken(std::io::ErrorKind::ConnectionReset));
                Ok(())
            }
            Input::Takes { transport, bytes } => {
                self.line(transport)?.takes = *bytes;
                Ok(())
            }
            Input::Time => {
                self.session.handle_timeout(now);
                Ok(())
            }
        }
    }

    /// Bytes come, in pieces; what comes of each is taken before the next.
    fn receive(&mut self, transport: &str, bytes: &[u8], step: &mut Step) -> Result<(), String> {
        let id = self.line(transport)?.id;
        let cut = match self.cut {
            Cut::Once(place) if place >= bytes.len() => Cut::Nowhere,
            cut => cut,
        };
        for mut piece in cut.pieces(bytes) {
            while !piece.is_empty() && !self.line(transport)?.released {
                match self.session.handle_bytes(self.now, id, piece, &mut self.work) {
                    0 => return Err("it is not read now".into()),
                    count => piece = &piece[count..],
                }
                self.drain(step)?;
            }
        }
        Ok(())
    }

    /// Takes all there is to take.
    fn drain(&mut self, step: &mut Step) -> Result<(), String> {
        loop {
            let mut any = false;
            while let Some(event) = self.session.poll_event(&mut self.work) {
                tell(event, &mut step.told);
                any = true;
            }
            while let Some(action) = self.session.poll_action() {
                step.host.push(self.task(action));
                any = true;
            }
            for line in self.lines.iter_mut().filter(|line| line.connected && !line.released) {
                any |= write(&mut self.session, &mut self.work, self.now, line, &mut step.sent)?;
            }
            // A session lets the host write before it goes on with what was read; then it is to be asked again.
            let paused = matches!(self.session.poll_timeout(), Some((_, Reason::Input)));
            if !any && !paused {
                return Ok(());
            }
        }
    }

    fn task(&mut self, action: Action) -> Task {
        match action {
            Action::Resolve { connection, host, port } => {
                self.asked.push(connection);
                Task::Resolve { connection: small(connection.get()), host: host.into(), port }
            }
            Action::Dial { transport, address } => {
                self.lines.push(Line { id: transport, connected: false, released: false, takes: None });
                Task::Dial { transport: name(transport), address: address.to_string() }
            }
            Action::ShutdownWrite { transport } => Task::HalfClose { transport: name(transport) },
            Action::Release { transport } => {
                if let Some(line) = self.lines.iter_mut().find(|line| line.id == transport) {
                    line.released = true;
                }
                Task::Release { transport: name(transport) }
            }
        }
    }

    fn line(&mut self, transport: &str) -> Result<&mut Line, String> {
        let line = self.lines.iter_mut().find(|line| name(line.id) == transport);
        line.ok_or_else(|| format!("{transport} was not dialled"))
    }

    fn connection(&self, number: u32) -> Result<ConnectionId, String> {
        let id = self.asked.iter().find(|id| id.get() == u64::from(number));
        id.copied().ok_or_else(|| format!("nothing was looked up for connection {number}"))
    }
}

/// An address as the files write it: behind a `%` its scope, if it has one.
fn address(text: &str) -> Result<SocketAddr, AddrParseError> {
    if text.contains(':') { format!("[{text}]:0") } else { format!("{text}:0") }.parse()
}

/// Writes what waits, as far as the line takes it.
fn write(
    session: &mut Session<Tape>,
    work: &mut Workspace,
    now: Time,
    line: &mut Line,
    sent: &mut Vec<Written>,
) -> Result<bool, String> {
    let offer = session.poll_transmit(line.id, work).slices().concat();
    let count = line.takes.unwrap_or(usize::MAX).min(offer.len());
    if count == 0 {
        return Ok(false);
    }
    line.takes = line.takes.map(|takes| takes - count);
    let transport = name(line.id);
    match sent.iter_mut().find(|written| written.transport == transport) {
        Some(written) => written.bytes_hex.0.extend_from_slice(&offer[..count]),
        None => sent.push(Written { transport, bytes_hex: Hex::from(&offer[..count]) }),
    }
    session.handle_transmitted(now, line.id, count).map_err(|misuse| misuse.to_string())?;
    Ok(true)
}

/// Success or fail, and complete behind it, are three callbacks to a Mini Program (G2).
fn tell(event: connect_socket_core::Event<Message<'_>>, told: &mut Vec<Told>) {
    use connect_socket_core::Event as E;
    match event {
        E::Settled { call, result } => {
            let call = small(call.get());
            let (word, error) = match result {
                Ok(()) => ("success", None),
                Err(error) => ("fail", Some(error.code().number())),
            };
            told.push(Told::Result(CallResult { call, result: word.into(), error }));
            told.push(Told::Result(CallResult { call, result: "complete".into(), error: None }));
        }
        E::Open { connection, opened } => told.push(Told::Event(Event::Open {
            connection: small(connection.get()),
            protocol: opened.response.protocol.clone(),
            headers: opened.response.headers.clone(),
        })),
        E::Message { connection, message } => {
            let (kind, data_hex) = match message {
                Message::Text(text) => (Kind::Text, text.into()),
                Message::Binary(bytes) => (Kind::Binary, bytes.into()),
            };
            told.push(Told::Event(Event::Message { connection: small(connection.get()), kind, data_hex }));
        }
        E::Error { connection, error } => told.push(Told::Event(Event::Error {
            connection: small(connection.get()),
            error: error.code().number(),
        })),
        E::Close { connection, code, reason, cause } => told.push(Told::Event(Event::Close {
            connection: small(connection.get()),
            code,
            reason: reason.into(),
            cause: cause.name().to_owned(),
        })),
    }
}

fn config(settings: &Settings) -> Config {
    Config::default()
        .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
        .close_timeout(Duration::from_millis(settings.close_timeout_ms))
        .message_limit(settings.message_limit)
        .frame_limit(settings.frame_limit)
        .response_head_limit(settings.response_head_limit)
        .request_head_limit(settings.request_head_limit)
        .high_water(settings.high_water)
        .keepalive(settings.keepalive.map(|keepalive| {
            let [interval, timeout] =
                [keepalive.interval_ms, keepalive.timeout_ms].map(Duration::from_millis);
            Keepalive::new(interval, timeout)
        }))
        .settle(Settle::ALL.into_iter().find(|it| it.name() == settings.settle).unwrap_or(Settle::OnOutcome))
        .on_existing(
            OnExisting::ALL
                .into_iter()
                .find(|it| it.name() == settings.on_existing)
                .unwrap_or(OnExisting::Replace),
        )
        .require_wss(settings.require_wss)
}

fn broken(kind: std::io::ErrorKind) -> TransportError {
    TransportError::new(kind, "as the script says")
}

fn numbered(call: CallId, number: u32) -> Result<(), String> {
    let same = call.get() == u64::from(number);
    same.then_some(()).ok_or_else(|| format!("the script calls it {number}, but it is {call}"))
}

fn name(transport: TransportId) -> String {
    format!("{}.{}", transport.connection().get(), transport.attempt())
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
