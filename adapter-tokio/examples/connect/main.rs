//! Shows `my.connectSocket` over tokio: a tour without an argument, a client with a url (`--help`).
//!
//! The folder `shared` of connect-socket-mio's example has what it does and how that is shown, for any adapter. This
//! file adds the task for tokio.

// The tour and the client each use a part of what is shared.
#[path = "../../../adapter-mio/examples/connect/shared/mod.rs"]
mod shared;

use std::future;
use std::io;
use std::iter;
use std::process::ExitCode;
use std::time::Instant;

use connect_socket_tokio::{Event, Events, Socket};
use futures_util::{FutureExt, StreamExt};
use tokio::runtime::Builder;
use tokio::select;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel, unbounded_channel};
use tokio::time::{sleep, timeout};

use shared::options::Options;
use shared::play::{self, BATCH, FAREWELL, take};
use shared::show::Show;
use shared::{Command, Input, Program};

fn main() -> ExitCode {
    play::main(run)
}

fn run(options: &Options) -> io::Result<u8> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(start(options));
    // Does not wait for a name look-up that still hangs.
    runtime.shutdown_background();
    status
}

async fn start(options: &Options) -> io::Result<u8> {
    let (socket, mut events) = Socket::new(options.config()?)?;
    let (lines, inbox) = channel(64);
    let (interrupts, interrupted) = unbounded_channel();
    // It is called on threads of its own.
    let tell = move |input| {
        // Without a receiver, the program is over anyway.
        let _ = match input {
            Input::Interrupt => interrupts.send(input),
            Input::Line(_) | Input::End | Input::Server { .. } => lines.blocking_send(input),
        };
    };
    let (mut program, mut show) = play::start(options, tell)?;
    play(&socket, &mut events, &mut *program, &mut show, &mut Inputs { inbox, interrupted }).await
}

/// Inputs from outside: those that are taken when they are wanted, and those that are taken at once.
struct Inputs {
    inbox: Receiver<Input>,
    interrupted: UnboundedReceiver<Input>,
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
    inputs: &mut Inputs,
) -> io::Result<u8> {
    loop {
        take(iter::from_fn(|| inputs.interrupted.try_recv().ok()), BATCH, program, show)?;
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
        let taken = take(iter::from_fn(|| inputs.inbox.try_recv().ok()), wanted, program, show)?;
        wanted -= taken;
        let next = if taken > 0 {
            // It does not wait while there is input.
            events.next().now_or_never().map_or(Next::Late, Next::Event)
        } else {
            wait(events, inputs, wanted > 0, program).await
        };
        if let Next::Input(input) = next {
            take(iter::once(input), 1, program, show)?;
            continue;
        }
        // What the tour's server saw came before its answer.
        take(iter::from_fn(|| inputs.inbox.try_recv().ok()), wanted, program, show)?;
        if let Next::Event(Some(event)) = next {
            show.event(&event.as_event())?;
            program.observe(&event.as_event());
        }
    }
}

/// Waits for an event, or for input if any is wanted, and no longer than the program's patience.
async fn wait(events: &mut Events, inputs: &mut Inputs, wanted: bool, program: &dyn Program) -> Next {
    let late = async {
        match program.patience(Instant::now()) {
            Some(patience) => sleep(patience).await,
            None => future::pending().await,
        }
    };
    select! {
        biased;
        Some(input) = inputs.interrupted.recv() => Next::Input(input),
        event = events.next() => Next::Event(event),
        Some(input) = inputs.inbox.recv(), if wanted => Next::Input(input),
        () = late => Next::Late,
    }
}

/// Shows what is left, lets the last frames go out, and gives the server a moment to end the stream, too.
async fn part(socket: &Socket, events: &mut Events, show: &mut Show) -> io::Result<()> {
    // An error means that the moment is over.
    let _ = timeout(FAREWELL, socket.idle()).await;
    while let Some(event) = events.next().now_or_never().flatten() {
        show.event(&event.as_event())?;
    }
    Ok(())
}
