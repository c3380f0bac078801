//! Which macro was called, in the words of its user.

use crate::catalogue::Family;

#[derive(Clone, Copy)]
pub(crate) struct Invocation {
    pub(crate) family: Family,
    pub(crate) covers: Covers,
}

/// What the span covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covers {
    /// `#[task_span]` on a function
    Function,
    /// `task_scope!` inside a function
    Block,
}

impl Invocation {
    /// `#[task_span]`
    pub(crate) fn name(self) -> String {
        match self.covers {
            Covers::Function => format!("#[{}]", self.family.macro_name()),
            Covers::Block => format!("{}!", self.family.block_name()),
        }
    }

    /// `#[task_span(arguments)]`
    pub(crate) fn with(self, arguments: &str) -> String {
        match self.covers {
            Covers::Function => format!("#[{}({arguments})]", self.family.macro_name()),
            Covers::Block => format!("{}!({arguments})", self.family.block_name()),
        }
    }

    /// The same macro of the other family.
    pub(crate) fn other_family(self) -> Self {
        let family = self.family.other();
        Self { family, ..self }
    }

    /// A span that the macro writes, for examples.
    pub(crate) fn example(self) -> &'static str {
        match self.family {
            Family::Task => "task.orchestration",
            Family::Step => "step.execution",
        }
    }
}

impl Family {
    /// The attribute macro.
    pub(crate) fn macro_name(self) -> &'static str {
        match self {
            Self::Task => "task_span",
            Self::Step => "step_span",
        }
    }

    /// The macro for a part of a function.
    pub(crate) fn block_name(self) -> &'static str {
        match self {
            Self::Task => "task_scope",
            Self::Step => "step_scope",
        }
    }
}
