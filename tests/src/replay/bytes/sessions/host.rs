//! The host of a session: sockets, a resolver and a clock that are what the script says they are.

mod compressed;

use std::net::{AddrParseError, SocketAddr};
use std::time::Duration;

use connect_socket_core::lifecycle::{OnExisting, Settle};
use connect_socket_core::{
    Action, CallId, CloseOptions, Config, ConnectOptions, ConnectionId, Keepalive, Message, Payload, Phase,
    Reason, ResolveError, Tape, Time, TransportError, TransportId, Workspace,
};

use super::super::cuts::Cut;
use super::{Hex, Settings, Step};
use crate::memory::host::Host;
use crate::memory::line::Stage;
use crate::protocol::cause_word;
use crate::vectors::bytes::calls::Kind;
use crate::vectors::bytes::sessions::{Event, Input, Task, Told, Written};
use crate::vectors::shape::CallResult;

/// Drives one session.
pub(crate) struct Player {
    host: Host<Tape, Socket>,
    work: Workspace,
    now: Time,
    cut: Cut,
    /// None where nothing is compressed.
    reader: Option<compressed::Reader>,
}

/// What the script says about a socket, beside the bytes that wait in it.
#[derive(Debug, Default)]
struct Socket {
    /// How many bytes it takes; none for any number.
    takes: Option<usize>,
    /// How its stream ends behind the bytes that wait, where the host does not read now.
    end: Option<End>,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Ended,
    Reset,
}

impl Player {
    /// A host of an idle session that reads as `cut` says.
    pub(crate) fn new(settings: &Settings, entropy: &Hex, cut: Cut) -> Self {
        Self::with(config(settings), entropy, cut)
    }

    fn with(config: Config, entropy: &Hex, cut: Cut) -> Self {
        Self {
            host: Host::new(config, Tape::new(entropy.0.clone()), false),
            // Less than the longest step has, so that a long one comes in several reads.
            work: Workspace::new(512),
            now: Time::ZERO,
            cut,
            reader: None,
        }
    }

    /// Plays a step: the same step, with what comes of it now.
    pub(crate) fn play(&mut self, at_ms: u64, input: &Input) -> Result<Step, String> {
        let counts_first = matches!(input, Input::Received { .. } | Input::Ended { .. });
        self.reach(Time::from_millis(at_ms), counts_first || matches!(input, Input::Time))?;
        let mut step =
            Step { at_ms, input: input.clone(), told: Vec::new(), host: Vec::new(), sent: Vec::new() };
        self.enter(input, &mut step)?;
        self.drain(&mut step)?;
        if let Some(reader) = &mut self.reader {
            step.sent.iter_mut().try_for_each(|written| reader.read(written))?;
        }
        Ok(step)
    }

