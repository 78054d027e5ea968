//! The table: each row of the file is the lifecycle's, and each row of the lifecycle is in the file.

use connect_socket_core::lifecycle::{Ended, Event, OnExisting, Phase, Settle, State};

use super::{Difference, Played};
use crate::model::real;
use crate::vectors::shape::{Do, TableFile, TableRow};

/// Plays `table.json`.
pub fn play(text: &str) -> serde_json::Result<Played> {
    let file: TableFile = serde_json::from_str(text)?;
    let mut differences: Vec<Difference> =
        file.rows.iter().filter_map(|row| Some(Difference::new(&row.id, differs(row)?))).collect();
    for state in State::ALL {
        for event in Event::ALL {
            let rows = file.rows.iter().filter(|row| is_about(row, state, event)).count();
            if rows != 1 {
                differences.push(Difference::new("table", format!("{rows} rows for {event} in {state}")));
            }
        }
    }
    Ok(Played { cases: file.rows.len(), steps: file.rows.len(), differences })
}

fn is_about(row: &TableRow, state: State, event: Event) -> bool {
    row.event == event.name()
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
    let Some(event) = by_name(Event::ALL, Event::name, &row.event) else {
        return Some("no such event".to_owned());
    };
    let real = real(state, event);
    let actions: Vec<Do> = real.actions.iter().copied().map(Do::from).collect();
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
