//! `my.connectSocket` over smol at work: a tour without an argument, a client with a url (`--help`).
//!
//! What is done and how it is shown is in `shared`, beside the example of connect-socket-mio: it knows no adapter. This file
//! is what is left: a task.

// The tour and the client each use a part of what is shared.
#[path = "../../../adapter-mio/examples/connect/shared/mod.rs"]
mod shared;

use std::future;
use std::io;
use std::iter;
use std::process::ExitCode;
use std::time::Instant;

use connect_socket_smol::{Event, Events, Socket};
use futures_util::StreamExt;
use smol::Timer;
use smol::channel::{Receiver, bounded, unbounded};
use smol::future::{FutureExt, block_on, poll_once};

use shared::options::Options;
use shared::play::{self, BATCH, FAREWELL, take};
use shared::show::Show;
use shared::{Command, Input, Program};

fn main() -> ExitCode {
    play::main(run)
}

fn run(options: &Options) -> io::Result<u8> {
    let (socket, mut events) = Socket::new(options.config()?)?;
    let (lines, inbox) = bounded(64);
    let (interrupts, interrupted) = unbounded();
    let tell = move |input| {
        // Without a receiver it is over anyway.
        let _ = match input {
            Input::Interrupt => interrupts.send_blocking(input),
            Input::Line(_) | Input::End | Input::Server { .. } => lines.send_blocking(input),
        };
    };
    let (mut program, mut show) = play::start(options, tell)?;
    block_on(play(&socket, &mut events, &mut *program, &mut show, &Inputs { inbox, interrupted }))
}

/// What comes from outside: what is taken when it is wanted, and what is taken at once.
struct Inputs {
    inbox: Receiver<Input>,
    interrupted: Receiver<Input>,
}

/// What ends a wait.
enum Next {
    Event(Option<Event>),
    Input(Input),
    Late,
}

/// The loop: calls, input and events, until the program is over.
async fn play(
    socket: &Socket,
    events: &mut Events,
    program: &mut dyn Program,
    show: &mut Show,
    Inputs { inbox, interrupted }: &Inputs,
) -> io::Result<u8> {
    loop {
        take(iter::from_fn(|| interrupted.try_recv().ok()), BATCH, program, show)?;
        while let Some(command) = program.next_command() {
            // Calls are told among the events, too, and in their order.
            let call = match &command {
                Command::Connect { options, .. } => socket.connect(options),
                Command::Send(content) => socket.send(content.payload()),
                Command::Close(options) => socket.close(options),
            };
            show.command(call.id(), &command, socket.connection())?;
            program.made(call.id());
        }
        if let Some(status) = program.exit_status() {
            part(socket, events, show).await?;
            return Ok(status);
        }
        let mut wanted = if program.wants_input(socket.buffered_amount()) { BATCH } else { 0 };
        let inputs = || iter::from_fn(|| inbox.try_recv().ok());
        let taken = take(inputs(), wanted, program, show)?;
        wanted -= taken;
        let next = if taken > 0 {
            // Nothing is waited for while there is input.
            poll_once(events.next()).await.map_or(Next::Late, Next::Event)
        } else {
            wait(events, (wanted > 0).then_some(inbox), interrupted, program).await
        };
        if let Next::Input(input) = next {
            take(iter::once(input), 1, program, show)?;
            continue;
        }
        // What the tour's server saw came before what it answered.
        take(inputs(), wanted, program, show)?;
        if let Next::Event(Some(event)) = next {
            show.event(&event.as_event())?;
            program.observe(&event.as_event());
        }
    }
}

/// Waits for an event, for input if any is wanted, and no longer than the program likes.
async fn wait(
    events: &mut Events,
    inbox: Option<&Receiver<Input>>,
    interrupted: &Receiver<Input>,
    program: &dyn Program,
) -> Next {
    let event = async { Next::Event(events.next().await) };
    let input = async {
        match inbox {
            Some(inbox) => next_input(inbox).await,
            None => future::pending().await,
        }
    };
    let late = async {
        match program.patience(Instant::now()) {
            Some(patience) => Timer::after(patience).await,
            None => future::pending().await,
        };
        Next::Late
    };
    next_input(interrupted).or(event).or(input).or(late).await
}

async fn next_input(inputs: &Receiver<Input>) -> Next {
    match inputs.recv().await {
        Ok(input) => Next::Input(input),
        Err(_) => future::pending().await,
    }
}

/// Tells what is left to tell, lets the last frames go out, and gives the server a moment to end the stream too.
async fn part(socket: &Socket, events: &mut Events, show: &mut Show) -> io::Result<()> {
    let late = async {
        Timer::after(FAREWELL).await;
    };
    socket.idle().or(late).await;
    while let Some(event) = poll_once(events.next()).await.flatten() {
        show.event(&event.as_event())?;
    }
    Ok(())
}
