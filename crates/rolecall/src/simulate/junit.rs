//! What became of cases, as the XML that `JUnit` made common and every CI reads.

use std::fs;
use std::io;
use std::path::Path;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use rolecall_types::legible;

use super::{Outcome, lines};
use crate::failure::Failure;

/// Writes the report: one suite, with a case for each; a case that is not as expected has a
/// failure, and one without an answer an error.
pub(super) fn write(report: &Path, file: &Path, outcomes: &[Outcome]) -> Result<(), Failure> {
    let written =
        render(&file.display().to_string(), outcomes).and_then(|text| fs::write(report, text));
    written.map_err(|error| Failure::File {
        attempted: "write the report",
        path: report.to_owned(),
        source: error.into(),
    })
}

fn render(suite: &str, outcomes: &[Outcome]) -> io::Result<Vec<u8>> {
    let count = |holds: fn(&Outcome) -> bool| outcomes.iter().filter(|it| holds(it)).count();
    let errors = count(|outcome| outcome.answer.is_err()).to_string();
    let failures = count(|outcome| outcome.answer.is_ok() && !outcome.held()).to_string();
    let tests = outcomes.len().to_string();
    let totals =
        [("tests", tests.as_str()), ("failures", failures.as_str()), ("errors", errors.as_str())];
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = writer.create_element("testsuites").with_attributes(totals);
    suites.write_inner_content(|inner| {
        let name = one_line(suite);
        let suite = inner.create_element("testsuite").with_attribute(("name", name.as_str()));
        suite.with_attributes(totals).write_inner_content(|inner| {
            outcomes.iter().try_for_each(|outcome| case(inner, outcome))
        })?;
        Ok(())
    })?;
    let mut text = writer.into_inner();
    text.push(b'\n');
    Ok(text)
}

fn case(writer: &mut Writer<Vec<u8>>, outcome: &Outcome) -> io::Result<()> {
    let Outcome { case, answer } = outcome;
    let (name, class) = (one_line(&case.title()), one_line(&case.principal));
    let element = writer
        .create_element("testcase")
        .with_attributes([("name", name.as_str()), ("classname", class.as_str())]);
    if outcome.held() {
        return element.write_empty().map(drop);
    }
    let (tag, message, words) = match answer {
        Ok(answer) => ("failure", format!("expected {}", case.expect), answer.to_string()),
        Err(reason) => ("error", "the question has no answer".to_owned(), reason.clone()),
    };
    element
        .write_inner_content(|inner| {
            let found = inner.create_element(tag).with_attribute(("message", message.as_str()));
            found.write_text_content(BytesText::new(&lines(&words).join("\n"))).map(drop)
        })
        .map(drop)
}

/// A text on one line, of characters that every reader of XML 1.0 takes.
fn one_line(text: &str) -> String {
    legible(text).to_string()
}
