//! The traits of the attributes, one for each: `HasTaskUuid` and so on. The catalogue lists them.

use super::SpanFields;
use crate::catalogue::for_each_supply;

macro_rules! traits {
    ($($name:ident $if_present:ident $has:ident $lent:ty, $documentation:literal $message:literal $note:literal;)*) => {$(
        #[doc = $documentation]
        #[diagnostic::on_unimplemented(message = $message, label = "does not supply it", note = $note)]
        pub trait $has: SpanFields<Source = Self> {
            /// The value, if there is a value.
            fn $name(&self) -> Option<$lent>;
        }
    )*};
}

for_each_supply!(traits);
