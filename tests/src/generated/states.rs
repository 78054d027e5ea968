//! The table for people: the default settings, in the words of the API, as Markdown.

use core::fmt;

use connect_socket_core::lifecycle::{
    Call, CloseCause, CloseCode, CloseFrameKind, CloseVerdict, ConnectVerdict, Effect, Ended, Failure,
    Notice, Origin, Outcome, Phase, SendVerdict, Signal, State, Step, Trigger, step,
};

/// The table of the default settings as Markdown: state, input, results and events in order, next state.
///
/// Inputs that do the same share a row, and those that do the same in every state stand first. What only
/// concerns timers and transports is left out; [`table`](connect_socket_core::lifecycle::table) has it.
pub(super) struct States;

impl fmt::Display for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("| State | Input | Results and events, in order | Next |\n|---|---|---|---|\n")?;
        rows(f, "any", Phase::Idle, is_the_same_everywhere)?;
        for phase in Phase::ALL {
            rows(f, phase.name(), phase, |trigger| {
                !is_the_same_everywhere(trigger) && shows(phase, trigger)
            })?;
        }
        f.write_str("| any | anything else | nothing | same |\n")?;
        f.write_str("| replaced, failed, closed | anything | nothing | same |\n")
    }
}

fn row(phase: Phase, trigger: Trigger) -> Step {
    step(State::default().in_phase(phase), trigger)
}

/// What of a step is worth a word.
fn told(step: &Step) -> impl Iterator<Item = Effect> {
    step.effects.into_iter().filter(|effect| match effect {
        Effect::Settle(_, _)
        | Effect::FailSends
        | Effect::Tell(_)
        | Effect::Begin
        | Effect::QueueMessage
        | Effect::SendClose(_)
        | Effect::AnswerPing
        | Effect::SendPing => true,
        Effect::Arm(_) | Effect::Disarm(_) | Effect::Drop | Effect::Linger => false,
    })
}

fn looks_like(a: &Step, b: &Step) -> bool {
    a.next == b.next && a.ended == b.ended && told(a).eq(told(b))
}

fn shows(phase: Phase, trigger: Trigger) -> bool {
    let step = row(phase, trigger);
    step.next.phase != phase || told(&step).next().is_some()
}

fn is_the_same_everywhere(trigger: Trigger) -> bool {
    shows(Phase::Idle, trigger)
        && Phase::ALL.into_iter().all(|phase| {
            let here = row(phase, trigger);
            here.next.phase == phase && told(&here).eq(told(&row(Phase::Idle, trigger)))
        })
}

/// One row for each thing that the wanted events do, in the order of their first events.
fn rows(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    phase: Phase,
    wanted: impl Fn(Trigger) -> bool,
) -> fmt::Result {
    let events = || Trigger::ALL.into_iter().filter(|&trigger| wanted(trigger));
    for (at, trigger) in events().enumerate() {
        let step = row(phase, trigger);
        let alike = |other: &Trigger| looks_like(&step, &row(phase, *other));
        if events().take(at).any(|earlier| alike(&earlier)) {
            continue;
        }
        write!(f, "| {name} | ")?;
        // Where it does not matter whether a message is valid, sendSocketMessage alone says it all.
        let inputs = events().filter(alike).filter(|input| match input {
            Trigger::Send(SendVerdict::Refused) => !alike(&Trigger::Send(SendVerdict::Accepted)),
            Trigger::Send(SendVerdict::Accepted)
            | Trigger::Connect(_)
            | Trigger::Close(_)
            | Trigger::Signal(_, _) => true,
        });
        for (nth, input) in inputs.enumerate() {
            write!(f, "{}{}", if nth > 0 { "; " } else { "" }, input_words(input))?;
        }
        f.write_str(" | ")?;
        tell(f, &step)?;
        f.write_str(" | ")?;
        next(f, phase, &step)?;
        f.write_str(" |\n")?;
    }
    Ok(())
}

fn tell(f: &mut fmt::Formatter<'_>, step: &Step) -> fmt::Result {
    if step.ended == Some(Ended::Replaced) {
        f.write_str("old connection: ")?;
    }
    for (nth, effect) in told(step).enumerate() {
        if nth > 0 {
            f.write_str("; ")?;
        }
        action_words(f, effect)?;
    }
    Ok(())
}

fn next(f: &mut fmt::Formatter<'_>, phase: Phase, step: &Step) -> fmt::Result {
    match step.ended {
        Some(Ended::Replaced) => write!(f, "{}; old connection: {}", step.next.phase, Ended::Replaced),
        Some(ended @ (Ended::Failed | Ended::Closed)) => write!(f, "{ended}, so {}", step.next.phase),
        None if step.next.phase == phase => f.write_str("same"),
        None => write!(f, "{}", step.next.phase),
    }
}

