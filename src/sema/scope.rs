//! Names: what they are bound to, where they are visible, and what surrounds an expression.
//!
//! Names of the driver's top level live in one table (`Checker::top`); those of blocks, lambdas, lets and inlined
//! functions in a chain that is cheap to clone, so that a function argument can keep the scope it was written in.

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::source::Span;
use crate::hir::{self, LocalId};
use crate::syntax::ast;
use crate::types::ty::Ty;

/// The meaning of a name.
#[derive(Clone)]
pub(super) enum Binding<'a> {
    /// A variable.
    Local(LocalId),
    /// A small expression that is copied at each use: a component of a parameter, a constant.
    Alias(Rc<hir::Expr>),
    /// An expression that is used once.
    Once(Rc<RefCell<Option<hir::Expr>>>),
    /// A function argument that has been checked: its types, and itself.
    Lambda(Rc<CheckedLambda>),
    /// A function argument of an unannotated parameter: checked at each use.
    Template(Rc<Template<'a>>),
    /// A user function.
    Def(Rc<Def<'a>>),
}

/// A function argument with its types.
pub(super) struct CheckedLambda {
    pub(super) lambda: hir::Lambda,
    pub(super) params: Vec<Ty>,
    pub(super) result: Ty,
}

/// A function argument with the scope that it was written in.
pub(super) struct Template<'a> {
    pub(super) value: &'a ast::Expr,
    pub(super) scope: Scope<'a>,
}

/// A user function.
pub(super) struct Def<'a> {
    pub(super) name: &'a ast::Name,
    pub(super) params: &'a [ast::DefParam],
    pub(super) result: Option<&'a ast::TypeExpr>,
    pub(super) body: &'a ast::Expr,
    pub(super) scope: Scope<'a>,
}

pub(super) struct Node<'a> {
    name: &'a str,
    binding: Binding<'a>,
    outer: Option<Rc<Node<'a>>>,
}

/// The functions that are being inlined around an expression, innermost first.
pub(super) struct Inlining {
    /// The place of the function's name in its definition identifies it.
    pub(super) def: Span,
    /// The call.
    pub(super) call: Span,
    pub(super) depth: usize,
    pub(super) outer: Option<Rc<Inlining>>,
}

/// The surroundings of an expression.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) chain: Option<Rc<Node<'a>>>,
    /// The call that brought in this text of the catalog: spans are the call's, and hidden rows are visible.
    pub(super) catalog: Option<Span>,
    /// Whether this is inside of a function of elements, where RDDs cannot be used.
    pub(super) elements: bool,
    /// Whether stages may become statements of their own before the current one.
    pub(super) hoist: bool,
    /// User functions that are being inlined.
    pub(super) inlining: Option<Rc<Inlining>>,
}

impl<'a> Scope<'a> {
    /// The driver's top level.
    pub(super) fn top() -> Self {
        Self { chain: None, catalog: None, elements: false, hoist: false, inlining: None }
    }

    /// A body of the catalog that is inlined at a call: it sees its parameters only.
    pub(super) fn of_catalog(call: Span, caller: &Self) -> Self {
        Self {
            chain: None,
            catalog: Some(call),
            elements: caller.elements,
            hoist: false,
            inlining: caller.inlining.clone(),
        }
    }

    /// Binds a name in this scope.
    pub(super) fn bind(&mut self, name: &'a str, binding: Binding<'a>) {
        self.chain = Some(Rc::new(Node { name, binding, outer: self.chain.take() }));
    }

    /// The binding of a name in the chain.
    pub(super) fn find(&self, name: &str) -> Option<&Binding<'a>> {
        let mut node = self.chain.as_deref();
        while let Some(at) = node {
            if at.name == name {
                return Some(&at.binding);
            }
            node = at.outer.as_deref();
        }
        None
    }

    /// Names in the chain, for suggestions.
    pub(super) fn names(&self) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut node = self.chain.as_deref();
        while let Some(at) = node {
            names.push(at.name);
            node = at.outer.as_deref();
        }
        names
    }

    /// The same scope inside of a function of elements.
    pub(super) fn inside_elements(&self) -> Self {
        Self { elements: true, hoist: false, ..self.clone() }
    }

    /// The place that HIR made from this span has.
    pub(super) fn span(&self, span: Span) -> Span {
        self.catalog.unwrap_or(span)
    }
}

impl Drop for Node<'_> {
    /// Long chains are taken apart in a loop: ten thousand names must not be ten thousand frames.
    fn drop(&mut self) {
        let mut next = self.outer.take();
        while let Some(node) = next {
            match Rc::try_unwrap(node) {
                Ok(mut node) => next = node.outer.take(),
                Err(_) => break,
            }
        }
    }
}
