//! `rolecall simulate`: what a caller may do, decided beforehand by a running server; one question,
//! or a file of cases for CI.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rolecall_gate::{Question, Simulation};
use rolecall_types::legible;

use crate::cli::Simulate;
use crate::control::{self, Request, Response};
use crate::failure::Failure;
use crate::folder;

mod cases;
mod junit;

use cases::Case;

/// The exit status of a denial, and of cases that are not as they were expected.
const NOT_AS_WISHED: u8 = 3;

/// The most bytes of questions that are asked at once: half of what the control socket reads. One
/// question alone may have more.
const BYTES_AT_ONCE: usize = 512 << 10;

/// What became of a case.
struct Outcome {
    case: Case,
    /// The answer, or why there is none.
    answer: Result<Simulation, String>,
}

impl Outcome {
    fn held(&self) -> bool {
        let allowed = self.answer.as_ref().map(Simulation::is_allowed);
        allowed.is_ok_and(|allowed| allowed == self.case.expect.is_allow())
    }
}

/// Asks one question, or those of a file.
pub(crate) fn simulate(arguments: &Simulate) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    match &arguments.cases {
        Some(file) => check(&folder, file, arguments.junit.as_deref()),
        None => one(&folder, question(arguments)?),
    }
}

fn question(arguments: &Simulate) -> Result<Question, Failure> {
    let text = |argument: &Option<String>| argument.clone().unwrap_or_default();
    let mut context: Vec<(String, Vec<String>)> = Vec::new();
    for pair in &arguments.context {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            Failure::Question(format!("`{pair}` is no condition key: it is KEY=VALUE"))
        })?;
        match context.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) => values.push(value.to_owned()),
            None => context.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    let file = |path: &Option<PathBuf>| path.as_deref().map(folder::read_text).transpose();
    Ok(Question {
        principal: text(&arguments.principal),
        action: text(&arguments.action),
        resource: text(&arguments.resource),
        context,
        session_policy: file(&arguments.session_policy)?,
        bucket_policy: file(&arguments.bucket_policy)?,
    })
}

#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
fn one(folder: &Path, question: Question) -> Result<ExitCode, Failure> {
    let answers = ask(folder, vec![question])?;
    let Some(answer) = answers.into_iter().next() else {
        return Err(Failure::Conversation("no answer to the question".into()));
    };
    let answer = answer.map_err(Failure::Question)?;
    println!("{answer}");
    Ok(if answer.is_allowed() { ExitCode::SUCCESS } else { ExitCode::from(NOT_AS_WISHED) })
}

#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
fn check(folder: &Path, file: &Path, report: Option<&Path>) -> Result<ExitCode, Failure> {
    let cases = cases::read(file)?;
    let mut answers = Vec::with_capacity(cases.len());
    for questions in batches(cases.iter().map(Case::question)) {
        answers.extend(ask(folder, questions)?);
    }
    let outcomes: Vec<_> =
        cases.into_iter().zip(answers).map(|(case, answer)| Outcome { case, answer }).collect();
    for outcome in &outcomes {
        let Outcome { case, answer } = outcome;
        if outcome.held() {
            println!("ok      {}", legible(&case.title()));
            continue;
        }
        println!("FAILED  {}: expected {}", legible(&case.title()), case.expect);
        let words = answer.as_ref().map_or_else(Clone::clone, ToString::to_string);
        for line in lines(&words) {
            println!("        {line}");
        }
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.held()).count();
    println!("{} cases, {failed} failed", outcomes.len());
    if let Some(report) = report {
        junit::write(report, file, &outcomes)?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_AS_WISHED) })
}

/// Questions in batches that the control socket reads.
fn batches(questions: impl Iterator<Item = Question>) -> Vec<Vec<Question>> {
    let (mut batches, mut bytes) = (Vec::<Vec<Question>>::new(), 0_usize);
    for question in questions {
        // A question is texts and lists of them, and so always has a JSON form.
        let size = serde_json::to_vec(&question).map_or(0, |text| text.len());
        bytes = bytes.saturating_add(size);
        if let Some(batch) = batches.last_mut().filter(|_| bytes <= BYTES_AT_ONCE) {
            batch.push(question);
        } else {
            bytes = size;
            batches.push(vec![question]);
        }
    }
    batches
}

/// The lines of an answer.
fn lines(words: &str) -> Vec<String> {
    words.split('\n').map(|line| legible(line).to_string()).collect()
}

fn ask(
    folder: &Path,
    questions: Vec<Question>,
) -> Result<Vec<Result<Simulation, String>>, Failure> {
    let asked = questions.len();
    match control::ask(folder, &Request::Simulate { questions })? {
        Response::Simulated(answers) if answers.len() == asked => Ok(answers),
        other => Err(control::unexpected(&other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_no_longer_than_the_socket_reads() {
        let question = |policy: usize| Question {
            principal: "role/web".to_owned(),
            action: "oss:GetObject".to_owned(),
            resource: "*".to_owned(),
            context: Vec::new(),
            // Each of these is six bytes of JSON.
            session_policy: Some("\u{1}".repeat(policy)),
            bucket_policy: None,
        };
        let sizes = |questions: Vec<Question>| -> Vec<usize> {
            batches(questions.into_iter()).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(Vec::new()), [0_usize; 0]);
        assert_eq!(sizes(vec![question(10); 1_000]), [1_000]);
        // 64 of these are more than 1 MiB.
        assert_eq!(sizes(vec![question(4_000); 64]), [21, 21, 21, 1]);
        assert_eq!(sizes(vec![question(1), question(90_000), question(1)]), [1, 1, 1]);
        for batch in batches(vec![question(4_000); 64].into_iter()) {
            let line = serde_json::to_vec(&Request::Simulate { questions: batch }).unwrap();
            assert!(line.len() < 1 << 20, "{}", line.len());
        }
    }
}
