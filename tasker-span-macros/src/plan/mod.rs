//! The checks, and the plan of an expansion that passed them. `expand` writes it.

mod before_task;
mod control_flow;
mod ending;
mod extras;
mod identity;
mod missing;
mod promises;
mod subjects;
mod values;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::args::{Args, Kind, Level};
use crate::error::Errors;
use crate::func::Func;
use crate::invocation::Invocation;
use crate::runtime_path::RuntimePath;
use crate::shape::{Returns, Shape};

pub(crate) use ending::{Ending, Outcome};
pub(crate) use extras::Extra;
pub(crate) use identity::Identity;
pub(crate) use promises::Late;
use promises::Promises;
use subjects::Offer;
pub(crate) use subjects::{Access, Optional, Subject};
pub(crate) use values::Value;

/// How a span opens.
pub(crate) struct Opening {
    pub(crate) runtime: RuntimePath,
    pub(crate) identity: Identity,
    pub(crate) kind: Option<Kind>,
    pub(crate) level: Level,
    /// The module's path unless given.
    pub(crate) target: Option<TokenStream>,
    pub(crate) late: Vec<Late>,
    pub(crate) values: Vec<Value>,
    pub(crate) subjects: Vec<Subject>,
    /// The messages that the span links to.
    pub(crate) link: Option<TokenStream>,
    pub(crate) extras: Vec<Extra>,
    /// `ret` exports the returned value as an event of the span.
    pub(crate) is_before_task: bool,
    pub(crate) has_event: bool,
}

/// A function and its span.
pub(crate) struct Plan<'a> {
    pub(crate) func: &'a Func,
    pub(crate) returns: Returns,
    pub(crate) shape: Shape,
    pub(crate) opening: Opening,
    pub(crate) ending: Ending,
}

/// Checks the arguments of an attribute against its function.
pub(crate) fn function(args: TokenStream, func: &Func, invocation: Invocation) -> syn::Result<Plan<'_>> {
    let mut errors = Errors::new();
    let args = Args::parse(args, invocation, &mut errors);
    let shape = errors.handle(Shape::of(func, invocation));
    let returns = Returns::of(func, shape.as_ref());
    let opening = opening(&args, Some(func), invocation, &mut errors);
    let ending = Ending::check(&args, &returns, &mut errors);
    let (opening, shape) = errors.finish_with(opening.zip(shape))?;
    Ok(Plan {
        func,
        returns,
        shape,
        opening,
        ending,
    })
}

/// Checks the arguments of a block's macro.
pub(crate) fn block(args: TokenStream, invocation: Invocation) -> syn::Result<Opening> {
    let mut errors = Errors::new();
    let args = Args::parse(args, invocation, &mut errors);
    let opening = opening(&args, None, invocation, &mut errors);
    ending::refuse(&args, &mut errors);
    errors.finish_with(opening)
}

fn opening(args: &Args, func: Option<&Func>, invocation: Invocation, errors: &mut Errors) -> Option<Opening> {
    control_flow::check(args, errors);
    let extras = extras::check(args, errors);
    let identity = Identity::check(args, invocation, errors)?;
    let values = values::check(args, &identity, errors);
    let promises = Promises::check(args, &identity, errors);
    let (subjects, missing) = Offer {
        args,
        func,
        promises: &promises,
    }
    .resolve(&identity, errors);
    before_task::check(args, &identity, errors);
    if !args.is_doubtful && !promises.is_doubtful && args.before_task.is_none() {
        missing::report(&missing, &identity, invocation, errors);
    }
    Some(Opening {
        runtime: RuntimePath::new(args.runtime.as_ref()),
        identity,
        kind: args.kind.as_ref().map(|kind| kind.value),
        level: args.level.unwrap_or(Level::INFO),
        target: args.target.as_ref().map(ToTokens::to_token_stream),
        late: promises.late,
        values,
        subjects,
        link: args.link.as_ref().map(|link| link.value.to_token_stream()),
        extras,
        is_before_task: args.before_task.is_some(),
        has_event: args.ret.is_some(),
    })
}
