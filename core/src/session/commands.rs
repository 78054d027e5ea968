//! What a Mini Program asks for: connect, send, close.

use super::Session;
use super::connection::Connection;
use super::execute::Facts;
use crate::end::End;
use crate::entropy::Entropy;
use crate::error::{Cause, Error, SendError};
use crate::frame::{FirstByte, Opcode};
use crate::ids::CallId;
use crate::lifecycle::{CloseVerdict, ConnectVerdict, Failure, SendVerdict, Trigger, accepts_sends};
use crate::params::{self, AsPayload, CloseOptions, ConnectOptions, Payload, Refusal, Request};
use crate::send_queue::{Outgoing, UnderWay};
use crate::time::Time;

impl<E: Entropy> Session<E> {
    /// `my.connectSocket`. The call settles with the connection's outcome ([S1](crate::rules#s1)). It fails at once if
    /// the options cannot be used ([S4](crate::rules#s4)), and succeeds at once if the session settles on acceptance
    /// ([S2](crate::rules#s2)). It replaces an existing connection, unless the session is configured to keep it.
    pub fn connect(&mut self, now: Time, options: &ConnectOptions) -> CallId {
        self.machine.advance_clock(now);
        let call = self.machine.next_call();
        let (require_wss, limit) = (self.machine.config.require_wss, self.machine.config.request_head_limit);
        let checked = Request::check_offering(options, require_wss, limit, &self.machine.config.extensions());
        match checked {
            Ok(request) => self.connect_checked(call, request),
            Err(refusal) => {
                let (verdict, cause) = verdict(refusal);
                if self.machine.current.is_none() {
                    self.machine.end = Some(Box::new(End::Failed(Error::new(cause.clone(), None))));
                }
                self.refuse(Trigger::Connect(verdict), call, cause);
            }
        }
        call
    }

    fn connect_checked(&mut self, call: CallId, request: Request) {
        let secure = request.secure();
        let facts = Facts {
            call: Some(call),
            cause: Some(Cause::Replaced),
            request: Some(Box::new(request)),
            ..Facts::default()
        };
        self.machine.run(Trigger::Connect(ConnectVerdict::Accepted), facts);
        let begun = self.machine.current.as_ref().is_some_and(|connection| connection.call == call);
        if begun && secure && self.machine.tls_config().is_none() {
            let why = self.machine.config.why_no_tls();
            self.machine.fail(Failure::Unknown, Cause::TlsUnavailable(why));
        } else if begun {
            self.start();
        }
    }

    /// `my.sendSocketMessage`: sends text as a text message, and bytes as a binary one; see [`AsPayload`]. The message
    /// is encoded at once, so you can free `payload` when this returns. The call succeeds when the transport has taken
    /// the last byte of the message.
    #[inline]
    pub fn send(&mut self, payload: impl AsPayload) -> CallId {
        let call = self.machine.next_call();
        #[cfg(feature = "deflate")]
        let compress = payload.may_be_compressed();
        #[cfg(not(feature = "deflate"))]
        let compress = false;
        let (opcode, bytes) = match payload.as_payload() {
            Payload::Text(text) => (Opcode::Text, text.as_bytes()),
            Payload::Binary(bytes) => (Opcode::Binary, bytes),
            Payload::Base64(text) => return self.send_base64(call, text, compress),
            Payload::Invalid => return self.refuse_send(call, Cause::SendFailed(SendError::NotAMessage)),
        };
        if self.queue_message(call, opcode, bytes, compress) {
            #[cfg(feature = "tracing")]
            self.trace_queued(call);
            call
        } else {
            self.refuse_message(call, bytes.len())
        }
    }

