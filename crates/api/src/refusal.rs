//! A parameter that is not what its field says, in the words of the product.

use crate::{ApiError, Field, Product, Style, code};

/// What is wrong with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It is too short or too long, or has too few or too many elements.
    Length,
    /// It holds a character that may not stand there.
    Characters,
    /// It is a number out of its range.
    Range(i64, i64),
    /// It is not one of the texts that it may be.
    Choice,
    /// It is not of its type.
    Format,
    /// No field of the operation has this name.
    Unsupported,
}

/// A parameter refused before any handler ran.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The parameter's name as it was sent, or as it should have been.
    pub name: String,
    /// The field that it belongs to.
    pub field: Option<&'static Field>,
    /// What is wrong.
    pub fault: Fault,
}

impl Refusal {
    /// The refusal as `product` words it.
    pub fn into_error(self, product: Product) -> ApiError {
        let own = self.field.and_then(|field| match self.fault {
            Fault::Missing => field.missing,
            _ => field.invalid,
        });
        if let Some(own) = own {
            return ApiError::with(own, self.arguments());
        }
        let code = match (self.fault, product.style()) {
            (Fault::Unsupported, _) => &code::UNSUPPORTED_PARAMETER,
            (Fault::Missing, Style::Account | Style::Token) => &code::MISSING,
            (Fault::Missing, Style::Resource) => &code::MISSING_PARAMETER,
            (_, Style::Resource) => &code::INVALID_PARAMETER,
            (_, Style::Token) => &code::INVALID_PARAMETER_STS,
            (_, Style::Object) => {
                return ApiError::new(&code::INVALID_ARGUMENT).element("ArgumentName", self.name);
            }
            (Fault::Length, Style::Account) => &code::INVALID_PARAMETER_LENGTH,
            (Fault::Characters, Style::Account) => &code::INVALID_PARAMETER_CHARACTERS,
            (Fault::Range(..), Style::Account) => &code::INVALID_PARAMETER_RANGE,
            (Fault::Choice, Style::Account) => &code::INVALID_PARAMETER_VALUE,
            (Fault::Format, Style::Account) => &code::INVALID_PARAMETER_FORMAT,
        };
        ApiError::with(code, self.arguments())
    }

    fn arguments(self) -> Vec<String> {
        let mut arguments = vec![self.name];
        if let Fault::Range(least, greatest) = self.fault {
            arguments.extend([least.to_string(), greatest.to_string()]);
        }
        arguments
    }
}
