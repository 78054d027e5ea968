//! A table of entries by place. A place that is reused gets a new key.

/// Identifies one entry of a [`Table`]. It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) place: usize,
    serial: u64,
}

impl Key {
    /// A key without an entry.
    pub(super) const NONE: Self = Self { place: 0, serial: 0 };
}

#[derive(Debug)]
pub(super) struct Table<T> {
    places: Vec<Place<T>>,
    /// The places without a value.
    free: Vec<usize>,
    /// Serials begin at 1.
    last_serial: u64,
}

#[derive(Debug)]
struct Place<T> {
    serial: u64,
    value: Option<T>,
}

impl<T> Table<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new(), last_serial: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// How many places there are, including those without a value.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    pub(super) fn insert(&mut self, value: T) -> Key {
        self.last_serial += 1;
        let serial = self.last_serial;
        let filled = Place { serial, value: Some(value) };
        let place = self.free.pop().unwrap_or(self.places.len());
        match self.places.get_mut(place) {
            Some(free) => *free = filled,
            None => self.places.push(filled),
        }
        Key { place, serial }
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let value = self.places.get_mut(key.place).filter(|it| it.serial == key.serial)?.value.take()?;
        self.free.push(key.place);
        Some(value)
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.places.get(key.place).filter(|it| it.serial == key.serial)?.value.as_ref()
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.places.get_mut(key.place).filter(|it| it.serial == key.serial)?.value.as_mut()
    }

    /// What is at `place` now.
    #[inline]
    pub(super) fn at(&self, place: usize) -> Option<&T> {
        self.places.get(place)?.value.as_ref()
    }

    #[inline]
    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut T> {
        self.places.get_mut(place)?.value.as_mut()
    }

    /// The key of what is at `place` now.
    pub(super) fn key_at(&self, place: usize) -> Option<Key> {
        let Place { serial, value } = self.places.get(place)?;
        value.as_ref().map(|_| Key { place, serial: *serial })
    }
}
