//! What an event loop lends to its sessions: memory to read into, memory to put messages together in, and codecs.

use std::sync::Arc;

use crate::copy::append;

/// The memory that the sessions of one event loop share, so that an idle connection holds none of it.
///
/// A loop owns one and passes it to every call that reads or polls. Any call of any session may use any workspace,
/// because a session itself owns what it has read and not taken yet.
///
/// - A *window* is lent for one read. The session keeps it if bytes were read into it, and gives it back once they are
///   taken. A session that keeps bytes for long, because its host takes no messages, moves them into memory of their
///   size.
/// - One *assembly buffer* of at most 1 MiB is lent to one connection at a time, for a message that arrives in parts.
///   Meanwhile, other connections use memory of their own ([M2](crate::rules#m2)).
/// - With the feature `deflate`, one inflater (48 KB) and one deflater (165 to 294 KB, depending on its window) serve
///   all compressed connections in turn. They are made when they are first needed. All sessions of a loop should ask
///   for the same window and level, because a change makes a new deflater.
///
/// ```
/// use connect_socket_core::Workspace;
///
/// let mut work = Workspace::new(16 * 1024);
/// assert_eq!(work.take().as_mut().len(), 16 * 1024);
/// ```
pub struct Workspace {
    /// How many bytes a window holds, including its room for a rest.
    size: usize,
    /// The window for the next read. It has no memory until then.
    next: Window,
    /// `free.len() <= FREE`, each of them empty and `size` bytes long.
    free: Vec<Window>,
    assembly: Vec<u8>,
    /// The connection that has the assembly buffer has a second reference to this.
    lent: Arc<()>,
    #[cfg(feature = "deflate")]
    pub(crate) codecs: crate::deflate::Codecs,
}

/// How many unused windows are kept. A read of a wss connection takes three: the one that is read into, one for its
/// records, and one for the decrypted bytes.
const FREE: usize = 3;

/// An assembly buffer that has grown beyond this is freed with its message (rule M2).
pub(crate) const RETAINED: usize = 1024 * 1024;

/// The room in front of a window, for what is left of earlier bytes. The longest rest is a control frame of 2 + 125
/// bytes that lacks its last byte.
pub(crate) const ROOM: usize = 126;

impl Workspace {
    /// A size that suits most programs: large enough that bulk transfer needs few system calls, small enough for the
    /// processor's second cache.
    pub const DEFAULT_WINDOW: usize = 64 * 1024;

    /// A workspace whose windows have `window` bytes: at least 512, at most 1 GiB. It takes memory only when it is
    /// first used.
    pub fn new(window: usize) -> Self {
        Self {
            size: ROOM + window.clamp(512, 1 << 30),
            next: Window::default(),
            free: Vec::new(),
            assembly: Vec::new(),
            lent: Arc::default(),
            #[cfg(feature = "deflate")]
            codecs: crate::deflate::Codecs::default(),
        }
    }

    /// An empty window, for a host that gives memory to the system before there is anything to read (completions). Pass
    /// it to [`Session::handle_window`](crate::Session::handle_window) after the read, or give it back with
    /// [`Workspace::give`].
    #[inline]
    pub fn take(&mut self) -> Window {
        let window = core::mem::take(&mut self.next);
        if window.bytes.is_empty() { self.another() } else { window }
    }

    #[inline(never)]
    fn another(&mut self) -> Window {
        self.free.pop().unwrap_or_else(|| Window::new(self.size))
    }

    /// Takes a window back, whatever is in it. One of another size is freed.
    #[inline]
    pub fn give(&mut self, mut window: Window) {
        window.clear();
        if window.bytes.len() == self.size && self.next.bytes.is_empty() {
            self.next = window;
        } else {
            self.give_another(window);
        }
    }

    #[inline(never)]
    fn give_another(&mut self, window: Window) {
        if window.bytes.len() == self.size && self.free.len() < FREE {
            self.free.push(window);
        }
    }

    /// Makes sure that there is a window for the next read.
    #[inline]
    pub(crate) fn prepare(&mut self) -> &Window {
        if self.next.bytes.is_empty() {
            self.next = self.another();
        }
        &self.next
    }

    /// The window for the next read, which [`Workspace::prepare`] has made sure of.
    #[inline]
    pub(crate) fn next(&mut self) -> &mut Window {
        &mut self.next
    }

    /// Somebody took the window for the next read, and left the memory of another. It is kept if it has the right size.
    #[inline]
    pub(crate) fn taken(&mut self) {
        debug_assert!(self.next.is_empty(), "nothing was left in it");
        if self.next.bytes.len() != self.size {
            self.next = Window::default();
        }
    }

    #[inline]
    pub(crate) fn next_ref(&self) -> &Window {
        &self.next
    }

    /// The assembly buffer, unless another connection has it.
    pub(crate) fn lend(&mut self) -> Option<(Vec<u8>, Loan)> {
        let free = Arc::strong_count(&self.lent) == 1;
        // If the borrower is gone, so is its memory, and this is a new, empty buffer.
        free.then(|| (core::mem::take(&mut self.assembly), Loan(Arc::clone(&self.lent))))
    }

