//! `my.connectSocket` over mio at work: a tour without an argument, a client with a url (`--help`).
//!
//! What is done and how it is shown is in `shared`, which knows no adapter. This file is what is left: a loop.

// The tour and the client each use a part of what is shared.
mod shared;

use std::io::{self, BufRead, ErrorKind, stdin};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use connect_socket_mio::EventLoop;

use shared::client::Client;
use shared::json::Json;
use shared::options::{Options, USAGE};
use shared::show::{Show, View};
use shared::table::Table;
use shared::tour::Tour;
use shared::{Command, Input, Program, server};

/// So much input is taken at a time.
const BATCH: usize = 16;

/// How long the server may take to end the stream once everything is told.
const FAREWELL: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(status) => return ExitCode::from(status),
    };
    match run(&options) {
        Ok(status) => ExitCode::from(status),
        // Whoever read our output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("connect: {error}");
            ExitCode::from(if error.kind() == ErrorKind::InvalidInput { USAGE } else { 1 })
        }
    }
}

fn run(options: &Options) -> io::Result<u8> {
    let config = options.config().map_err(|words| io::Error::new(ErrorKind::InvalidInput, words))?;
    let mut socket = EventLoop::new(config)?;
    let (sender, inbox) = sync_channel(64);
    let tell = teller(&socket, sender);
    let json = options.json.then(|| Box::new(Json) as Box<dyn View>);

    if let Some(url) = &options.url {
        let wait = (!options.listen).then_some(options.wait);
        let mut client = Client::new(options.connect(url), url.clone(), options.binary, wait);
        let view = json.unwrap_or_else(|| Box::new(Table::beside_messages()));
        thread::spawn(move || read_lines(&tell));
        play(&mut socket, &mut client, &mut Show::new(view), &inbox)
    } else {
        let mut tour = Tour::new(&server::start(2, tell)?);
        let view = match json {
            Some(json) => json,
            None => Box::new(Table::of_everything()?),
        };
        play(&mut socket, &mut tour, &mut Show::new(view), &inbox)
    }
}

/// The loop: calls, input and events, until the program is over.
fn play(
    socket: &mut EventLoop,
    program: &mut dyn Program,
    show: &mut Show,
    inbox: &Receiver<Input>,
) -> io::Result<u8> {
    loop {
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
        // Nothing is waited for while there is input.
        let taken = take(inbox, wanted, program, show)?;
        let patience = if taken > 0 { Some(Duration::ZERO) } else { program.patience(Instant::now()) };
        let event = socket.next_event(patience)?;
        // What the tour's server saw came before what it answered.
        take(inbox, wanted - taken, program, show)?;
        if let Some(event) = event {
            show.event(&event)?;
            program.observe(&event);
        }
    }
}

fn take(
    inbox: &Receiver<Input>,
    most: usize,
    program: &mut dyn Program,
    show: &mut Show,
) -> io::Result<usize> {
    let mut taken = 0;
    for input in inbox.try_iter().take(most) {
        show.input(&input)?;
        program.input(input);
        taken += 1;
    }
    Ok(taken)
}

/// Tells what is left to tell, lets the last frames go out, and gives the server a moment to end the stream too.
fn part(socket: &mut EventLoop, show: &mut Show) -> io::Result<()> {
    let deadline = Instant::now() + FAREWELL;
    while !socket.session().is_quiet() && Instant::now() < deadline {
        if let Some(event) = socket.next_event(Some(Duration::from_millis(5)))? {
            show.event(&event)?;
        }
    }
    Ok(())
}

/// Puts input into the inbox, from any thread, and wakes the loop for it.
fn teller(socket: &EventLoop, sender: SyncSender<Input>) -> impl Fn(Input) + Clone + Send + 'static {
    let waker = socket.waker();
    move |input| {
        // Without a receiver, or without a loop that could be woken, it is over anyway.
        let _ = sender.send(input);
        let _ = waker.wake();
    }
}

fn read_lines(tell: &impl Fn(Input)) {
    let mut input = stdin().lock();
    loop {
        let mut line = Vec::new();
        match input.read_until(b'\n', &mut line) {
            // A broken input is one that has ended.
            Ok(0) | Err(_) => break,
            Ok(_) => {
                line.pop_if(|last| *last == b'\n');
                line.pop_if(|last| *last == b'\r');
                tell(Input::Line(line));
            }
        }
    }
    tell(Input::End);
}