    /// Sends a part of a message, in a frame of its own (RFC 6455 §5.4): for a message that is too large to be in memory as a
    /// whole, or that lies in several places. Send the parts in order, all text or all bytes, the last one with `last`. A text is
    /// cut between two characters.
    ///
    /// Each part is a call, as a message is: it succeeds when its last byte is handed to the transport. It fails if it does not
    /// fit below the high-water mark, or takes the message over its limit; nothing of it is sent then, so send that part again
    /// later, or a smaller one, or close. Until the last part is sent, [`Session::send`] fails. Parts are not compressed.
    ///
    /// ```
    /// use connect_socket_core::{CallId, Entropy, Session};
    /// use std::io::Read;
    ///
    /// /// How many bytes to read, and to send, at a time.
    /// const PART: usize = 64 * 1024;
    ///
    /// /// Sends more of a file, as much as the session takes now. Says whether that is all.
    /// fn upload<E: Entropy>(session: &mut Session<E>, file: &mut dyn Read) -> std::io::Result<bool> {
    ///     let mut part = vec![0; PART];
    ///     while session.can_send_part(PART) {
    ///         let count = file.read(&mut part)?;
    ///         session.send_part(&part[..count], count == 0);
    ///         if count == 0 {
    ///             return Ok(true);
    ///         }
    ///     }
    ///     Ok(false)
    /// }
    /// # let _ = upload::<connect_socket_core::Tape>;
    /// ```
    pub fn send_part(&mut self, payload: impl AsPayload, last: bool) -> CallId {
        let call = self.machine.next_call();
        match payload.as_payload() {
            Payload::Text(text) => self.queue_part(call, Opcode::Text, text.as_bytes(), last),
            Payload::Binary(bytes) => self.queue_part(call, Opcode::Binary, bytes, last),
            Payload::Base64(text) => {
                let limit = self.machine.config.message_limit;
                if params::base64_length(text) > limit {
                    let refused = params::refuse_base64(text, limit);
                    return self.refuse_send(call, Cause::SendFailed(refused));
                }
                match params::decode_base64(text) {
                    Ok(bytes) => self.queue_part(call, Opcode::Binary, &bytes, last),
                    Err(error) => self.refuse_send(call, Cause::SendFailed(error)),
                }
            }
            Payload::Invalid => self.refuse_send(call, Cause::SendFailed(SendError::NotAMessage)),
        }
    }

    fn queue_part(&mut self, call: CallId, opcode: Opcode, payload: &[u8], last: bool) -> CallId {
        let (limit, high_water) = (self.machine.config.message_limit, self.machine.config.high_water);
        if !accepts_sends(self.machine.state.phase) {
            return self.refuse_send(call, Cause::NotOpen);
        }
        let under_way = self.machine.stream().and_then(|stream| stream.queue.under_way());
        let begun = under_way.unwrap_or(UnderWay { opcode, length: 0 });
        if begun.opcode != opcode {
            return self.refuse_send(call, Cause::SendFailed(SendError::PartOfAnotherKind));
        }
        let length = begun.length.saturating_add(payload.len());
        if length > limit {
            return self.refuse_send(call, Cause::SendFailed(SendError::TooBig { length, limit }));
        }
        let mask = self.machine.entropy.mask();
        let queued = self.machine.stream().is_some_and(|stream| {
            stream.has_room(payload.len(), high_water)
                && stream.queue.push_part(call, begun, payload, last, mask, high_water)
        });
        if !queued {
            return self.refuse_for_room(call);
        }
        #[cfg(feature = "tracing")]
        self.trace_queued(call);
        call
    }

    /// A message is queued.
    #[cfg(feature = "tracing")]
    fn trace_queued(&self, call: CallId) {
        let facts = Facts { call: Some(call), ..Facts::default() };
        super::trace::shortcut(&self.machine, Trigger::Send(SendVerdict::Accepted), &facts);
    }

    #[cold]
    fn send_base64(&mut self, call: CallId, text: &str, compress: bool) -> CallId {
        // Measured before it is decoded (M1).
        let limit = self.machine.config.message_limit;
        if !accepts_sends(self.machine.state.phase) {
            return self.refuse_send(call, Cause::NotOpen);
        }
        if params::base64_length(text) > limit {
            return self.refuse_send(call, Cause::SendFailed(params::refuse_base64(text, limit)));
        }
        match params::decode_base64(text) {
            Ok(bytes) if self.queue_message(call, Opcode::Binary, &bytes, compress) => {
                #[cfg(feature = "tracing")]
                self.trace_queued(call);
                call
            }
            Ok(bytes) => self.refuse_message(call, bytes.len()),
            Err(error) => self.refuse_send(call, Cause::SendFailed(error)),
        }
    }

