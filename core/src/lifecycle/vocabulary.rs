//! One macro for the words of the table. An enum declared with it has the lists of its values and names by
//! construction, so neither can fall behind.

/// Declares an enum without payloads, the list of its values, and their stable names.
macro_rules! vocabulary {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$meaning])* $value,)+
        }

        impl $name {
            /// Every value, in a stable order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The stable lower-case name, for traces and vectors.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(super) use vocabulary;
