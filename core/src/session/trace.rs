//! Reports every step of the lifecycle, and what the host is asked to do, through the crate `tracing` (the feature of that
//! name).
//!
//! It shows names from the table, ids, addresses, the url without its query, and causes as in error messages. It never
//! shows payloads, header values, queries or the reasons of close frames (G6).

use super::execute::Facts;
use super::machine::Machine;
use crate::code::ErrorCode;
use crate::error::{Cause, TransportError};
use crate::event::Action;
use crate::ids::TransportId;
use crate::lifecycle::{self, Effect, Origin, SendVerdict, Signal, Step, Trigger};

/// The table has given this step. It has not been carried out yet.
pub(super) fn step<E>(machine: &Machine<E>, trigger: Trigger, step: &Step, facts: &Facts<'_>) {
    // The level is part of an event's static callsite.
    macro_rules! report {
        ($level:ident) => {
            tracing::$level!(
                connection = concerned(machine, trigger),
                call = facts.call.map(crate::CallId::get),
                state = %machine.state.phase,
                trigger = %trigger,
                next = %step.next.phase,
                effects = %step.effects,
                cause = cause(machine, trigger, step, facts).map(display),
                begins = begins(machine, step),
                url = facts.request.as_deref().map(|request| &**request.shown_url()),
                "step"
            )
        };
    }
    if comes_with_traffic(trigger) { report!(trace) } else { report!(debug) }
}

/// A step is carried out without the table.
pub(super) fn shortcut<E>(machine: &Machine<E>, trigger: Trigger, facts: &Facts<'_>) {
    if has_listener() {
        step(machine, trigger, &lifecycle::step(machine.state, trigger), facts);
    }
}

/// Whether somebody listens to what comes with traffic.
pub(super) fn has_listener() -> bool {
    tracing::enabled!(tracing::Level::TRACE)
}

/// A socket is connected, or could not be.
pub(super) fn dialled(transport: TransportId, error: Option<&TransportError>) {
    let (connection, attempt) = (transport.connection().get(), transport.attempt());
    match error {
        None => tracing::debug!(connection, attempt, "connected"),
        Some(error) => tracing::debug!(connection, attempt, %error, "not connected"),
    }
}

/// The host is asked to do this.
pub(super) fn action(action: &Action) {
    match action {
        Action::Resolve { connection, host, port } => {
            tracing::debug!(connection = connection.get(), host = &**host, port, "resolve");
        }
        Action::Dial { transport, address } => {
            let (connection, attempt) = (transport.connection().get(), transport.attempt());
            tracing::debug!(connection, attempt, address = %address, "dial");
        }
        Action::ShutdownWrite { transport } => {
            let (connection, attempt) = (transport.connection().get(), transport.attempt());
            tracing::debug!(connection, attempt, "shut down writing");
        }
        Action::Release { transport } => {
            let (connection, attempt) = (transport.connection().get(), transport.attempt());
            tracing::debug!(connection, attempt, "release");
        }
    }
}

/// Whether it comes with messages, pings or bytes. One session can make thousands of these a second.
const fn comes_with_traffic(trigger: Trigger) -> bool {
    match trigger {
        Trigger::Connect(_) | Trigger::Close(_) | Trigger::Send(SendVerdict::Refused) => false,
        Trigger::Send(SendVerdict::Accepted) | Trigger::Signal(Origin::Stale, _) => true,
        Trigger::Signal(Origin::Current, signal) => match signal {
            Signal::Heard | Signal::Message | Signal::Ping | Signal::PingDue | Signal::Sent => true,
            Signal::Opened
            | Signal::Failed(_)
            | Signal::PeerClose
            | Signal::EndOfStream
            | Signal::TransportError
            | Signal::Unwritable
            | Signal::Violation
            | Signal::NotUtf8
            | Signal::OverLimit
            | Signal::PongTimeout
            | Signal::CloseTimeout => false,
        },
    }
}

/// The connection that is current before the step. None if a stale signal belongs to another.
fn concerned<E>(machine: &Machine<E>, trigger: Trigger) -> Option<u64> {
    match trigger {
        Trigger::Signal(Origin::Stale, _) => None,
        Trigger::Connect(_) | Trigger::Send(_) | Trigger::Close(_) | Trigger::Signal(Origin::Current, _) => {
            machine.current.as_deref().map(|it| it.id.get())
        }
    }
}

/// The connection that the step begins.
fn begins<E>(machine: &Machine<E>, step: &Step) -> Option<u64> {
    step.effects.as_slice().contains(&Effect::Begin).then_some(machine.last_connection + 1)
}

/// Why a call fails, the connection ends, or nothing more can be written.
fn cause<E>(machine: &Machine<E>, trigger: Trigger, step: &Step, facts: &Facts<'_>) -> Option<Cause> {
    match (trigger, step.effects.iter().find_map(|effect| effect.failure())) {
        (Trigger::Signal(Origin::Current, Signal::Unwritable), None) => {
            let connection = machine.current.as_deref()?;
            let error = connection.stream_ref()?.write_error()?;
            Some(Cause::Transport(connection.phase(), error.clone()))
        }
        // The table judges the policy (V5), so there is no cause from outside.
        (Trigger::Connect(_), Some(ErrorCode::AlreadyConnected)) if step.ended.is_none() => {
            Some(Cause::AlreadyConnected)
        }
        (_, None) if step.ended.is_none() => None,
        (_, Some(_) | None) => facts.cause.clone(),
    }
}
