//! The time that a request's head may take.
//!
//! The HTTP library asks for a new timer for each head, and drops it when the head is there. With
//! timers of the runtime each would be entered into a table that all threads share, and taken out
//! again, mostly in vain. So a connection has one timer: where it rings too early, because another
//! head was begun since, it is set anew.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// The timers of one connection, of which one is in use at a time.
#[derive(Debug, Default)]
pub(crate) struct HeadTimer(Arc<Shared>);

type Shared = Mutex<Option<Pin<Box<tokio::time::Sleep>>>>;

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        // The HTTP library asks for deadlines; this is the same in other words.
        let now = self.now();
        self.sleep_until(now.checked_add(duration).unwrap_or(now))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadSleep { shared: Arc::clone(&self.0), deadline })
    }
}

struct HeadSleep {
    shared: Arc<Shared>,
    deadline: Instant,
}

impl Sleep for HeadSleep {}

impl Future for HeadSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline.into();
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let timer = shared.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        while timer.deadline() < deadline {
            // It rings early or not at all. Where it has not yet, it wakes the task in vain.
            ready!(timer.as_mut().poll(context));
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context)
    }
}
