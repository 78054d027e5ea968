//! The rows of semantics T, written out by hand from the contract and compared with `step`, all of them.
//!
//! A line is: settings | phase | events | actions | next phase | how the old connection ended. `*` stands for
//! every value, `-` for none. Each state and each event that is not stale must be covered by exactly one line.

use crate::lifecycle::{Event, Origin, State, step};

const ROWS: &str = "
# any: connect (invalid) fails at once and touches nothing (S4, V1-V4); V6 as long as V5 does not come before.
* | * | connect-url-missing    | settle this fail 3 | same | -
* | * | connect-url-invalid    | settle this fail 4 | same | -
* | * | connect-scheme-invalid | settle this fail 5 | same | -
* | * | connect-wss-required   | settle this fail 8 | same | -
replace | * | connect-parameter-invalid | settle this fail 1 | same | -
reject | idle | connect-parameter-invalid | settle this fail 1 | same | -

# V5
reject | connecting, open, closing | connect-accepted, connect-parameter-invalid | settle this fail 2 | same | -

# idle, connect (valid): start; arm the connect timer. S2: success as soon as the parameters are valid.
on-outcome | idle | connect-accepted | begin; arm connect | connecting | -
on-accept  | idle | connect-accepted | begin; settle this success; arm connect | connecting | -

# connecting, connect (valid): fail{2}, Close{1000, replaced}, the old transport dropped, then the new one (S3).
on-outcome replace | connecting | connect-accepted | disarm connect; settle connect fail 2; tell closed normal replaced; drop; begin; arm connect | connecting | replaced
on-accept replace | connecting | connect-accepted | disarm connect; tell closed normal replaced; drop; begin; settle this success; arm connect | connecting | replaced

# open, connect (valid): sends fail, close frame 1000, Close{1000, replaced}, and the new one does not wait.
on-outcome replace | open | connect-accepted | disarm ping; disarm pong; fail-sends; send-close normal; tell closed normal replaced; linger; begin; arm connect | connecting | replaced
on-accept replace | open | connect-accepted | disarm ping; disarm pong; fail-sends; send-close normal; tell closed normal replaced; linger; begin; settle this success; arm connect | connecting | replaced

# closing, connect (valid): Close{as requested, local}; sends that still waited fail (G2).
on-outcome replace | closing | connect-accepted | disarm close; fail-sends; tell closed as-requested local; linger; begin; arm connect | connecting | replaced
on-accept replace | closing | connect-accepted | disarm close; fail-sends; tell closed as-requested local; linger; begin; settle this success; arm connect | connecting | replaced

# connecting, upgrade accepted: success just before Open (S1).
on-outcome | connecting | opened | disarm connect; settle connect success; tell opened; arm ping | open | -
on-accept  | connecting | opened | disarm connect; tell opened; arm ping | open | -

# connecting, anything that fails: fail{code}, complete, Error{code}.
on-outcome | connecting | failed-unknown, end-of-stream, transport-error | disarm connect; settle connect fail 1; tell error 1; drop | idle | failed
on-outcome | connecting | failed-timed-out   | disarm connect; settle connect fail 6; tell error 6; drop | idle | failed
on-outcome | connecting | failed-certificate | disarm connect; settle connect fail 7; tell error 7; drop | idle | failed
on-outcome | connecting | failed-answer      | disarm connect; settle connect fail 8; tell error 8; drop | idle | failed
on-outcome | connecting | failed-subprotocol | disarm connect; settle connect fail 9; tell error 9; drop | idle | failed
on-outcome | connecting | failed-memory      | disarm connect; settle connect fail 12; tell error 12; drop | idle | failed
on-accept  | connecting | failed-unknown, end-of-stream, transport-error | disarm connect; tell error 1; drop | idle | failed
on-accept  | connecting | failed-timed-out   | disarm connect; tell error 6; drop | idle | failed
on-accept  | connecting | failed-certificate | disarm connect; tell error 7; drop | idle | failed
on-accept  | connecting | failed-answer      | disarm connect; tell error 8; drop | idle | failed
on-accept  | connecting | failed-subprotocol | disarm connect; tell error 9; drop | idle | failed
on-accept  | connecting | failed-memory      | disarm connect; tell error 12; drop | idle | failed

# connecting, closeSocket: its success, the connect's fail{1}, Close{as requested, local}, transport dropped.
on-outcome | connecting | close-accepted | disarm connect; settle this success; settle connect fail 1; tell closed as-requested local; drop | idle | closed
on-accept  | connecting | close-accepted | disarm connect; settle this success; tell closed as-requested local; drop | idle | closed

# send while not open: 10, valid or not.
* | idle, connecting, closing | send-accepted, send-refused | settle this fail 10 | same | -

# idle and closing, closeSocket: success, no event, no second frame.
* | idle, closing | close-accepted | settle this success | same | -

# any: closeSocket with a code or reason that must not be sent.
* | * | close-refused | settle this fail 1 | same | -

