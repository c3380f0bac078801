//! From a syntax tree to facts: a walk over items.

mod allow;
mod arguments;
mod body;
mod function;
mod loops;
mod macros;
mod opened;
mod spans;
mod tokens;
mod types;

use std::ops::Range;
use std::sync::Arc;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, Item, TraitItem};

use super::config::Config;
use super::model::{FileFacts, Function, Import};
use super::package::Package;
use super::scope::{self, Scope};
use super::{package, parse};

/// A file to read.
#[derive(Debug)]
pub struct Source {
    /// As reports show it.
    pub path: String,
    /// The package that it is in.
    pub package: Arc<Package>,
    /// Its module, by its place in the package.
    pub module: Vec<String>,
}

/// Reads a file. What cannot be read is passed over, and the reason kept.
pub fn facts(source: &Source, content: Vec<u8>, config: &Config) -> FileFacts {
    let mut facts = FileFacts {
        path: source.path.clone(),
        package: source.package.name.clone(),
        functions: Vec::new(),
        types: Vec::new(),
        result_aliases: Vec::new(),
        imports: Vec::new(),
        first_item: 0,
        allows: Vec::new(),
        skipped: None,
        lines: 0,
    };
    let text = match parse::text(content) {
        Ok(text) => text,
        Err(reason) => {
            facts.skipped = Some(reason);
            return facts;
        }
    };
    facts.lines = text.lines().count();
    match parse::file(&text) {
        Ok(file) => {
            facts.allows = allow::comments(&text);
            facts.imports = imports(&file);
            facts.first_item = file.items.first().map_or(text.len(), |item| bytes(item.span()).start);
            let mut reader = Reader {
                text: &text,
                scope: Scope::new(config, Arc::clone(&source.package)),
                config,
                facts: &mut facts,
                path: Vec::new(),
                module: source.module.clone(),
                self_type: None,
                of_trait: None,
                is_test: is_test(&file.attrs),
                in_macro: false,
            };
            reader.module(&file.items);
        }
        Err(reason) => facts.skipped = Some(reason),
    }
    // Without this, the positions of all files that a thread has parsed stay in memory.
    proc_macro2::extra::invalidate_current_thread_spans();
    facts
}

/// Where the walk is.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) scope: Scope<'a>,
    pub(super) config: &'a Config,
    pub(super) facts: &'a mut FileFacts,
    /// Modules and functions around the item, below the file.
    pub(super) path: Vec<String>,
    module: Vec<String>,
    pub(super) self_type: Option<String>,
    pub(super) of_trait: Option<String>,
    pub(super) is_test: bool,
    pub(super) in_macro: bool,
}

impl Reader<'_> {
    fn module(&mut self, items: &[Item]) {
        self.scope.enter_module(items);
        self.items(items);
        self.scope.leave();
    }

    pub(super) fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Fn(item) => self.function(&item.attrs, &item.sig, Some(&item.block), item.span()),
            Item::Mod(item) => {
                let Some((_, items)) = &item.content else { return };
                let was_test = self.is_test;
                self.is_test |= is_test(&item.attrs);
                self.path.push(scope::text(&item.ident));
                self.module(items);
                self.path.pop();
                self.is_test = was_test;
            }
            Item::Impl(item) => {
                let (name, _) = types::self_type(&item.self_ty);
                let of_trait = item.trait_.as_ref().map(|(path, _)| scope::path_text(path));
                if let Some(trait_) = &of_trait {
                    types::implemented(trait_, &name, self.facts);
                }
                let was_test = self.is_test;
                self.is_test |= is_test(&item.attrs);
                let around = (
                    self.self_type.replace(name),
                    std::mem::replace(&mut self.of_trait, of_trait),
                );
                for item in &item.items {
                    match item {
                        ImplItem::Fn(method) => {
                            self.function(&method.attrs, &method.sig, Some(&method.block), method.span());
                        }
                        ImplItem::Macro(item) => self.macro_items(&item.mac),
                        _ => {}
                    }
                }
                (self.self_type, self.of_trait) = around;
                self.is_test = was_test;
            }
            Item::Trait(item) => {
                let around = (self.self_type.replace(scope::text(&item.ident)), self.of_trait.take());
                for item in &item.items {
                    if let TraitItem::Fn(method) = item {
                        self.function(&method.attrs, &method.sig, method.default.as_ref(), method.span());
                    }
                }
                (self.self_type, self.of_trait) = around;
            }
            Item::Struct(item) => {
                let facts = types::structure(item, &self.scope);
                self.facts.types.push(facts);
            }
            Item::Enum(item) => {
                let facts = types::enumeration(&item.ident, &item.attrs, &self.scope);
                self.facts.types.push(facts);
            }
            Item::Type(item) if types::read(&item.ty, &self.scope).result.is_some() => {
                self.facts.result_aliases.push(scope::text(&item.ident));
            }
            Item::Macro(item) if item.ident.is_some() => self.macro_rules(&item.mac),
            Item::Macro(item) => self.macro_items(&item.mac),
            _ => {}
        }
    }

    /// The path of a function in this place.
    pub(super) fn path_of(&self, name: &str) -> String {
        let package = &self.facts.package;
        let mut parts: Vec<String> = if package.is_empty() {
            Vec::new()
        } else {
            vec![package.clone()]
        };
        parts.extend(self.module.iter().cloned());
        parts.extend(self.path.iter().cloned());
        match (&self.self_type, &self.of_trait) {
            (Some(of_type), Some(of_trait)) => parts.push(format!("<{of_type} as {of_trait}>")),
            (Some(of_type), None) => parts.push(of_type.clone()),
            (None, _) => {}
        }
        parts.push(name.to_owned());
        parts.join("::")
    }

    /// The modules of this place, and the file's.
    pub(super) fn module_text(&self) -> String {
        let parts = self.module.iter().chain(&self.path);
        parts.cloned().collect::<Vec<_>>().join("::")
    }

    pub(super) fn push(&mut self, function: Function) {
        self.facts.functions.push(function);
    }
}

/// The bytes of a span in the file.
pub(super) fn bytes(span: Span) -> Range<usize> {
    span.byte_range()
}

/// The `use` items of a file. A `pub use` is for others too.
fn imports(file: &syn::File) -> Vec<Import> {
    let items = file.items.iter().filter_map(|item| match item {
        Item::Use(item) if matches!(item.vis, syn::Visibility::Inherited) && item.attrs.is_empty() => Some(Import {
            range: bytes(item.span()),
            names: scope::imported(&item.tree),
        }),
        _ => None,
    });
    items.collect()
}

/// `#[test]`, `#[tokio::test]` and `#[cfg(test)]`.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = attribute
            .path()
            .segments
            .last()
            .is_some_and(|last| last.ident == "test");
        let is_cfg = attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| {
                let text = list.tokens.to_string();
                text == "test" || text.starts_with("all") && text.contains("test") && !text.contains("not")
            });
        is_test || is_cfg
    })
}

/// The module of a file.
pub fn source(package: Arc<Package>, file: &std::path::Path, path: String) -> Source {
    Source {
        module: package::module(&package, file),
        package,
        path,
    }
}
