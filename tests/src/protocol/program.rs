//! A program that speaks the protocol: how it is started, told lines, and listened to. Nothing here waits without an
//! end, whatever the program does.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use shared_child::SharedChild;

use crate::peers::mailbox::{Wake, lock};

/// How much of what a program says on standard error is kept, to be shown when it fails.
const KEPT: u64 = 4000;

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program(Vec<String>);

impl Program {
    /// A program with its arguments.
    pub fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }

    /// Reads words as a shell would, quotes and all, and nothing else that a shell does. None: there is no
    /// word, or a quote has no end.
    pub fn from_line(line: &str) -> Option<Self> {
        shlex::split(line).filter(|words| !words.is_empty()).map(Self)
    }

    /// Starts it.
    ///
    /// # Errors
    /// There is no such program, or the system has no resources for it.
    pub fn start(&self) -> io::Result<Running> {
        let (first, rest) = self.0.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(first);
        command.args(rest).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(SharedChild::spawn(&mut command)?)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// What comes from a program under way.
#[derive(Debug)]
pub enum Heard {
    /// A line of standard output, without its end.
    Line(String),
    /// Standard output has ended.
    Ended,
    /// Nothing: somebody wants the listener's attention.
    Woken,
}

/// A program under way. Dropping it ends it.
pub struct Running {
    child: SharedChild,
    /// Bytes for standard input; a thread writes them, since a program may not read.
    input: Option<Sender<Vec<u8>>>,
    heard: Receiver<Heard>,
    post: Sender<Heard>,
    complaints: Arc<Mutex<Vec<u8>>>,
    /// Nothing is sent: it ends with the thread that reads them, when there will be no more.
    complained: Receiver<()>,
}

impl Running {
    fn new(child: SharedChild) -> io::Result<Self> {
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.take_stdin(), child.take_stdout(), child.take_stderr())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (input, lines) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || lines.iter().try_for_each(|bytes| stdin.write_all(&bytes)));
        let (post, heard) = mpsc::channel();
        let posts = post.clone();
        thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                let _ = posts.send(Heard::Line(String::from_utf8_lossy(&line).into_owned()));
            }
            let _ = posts.send(Heard::Ended);
        });
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&complaints);
        let (complaining, complained) = mpsc::channel::<()>();
        thread::spawn(move || {
            let _until_the_end = complaining;
            let mut stderr = BufReader::new(stderr);
            for line in stderr.by_ref().take(KEPT).split(b'\n').map_while(Result::ok) {
                lock(&kept).extend([&line[..], b"\n"].concat());
            }
            let _ = io::copy(&mut stderr, &mut io::sink());
        });
        Ok(Self { child, input: Some(input), heard, post, complaints, complained })
    }

    /// Writes bytes to its standard input, in the background.
    pub fn tell(&self, bytes: impl Into<Vec<u8>>) {
        // Nobody takes it any more: the program is at its end, which is told in its time.
        let _ = self.input.as_ref().map(|input| input.send(bytes.into()));
    }

    /// Ends its standard input, behind what was written.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// The next that is heard. None: `deadline` has come.
    pub fn next(&self, deadline: Instant) -> Option<Heard> {
        self.heard.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    /// Makes [`next`](Self::next) return from any thread.
    pub fn waker(&self) -> Wake {
        let post = self.post.clone();
        Arc::new(move || {
            let _ = post.send(Heard::Woken);
        })
    }

    /// How it ended, when all that it complained of has been read. None: it did not end until `deadline`.
    ///
    /// # Errors
    /// The system does not say.
    pub fn status(&self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        let status = self.child.wait_deadline(deadline)?;
        // A program that it started may hold standard error open, so that has the same bound.
        match self.complained.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(()) | Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => Ok(status),
        }
    }

    /// What it said on standard error.
    pub fn complaints(&self) -> String {
        String::from_utf8_lossy(&lock(&self.complaints)).trim().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