    /// Whether the message was queued. If not, [`Session::refuse_message`] finds out why, so a message that is queued
    /// does not pay for it.
    #[inline]
    fn queue_message(&mut self, call: CallId, opcode: Opcode, payload: &[u8], compress: bool) -> bool {
        let (length, limit, high_water) =
            (payload.len(), self.machine.config.message_limit, self.machine.config.high_water);
        let Some(stream) = self.machine.current.as_deref_mut().and_then(Connection::stream) else {
            return false;
        };
        let accepts = accepts_sends(self.machine.state.phase) && length <= limit;
        if accepts && stream.surely_has_room(length, high_water) {
            let mask = self.machine.entropy.mask();
            let first = FirstByte::whole(opcode);
            return stream.queue.push(Outgoing::Message { call, first, payload, high_water }, || mask);
        }
        self.queue_message_exactly(call, opcode, payload, compress)
    }

    /// The same near the high-water mark, beside control frames, through TLS, and where messages are compressed.
    #[inline(never)]
    #[cfg_attr(not(feature = "deflate"), expect(unused_variables, reason = "nothing is compressed"))]
    fn queue_message_exactly(
        &mut self,
        call: CallId,
        opcode: Opcode,
        payload: &[u8],
        compress: bool,
    ) -> bool {
        let high_water = self.machine.config.high_water;
        if !self.can_send(payload.len()) {
            return false;
        }
        let mask = self.machine.entropy.mask();
        let frame = Outgoing::Message { call, first: FirstByte::whole(opcode), payload, high_water };
        #[cfg(feature = "deflate")]
        if let Some(compression) = &self.machine.config.compression
            && let Some(stream) = self.machine.current.as_deref_mut().and_then(Connection::stream)
            && stream.queue.deflates()
        {
            let compress = compress && compression.reaches(payload.len());
            return stream.queue.push_staged(frame, mask, compress);
        }
        self.machine.stream().is_some_and(|stream| stream.queue.push(frame, || mask))
    }

    /// Why a message of `length` bytes could not be queued.
    #[cold]
    fn refuse_message(&mut self, call: CallId, length: usize) -> CallId {
        let limit = self.machine.config.message_limit;
        if length > limit {
            return self.refuse_send(call, Cause::SendFailed(SendError::TooBig { length, limit }));
        }
        if self.under_way().is_some() {
            return self.refuse_send(call, Cause::SendFailed(SendError::InParts));
        }
        self.refuse_for_room(call)
    }

    /// The transport takes no more, or the queue has no room. One that the allocator has no memory for is as full as one
    /// that is at its mark.
    #[cold]
    fn refuse_for_room(&mut self, call: CallId) -> CallId {
        let error = if self.machine.stream().is_some_and(|stream| !stream.is_writable()) {
            SendError::Ended
        } else {
            let high_water = self.machine.config.high_water;
            SendError::BufferFull { buffered: self.buffered_amount(), high_water }
        };
        self.refuse_send(call, Cause::SendFailed(error))
    }

    /// A send fails: with 10 where no connection is open, whatever else is wrong with it (rule T).
    #[cold]
    fn refuse_send(&mut self, call: CallId, cause: Cause) -> CallId {
        let cause = if accepts_sends(self.machine.state.phase) { cause } else { Cause::NotOpen };
        self.refuse(Trigger::Send(SendVerdict::Refused), call, cause);
        call
    }

    /// A call fails because of what its checks found.
    fn refuse(&mut self, trigger: Trigger, call: CallId, cause: Cause) {
        self.machine.run(trigger, Facts { call: Some(call), cause: Some(cause), ..Facts::default() });
    }

    /// `my.closeSocket`. The close frame goes out after everything that is queued. The connection's Close event comes
    /// when the server has answered, or after the close timeout.
    pub fn close(&mut self, now: Time, options: &CloseOptions) -> CallId {
        self.machine.advance_clock(now);
        let call = self.machine.next_call();
        match options.check() {
            Ok((code, reason)) => {
                if let Some(connection) = self.machine.current.as_deref_mut() {
                    connection.requested.get_or_insert_with(|| Box::new((code, reason.into())));
                }
                let facts =
                    Facts { call: Some(call), cause: Some(Cause::ClosedWhileConnecting), ..Facts::default() };
                self.machine.run(Trigger::Close(CloseVerdict::Accepted), facts);
            }
            Err(error) => {
                self.refuse(Trigger::Close(CloseVerdict::Refused), call, Cause::CloseInvalid(error));
            }
        }
        call
    }
}

/// The table's name for a refusal, and the cause to report.
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
