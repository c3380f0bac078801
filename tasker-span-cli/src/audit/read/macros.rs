//! What macros make: the items in their arguments, and the output of `macro_rules!`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{File, Macro, Stmt};

use super::Reader;
use super::body::BodyReader;
use super::tokens::{Parsed, parse};
use crate::audit::model::Function;
use crate::audit::scope;

impl Reader<'_> {
    /// The items in the arguments of a macro, such as those of `cfg_if!`.
    pub(super) fn macro_items(&mut self, mac: &Macro) {
        self.made_by_macro(mac.tokens.clone(), "macro");
    }

    /// The items that a `macro_rules!` writes. A fragment is read as an identifier of its name.
    pub(super) fn macro_rules(&mut self, mac: &Macro) {
        let mut is_output = false;
        let mut fragments = Fragments::default();
        for token in mac.tokens.clone() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '>' => is_output = true,
                TokenTree::Group(group) if is_output => {
                    is_output = false;
                    self.made_by_macro(fragments.without(group.stream()), "macro_rules");
                }
                TokenTree::Group(group) => fragments = Fragments::of(group.stream()),
                _ => {}
            }
        }
    }

    fn made_by_macro(&mut self, tokens: TokenStream, what: &str) {
        if !may_have_sites(tokens.clone()) {
            return;
        }
        let was_in_macro = std::mem::replace(&mut self.in_macro, true);
        if let Ok(file) = syn::parse2::<File>(tokens.clone()) {
            self.scope.enter_block(file.items.iter());
            self.items(&file.items);
            self.scope.leave();
        } else if let Ok(items) = associated.parse2(tokens.clone()) {
            for item in items {
                if let syn::ImplItem::Fn(method) = item {
                    self.function(&method.attrs, &method.sig, Some(&method.block), method.sig.ident.span());
                }
            }
        } else {
            match parse(&tokens) {
                Parsed::Statements(statements) => self.loose(what, &[statements]),
                Parsed::Expressions(expressions) => {
                    let statements = expressions.into_iter().map(|expr| Stmt::Expr(expr, None));
                    self.loose(what, &[statements.collect()]);
                }
                Parsed::Blocks(_) => {
                    // Items behind conditions: `if #[cfg(unix)] { … }`.
                    for token in tokens {
                        if let TokenTree::Group(group) = token {
                            self.made_by_macro(group.stream(), what);
                        }
                    }
                }
            }
        }
        self.in_macro = was_in_macro;
    }

    /// Statements outside of any function that is known.
    fn loose(&mut self, what: &str, blocks: &[Vec<Stmt>]) {
        let mut reader = BodyReader::new(self.text, &mut self.scope, self.config);
        for statements in blocks {
            reader.statements(statements);
        }
        let (body, sites, items) = reader.finish();
        if let Some(first) = sites.first() {
            let (line, column, start) = (first.line, first.column, first.range.start);
            let function = Function {
                path: self.path_of(what),
                name: what.to_owned(),
                module: self.module_text(),
                first_line: line,
                line,
                column,
                signature_end: line,
                start,
                is_async: false,
                output: None,
                parameters: Vec::new(),
                has_self: false,
                self_type: None,
                of_trait: None,
                is_test: self.is_test,
                has_body: true,
                is_const: false,
                is_async_fn: false,
                is_in_root: false,
                in_macro: true,
                sites,
                body,
            };
            self.push(function);
        }
        self.items(&items);
    }
}

/// Functions of an `impl`, which have `self`.
fn associated(input: ParseStream<'_>) -> syn::Result<Vec<syn::ImplItem>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(input.parse()?);
    }
    Ok(items)
}

/// Most macros are about something else, and need no second look.
fn may_have_sites(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            let text = scope::text(&ident);
            text == "fn" || text == "instrument" || text.contains("span") || text.ends_with("_scope")
        }
        TokenTree::Group(group) => may_have_sites(group.stream()),
        _ => false,
    })
}

/// The fragments of a rule that are no identifiers where they stand.
#[derive(Default)]
struct Fragments {
    /// Visibilities and whole items, which may be nothing.
    nothing: Vec<String>,
    blocks: Vec<String>,
}

impl Fragments {
    fn of(matcher: TokenStream) -> Self {
        let mut fragments = Self::default();
        fragments.collect(matcher);
        fragments
    }

    /// `$name:vis`
    fn collect(&mut self, matcher: TokenStream) {
        let mut name = None;
        let mut after_colon = false;
        for token in matcher {
            match token {
                TokenTree::Ident(ident) if after_colon => {
                    after_colon = false;
                    let name = name.take().unwrap_or_default();
                    match ident.to_string().as_str() {
                        "vis" | "item" => self.nothing.push(name),
                        "block" => self.blocks.push(name),
                        _ => {}
                    }
                }
                TokenTree::Ident(ident) => name = Some(ident.to_string()),
                TokenTree::Punct(punct) => after_colon = punct.as_char() == ':',
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Literal(_) => {}
            }
        }
    }

    /// `$name` becomes `name`, `$crate` becomes `crate`, and a repetition is written once.
    fn without(&self, tokens: TokenStream) -> TokenStream {
        let mut output = TokenStream::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.peek() {
                    Some(TokenTree::Group(group)) => {
                        output.extend(self.without(group.stream()));
                        tokens.next();
                        // A separator, and then `*`, `+` or `?`.
                        while let Some(TokenTree::Punct(punct)) = tokens.peek() {
                            let is_end = matches!(punct.as_char(), '*' | '+' | '?');
                            tokens.next();
                            if is_end {
                                break;
                            }
                        }
                    }
                    Some(TokenTree::Ident(ident)) => {
                        let name = ident.to_string();
                        if self.nothing.contains(&name) {
                            tokens.next();
                        } else if self.blocks.contains(&name) {
                            tokens.next();
                            output.extend([TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::new()))]);
                        }
                    }
                    _ => {}
                },
                TokenTree::Group(group) => {
                    let mut inside = Group::new(group.delimiter(), self.without(group.stream()));
                    inside.set_span(group.span());
                    output.extend([TokenTree::Group(inside)]);
                }
                other => other.to_tokens(&mut output),
            }
        }
        output
    }
}
