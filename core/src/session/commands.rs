//! What a Mini Program asks for: connect, send, close.

use super::Session;
use super::execute::Facts;
use crate::entropy::Entropy;
use crate::error::{Cause, SendError};
use crate::frame::{Opcode, header_len};
use crate::ids::CallId;
use crate::lifecycle::{CloseVerdict, ConnectVerdict, Event, Failure, SendVerdict, accepts_sends};
use crate::params::{self, CloseOptions, ConnectOptions, Payload, Refusal, Request};
use crate::time::Time;

impl<E: Entropy> Session<E> {
    /// `my.connectSocket`. The call settles with the connection's outcome, or at once if the options cannot be
    /// used (S1, S4) or the session is set to settle on acceptance (S2). A connection that exists is replaced,
    /// unless the session is set to keep it.
    pub fn connect(&mut self, now: Time, options: &ConnectOptions) -> CallId {
        self.advance_clock(now);
        let call = self.next_call();
        let checked = Request::check(options, self.config.require_wss, self.config.request_head_limit);
        match checked {
            Ok(request) => self.connect_checked(call, request),
            Err(refusal) => {
                let (verdict, cause) = verdict(refusal);
                let facts = Facts { call: Some(call), call_cause: Some(cause), ..Facts::default() };
                self.run(Event::Connect(verdict), facts);
            }
        }
        call
    }

    fn connect_checked(&mut self, call: CallId, request: Request) {
        let secure = request.secure();
        let facts = Facts {
            call: Some(call),
            call_cause: Some(Cause::AlreadyConnected),
            cause: Some(Cause::Replaced),
            request: Some(Box::new(request)),
            ..Facts::default()
        };
        self.run(Event::Connect(ConnectVerdict::Accepted), facts);
        let begun = self.current.as_ref().is_some_and(|connection| connection.call == call);
        if begun && secure && self.tls_config().is_none() {
            self.fail(Failure::Unknown, Cause::TlsUnavailable);
        } else if begun {
            self.start();
        }
    }

    /// `my.sendSocketMessage`. The message is encoded at once, so `payload` is free again when this returns; the
    /// call succeeds when its last byte is handed to the transport.
    #[inline]
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        let call = self.next_call();
        let queued = match payload {
            Payload::Text(text) => self.queue_message(call, Opcode::Text, text.as_bytes()),
            Payload::Binary(bytes) => self.queue_message(call, Opcode::Binary, bytes),
            Payload::Base64(_) | Payload::Invalid => self.queue_decoded(call, payload),
        };
        if let Err(cause) = queued {
            self.refuse_send(call, cause);
        }
        call
    }

    #[cold]
    fn queue_decoded(&mut self, call: CallId, payload: Payload<'_>) -> Result<(), Cause> {
        if !accepts_sends(self.state.phase) {
            return Err(Cause::NotOpen);
        }
        match payload {
            Payload::Text(text) => self.queue_message(call, Opcode::Text, text.as_bytes()),
            Payload::Binary(bytes) => self.queue_message(call, Opcode::Binary, bytes),
            Payload::Base64(text) => {
                let bytes = params::decode_base64(text).map_err(Cause::SendFailed)?;
                self.queue_message(call, Opcode::Binary, &bytes)
            }
            Payload::Invalid => Err(Cause::SendFailed(SendError::NotAMessage)),
        }
    }

    #[inline]
    fn queue_message(&mut self, call: CallId, opcode: Opcode, payload: &[u8]) -> Result<(), Cause> {
        let Some(stream) = self.current.as_deref_mut().and_then(|connection| connection.stream()) else {
            return Err(Cause::NotOpen);
        };
        if !accepts_sends(self.state.phase) {
            return Err(Cause::NotOpen);
        }
        let (length, limit) = (payload.len(), self.config.message_limit);
        if length > limit {
            return Err(Cause::SendFailed(SendError::TooBig { length, limit }));
        }
        let (buffered, high_water) = (stream.buffered(), self.config.high_water);
        if buffered.saturating_add(header_len(length)).saturating_add(length) > high_water {
            return Err(Cause::SendFailed(SendError::BufferFull { buffered, high_water }));
        }
        let mask = self.entropy.mask();
        stream
            .queue
            .push_message(call, opcode, payload, mask)
            .map_err(|_| Cause::SendFailed(SendError::BufferFull { buffered, high_water }))
    }

    #[cold]
    fn refuse_send(&mut self, call: CallId, cause: Cause) {
        let facts = Facts { call: Some(call), call_cause: Some(cause), ..Facts::default() };
        self.run(Event::Send(SendVerdict::Refused), facts);
    }

    /// `my.closeSocket`. The close frame goes behind what is queued; the connection's Close event comes when the
    /// server has answered it, or after the close timeout.
    pub fn close(&mut self, now: Time, options: &CloseOptions) -> CallId {
        self.advance_clock(now);
        let call = self.next_call();
        match options.check() {
            Ok((code, reason)) => {
                if let Some(connection) = self.current.as_deref_mut() {
                    connection.requested.get_or_insert_with(|| Box::new((code, reason.into())));
                }
                let facts =
                    Facts { call: Some(call), cause: Some(Cause::ClosedWhileConnecting), ..Facts::default() };
                self.run(Event::Close(CloseVerdict::Accepted), facts);
            }
            Err(error) => {
                let cause = Some(Cause::CloseInvalid(error));
                let facts = Facts { call: Some(call), call_cause: cause, ..Facts::default() };
                self.run(Event::Close(CloseVerdict::Refused), facts);
            }
        }
        call
    }
}

/// The table's word for a refusal, and the cause to tell.
fn verdict(refusal: Refusal) -> (ConnectVerdict, Cause) {
    match refusal {
        Refusal::Parameter(cause) => (ConnectVerdict::ParameterInvalid, cause),
        Refusal::Url(cause) => {
            let verdict = match cause.code() {
                crate::ErrorCode::UrlMissing => ConnectVerdict::UrlMissing,
                crate::ErrorCode::SchemeInvalid => ConnectVerdict::SchemeInvalid,
                crate::ErrorCode::AnswerInvalid => ConnectVerdict::WssRequired,
                _ => ConnectVerdict::UrlInvalid,
            };
            (verdict, cause)
        }
    }
}
