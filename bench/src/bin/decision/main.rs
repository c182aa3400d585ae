//! How long a decision takes: the policy engine, two floors and cedar-policy on the same questions.
//!
//! All policies are attached to one principal. Half of the questions are allowed and half refused.
//! Every engine's answers are compared with the expected ones before the clock starts, and what a
//! request looks like to an engine is prepared outside the timed part. The clock is the thread's
//! CPU
//! time. The engines take turns, round by round, and each line of the output is one JSON object.

mod cedar;
mod floors;
mod model;
mod product;

use std::hint::black_box;

use rolecall_bench::thread_nanoseconds;

use crate::model::{Policy, Question, Set};

/// Numbers of policies of the principal.
const COUNTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
/// Questions of one set; a slow engine is asked the first of them only.
const QUESTIONS: usize = 4_096;
/// The fewest questions that are asked: two of each kind.
const QUESTIONS_MIN: usize = 2 * model::KINDS;
/// Rounds, of which the best and the median count.
const ROUNDS: usize = 7;
/// How long an engine is asked in one round, in nanoseconds of CPU time, unless it is slower.
const ROUND_NANOSECONDS: u64 = 40_000_000;
/// How often one question is asked in a row when questions are compared with each other.
const REPEATS: u64 = 200;

/// What answers questions. The questions are its own, in its own form.
trait Engine {
    /// Its name in the output.
    fn name(&self) -> &'static str;

    /// The answer to a question, by its number: whether it is allowed.
    fn ask(&self, question: usize) -> bool;

    /// Asks the first questions, the given number of times; the time in nanoseconds.
    fn time(&self, questions: usize, times: u64) -> u64 {
        let start = thread_nanoseconds();
        for _ in 0..times {
            for question in 0..questions {
                black_box(self.ask(black_box(question)));
            }
        }
        thread_nanoseconds() - start
    }
}

fn main() {
    for count in COUNTS {
        compare(Set::Plain, count);
    }
    compare(Set::Hostile, 10_000);
}

/// Measures all engines on one set of policies and prints a line for each.
fn compare(set: Set, count: usize) {
    let policies = model::policies(set, count);
    let questions = model::questions(set, count, QUESTIONS);
    let engines = engines(set, &policies, &questions);
    let loads: Vec<_> = engines.iter().map(|engine| load(engine.as_ref(), &questions)).collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); engines.len()];
    for _ in 0..ROUNDS {
        for ((engine, (questions, repeats)), times) in engines.iter().zip(&loads).zip(&mut times) {
            let asked = *questions as u64 * repeats;
            times.push(engine.time(*questions, *repeats) / asked);
        }
    }
    for ((engine, (questions, _)), times) in engines.iter().zip(&loads).zip(&mut times) {
        times.sort_unstable();
        let (best, median) = (times[0], times[ROUNDS / 2]);
        println!(
            r#"{{"set":"{set}","policies":{count},"engine":"{}","questions":{questions},"best_ns":{best},"median_ns":{median}}}"#,
            engine.name()
        );
    }
    print_inputs(set, count, engines[0].as_ref());
}

fn engines(set: Set, policies: &[Policy], questions: &[Question]) -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(product::Rolecall::new(policies, questions)),
        Box::new(floors::Indexed::new(policies, questions)),
        Box::new(cedar::Cedar::new(policies, questions, cedar::Style::Text)),
        Box::new(cedar::Cedar::new(policies, questions, cedar::Style::Hierarchy)),
    ];
    // One wildcard behind a literal is all that this floor knows.
    if set == Set::Plain {
        engines.push(Box::new(floors::Hash::new(policies, questions)));
    }
    engines
}

/// How many questions an engine is asked in a round and how often, such that the round takes its
/// time. Asserts its answers to them.
fn load(engine: &dyn Engine, questions: &[Question]) -> (usize, u64) {
    let check = |number: usize| {
        let question = &questions[number];
        assert_eq!(engine.ask(number), question.allowed, "{}: {question:?}", engine.name());
    };
    (0..QUESTIONS_MIN).for_each(check);
    let one = engine.time(QUESTIONS_MIN, 1) / QUESTIONS_MIN as u64;
    let wanted = usize::try_from(ROUND_NANOSECONDS / one.max(1)).unwrap_or(QUESTIONS);
    let asked = wanted.clamp(QUESTIONS_MIN, QUESTIONS) / model::KINDS * model::KINDS;
    (0..asked).for_each(check);
    (asked, (ROUND_NANOSECONDS / (one.max(1) * asked as u64)).max(1))
}

/// Compares questions with each other: whether one takes much longer than others.
fn print_inputs(set: Set, count: usize, engine: &dyn Engine) {
    let mut times: Vec<u64> = (0..QUESTIONS)
        .map(|question| {
            let once = || {
                let start = thread_nanoseconds();
                for _ in 0..REPEATS {
                    black_box(engine.ask(black_box(question)));
                }
                (thread_nanoseconds() - start) / REPEATS
            };
            // The least of a few: what the question needs, without what disturbed it.
            (0..5).map(|_| once()).min().unwrap_or_default()
        })
        .collect();
    times.sort_unstable();
    let (median, p99, max) =
        (times[QUESTIONS / 2], times[QUESTIONS * 99 / 100], times[QUESTIONS - 1]);
    println!(
        r#"{{"set":"{set}","policies":{count},"engine":"{} by question","median_ns":{median},"p99_ns":{p99},"max_ns":{max}}}"#,
        engine.name()
    );
}
