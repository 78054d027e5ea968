//! An allocator that counts, and refuses when it is told to. It counts by thread, so that tests do not see one another.
//!
//! It is the one place of this project that needs `unsafe`.
#![allow(dead_code, reason = "a test takes what it needs")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    /// How often this thread has allocated.
    pub(crate) static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// What this thread has allocated and not freed.
    pub(crate) static HELD: Cell<isize> = const { Cell::new(0) };
    pub(crate) static MOST_HELD: Cell<isize> = const { Cell::new(0) };
    /// Requests for more bytes are refused.
    pub(crate) static LARGEST: Cell<usize> = const { Cell::new(usize::MAX) };
}

pub(crate) fn bytes(length: usize) -> isize {
    isize::try_from(length).expect("no allocation is longer")
}

/// Notes a request for `new` bytes in place of `old`; whether it is granted.
fn note(old: usize, new: usize) -> bool {
    // The counters are gone while a thread ends; it may still free and allocate.
    let _ = HELD.try_with(|held| {
        let now = held.get() + bytes(new) - bytes(old);
        held.set(now);
        let _ = MOST_HELD.try_with(|most| most.set(most.get().max(now)));
    });
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + usize::from(new > 0)));
    LARGEST.try_with(Cell::get).is_ok_and(|largest| new <= largest) || new == 0
}

// SAFETY: every request goes to the system's allocator as it is, or is answered with null, as an allocator may.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !note(0, layout.size()) {
            note(layout.size(), 0);
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise for this function is the one that is asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(layout.size(), 0);
        // SAFETY: as above; `block` came from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !note(layout.size(), size) {
            note(size, layout.size());
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}
