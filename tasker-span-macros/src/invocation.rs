//! Which macro was called, in the words of its user.

use crate::catalogue::Family;

#[derive(Clone, Copy)]
pub(crate) struct Invocation {
    pub(crate) family: Family,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `#[task_span]` on a function
    Function,
    /// `task_scope!` inside one
    Block,
}

impl Invocation {
    /// `#[task_span]`
    pub(crate) fn name(self) -> String {
        match self.place {
            Place::Function => format!("#[{}]", self.family.macro_name()),
            Place::Block => format!("{}!", self.block_name()),
        }
    }

    /// `#[task_span(arguments)]`
    pub(crate) fn with(self, arguments: &str) -> String {
        match self.place {
            Place::Function => format!("#[{}({arguments})]", self.family.macro_name()),
            Place::Block => format!("{}!({arguments})", self.block_name()),
        }
    }

    /// The macro for a part of a function.
    pub(crate) fn block_name(self) -> &'static str {
        match self.family {
            Family::Task => "task_scope",
            Family::Step => "step_scope",
        }
    }

    /// The same macro of the other family.
    pub(crate) fn other_family(self) -> Self {
        let family = match self.family {
            Family::Task => Family::Step,
            Family::Step => Family::Task,
        };
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
