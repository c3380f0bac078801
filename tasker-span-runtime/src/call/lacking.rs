//! The attributes that a subject's type lacks, as a list of types. Method calls on `Subject` ask for
//! each attribute; `requires` has a message for each list.

use std::marker::PhantomData;

use crate::catalogue::for_each_supply;

/// The list as a value.
#[derive(Debug)]
pub struct Lacking<L>(PhantomData<L>);

/// The attributes that the method calls have not found.
#[inline]
pub fn lacking<P: Probes>(_probes: P) -> Lacking<P::Lacking> {
    Lacking(PhantomData)
}

/// What a method call found: the attribute, or the lack of it.
pub trait Probe {
    /// The list, with the attribute if it is lacking.
    type Onto<L: List>: List;
}

/// The type supplies the attribute.
#[derive(Debug)]
pub struct Present;

impl Probe for Present {
    type Onto<L: List> = L;
}

/// `()`, `namespace` or `(correlation_id, namespace)`.
pub trait List {
    type And<Name: List>: List;
}

impl List for () {
    type And<Name: List> = Name;
}

macro_rules! names {
    ($($name:ident $if_present:ident $has:ident $lent:ty, $($text:literal)*;)*) => {
        $(
            /// The lack of the attribute.
            #[allow(non_camel_case_types, reason = "named as the attributes are")]
            #[derive(Debug)]
            pub struct $name;

            impl Probe for $name {
                type Onto<L: List> = L::And<Self>;
            }

            impl List for $name {
                type And<Name: List> = (Self, Name);
            }
        )*
    };
}

for_each_supply!(names);

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        impl<$($name: List),*> List for ($($name),*) {
            type And<Name: List> = ($($name,)* Name);
        }
    )*};
}

tuples! { A B; A B C; A B C D; }

/// No span requires more attributes of a subject.
impl<A: List, B: List, C: List, D: List, E: List> List for (A, B, C, D, E) {
    type And<Name: List> = Self;
}

/// What the method calls for all required attributes found.
pub trait Probes {
    type Lacking: List;
}

macro_rules! probes {
    ($list:ty;) => {
        impl Probes for () {
            type Lacking = ();
        }
    };
    ($list:ty; $($name:ident)+) => {
        impl<$($name: Probe),+> Probes for ($($name,)+) {
            type Lacking = folded!((), $($name)+);
        }
    };
}

macro_rules! folded {
    ($list:ty,) => { $list };
    ($list:ty, $first:ident $($rest:ident)*) => { folded!(<$first as Probe>::Onto<$list>, $($rest)*) };
}

probes! { (); }
probes! { (); A }
probes! { (); A B }
probes! { (); A B C }
probes! { (); A B C D }
probes! { (); A B C D E }
