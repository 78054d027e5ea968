//! The results of calls, from the call until somebody asks for them. Most calls are forgotten as soon as they are made, so
//! adding one and forgetting it again takes no memory and no search.

use std::collections::VecDeque;

use crate::error::Error;
use crate::ids::CallId;

/// The calls whose results may still be asked for, and the results that are known.
pub(super) struct Calls {
    /// In the order of their ids. Neither the first nor the last is forgotten.
    list: VecDeque<(CallId, Place)>,
    /// How many of the list are forgotten: at most half.
    forgotten: usize,
}

enum Place {
    Awaited,
    Known(Result<(), Error>),
    Forgotten,
}

impl Calls {
    pub(super) const fn new() -> Self {
        Self { list: VecDeque::new(), forgotten: 0 }
    }

    /// A new call. Its id is higher than those of the calls before.
    pub(super) fn add(&mut self, call: CallId) {
        debug_assert!(self.list.back().is_none_or(|(last, _)| *last < call), "ids rise");
        self.list.push_back((call, Place::Awaited));
    }

    /// The result of a call. Nothing is kept of it if the call is forgotten.
    pub(super) fn settle(&mut self, call: CallId, result: &Result<(), Error>) {
        if let Some(index) = self.find(call)
            && let Some((_, place @ Place::Awaited)) = self.list.get_mut(index)
        {
            *place = Place::Known(result.clone());
        }
    }

    /// The result of a call, if it is known. Then the call is forgotten.
    pub(super) fn take(&mut self, call: CallId) -> Option<Result<(), Error>> {
        let index = self.find(call)?;
        match &self.list.get(index)?.1 {
            Place::Awaited | Place::Forgotten => None,
            Place::Known(_) => match self.remove(index)? {
                Place::Known(result) => Some(result),
                Place::Awaited | Place::Forgotten => None,
            },
        }
    }

    /// The result of this call will not be asked for.
    pub(super) fn forget(&mut self, call: CallId) {
        if let Some(index) = self.find(call) {
            self.remove(index);
        }
    }

    /// Frees unused memory.
    pub(super) fn give_back(&mut self) {
        if self.list.is_empty() {
            self.list = VecDeque::new();
        }
    }

    fn find(&self, call: CallId) -> Option<usize> {
        match self.list.back() {
            Some((last, _)) if *last == call => Some(self.list.len() - 1),
            Some(_) | None => self.list.binary_search_by_key(&call, |(id, _)| *id).ok(),
        }
    }

    fn remove(&mut self, index: usize) -> Option<Place> {
        let place = std::mem::replace(&mut self.list.get_mut(index)?.1, Place::Forgotten);
        match place {
            Place::Forgotten => return Some(place),
            Place::Awaited | Place::Known(_) => self.forgotten += 1,
        }
        while let Some((_, Place::Forgotten)) = self.list.back() {
            self.list.pop_back();
            self.forgotten -= 1;
        }
        while let Some((_, Place::Forgotten)) = self.list.front() {
            self.list.pop_front();
            self.forgotten -= 1;
        }
        // Each that is moved here was added once and forgotten once, so this costs nothing on average.
        if self.forgotten > self.list.len() / 2 {
            self.list.retain(|(_, place)| !matches!(place, Place::Forgotten));
            self.forgotten = 0;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Add,
        Settle(u8),
        Take(u8),
        Forget(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let which = 0..32_u8;
        let step = prop_oneof![
            3 => Just(Step::Add),
            2 => which.clone().prop_map(Step::Settle),
            2 => which.clone().prop_map(Step::Take),
            2 => which.prop_map(Step::Forget),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        /// It is a map of the calls that are not forgotten, in whatever order they are settled and asked for (rule G2).
        #[test]
        fn it_keeps_what_is_asked_for(steps in steps()) {
            let (mut calls, mut map, mut last) = (Calls::new(), BTreeMap::new(), 0);
            let id = |last: u64, back: u8| CallId(last.saturating_sub(u64::from(back)));
            for step in steps {
                match step {
                    Step::Add => {
                        last += 1;
                        calls.add(CallId(last));
                        map.insert(CallId(last), None);
                    }
                    Step::Settle(back) => {
                        calls.settle(id(last, back), &Ok(()));
                        map.entry(id(last, back)).and_modify(|place| *place = Some(Ok(())));
                    }
                    Step::Take(back) => {
                        let call = id(last, back);
                        let known = map.get(&call).cloned().flatten();
                        prop_assert_eq!(calls.take(call), known.clone());
                        if known.is_some() {
                            map.remove(&call);
                        }
                    }
                    Step::Forget(back) => {
                        calls.forget(id(last, back));
                        map.remove(&id(last, back));
                    }
                }
                let forgotten = calls.list.iter().filter(|(_, place)| matches!(place, Place::Forgotten)).count();
                prop_assert_eq!(calls.forgotten, forgotten);
                prop_assert_eq!(calls.list.len() - forgotten, map.len());
                prop_assert!(forgotten <= map.len(), "memory is that of the calls that are wanted (rule M2)");
            }
        }
    }
}
