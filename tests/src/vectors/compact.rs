//! `table.md`: a drawing of the lifecycle in the notation of Mermaid, and its table with the rows collapsed, in the words of
//! `table.json`. Events that do the same share a row, and so do settings that make no difference.

use std::fmt::Write as _;

use connect_socket_core::lifecycle::{OnExisting, Origin, Phase, Settle, State, Step, Trigger, step};

use super::shape::{Do, Tell};

const HEAD: &str = "\
# The table of the lifecycle

What leads from one phase to another in the default settings, and how it ends the connection that there was:

";

const TABLE: &str = "
All of `table.json` on a page, in its words. A setting is named where it makes a difference. What is not here does nothing: an event in a phase
where it has no row, and every `stale-` event.

| Phase | Setting | Events | Actions, in order | Next |
|---|---|---|---|---|
";

/// The text of the file.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned() + &drawing() + TABLE;
    for row in rows() {
        let Row { phase, setting, events, step } = &row;
        let actions: Vec<_> = step.effects.into_iter().map(|effect| words(&Do::from(effect))).collect();
        let ended = step.ended.map(|ended| format!(" (the old one: {ended})")).unwrap_or_default();
        let next = step.next.phase;
        writeln!(
            text,
            "| {phase} | {setting} | {} | {} | {next}{ended} |",
            events.join(", "),
            actions.join("; ")
        )
        .expect("a string takes all");
    }
    text
}

/// One arrow for each pair of phases and each end of a connection; what stays in its phase and ends nothing has none.
fn drawing() -> String {
    let mut arrows: Vec<(Phase, Step, Vec<&'static str>)> = Vec::new();
    for phase in Phase::ALL {
        for trigger in Trigger::ALL {
            let step = step(State::default().in_phase(phase), trigger);
            if step.next.phase == phase && step.ended.is_none() {
                continue;
            }
            let same = |(from, other, _): &&mut (Phase, Step, Vec<_>)| {
                (*from, other.next.phase, other.ended) == (phase, step.next.phase, step.ended)
            };
            match arrows.iter_mut().find(same) {
                Some((_, _, events)) => events.push(trigger.name()),
                None => arrows.push((phase, step, vec![trigger.name()])),
            }
        }
    }
    let mut text = "```mermaid\nstateDiagram-v2\n    [*] --> idle\n".to_owned();
    for (from, step, events) in arrows {
        let ended = step.ended.map(|ended| format!("<br>({ended})")).unwrap_or_default();
        let (to, events) = (step.next.phase, events.join("<br>"));
        writeln!(text, "    {from} --> {to}: {events}{ended}").expect("a string takes all");
    }
    text + "```\n"
}

/// Events of a phase that do the same under the same settings.
struct Row {
    phase: Phase,
    setting: String,
    events: Vec<&'static str>,
    step: Step,
}

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for phase in Phase::ALL {
        let first = rows.len();
        for trigger in Trigger::ALL.into_iter().filter(|it| !matches!(it, Trigger::Signal(Origin::Stale, _)))
        {
            for (setting, step) in settings(phase, trigger) {
                let alike = |row: &&mut Row| row.setting == setting && same(&row.step, &step);
                match rows[first..].iter_mut().find(alike) {
                    Some(row) => row.events.push(trigger.name()),
                    None => rows.push(Row { phase, setting, events: vec![trigger.name()], step }),
                }
            }
        }
    }
    rows
}

/// What the event does in the phase: one step for each setting that makes a difference, and none where it does nothing.
fn settings(phase: Phase, trigger: Trigger) -> Vec<(String, Step)> {
    let at = |settle, on_existing| step(State { phase, settle, on_existing }, trigger);
    let all: Vec<_> = Settle::ALL
        .into_iter()
        .flat_map(|it| OnExisting::ALL.map(|other| (it, other, at(it, other))))
        .collect();
    let settle_matters =
        OnExisting::ALL.into_iter().any(|it| !same(&at(Settle::ALL[0], it), &at(Settle::ALL[1], it)));
    let existing_matters =
        Settle::ALL.into_iter().any(|it| !same(&at(it, OnExisting::ALL[0]), &at(it, OnExisting::ALL[1])));
    let mut steps: Vec<(String, Step)> = Vec::new();
    for (settle, on_existing, step) in all {
        let named = [(settle_matters, settle.name()), (existing_matters, on_existing.name())];
        let setting: Vec<_> =
            named.into_iter().filter(|(matters, _)| *matters).map(|(_, name)| name).collect();
        let setting = setting.join(", ");
        let does = step.next.phase != phase || !step.effects.is_empty();
        if does && !steps.iter().any(|(known, _)| *known == setting) {
            steps.push((setting, step));
        }
    }
    // What a policy refuses is the same however a connect settles.
    if settle_matters && existing_matters {
        let rejected = OnExisting::Reject.name();
        steps.retain(|(setting, _)| {
            !setting.ends_with(rejected) || setting.starts_with(Settle::ALL[0].name())
        });
        for (setting, _) in steps.iter_mut().filter(|(setting, _)| setting.ends_with(rejected)) {
            rejected.clone_into(setting);
        }
    }
    steps
}

/// Whether two steps differ in nothing but the settings, which never change.
fn same(one: &Step, other: &Step) -> bool {
    one.next.phase == other.next.phase && one.ended == other.ended && one.effects == other.effects
}

fn words(action: &Do) -> String {
    match action {
        Do::Settle { call, result, error } => {
            format!("settle {call} {result}{}", error.map(|error| format!(" {error}")).unwrap_or_default())
        }
        Do::Tell(Tell::Open) => "tell open".to_owned(),
        Do::Tell(Tell::Message) => "tell message".to_owned(),
        Do::Tell(Tell::Error { error }) => format!("tell error {error}"),
        Do::Tell(Tell::Close { code, number, cause }) => {
            let number = number.map(|number| format!(" {number}")).unwrap_or_default();
            format!("tell close {code}{number} {cause}")
        }
        Do::SendClose { frame } => format!("send-close {frame}"),
        Do::Arm { timer } => format!("arm {timer}"),
        Do::Disarm { timer } => format!("disarm {timer}"),
        Do::FailSends => "fail-sends".to_owned(),
        Do::Begin => "begin".to_owned(),
        Do::QueueMessage => "queue-message".to_owned(),
        Do::AnswerPing => "answer-ping".to_owned(),
        Do::SendPing => "send-ping".to_owned(),
        Do::Drop => "drop".to_owned(),
        Do::Linger => "linger".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that does something is left out: every row of the table is found here, under its settings.
    #[test]
    fn every_row_is_there() {
        let rows = rows();
        for (state, trigger, step) in connect_socket_core::lifecycle::table() {
            let does = step.next.phase != state.phase || !step.effects.is_empty();
            let found = rows.iter().filter(|row| {
                let settings = [state.settle.name(), state.on_existing.name()];
                row.phase == state.phase
                    && row.events.contains(&trigger.name())
                    && row.setting.split(", ").all(|it| it.is_empty() || settings.contains(&it))
            });
            let found: Vec<_> = found.collect();
            assert_eq!(found.len(), usize::from(does), "{state:?} {trigger}");
            assert!(found.iter().all(|row| same(&row.step, &step)), "{state:?} {trigger}");
        }
        assert!(rows.len() < 80, "{} rows", rows.len());
    }
}
