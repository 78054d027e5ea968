//! Shows generated values in a short form that a person can read.

use core::fmt;
use core::ops::Deref;

use crate::show::ShowBytes;

/// Bytes that are shown as a byte string, and only in part if there are many.
///
/// ```
/// use connect_socket_core::proptest::Bytes;
///
/// assert_eq!(format!("{:?}", Bytes(vec![b'h', b'i', 0xff])), r#"b"hi\xff""#);
/// assert_eq!(format!("{:?}", Bytes(vec![b'a'; 1000])).len(), 48 + 3 + " and 952 more".len());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ShowBytes(&self.0).fmt(f)
    }
}

/// Shows a value in one line, even if what surrounds it is shown in several.
pub(super) struct OneLine<T>(pub(super) T);

impl<T: fmt::Debug> fmt::Debug for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