    /// Lets the time pass. A timer of the contract must not be due on the way, or the script would leave open what
    /// comes first; but what comes from the peer counts before the time does (F8). That memory is given back is
    /// nobody's concern.
    fn reach(&mut self, time: Time, may_be_late: bool) -> Result<(), String> {
        while let Some((at, reason)) = self.host.session.poll_timeout().filter(|(at, _)| *at <= time) {
            match reason {
                Reason::Memory | Reason::Input => self.host.session.handle_timeout(at),
                // Whether anything comes behind a write that failed is for the script to say (F7).
                Reason::Unwritable => break,
                _ if may_be_late => break,
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
                numbered(self.host.connect(now, &options), *call)
            }
            Input::Send { call, data, is_buffer } => {
                numbered(self.host.send(Payload::from_script(&data.value, &is_buffer.value)), *call)
            }
            Input::Close { call, code, reason } => {
                let options = CloseOptions::from_script(code.value.clone(), reason.value.clone());
                numbered(self.host.close(now, &options), *call)
            }
            Input::Resolved { connection, addresses } => {
                let id = self.connection(*connection)?;
                let addresses: Result<Vec<_>, _> = addresses.iter().map(|text| address(text)).collect();
                let addresses = addresses.map_err(|error| format!("no address: {error}"))?;
                self.host.session.handle_resolved(now, id, Ok(&addresses));
                Ok(())
            }
            Input::NotFound { connection } => {
                let id = self.connection(*connection)?;
                self.host.session.handle_resolved(now, id, Err(ResolveError::NotFound));
                Ok(())
            }
            Input::Connected { transport } => {
                let id = self.transport(transport)?;
                self.host.connected(now, id);
                Ok(())
            }
            Input::Refused { transport } => {
                let id = self.transport(transport)?;
                self.host.line(id).stage = Stage::Failed;
                self.host.session.handle_connect_failed(
                    now,
                    id,
                    broken(std::io::ErrorKind::ConnectionRefused),
                );
                Ok(())
            }
            Input::Received { transport, bytes_hex } => self.receive(transport, &bytes_hex.0, step),
            Input::Ended { transport } => self.end(transport, End::Ended),
            Input::Reset { transport } => self.end(transport, End::Reset),
            Input::WriteFailed { transport } => {
                let id = self.transport(transport)?;
                self.host.session.handle_write_failed(now, id, broken(std::io::ErrorKind::BrokenPipe));
                Ok(())
            }
            Input::Pause => {
                self.host.set_receiving(false);
                Ok(())
            }
            Input::Resume => {
                // A pause ends at a time, and this tells it.
                self.host.session.handle_timeout(now);
                self.host.set_receiving(true);
                Ok(())
            }
            Input::Takes { transport, bytes } => {
                let id = self.transport(transport)?;
                self.host.line(id).far.takes = *bytes;
                Ok(())
            }
            Input::Time => {
                self.host.session.handle_timeout(now);
                // A step without bytes is the round of reading that brings nothing (F7).
                if let Some((_, Reason::Unwritable)) = self.host.session.poll_timeout() {
                    self.host.session.handle_timeout(now);
                }
                Ok(())
            }
        }
    }

    /// Bytes come, in pieces; what comes of each is taken before the next. What is not read now waits in the socket.
    fn receive(&mut self, transport: &str, bytes: &[u8], step: &mut Step) -> Result<(), String> {
        let id = self.transport(transport)?;
        let cut = match self.cut {
            Cut::Once(place) if place >= bytes.len() => Cut::Nowhere,
            cut => cut,
        };
        for piece in cut.pieces(bytes) {
            if self.host.line(id).is_connected() {
                self.host.line(id).unread.extend(piece);
                self.read(id)?;
                self.drain(step)?;
            }
        }
        Ok(())
    }

    /// Reads what waits in a socket, if the session wants it. Says whether there was anything.
    fn read(&mut self, id: TransportId) -> Result<bool, String> {
        let waiting = self.host.line(id).unread.make_contiguous().to_vec();
        if waiting.is_empty() || !self.host.line(id).is_connected() {
            return Ok(false);
        }
        let count = self.host.session.handle_bytes(self.now, id, &waiting, &mut self.work);
        self.host.line(id).unread.drain(..count);
        match count {
            0 if self.host.receiving => Err("it is not read now".into()),
            count => Ok(count > 0),
        }
    }

    /// A stream ends behind what waits in its socket.
    fn end(&mut self, transport: &str, end: End) -> Result<(), String> {
        let id = self.transport(transport)?;
        self.host.line(id).far.end = Some(end);
        Ok(())
    }

    /// Reports the end of a stream that is read to its end. Says whether there was one.
    fn report_end(&mut self, id: TransportId) -> bool {
        let holds_back = !self.host.receiving && self.host.session.phase() == Phase::Open;
        if !self.host.line(id).unread.is_empty() || (holds_back && self.host.is_current(id)) {
            return false;
        }
        let end = self.host.line(id).far.end.take();
        match end {
            Some(End::Ended) => self.host.session.handle_end_of_stream(self.now, id),
            Some(End::Reset) => self.host.session.handle_transport_error(
                self.now,
                id,
                broken(std::io::ErrorKind::ConnectionReset),
            ),
            None => {}
        }
        end.is_some()
    }