fn action_words(f: &mut fmt::Formatter<'_>, effect: Effect) -> fmt::Result {
    match effect {
        Effect::Settle(call, outcome) => {
            f.write_str(match call {
                Call::This => "",
                Call::Connect => "connectSocket ",
                Call::Send => "sendSocketMessage ",
            })?;
            match outcome {
                Outcome::Success => f.write_str("success, complete"),
                Outcome::Fail(code) => write!(f, "fail {}, complete", code.number()),
            }
        }
        Effect::FailSends => f.write_str("pending sends: fail 11, complete"),
        Effect::Tell(notice) => match notice {
            Notice::Opened => f.write_str("onSocketOpen"),
            Notice::Message => f.write_str("onSocketMessage"),
            Notice::Error(code) => write!(f, "onSocketError {}", code.number()),
            Notice::Closed(code, cause) => {
                f.write_str("onSocketClose ")?;
                code_words(f, code)?;
                f.write_str(", ")?;
                f.write_str(match cause {
                    CloseCause::TimedOut => "timed out",
                    CloseCause::TooBig => "too big",
                    CloseCause::Local
                    | CloseCause::Remote
                    | CloseCause::Abnormal
                    | CloseCause::Replaced
                    | CloseCause::Protocol => cause.name(),
                })
            }
        },
        Effect::Begin => f.write_str("a new connection starts"),
        Effect::QueueMessage => f.write_str("the message is queued"),
        Effect::SendClose(kind) => f.write_str(match kind {
            CloseFrameKind::Normal => "close frame 1000 goes out",
            CloseFrameKind::AsRequested => "the close frame goes out behind what is queued",
            CloseFrameKind::Reply => "the reply to the close frame goes out",
            CloseFrameKind::Protocol => "close frame 1002 goes out",
            CloseFrameKind::NotUtf8 => "close frame 1007 goes out",
            CloseFrameKind::TooBig => "close frame 1009 goes out",
        }),
        Effect::AnswerPing => f.write_str("a pong goes out"),
        Effect::SendPing => f.write_str("a ping goes out"),
        Effect::Arm(timer) => write!(f, "the {timer} timer starts"),
        Effect::Disarm(timer) => write!(f, "the {timer} timer stops"),
        Effect::Drop | Effect::Linger => f.write_str("the transport goes"),
    }
}

fn code_words(f: &mut fmt::Formatter<'_>, code: CloseCode) -> fmt::Result {
    match code {
        CloseCode::AsRequested => f.write_str("as requested"),
        CloseCode::OfPeer => f.write_str("with the server's code, or 1005"),
        CloseCode::Normal => f.write_str("1000"),
        CloseCode::Abnormal => f.write_str("1006"),
        CloseCode::Protocol => f.write_str("1002"),
        CloseCode::NotUtf8 => f.write_str("1007"),
        CloseCode::TooBig => f.write_str("1009"),
    }
}

fn input_words(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Connect(verdict) => match verdict {
            ConnectVerdict::Accepted => "connectSocket",
            ConnectVerdict::UrlMissing => "connectSocket without a url",
            ConnectVerdict::UrlInvalid => "connectSocket, url not valid",
            ConnectVerdict::SchemeInvalid => "connectSocket, neither ws nor wss",
            ConnectVerdict::WssRequired => "connectSocket, ws where wss is required",
            ConnectVerdict::ParameterInvalid => "connectSocket, other parameters not valid",
        },
        Trigger::Send(verdict) => match verdict {
            SendVerdict::Accepted => "sendSocketMessage",
            SendVerdict::Refused => "sendSocketMessage, not valid, too large or the buffer full",
        },
        Trigger::Close(verdict) => match verdict {
            CloseVerdict::Accepted => "closeSocket",
            CloseVerdict::Refused => "closeSocket, code or reason not valid",
        },
        Trigger::Signal(origin, signal) => match origin {
            Origin::Current => signal_words(signal),
            Origin::Stale => "anything of an earlier connection",
        },
    }
}

fn signal_words(signal: Signal) -> &'static str {
    match signal {
        Signal::Opened => "upgrade accepted",
        Signal::Failed(failure) => match failure {
            Failure::Unknown => "name not found, refused, reset, TLS failure",
            Failure::TimedOut => "connect timeout",
            Failure::Certificate => "certificate not valid",
            Failure::Answer => "answer not a valid upgrade",
            Failure::Subprotocol => "subprotocol chosen but none offered",
            Failure::Memory => "head of the answer over its limit",
        },
        Signal::Heard => "any byte of a frame",
        Signal::Message => "message complete",
        Signal::Ping => "ping",
        Signal::PingDue => "ping interval over (keepalive)",
        Signal::Sent => "last byte of a message handed to the transport",
        Signal::PeerClose => "close frame from the server",
        Signal::EndOfStream => "end of stream",
        Signal::TransportError => "I/O error",
        Signal::Unwritable => "writing failed",
        Signal::Violation => "protocol violation",
        Signal::NotUtf8 => "text that is not UTF-8",
        Signal::OverLimit => "frame or message over its limit",
        Signal::PongTimeout => "no pong in time (keepalive)",
        Signal::CloseTimeout => "close timeout",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The table for people has a row for whatever the user can see, and names each state.
    #[test]
    fn whatever_the_user_sees_has_a_row() {
        let text = States.to_string();
        println!("{text}");
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines {
            assert_eq!(line.matches('|').count(), 5, "{line}");
            assert!(!line.contains("|  |"), "{line}");
        }
        assert_eq!(lines.iter().collect::<HashSet<_>>().len(), lines.len());
        for phase in Phase::ALL {
            assert!(lines.iter().any(|line| line.starts_with(&format!("| {phase} |"))));
        }
        for code in 1..=12 {
            assert!(text.contains(&format!("fail {code}, complete")), "{code}");
        }
        assert!(text.contains(
            "| open | frame or message over its limit | pending sends: fail 11, complete; close frame 1009 goes out; \
             onSocketError 12; onSocketClose 1009, too big | failed, so idle |"
        ));
    }
}