    /// Whether a message of `length` bytes can be read straight into the assembly buffer.
    pub(crate) fn can_place(&self, length: u64) -> bool {
        Arc::strong_count(&self.lent) == 1 && length <= self.assembly.len() as u64
    }

    /// Takes the assembly buffer back.
    pub(crate) fn take_back(&mut self, bytes: Vec<u8>, loan: &Loan) {
        if Arc::ptr_eq(&loan.0, &self.lent) && bytes.capacity() <= RETAINED {
            self.assembly = bytes;
        }
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new(Self::DEFAULT_WINDOW)
    }
}

/// Shows that a connection has the assembly buffer; when it is dropped, the buffer is another's again.
#[derive(Debug)]
pub(crate) struct Loan(Arc<()>);

/// Bytes of one connection that have been read and not taken yet.
///
/// As a slice, it is the room for one read, however much it holds already.
#[derive(Default)]
pub struct Window {
    bytes: Box<[u8]>,
    /// `start <= end <= bytes.len()`.
    start: u32,
    end: u32,
}

impl Window {
    fn new(size: usize) -> Self {
        Self { bytes: vec![0; size].into_boxed_slice(), start: 0, end: 0 }
    }

    /// Those that wait.
    #[inline]
    pub(crate) fn waiting(&self) -> &[u8] {
        debug_assert!(self.start <= self.end && self.end as usize <= self.bytes.len());
        self.bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Whether there is not even memory.
    #[inline]
    pub(crate) fn has_no_memory(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Takes `count` bytes off the front.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "no window has more than 1 GiB")]
    pub(crate) fn advance(&mut self, count: usize) {
        debug_assert!(count <= self.len());
        self.start = self.start.saturating_add(count as u32).min(self.end);
    }

    /// Takes `header` bytes off the front, then `length` more, and returns the latter.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "no window has more than 1 GiB")]
    pub(crate) fn take(&mut self, header: usize, length: usize) -> Option<&[u8]> {
        let from = self.start as usize + header;
        let taken = self.bytes.get(from..from + length)?;
        self.start = (from + length) as u32;
        Some(taken)
    }

    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// `count` bytes were read into the memory of `read`, which held none. This window, which has no memory, takes it over.
    ///
    /// It swaps the memory alone. A window that is written field by field and then moved as a whole makes the processor wait
    /// for its own stores: a message that is read alone would take 2 ns more.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "no window has more than 1 GiB")]
    pub(crate) fn take_over(&mut self, read: &mut Self, count: usize) {
        debug_assert!(read.is_empty(), "nothing is lost");
        core::mem::swap(&mut self.bytes, &mut read.bytes);
        (self.start, self.end) = (ROOM as u32, (ROOM + count) as u32);
        debug_assert!(self.end as usize <= self.bytes.len(), "it was read into this memory");
    }

    /// The same for a window that may hold bytes, which come before those that were read. Its memory is left to `read`.
    #[expect(clippy::cast_possible_truncation, reason = "the rest has at most 126 bytes")]
    pub(crate) fn follow(&mut self, read: &mut Self, count: usize) {
        let start = read.put_before(self.waiting());
        self.take_over(read, count);
        self.start = start as u32;
    }

    /// Puts `rest` before the place of the next read, and says where that is.
    fn put_before(&mut self, rest: &[u8]) -> usize {
        debug_assert!(rest.len() <= ROOM, "only what is not complete is left");
        let start = ROOM.saturating_sub(rest.len());
        if let Some(room) = self.bytes.get_mut(start..start + rest.len()) {
            room.copy_from_slice(rest);
        }
        start
    }

    /// Keeps no more memory than the bytes in it need: an empty window goes back, and a rest of at most half its memory
    /// moves into memory of its own size (rule M2). So a byte is copied only when the rest has halved, however often
    /// this is called.
    #[inline]
    pub(crate) fn shrink(&mut self, work: &mut Workspace) {
        if self.is_empty() {
            work.give(core::mem::take(self));
        } else if self.is_loose() {
            self.move_rest(work);
        }
    }

    /// Whether at least half of the memory is not needed.
    #[inline]
    pub(crate) fn is_loose(&self) -> bool {
        self.len() <= self.bytes.len() / 2
    }

    #[inline(never)]
    fn move_rest(&mut self, work: &mut Workspace) {
        let mut bytes = Vec::new();
        // If the allocator has no memory, the rest stays where it is.
        if bytes.try_reserve_exact(self.len()).is_ok() {
            append(&mut bytes, self.waiting());
            let own = Self { start: 0, end: self.end - self.start, bytes: bytes.into_boxed_slice() };
            work.give(core::mem::replace(self, own));
        }
    }
}

impl AsMut<[u8]> for Window {
    #[inline]
    fn as_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(ROOM..).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Window {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(ROOM..).unwrap_or_default()
    }
}

impl core::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Workspace").field("window", &(self.size - ROOM)).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Window {
    /// Shows sizes only: the bytes are the user's.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Window")
            .field("memory", &self.bytes.len())
            .field("waiting", &self.len())
            .finish_non_exhaustive()
    }
}
