//! The table: each row of the file is the lifecycle's, and each row of the lifecycle is in the file.

use connect_socket_core::lifecycle::{Ended, OnExisting, Phase, Settle, State, Trigger};

use super::{Difference, Played};
use crate::model::real;
use crate::vectors::shape::{Do, TableFile, TableRow};

/// Plays `table.json`.
pub fn play(text: &str) -> serde_json::Result<Played> {
    let file: TableFile = serde_json::from_str(text)?;
    let mut differences: Vec<Difference> =
        file.rows.iter().filter_map(|row| Some(Difference::new(&row.id, differs(row)?))).collect();
    for state in State::ALL {
        for trigger in Trigger::ALL {
            let rows = file.rows.iter().filter(|row| is_about(row, state, trigger)).count();
            if rows != 1 {
                differences.push(Difference::new("table", format!("{rows} rows for {trigger} in {state}")));
            }
        }
    }
    Ok(Played { cases: file.rows.len(), steps: file.rows.len(), differences })
}

fn is_about(row: &TableRow, state: State, trigger: Trigger) -> bool {
    row.event == trigger.name()
        && row.phase == state.phase.name()
        && row.settle == state.settle.name()
        && row.on_existing == state.on_existing.name()
}

fn differs(row: &TableRow) -> Option<String> {
    let Some(state) = idle(&row.settle, &row.on_existing)
        .and_then(|idle| Some(idle.in_phase(by_name(Phase::ALL, Phase::name, &row.phase)?)))
    else {
        return Some("no such state".to_owned());
    };
    let Some(trigger) = by_name(Trigger::ALL, Trigger::name, &row.event) else {
        return Some("no such event".to_owned());
    };
    let real = real(state, trigger);
    let actions: Vec<Do> = real.effects.iter().copied().map(Do::from).collect();
    let ended = real.ended.map(Ended::name);
    if row.next != real.next.phase.name() {
        Some(format!("next is {}", real.next.phase))
    } else if row.ended.as_deref() != ended {
        Some(format!("ended is {ended:?}"))
    } else if row.actions != actions {
        Some(format!("actions are {actions:?}"))
    } else {
        None
    }
}

/// A session with these settings.
pub(super) fn idle(settle: &str, on_existing: &str) -> Option<State> {
    let settle = by_name(Settle::ALL, Settle::name, settle)?;
    let on_existing = by_name(OnExisting::ALL, OnExisting::name, on_existing)?;
    Some(State::idle(settle, on_existing))
}

/// The value of the table that has the name.
pub(super) fn by_name<T: Copy, const N: usize>(
    all: [T; N],
    name: impl Fn(T) -> &'static str,
    wanted: &str,
) -> Option<T> {
    all.into_iter().find(|&it| name(it) == wanted)
}
