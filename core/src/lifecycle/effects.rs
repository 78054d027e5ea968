//! The list of effects of a step. Its size is fixed, so that a step is a plain value.

use core::fmt;
use core::iter::Take;

use super::effect::Effect;

/// The effects of one step, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Effects {
    /// Everything after `count` is [`Effects::FILLER`], so that equal lists are equal values.
    list: [Effect; Self::CAPACITY],
    /// How many were asked for. When the table is compiled, it is checked that no row asks for more than there is room
    /// for (see `step`).
    count: u8,
}

impl Effects {
    /// The length of the longest row.
    pub const CAPACITY: usize = 9;

    /// No effects.
    pub const NONE: Self = Self { list: [Self::FILLER; Self::CAPACITY], count: 0 };

    const FILLER: Effect = Effect::Drop;

    /// The same list with one more effect at its end.
    #[must_use]
    pub(super) const fn then(mut self, effect: Effect) -> Self {
        let taken = self.len();
        let (_, free) = self.list.split_at_mut(taken);
        if let Some((next, _)) = free.split_first_mut() {
            *next = effect;
        }
        self.count = self.count.saturating_add(1);
        self
    }

    /// Whether there was room for every effect.
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

    /// The effects as a slice.
    pub const fn as_slice(&self) -> &[Effect] {
        self.list.split_at(self.len()).0
    }

    /// The effects one by one.
    pub fn iter(&self) -> core::slice::Iter<'_, Effect> {
        self.as_slice().iter()
    }
}

impl IntoIterator for Effects {
    type Item = Effect;
    type IntoIter = Take<core::array::IntoIter<Effect, { Effects::CAPACITY }>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter().take(self.len())
    }
}

impl<'a> IntoIterator for &'a Effects {
    type Item = &'a Effect;
    type IntoIter = core::slice::Iter<'a, Effect>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// The names of the effects, with `; ` between them.
impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, effect) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            effect.fmt(f)?;
        }
        Ok(())
    }
}
