//! The inside of macros, as far as it is Rust: arguments that are expressions, and blocks.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Stmt, Token};

/// What the tokens of a macro are.
pub(super) enum Parsed {
    Statements(Vec<Stmt>),
    Expressions(Vec<Expr>),
    /// Only these braces of them are Rust, such as the arms of `select!`.
    Blocks(Vec<Vec<Stmt>>),
}

/// Reads tokens as what they can be.
pub(super) fn parse(tokens: &TokenStream) -> Parsed {
    if tokens.is_empty() {
        return Parsed::Blocks(Vec::new());
    }
    let expressions = Punctuated::<Expr, Token![,]>::parse_terminated;
    if let Ok(expressions) = expressions.parse2(tokens.clone()) {
        return Parsed::Expressions(expressions.into_iter().collect());
    }
    if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
        return Parsed::Statements(statements);
    }
    let mut blocks = Vec::new();
    pieces(tokens.clone(), &mut blocks);
    Parsed::Blocks(blocks)
}

/// The expressions and blocks in tokens that are no Rust as a whole: what is between `=`, `=>`, `,` and `;`.
fn pieces(tokens: TokenStream, blocks: &mut Vec<Vec<Stmt>>) {
    let mut piece = TokenStream::new();
    let mut take = |piece: &mut TokenStream| {
        let piece = std::mem::take(piece);
        if piece.is_empty() {
            return;
        }
        if let Ok(statements) = Block::parse_within.parse2(piece.clone()) {
            blocks.push(statements);
        } else {
            for token in piece {
                if let TokenTree::Group(group) = token {
                    pieces(group.stream(), blocks);
                }
            }
        }
    };
    for token in tokens {
        let separates = match &token {
            TokenTree::Punct(punct) => matches!(punct.as_char(), '=' | ',' | ';'),
            _ => false,
        };
        // The `>` of `=>`.
        let is_arrow = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '>') && piece.is_empty();
        if separates {
            take(&mut piece);
        } else if !is_arrow {
            let is_block = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            piece.extend([token]);
            if is_block {
                take(&mut piece);
            }
        }
    }
    take(&mut piece);
}
