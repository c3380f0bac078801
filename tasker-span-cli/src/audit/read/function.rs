//! A function: its signature, its attributes, and its body.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, FnArg, Meta, Pat, PatIdent, Signature, Token};

use super::body::BodyReader;
use super::{Reader, arguments, bytes, is_test, types};
use crate::audit::model::{Arguments, Function, Parameter, Site};
use crate::audit::scope;

impl Reader<'_> {
    /// Reads a function, and the functions in it.
    pub(super) fn function(
        &mut self,
        attributes: &[Attribute],
        signature: &Signature,
        body: Option<&Block>,
        whole: Span,
    ) {
        let name = scope::text(&signature.ident);
        let position = signature.ident.span().start();
        let mut sites = Vec::new();
        for attribute in attributes {
            self.attribute_sites(attribute, &attribute.meta, false, &mut sites);
        }
        let output = types::output(&signature.output, &self.scope);
        let visible = whole.start().line;
        let outer = attributes.iter().find(|attribute| !attribute.path().is_ident("doc"));
        let mut function = Function {
            path: self.path_of(&name),
            module: self.module_text(),
            first_line: visible,
            line: position.line,
            column: position.column + 1,
            signature_end: signature
                .output
                .span()
                .end()
                .line
                .max(position.line)
                .max(signature.paren_token.span.close().end().line),
            start: outer.map_or_else(
                || start_of_item(attributes, whole, self.text),
                |outer| bytes(outer.span()).start,
            ),
            is_async: signature.asyncness.is_some() || output.as_ref().is_some_and(|output| output.is_future),
            output,
            parameters: signature
                .inputs
                .iter()
                .flat_map(|input| self.parameters(input))
                .collect(),
            has_self: signature.receiver().is_some(),
            self_type: self.self_type.clone(),
            of_trait: self.of_trait.clone(),
            is_test: self.is_test || is_test(attributes),
            has_body: body.is_some(),
            is_const: signature.constness.is_some(),
            is_async_fn: signature.asyncness.is_some(),
            is_in_root: self.path.is_empty(),
            in_macro: self.in_macro,
            sites,
            body: crate::audit::model::Body::default(),
            name,
        };
        let mut nested = Vec::new();
        if let Some(body) = body {
            let mut reader = BodyReader::new(self.text, &mut self.scope, self.config);
            reader.read(body);
            let (body, sites, items) = reader.finish();
            function.body = body;
            function.sites.extend(sites);
            nested = items;
        }
        let name = function.name.clone();
        self.push(function);
        if !nested.is_empty() {
            self.nested(&name, &nested);
        }
    }

    /// Items in a body are in a module of the function's name.
    fn nested(&mut self, name: &str, items: &[syn::Item]) {
        self.path.push(match (&self.self_type, &self.of_trait) {
            (Some(of_type), _) => format!("{of_type}::{name}"),
            _ => name.to_owned(),
        });
        let around = (self.self_type.take(), self.of_trait.take());
        self.scope.enter_block(items.iter());
        self.items(items);
        self.scope.leave();
        (self.self_type, self.of_trait) = around;
        self.path.pop();
    }

    /// The spans of an attribute, in `cfg_attr` too.
    fn attribute_sites(&self, attribute: &Attribute, meta: &Meta, is_conditional: bool, sites: &mut Vec<Site>) {
        if meta.path().is_ident("cfg_attr") {
            let metas = meta
                .require_list()
                .and_then(|list| list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated));
            for meta in metas.iter().flatten().skip(1) {
                self.attribute_sites(attribute, meta, true, sites);
            }
            return;
        }
        let Some(kind) = self.scope.attribute(meta.path()) else {
            return;
        };
        let arguments = match meta {
            Meta::List(list) => arguments::attribute(list.tokens.clone(), self.text),
            _ => Arguments {
                are_known: true,
                ..Arguments::default()
            },
        };
        let start = if is_conditional {
            meta.span().start()
        } else {
            attribute.span().start()
        };
        sites.push(Site {
            kind,
            line: start.line,
            column: start.column + 1,
            range: bytes(attribute.span()),
            arguments,
            is_conditional,
            endless: Vec::new(),
            held_over_await: Vec::new(),
        });
    }

    fn parameters(&self, input: &FnArg) -> Vec<Parameter> {
        let FnArg::Typed(input) = input else { return Vec::new() };
        let ty = types::read(&input.ty, &self.scope);
        let mut names = Names::default();
        names.visit_pat(&input.pat);
        let is_plain = matches!(&*input.pat, Pat::Ident(pat) if pat.subpat.is_none());
        let parameter = |name| Parameter {
            name,
            ty: ty.clone(),
            is_plain,
        };
        names.names.into_iter().map(parameter).collect()
    }
}

/// Where the item begins behind its doc comments.
fn start_of_item(attributes: &[Attribute], whole: Span, text: &str) -> usize {
    let documented = attributes.last().map(|last| bytes(last.span()).end);
    let start = documented.unwrap_or(bytes(whole).start);
    let rest = text.get(start..).unwrap_or_default();
    start + (rest.len() - rest.trim_start().len())
}

/// The variables of a pattern.
#[derive(Default)]
struct Names {
    names: Vec<String>,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.names.push(scope::text(&pat.ident));
        visit::visit_pat_ident(self, pat);
    }
}
