//! From text to a syntax tree, or to the reason why not. The parser recurses, so that what nests too deeply is refused first.

use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream};

/// The largest file that is read, in bytes. Larger ones are data.
pub const MAX_BYTES: usize = 8 << 20;
/// How deeply a file may nest. Each level takes some frames of the parser's stack.
const MAX_DEPTH: usize = 2_000;
/// The stack of a thread that parses: 128 KiB for each level, of which an unoptimised build needs about half.
pub const STACK: usize = 256 << 20;

/// The text of a file, if the audit can read it.
///
/// # Errors
///
/// Why it is passed over.
pub fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("is larger than {} MiB", MAX_BYTES >> 20));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| format!("is no UTF-8 from byte {} on", error.utf8_error().valid_up_to()))?;
    Ok(without_prologue(text))
}

/// A byte order mark and a `#!` line become spaces, so that positions stay.
fn without_prologue(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.replace_range(..'\u{feff}'.len_utf8(), "   ");
    }
    let start = text.len() - text.trim_start_matches(' ').len();
    let rest = &text[start..];
    if rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[') {
        let end = start + rest.find('\n').unwrap_or(rest.len());
        text.replace_range(start..end, &" ".repeat(end - start));
    }
    text
}

/// Parses a file.
///
/// # Errors
///
/// Where and why it is no Rust, or that it nests too deeply.
pub fn file(text: &str) -> Result<syn::File, String> {
    let tokens = TokenStream::from_str(text).map_err(|error| {
        let start = error.span().start();
        format!(
            "does not parse: line {}, column {}: {error}",
            start.line,
            start.column + 1
        )
    })?;
    check_depth(&tokens)?;
    syn::parse2(tokens).map_err(|error| {
        let start = error.span().start();
        format!(
            "does not parse: line {}, column {}: {error}",
            start.line,
            start.column + 1
        )
    })
}

/// Refuses what the parser would recurse into too deeply.
///
/// # Errors
///
/// The limit, and that it is exceeded.
pub fn check_depth(tokens: &TokenStream) -> Result<(), String> {
    let mut open = vec![Level::new(tokens.clone(), 0)];
    while let Some(level) = open.last_mut() {
        if level.depth() > MAX_DEPTH {
            return Err(format!(
                "nests more than {MAX_DEPTH} levels deep, or has an expression that long"
            ));
        }
        match level.tokens.next() {
            None => {
                open.pop();
            }
            Some(token) => {
                let depth = level.depth();
                level.take(&token);
                if let TokenTree::Group(group) = token {
                    open.push(Level::new(group.stream(), depth + 1));
                }
            }
        }
    }
    Ok(())
}

/// The inside of a delimiter: how deeply the parser may be, as an upper bound.
struct Level {
    tokens: token_stream::IntoIter,
    outside: usize,
    /// Tokens since the last end of an expression.
    run: usize,
    /// Since the last end of a statement: `<` and `|`, inside which a comma ends nothing.
    open: usize,
    /// The last token was a block, after which an item or a statement may begin.
    after_block: bool,
}

impl Level {
    fn new(tokens: TokenStream, outside: usize) -> Self {
        Self {
            tokens: tokens.into_iter(),
            outside,
            run: 0,
            open: 0,
            after_block: false,
        }
    }

    fn depth(&self) -> usize {
        self.outside + self.run + self.open
    }

    fn take(&mut self, token: &TokenTree) {
        let begins = match token {
            TokenTree::Ident(ident) => ident != "else",
            TokenTree::Punct(punct) => punct.as_char() == '#',
            TokenTree::Group(_) | TokenTree::Literal(_) => false,
        };
        if self.after_block && begins {
            (self.run, self.open) = (0, 0);
        }
        self.run += 1;
        self.after_block = false;
        match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => (self.run, self.open) = (0, 0),
                ',' => self.run = 0,
                '<' | '|' => self.open += 1,
                _ => {}
            },
            TokenTree::Group(group) => self.after_block = group.delimiter() == Delimiter::Brace,
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
    }
}
