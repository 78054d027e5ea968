//! Shows `my.connectSocket` over mio: a tour without an argument, a client with a url (`--help`).
//!
//! The folder `shared` has what it does and how that is shown, for any adapter. This file adds the loop for mio.

// The tour and the client each use a part of what is shared.
mod shared;

use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use connect_socket_mio::{EventLoop, Waited};

use shared::options::Options;
use shared::play::{self, BATCH, FAREWELL, take};
use shared::show::Show;
use shared::{Command, Input, Program};

fn main() -> ExitCode {
    play::main(run)
}

fn run(options: &Options) -> io::Result<u8> {
    let mut socket = EventLoop::new(options.config()?)?;
    let (lines, inbox) = sync_channel(64);
    let (interrupts, interrupted) = channel();
    let (mut program, mut show) = play::start(options, teller(&socket, lines, interrupts))?;
    play(&mut socket, &mut *program, &mut show, &inbox, &interrupted)
}

/// The loop: calls, input and events, until the program is over.
fn play(
    socket: &mut EventLoop,
    program: &mut dyn Program,
    show: &mut Show,
    inbox: &Receiver<Input>,
    interrupted: &Receiver<Input>,
) -> io::Result<u8> {
    loop {
        take(interrupted.try_iter(), BATCH, program, show)?;
        while let Some(command) = program.next_command() {
            let call = match &command {
                Command::Connect { options, .. } => socket.connect(options),
                Command::Send(content) => socket.send(content.payload()),
                Command::Close(options) => socket.close(options),
            };
            show.command(call, &command, socket.session().connection())?;
            program.made(call);
        }
        if let Some(status) = program.exit_status() {
            part(socket, show)?;
            return Ok(status);
        }
        let wanted = if program.wants_input(socket.session().buffered_amount()) { BATCH } else { 0 };
        // It does not wait while there is input.
        let taken = take(inbox.try_iter(), wanted, program, show)?;
        let patience = if taken > 0 { Some(Duration::ZERO) } else { program.patience(Instant::now()) };
        let next = socket.wait(patience)?;
        // What the tour's server saw came before its answer.
        take(inbox.try_iter(), wanted - taken, program, show)?;
        if let Waited::Event(event) = next {
            show.event(&event.as_event())?;
            program.observe(&event.as_event());
        }
    }
}

/// Shows what is left, lets the last frames go out, and gives the server a moment to end the stream, too.
fn part(socket: &mut EventLoop, show: &mut Show) -> io::Result<()> {
    let deadline = Instant::now() + FAREWELL;
    while !socket.session().is_quiet() && Instant::now() < deadline {
        if let Waited::Event(event) = socket.wait(Some(deadline.saturating_duration_since(Instant::now())))? {
            show.event(&event.as_event())?;
        }
    }
    Ok(())
}

/// Puts input into the inbox, from any thread, and wakes the loop for it.
fn teller(
    socket: &EventLoop,
    lines: SyncSender<Input>,
    interrupts: Sender<Input>,
) -> impl Fn(Input) + Clone + Send + 'static {
    let waker = socket.waker();
    move |input| {
        // Without a receiver or a loop to wake, the program is over anyway.
        let _ = match input {
            Input::Interrupt => interrupts.send(input),
            Input::Line(_) | Input::End | Input::Server { .. } => lines.send(input),
        };
        let _ = waker.wake();
    }
}
