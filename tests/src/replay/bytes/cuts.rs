//! The manners in which a stream may be cut into pieces: nothing may depend on it.

/// How a stream is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Not at all.
    Nowhere,
    /// Behind every byte.
    Everywhere,
    /// Into two, behind so many bytes.
    Once(usize),
}

/// In a long stream one cut is tried at these many places at its beginning, and as many at its end.
const PLACES: usize = 300;

impl Cut {
    /// Every manner for a stream of this length: whole, byte by byte, and one cut at every place.
    pub(super) fn all(length: usize) -> impl Iterator<Item = Self> {
        let places = (1..length).filter(move |place| *place <= PLACES || length - *place <= PLACES);
        [Self::Nowhere, Self::Everywhere].into_iter().chain(places.map(Self::Once))
    }

    /// The pieces in order; of an empty stream there is none.
    pub(super) fn pieces(self, stream: &[u8]) -> Vec<&[u8]> {
        match self {
            _ if stream.is_empty() => Vec::new(),
            Self::Nowhere => vec![stream],
            Self::Everywhere => stream.chunks(1).collect(),
            Self::Once(place) => {
                let (first, second) = stream.split_at(place);
                vec![first, second]
            }
        }
    }
}