    /// Takes all there is to take.
    fn drain(&mut self, step: &mut Step) -> Result<(), String> {
        loop {
            let mut any = false;
            while self.host.event(&mut self.work, |event| tell(event, &mut step.told)).is_some() {
                any = true;
            }
            while let Some(action) = self.host.action(Socket::default) {
                step.host.push(task(action));
                any = true;
            }
            let connected = self.host.lines.iter().filter(|(_, line)| line.is_connected());
            for id in connected.map(|(id, _)| *id).collect::<Vec<_>>() {
                any |= self.write(id, &mut step.sent)? || self.read(id)?;
            }
            for id in self.host.lines.keys().copied().collect::<Vec<_>>() {
                any |= self.report_end(id);
            }
            // A session lets the host write before it goes on with what was read; then it is to be asked again.
            let paused = matches!(self.host.session.poll_timeout(), Some((_, Reason::Input)));
            if !any && !paused {
                return Ok(());
            }
        }
    }

    /// Writes what waits, as far as the socket takes it.
    fn write(&mut self, id: TransportId, sent: &mut Vec<Written>) -> Result<bool, String> {
        let offer = self.host.offer(&mut self.work, id);
        let takes = &mut self.host.line(id).far.takes;
        let count = takes.unwrap_or(usize::MAX).min(offer.len());
        if count == 0 {
            return Ok(false);
        }
        *takes = takes.map(|takes| takes - count);
        let transport = name(id);
        match sent.iter_mut().find(|written| written.transport == transport) {
            Some(written) => written.bytes_hex.0.extend_from_slice(&offer[..count]),
            None => sent.push(Written { transport, bytes_hex: Hex::from(&offer[..count]) }),
        }
        self.host.session.handle_transmitted(self.now, id, count).map_err(|misuse| misuse.to_string())?;
        Ok(true)
    }

    fn transport(&self, transport: &str) -> Result<TransportId, String> {
        let id = self.host.lines.keys().find(|id| name(**id) == transport);
        id.copied().ok_or_else(|| format!("{transport} was not dialled"))
    }

    fn connection(&self, number: u32) -> Result<ConnectionId, String> {
        let id = self.host.resolves.iter().find(|id| id.get() == u64::from(number));
        id.copied().ok_or_else(|| format!("nothing was looked up for connection {number}"))
    }
}

/// An address as the files write it: behind a `%` its scope, if it has one.
fn address(text: &str) -> Result<SocketAddr, AddrParseError> {
    if text.contains(':') { format!("[{text}]:0") } else { format!("{text}:0") }.parse()
}

fn task(action: Action) -> Task {
    match action {
        Action::Resolve { connection, host, port } => {
            Task::Resolve { connection: small(connection.get()), host: host.into(), port }
        }
        Action::Dial { transport, address } => {
            Task::Dial { transport: name(transport), address: address.to_string() }
        }
        Action::ShutdownWrite { transport } => Task::HalfClose { transport: name(transport) },
        Action::Release { transport } => Task::Release { transport: name(transport) },
    }
}

/// Success or fail, and complete behind it, are three callbacks to a Mini Program (G2).
fn tell(event: &connect_socket_core::Event<Message<'_>>, told: &mut Vec<Told>) {
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
            headers: opened.response.headers.joined(),
        })),
        E::Message { connection, message, .. } => {
            let (kind, data_hex) = match message {
                Message::Text(text) => (Kind::Text, (*text).into()),
                Message::Binary(bytes) => (Kind::Binary, (*bytes).into()),
            };
            told.push(Told::Event(Event::Message { connection: small(connection.get()), kind, data_hex }));
        }
        E::Error { connection, error } => told.push(Told::Event(Event::Error {
            connection: small(connection.get()),
            error: error.code().number(),
        })),
        E::Close { connection, code, reason, cause } => told.push(Told::Event(Event::Close {
            connection: small(connection.get()),
            code: *code,
            reason: reason.to_string(),
            cause: cause_word(*cause).to_owned(),
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
