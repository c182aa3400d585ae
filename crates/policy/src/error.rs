//! Why a document was refused.

use rolecall_types::json::{JsonError, Node, Position};

/// Why a document was refused: where the fault is, and what it is.
///
/// Shown as `line 3, column 20: statement 2, Condition: unknown operator …`. A fault of the JSON
/// itself has its line and column alone; a length has neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", self.place())]
pub struct PolicyError {
    position: Option<Position>,
    statement: Option<usize>,
    element: Option<String>,
    reason: String,
}

impl PolicyError {
    /// The number of the statement at fault, from 1.
    pub fn statement(&self) -> Option<usize> {
        self.statement
    }

    /// The element at fault, such as `Condition`.
    pub fn element(&self) -> Option<&str> {
        self.element.as_deref()
    }

    /// Where the fault is: a name that is wrong, a value that is, or the beginning of the object
    /// that lacks an element. A length has no place.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Whether the document is empty or too long. Operations have a code of their own for it.
    pub fn is_length(&self) -> bool {
        self.position.is_none()
    }

    pub(crate) fn of_length(reason: String) -> Self {
        Self { position: None, statement: None, element: None, reason }
    }

    pub(crate) fn of_json(JsonError { position, reason }: JsonError) -> Self {
        Self { position: Some(position), statement: None, element: None, reason }
    }

    /// A fault of the grammar in this text.
    pub(crate) fn of_grammar(text: &str, fault: Fault) -> Self {
        let Fault { at, statement, element, reason } = fault;
        let position = Some(Position::of(text.as_bytes(), at));
        Self { position, statement, element, reason }
    }

    fn place(&self) -> String {
        let position = self.position.map(|it| format!("{it}: ")).unwrap_or_default();
        match (self.statement, &self.element) {
            (Some(number), Some(element)) => format!("{position}statement {number}, {element}: "),
            (Some(number), None) => format!("{position}statement {number}: "),
            (None, Some(element)) => format!("{position}{element}: "),
            (None, None) => position,
        }
    }
}

/// A fault of the grammar, before its text is asked which line it is on.
#[derive(Debug)]
pub(crate) struct Fault {
    at: usize,
    statement: Option<usize>,
    element: Option<String>,
    reason: String,
}

/// A place in a document at which faults are found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    at: usize,
    statement: Option<usize>,
    element: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The document itself.
    pub(crate) fn document(document: &Node) -> Self {
        Self { at: document.at, statement: None, element: None }
    }

    /// A statement, by its number from 1.
    pub(crate) fn statement(number: usize, statement: &Node) -> Self {
        Self { at: statement.at, statement: Some(number), element: None }
    }

    /// An element of what is here. Where it is missing, the fault is here.
    pub(crate) fn element(self, name: &'a str) -> Self {
        Self { element: Some(name), ..self }
    }

    /// An offset inside of what is here.
    pub(crate) fn at(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// A fault here.
    pub(crate) fn fault(self, reason: impl Into<String>) -> Fault {
        Fault {
            at: self.at,
            statement: self.statement,
            element: self.element.map(str::to_owned),
            reason: reason.into(),
        }
    }
}
