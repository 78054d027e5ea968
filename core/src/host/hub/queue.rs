//! A queue of keys. Keys whose entries are gone are skipped.

use std::collections::VecDeque;

use super::table::{Key, Table};

/// A queue of keys of a table. The caller makes sure that no key is in it twice. Removing from the table costs nothing
/// here: `keys.len() <= 2 * table.len() + SPARE`, because stale keys are removed once they are the majority.
#[derive(Debug, Default)]
pub(super) struct Queue {
    keys: VecDeque<Key>,
}

/// Below this length, it is not worth looking for stale keys.
const SPARE: usize = 16;

impl Queue {
    pub(super) fn push<T>(&mut self, key: Key, table: &Table<T>) {
        if self.keys.len() >= 2 * table.len() + SPARE {
            self.keys.retain(|key| table.get(*key).is_some());
        }
        self.keys.push_back(key);
    }

    pub(super) fn first(&self) -> Option<Key> {
        self.keys.front().copied()
    }

    pub(super) fn pop(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
