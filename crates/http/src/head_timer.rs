//! The time that a request's head may take.
//!
//! The HTTP library asks for a new timer for each head, and drops it when the head is there. With
//! timers of the runtime each would be entered into a table that all threads share, and taken out
//! again, mostly in vain. So a connection has one timer: where it rings too early, because another
//! head was begun since, it is set anew.
//!
//! The library has one time for both the silence before a head and the head. The socket says here
//! when a head has begun, after which less time is left.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// Whether bytes came in since it was asked last. The socket says so to the timer; both are one
/// task, so that the order of memory is that of the program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(Arc<AtomicBool>);

impl Heard {
    /// Bytes came in.
    pub(crate) fn say(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

/// The timers of one connection, of which one is in use at a time.
#[derive(Debug)]
pub(crate) struct HeadTimer {
    timer: Arc<Shared>,
    heard: Heard,
    head: Duration,
}

type Shared = Mutex<Option<Pin<Box<tokio::time::Sleep>>>>;

impl HeadTimer {
    /// A timer that leaves so long for a head that has begun.
    pub(crate) fn new(head: Duration, heard: Heard) -> Self {
        Self { timer: Arc::default(), heard, head }
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        // The HTTP library asks for deadlines; this is the same in other words.
        let now = self.now();
        self.sleep_until(now.checked_add(duration).unwrap_or(now))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        // What was heard before is of the request before.
        self.heard.take();
        Box::pin(HeadSleep {
            timer: Arc::clone(&self.timer),
            heard: self.heard.clone(),
            head: self.head,
            deadline,
            begun: false,
        })
    }
}

struct HeadSleep {
    timer: Arc<Shared>,
    heard: Heard,
    head: Duration,
    deadline: Instant,
    /// Whether the first bytes of the head have come.
    begun: bool,
}

impl Sleep for HeadSleep {}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.begun && self.heard.take() {
            self.begun = true;
            let now = tokio::time::Instant::now().into_std();
            self.deadline = self.deadline.min(now.checked_add(self.head).unwrap_or(now));
        }
        let deadline = self.deadline.into();
        let mut shared = self.timer.lock().unwrap_or_else(PoisonError::into_inner);
        let timer = shared.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.deadline() < deadline {
            // It rings early or not at all. Where it has not yet, it wakes the task in vain.
            ready!(timer.as_mut().poll(context));
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context)
    }
}
