//! The list of actions of a step: fixed in size, so that a step is a plain value.

use core::fmt;
use core::iter::Take;

use super::action::Action;

/// The actions of one step, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actions {
    /// What lies behind `count` is always [`Actions::FILLER`], so that equal lists are equal values.
    list: [Action; Self::CAPACITY],
    /// How many were asked for. More than there is room for is ruled out for every row of the table when
    /// the table is compiled (see `step`).
    count: u8,
}

impl Actions {
    /// The length of the longest row.
    pub const CAPACITY: usize = 9;

    /// No actions.
    pub const NONE: Self = Self { list: [Self::FILLER; Self::CAPACITY], count: 0 };

    const FILLER: Action = Action::Drop;

    /// The same list with one more action at its end.
    #[must_use]
    pub(super) const fn then(mut self, action: Action) -> Self {
        let taken = self.len();
        let (_, free) = self.list.split_at_mut(taken);
        if let Some((next, _)) = free.split_first_mut() {
            *next = action;
        }
        self.count = self.count.saturating_add(1);
        self
    }

    /// Whether every action asked for found room.
    pub(super) const fn is_whole(&self) -> bool {
        self.count as usize <= Self::CAPACITY
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        let count = self.count as usize;
        if count < Self::CAPACITY { count } else { Self::CAPACITY }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The actions as a slice.
    pub const fn as_slice(&self) -> &[Action] {
        self.list.split_at(self.len()).0
    }

    /// The actions one by one.
    pub fn iter(&self) -> core::slice::Iter<'_, Action> {
        self.as_slice().iter()
    }
}

impl IntoIterator for Actions {
    type Item = Action;
    type IntoIter = Take<core::array::IntoIter<Action, { Actions::CAPACITY }>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter().take(self.len())
    }
}

impl<'a> IntoIterator for &'a Actions {
    type Item = &'a Action;
    type IntoIter = core::slice::Iter<'a, Action>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// The actions in their names, with `; ` between them.
impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, action) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            action.fmt(f)?;
        }
        Ok(())
    }
}
