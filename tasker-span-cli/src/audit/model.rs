//! What the audit knows of a file: plain data, that rules read without syntax trees.

use std::ops::Range;

/// A file, or what it could not be read for.
#[derive(Debug)]
pub struct FileFacts {
    /// As reports show it.
    pub path: String,
    /// The crate that it belongs to.
    pub package: String,
    /// Its functions, in their order.
    pub functions: Vec<Function>,
    /// The structs and enums that it defines.
    pub types: Vec<TypeFacts>,
    /// Its aliases of `Result`.
    pub result_aliases: Vec<String>,
    /// The `use` items of its root.
    pub imports: Vec<Import>,
    /// Where its first item begins.
    pub first_item: usize,
    /// The comments that allow findings.
    pub allows: Vec<Allow>,
    /// Why it was passed over.
    pub skipped: Option<String>,
    /// How many lines it has.
    pub lines: usize,
}

/// A `use` item.
#[derive(Debug)]
pub struct Import {
    /// Its bytes.
    pub range: Range<usize>,
    /// The names that it imports, and their paths.
    pub names: Vec<(String, String)>,
}

/// A type, by its name alone.
#[derive(Debug, Default)]
pub struct TypeFacts {
    /// Without its path.
    pub name: String,
    /// It derives or implements `SpanFields`.
    pub is_subject: bool,
    /// The attributes that it supplies, if all of them are known.
    pub supplies: Option<Vec<String>>,
    /// Its fields and their types.
    pub fields: Vec<(String, Type)>,
}

/// A function, method or part of a macro.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Function {
    /// Crate, modules, type and name.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The modules, for suggestions.
    pub module: String,
    /// The first line of its attributes and comments.
    pub first_line: usize,
    /// The line of its name.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// The last line of its signature.
    pub signature_end: usize,
    /// Where an attribute would be inserted.
    pub start: usize,
    /// It is an `async fn`, or returns a future.
    pub is_async: bool,
    /// What it returns.
    pub output: Option<Type>,
    /// Its parameters, without `self`.
    pub parameters: Vec<Parameter>,
    /// It has a `self`.
    pub has_self: bool,
    /// The type of the `impl`.
    pub self_type: Option<String>,
    /// The `impl` is one of a trait.
    pub of_trait: Option<String>,
    /// It is a test, or in a module of tests.
    pub is_test: bool,
    /// It has a body.
    pub has_body: bool,
    /// It cannot be annotated.
    pub is_const: bool,
    /// It is an `async fn`.
    pub is_async_fn: bool,
    /// It is in the file's own module, and sees its imports.
    pub is_in_root: bool,
    /// It was found in a macro.
    pub in_macro: bool,
    /// Its spans, its own first.
    pub sites: Vec<Site>,
    /// What its body does.
    pub body: Body,
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name; patterns have several.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// It is a plain name, and not part of a pattern.
    pub is_plain: bool,
}

/// A type, as far as syntax tells.
#[derive(Clone, Debug, Default)]
pub struct Type {
    /// As it is written.
    pub text: String,
    /// The type inside references, `Box`, `Arc`, `Option` and their like; resolved by the imports.
    pub inner: String,
    /// The last segment of it.
    pub name: String,
    /// Every resolved path in it.
    pub paths: Vec<String>,
    /// It, or the output of its future, is called `…Result`.
    pub result: Option<String>,
    /// The part after `->` of what its future returns is a future at all.
    pub is_future: bool,
}

/// The macro that writes a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `#[task_span]`.
    TaskSpan,
    /// `#[step_span]`.
    StepSpan,
    /// `task_scope!`.
    TaskScope,
    /// `step_scope!`.
    StepScope,
    /// `#[tracing::instrument]`.
    Instrument,
    /// `span!`, `info_span!` and their like.
    Macro(String),
    /// A function without a span.
    Nothing,
}

/// A span.
#[derive(Debug)]
pub struct Site {
    /// What writes it.
    pub kind: Kind,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// Its bytes: those of the attribute with its `#[…]`.
    pub range: Range<usize>,
    /// Its arguments.
    pub arguments: Arguments,
    /// It is in a `cfg_attr`, where it cannot be replaced alone.
    pub is_conditional: bool,
    /// The lines of the loops without an end that it lasts for.
    pub endless: Vec<usize>,
    /// The lines on which its guard is held over an `.await`.
    pub held_over_await: Vec<usize>,
}

/// The arguments of a span, of all kinds.
#[derive(Debug, Default)]
pub struct Arguments {
    /// They could be read.
    pub are_known: bool,
    /// The span's name.
    pub name: Option<String>,
    /// Parameters that `#[instrument]` skips.
    pub skip: Vec<String>,
    /// It skips all of them.
    pub skip_all: bool,
    /// Fields.
    pub fields: Vec<Field>,
    /// `err`, with what is in its parentheses.
    pub err: Option<String>,
    /// `ret`, with what is in its parentheses.
    pub ret: Option<String>,
    /// `level`, `target`, and the values of our arguments, as they are written.
    pub values: Vec<(String, String)>,
    /// `inherit`, with its list if it has one.
    pub inherit: Option<Vec<String>>,
    /// The names in `late` that the function must record.
    pub late: Vec<String>,
    /// All others.
    pub flags: Vec<String>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, with dots.
    pub name: String,
    /// `%` or `?`.
    pub sigil: Option<char>,
    /// Its value as it is written; `name` alone has none.
    pub value: Option<String>,
    /// The value is `Empty`.
    pub is_empty: bool,
    /// The value is an unsigned integer, as far as syntax tells.
    pub is_unsigned: bool,
    /// The parameter or variable that is its value, alone.
    pub variable: Option<String>,
    /// Its line.
    pub line: usize,
    /// Its column.
    pub column: usize,
}

/// What a body does.
#[derive(Debug, Default)]
pub struct Body {
    /// The names that it records on a span, and their lines.
    pub records: Vec<(String, usize)>,
    /// It records what cannot be known: a subject, or a name in a constant.
    pub records_more: bool,
    /// It logs an error, or records it.
    pub records_error: bool,
    /// It spawns work without the active span: what, and the line.
    pub spawns: Vec<(String, usize)>,
    /// The lines of loops without an end, that an attribute's span lasts for.
    pub endless: Vec<usize>,
}

/// A comment `tasker-span: allow(code) reason`.
#[derive(Debug)]
pub struct Allow {
    /// The codes.
    pub codes: Vec<String>,
    /// It has a reason.
    pub has_reason: bool,
    /// Its own line.
    pub line: usize,
    /// The line that it is about.
    pub target: usize,
}

impl Kind {
    /// As reports show it.
    pub fn shown(&self) -> &str {
        match self {
            Self::TaskSpan => "#[task_span]",
            Self::StepSpan => "#[step_span]",
            Self::TaskScope => "task_scope!",
            Self::StepScope => "step_scope!",
            Self::Instrument => "#[instrument]",
            Self::Macro(name) => name,
            Self::Nothing => "-",
        }
    }

    /// One of this project's macros.
    pub fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::TaskSpan | Self::StepSpan | Self::TaskScope | Self::StepScope
        )
    }

    /// An attribute of a function.
    pub fn is_attribute(&self) -> bool {
        matches!(self, Self::TaskSpan | Self::StepSpan | Self::Instrument)
    }
}
