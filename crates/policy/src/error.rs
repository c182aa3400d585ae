//! Why a document was refused.

/// Why a document was refused: where the fault is, and what it is.
///
/// Shown as `statement 2, Condition: unknown operator …`; a fault of the JSON itself is shown with
/// its line and column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", self.place())]
pub struct PolicyError {
    statement: Option<usize>,
    element: Option<String>,
    position: Option<(usize, usize)>,
    length: bool,
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

    /// Line and column of a fault in the JSON itself, from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// Whether the document is empty or too long. Operations have a code of their own for it.
    pub fn is_length(&self) -> bool {
        self.length
    }

    pub(crate) fn of_length(reason: String) -> Self {
        Self { statement: None, element: None, position: None, length: true, reason }
    }

    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        let position = (error.line(), error.column());
        let text = error.to_string();
        // serde_json names the place at the end; this type names places in front.
        let suffix = format!(" at line {} column {}", position.0, position.1);
        let reason = text.strip_suffix(&suffix).unwrap_or(&text).to_owned();
        Self { statement: None, element: None, position: Some(position), length: false, reason }
    }

    fn place(&self) -> String {
        match (self.statement, &self.element, self.position) {
            (Some(statement), Some(element), _) => format!("statement {statement}, {element}: "),
            (Some(statement), None, _) => format!("statement {statement}: "),
            (None, Some(element), _) => format!("{element}: "),
            (None, None, Some((line, column))) => format!("line {line}, column {column}: "),
            (None, None, None) => String::new(),
        }
    }
}

/// A place in a document at which faults are found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) statement: Option<usize>,
    pub(crate) element: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The document itself.
    pub(crate) const DOCUMENT: Place<'static> = Place { statement: None, element: None };

    /// An element at this place.
    pub(crate) fn at(self, element: &'a str) -> Self {
        Self { element: Some(element), ..self }
    }

    /// A fault here.
    pub(crate) fn fault(self, reason: impl Into<String>) -> PolicyError {
        PolicyError {
            statement: self.statement,
            element: self.element.map(str::to_owned),
            position: None,
            length: false,
            reason: reason.into(),
        }
    }
}
