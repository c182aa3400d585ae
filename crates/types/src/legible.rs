//! Texts that others chose, for a terminal or a file that people read.

use std::fmt::{self, Write as _};

/// A text in which no character moves the cursor, begins a line, or turns the order of what stands
/// around it: such characters are written as JSON escapes them, so that a JSON text stays one.
#[derive(Debug, Clone, Copy)]
pub struct Legible<'a>(&'a str);

/// Shows a text on one line, whatever its characters.
pub fn legible(text: &str) -> Legible<'_> {
    Legible(text)
}

impl fmt::Display for Legible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_legible(character) {
                f.write_char(character)?;
            } else {
                write!(f, "\\u{:04x}", u32::from(character))?;
            }
        }
        Ok(())
    }
}

/// All that is not is below U+10000, and so has an escape of four digits. The last two are in no
/// XML document.
fn is_legible(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_deceive_is_escaped() {
        let text = legible("a\u{1b}[2J\r\nb\t\u{9b}\u{7f}\u{202e}\u{2028}\u{feff}é😀\u{ffff}");
        assert_eq!(
            text.to_string(),
            "a\\u001b[2J\\u000d\\u000ab\\u0009\\u009b\\u007f\\u202e\\u2028\u{feff}é😀\\uffff"
        );
    }
}
