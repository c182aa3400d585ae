//! The thread that starts the holders.
//!
//! A holder asks the kernel to be killed with its parent (`PR_SET_PDEATHSIG`), and for that
//! question the parent is the *thread* that started it. A runtime's threads come and go, so one
//! thread that lives exactly as long as the fabric starts them all.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

type Task = (Command, oneshot::Sender<io::Result<Child>>);

#[derive(Debug)]
pub(crate) struct Spawner {
    /// `None` only while it is dropped.
    tasks: Option<mpsc::Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        let (tasks, received) = mpsc::channel::<Task>();
        let work = move || {
            for (mut command, answer) in received {
                // Nobody waits any more: then nobody would ever kill that child either.
                if let Err(Ok(mut child)) = answer.send(command.spawn()) {
                    let _gone = child.kill();
                    let _status = child.wait();
                }
            }
        };
        let thread = std::thread::Builder::new().name("rolecall-holders".to_owned()).spawn(work)?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Starts a process on the thread.
    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, answered) = oneshot::channel();
        let ended = || io::Error::other("the thread that starts holders has ended");
        let tasks = self.tasks.as_ref().ok_or_else(ended)?;
        tasks.send((command, answer)).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
