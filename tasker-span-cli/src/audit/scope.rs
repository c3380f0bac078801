//! What a path means: the imports of a file, its modules and its blocks.

use std::collections::HashMap;
use std::sync::Arc;

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Item, ItemUse, UseTree};

use super::config::Config;
use super::model::Kind;
use super::package::Package;

/// The imported names, innermost last.
#[derive(Debug)]
pub struct Scope<'c> {
    config: &'c Config,
    package: Arc<Package>,
    layers: Vec<Layer>,
}

#[derive(Clone, Debug, Default)]
struct Layer {
    /// Imported names and their paths.
    imports: HashMap<String, Vec<String>>,
    /// Macros that the file defines by `macro_rules!`.
    own_macros: Vec<String>,
    /// Blocks see the names around them; modules do not.
    is_module: bool,
}

const SPAN_MACROS: [&str; 6] = [
    "span",
    "trace_span",
    "debug_span",
    "info_span",
    "warn_span",
    "error_span",
];

impl<'c> Scope<'c> {
    /// Before any import.
    pub fn new(config: &'c Config, package: Arc<Package>) -> Self {
        Self {
            config,
            package,
            layers: Vec::new(),
        }
    }

    /// Enters a module. `use super::*` takes over the imports around it.
    pub fn enter_module(&mut self, items: &[Item]) {
        let takes_over = items.iter().any(|item| match item {
            Item::Use(item) => is_super_glob(&item.tree),
            _ => false,
        });
        let mut layer = match self.layers.last() {
            Some(around) if takes_over => around.clone(),
            _ => Layer::default(),
        };
        layer.is_module = true;
        self.layers.push(layer);
        self.import(items.iter());
    }

    /// Enters a block.
    pub fn enter_block<'i>(&mut self, items: impl Iterator<Item = &'i Item>) {
        self.layers.push(Layer::default());
        self.import(items);
    }

    /// Leaves a module or block.
    pub fn leave(&mut self) {
        self.layers.pop();
    }

    fn import<'i>(&mut self, items: impl Iterator<Item = &'i Item>) {
        let Some(layer) = self.layers.last_mut() else { return };
        for item in items {
            match item {
                Item::Use(ItemUse { tree, .. }) => collect(tree, &mut Vec::new(), &mut layer.imports),
                Item::ExternCrate(item) => {
                    if let Some((_, name)) = &item.rename {
                        layer.imports.insert(text(name), vec![text(&item.ident)]);
                    }
                }
                Item::Macro(item) => layer.own_macros.extend(item.ident.as_ref().map(text)),
                _ => {}
            }
        }
    }

    /// The path behind a path, with `::`.
    pub fn resolve(&self, path: &syn::Path) -> String {
        let mut segments: Vec<String> = path.segments.iter().map(|segment| text(&segment.ident)).collect();
        if path.leading_colon.is_none() {
            // An import may lead to another one.
            for _ in 0..8 {
                let Some(target) = segments.first().and_then(|first| self.imported(first)) else {
                    break;
                };
                if target.first() == segments.first() && target.len() == 1 {
                    break;
                }
                let changed = target.first() != segments.first();
                segments.splice(..1, target.iter().cloned());
                if !changed {
                    break;
                }
            }
        }
        if let Some(first) = segments.first_mut()
            && let Some(package) = self.package.renames.get(first.as_str())
        {
            first.clone_from(package);
        }
        self.exported(segments.join("::"))
    }

    fn imported(&self, name: &str) -> Option<&Vec<String>> {
        for layer in self.layers.iter().rev() {
            if let Some(target) = layer.imports.get(name) {
                return Some(target);
            }
            if layer.is_module {
                break;
            }
        }
        None
    }

    /// The path behind one that the program re-exports, as the settings say.
    fn exported(&self, path: String) -> String {
        let own = path
            .strip_prefix("crate::")
            .map(|rest| format!("{}::{rest}", self.package.name));
        for (from, to) in &self.config.reexports {
            for path in [Some(&path), own.as_ref()].into_iter().flatten() {
                if let Some(rest) = path.strip_prefix(from.as_str())
                    && (rest.is_empty() || rest.starts_with("::"))
                {
                    return format!("{to}{rest}");
                }
            }
        }
        path
    }

    /// The span that an attribute writes.
    pub fn attribute(&self, path: &syn::Path) -> Option<Kind> {
        let path = self.resolve(path);
        let (krate, name) = path.rsplit_once("::").unwrap_or(("", &path));
        match name {
            "instrument" if matches!(krate, "" | "tracing" | "tracing_attributes") => Some(Kind::Instrument),
            "task_span" if is_ours(krate) => Some(Kind::TaskSpan),
            "step_span" if is_ours(krate) => Some(Kind::StepSpan),
            _ => None,
        }
    }

    /// The span that a macro opens.
    pub fn opened(&self, path: &syn::Path) -> Option<Kind> {
        let path = self.resolve(path);
        let (krate, name) = path.rsplit_once("::").unwrap_or(("", &path));
        match name {
            _ if krate.is_empty() && self.defines(name) => None,
            "task_scope" if is_ours(krate) => Some(Kind::TaskScope),
            "step_scope" if is_ours(krate) => Some(Kind::StepScope),
            name if SPAN_MACROS.contains(&name) && matches!(krate, "" | "tracing") => {
                Some(Kind::Macro(format!("{name}!")))
            }
            _ => None,
        }
    }

    fn defines(&self, name: &str) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.own_macros.iter().any(|own| own == name))
    }
}

fn is_ours(krate: &str) -> bool {
    matches!(krate, "" | "tasker_span_runtime" | "tasker_span_macros")
}

fn is_super_glob(tree: &UseTree) -> bool {
    match tree {
        UseTree::Path(path) if path.ident == "super" => match &*path.tree {
            UseTree::Glob(_) => true,
            UseTree::Group(group) => group.items.iter().any(|item| matches!(item, UseTree::Glob(_))),
            _ => false,
        },
        UseTree::Group(group) => group.items.iter().any(is_super_glob),
        _ => false,
    }
}

/// The names that a `use` item imports, and their paths.
pub fn imported(tree: &UseTree) -> Vec<(String, String)> {
    let mut imports = HashMap::new();
    collect(tree, &mut Vec::new(), &mut imports);
    let mut names: Vec<_> = imports
        .into_iter()
        .map(|(name, path)| (name, path.join("::")))
        .collect();
    names.sort();
    names
}

fn collect(tree: &UseTree, prefix: &mut Vec<String>, imports: &mut HashMap<String, Vec<String>>) {
    let mut insert = |name: String, last: &syn::Ident| {
        let mut path = prefix.clone();
        // `use tracing::{self}` imports `tracing`.
        if last != "self" || path.is_empty() {
            path.push(text(last));
        }
        let name = if name == "self" {
            path.last().cloned().unwrap_or_default()
        } else {
            name
        };
        imports.insert(name, path);
    };
    match tree {
        UseTree::Name(name) => insert(text(&name.ident), &name.ident),
        UseTree::Rename(rename) => insert(text(&rename.rename), &rename.ident),
        UseTree::Path(path) => {
            prefix.push(text(&path.ident));
            collect(&path.tree, prefix, imports);
            prefix.pop();
        }
        UseTree::Group(group) => {
            for item in &group.items {
                collect(item, prefix, imports);
            }
        }
        UseTree::Glob(_) => {}
    }
}

/// An identifier without `r#`.
pub fn text(ident: &syn::Ident) -> String {
    ident.unraw().to_string()
}

/// A path as it is written, without spaces.
pub fn path_text(path: &impl ToTokens) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
