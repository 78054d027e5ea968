//! Shows `my.connectSocket` over smol: a tour without an argument, a client with a url (`--help`).
//!
//! The folder `shared` of connect-socket-mio's example has what it does and how that is shown, for any adapter. This
//! file adds the task for smol.

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
        // Without a receiver, the program is over anyway.
        let _ = match input {
            Input::Interrupt => interrupts.send_blocking(input),
            Input::Line(_) | Input::End | Input::Server { .. } => lines.send_blocking(input),
        };
    };
    let (mut program, mut show) = play::start(options, tell)?;
    block_on(play(&socket, &mut events, &mut *program, &mut show, &Inputs { inbox, interrupted }))
}

/// Inputs from outside: those that are taken when they are wanted, and those that are taken at once.
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
            // The events include the results of calls, in order.
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
            // It does not wait while there is input.
            poll_once(events.next()).await.map_or(Next::Late, Next::Event)
        } else {
            wait(events, (wanted > 0).then_some(inbox), interrupted, program).await
        };
        if let Next::Input(input) = next {
            take(iter::once(input), 1, program, show)?;
            continue;
        }
        // What the tour's server saw came before its answer.
        take(inputs(), wanted, program, show)?;
        if let Next::Event(Some(event)) = next {
            show.event(&event.as_event())?;
            program.observe(&event.as_event());
        }
    }
}

/// Waits for an event, or for input if any is wanted, and no longer than the program's patience.
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

/// Shows what is left, lets the last frames go out, and gives the server a moment to end the stream, too.
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