# open
* | open | send-accepted | queue-message | same | -
* | open | send-refused | settle this fail 11 | same | -
* | open, closing | sent | settle send success | same | -
* | open | message | tell message | same | -
* | open | ping | answer-ping | same | -
* | open | close-accepted | disarm ping; disarm pong; send-close as-requested; settle this success; arm close | closing | -
* | open | over-limit | disarm ping; disarm pong; fail-sends; send-close too-big; tell error 12; tell closed too-big too-big; linger | idle | failed
* | open | violation | disarm ping; disarm pong; fail-sends; send-close protocol; tell error 1; tell closed protocol protocol; linger | idle | failed
* | open | not-utf8 | disarm ping; disarm pong; fail-sends; send-close not-utf8; tell error 1; tell closed not-utf8 protocol; linger | idle | failed
* | open | pong-timeout | disarm ping; disarm pong; fail-sends; tell error 6; tell closed abnormal timed-out; drop | idle | failed
* | open | peer-close | disarm ping; disarm pong; fail-sends; send-close reply; tell closed of-peer remote; linger | idle | closed
* | open | end-of-stream | disarm ping; disarm pong; fail-sends; tell closed abnormal abnormal; drop | idle | failed
* | open | transport-error | disarm ping; disarm pong; fail-sends; tell error 1; tell closed abnormal abnormal; drop | idle | failed

# keepalive (F6): a ping when nothing came; any frame ends the wait for the pong.
* | open | ping-due | send-ping; arm pong | same | -
* | open | heard | disarm pong; arm ping | same | -

# closing: the peer's code if it sent one, 1006 if not; no Error, no second frame (F4).
* | closing | peer-close | disarm close; fail-sends; tell closed of-peer local; linger | idle | closed
* | closing | end-of-stream, violation, not-utf8, over-limit | disarm close; fail-sends; tell closed abnormal local; linger | idle | closed
* | closing | transport-error, close-timeout | disarm close; fail-sends; tell closed abnormal local; drop | idle | closed
* | closing | message, ping, ping-due, heard, pong-timeout | - | same | -

# What makes no sense in a phase does nothing.
* | idle | opened, failed-unknown, failed-timed-out, failed-certificate, failed-answer, failed-subprotocol, failed-memory | - | same | -
* | idle | heard, message, ping, ping-due, sent, peer-close, end-of-stream, transport-error | - | same | -
* | idle | violation, not-utf8, over-limit, pong-timeout, close-timeout | - | same | -
* | connecting | heard, message, ping, ping-due, sent, peer-close | - | same | -
* | connecting | violation, not-utf8, over-limit, pong-timeout, close-timeout | - | same | -
* | open, closing | opened, failed-unknown, failed-timed-out, failed-certificate, failed-answer, failed-subprotocol, failed-memory | - | same | -
* | open | close-timeout | - | same | -
";

struct Row {
    settings: Vec<&'static str>,
    phases: Vec<&'static str>,
    events: Vec<&'static str>,
    actions: &'static str,
    next: &'static str,
    ended: &'static str,
}

fn rows() -> Vec<Row> {
    ROWS.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [settings, phases, events, actions, next, ended] = cells[..] else {
                panic!("six cells: {line}");
            };
            let list = |cell: &'static str| cell.split(',').map(str::trim).collect();
            let settings = settings.split(' ').collect();
            Row { settings, phases: list(phases), events: list(events), actions, next, ended }
        })
        .collect()
}

fn covers(row: &Row, state: State, event: Event) -> bool {
    let settings = row
        .settings
        .iter()
        .all(|&it| it == "*" || it == state.settle.name() || it == state.on_existing.name());
    settings
        && row.phases.iter().any(|&it| it == "*" || it == state.phase.name())
        && row.events.contains(&event.name())
}

/// Semantics T, S1–S4, V1–V6: every row is the one that was written by hand.
#[test]
fn rows_are_those_of_the_contract() {
    let rows = rows();
    let mut compared = 0;
    for state in State::ALL {
        for event in Event::ALL {
            if let Event::Signal(Origin::Stale, _) = event {
                continue;
            }
            let mut covering = rows.iter().filter(|row| covers(row, state, event));
            let row = covering.next().unwrap_or_else(|| panic!("no row for {state}, {event}"));
            assert!(covering.next().is_none(), "two rows for {state}, {event}");

            let step = step(state, event);
            let actions = if row.actions == "-" { "" } else { row.actions };
            assert_eq!(step.actions.to_string(), actions, "{state}, {event}");
            let next = if row.next == "same" { state.phase.name() } else { row.next };
            assert_eq!(step.next.phase.name(), next, "{state}, {event}");
            assert_eq!(step.next, state.in_phase(step.next.phase), "{state}, {event}: settings stay");
            let ended = step.ended.map_or("-", |ended| ended.name());
            assert_eq!(ended, row.ended, "{state}, {event}");
            compared += 1;
        }
    }
    println!("{compared} rows compared with {} lines written by hand", rows.len());
    assert_eq!(compared, 480);
}

/// No line of the hand-written rows is idle: each names words that exist and covers something.
#[test]
fn every_line_counts() {
    for row in rows() {
        for name in &row.events {
            assert!(Event::ALL.iter().any(|event| event.name() == *name), "{name}");
        }
        let covered = State::ALL
            .into_iter()
            .flat_map(|state| Event::ALL.map(|event| (state, event)))
            .filter(|&(state, event)| covers(&row, state, event))
            .count();
        assert!(covered > 0, "{} | {:?}", row.actions, row.events);
    }
}
