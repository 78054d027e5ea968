//! Runs scripts: it loads them, and then takes events from the network and timers in turns until nothing more can come.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use connect_socket_core::script::Settings;
use rquickjs::context::EvalOptions;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::{CatchResultExt as _, Context, Ctx, Error, Function, Module, Result, Runtime, Value};

use crate::binding::{Binding, Rejections};
use crate::network::Network;
use crate::timers::Timers;

/// A script: its name and its text.
pub(crate) struct Source {
    /// Its path, or a name in place of one.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// What a script gets in addition to `my`, timers and `console`.
#[derive(Default)]
pub(crate) struct Surroundings {
    /// The global `argv`: what follows `--` on the command line.
    pub(crate) arguments: Vec<String>,
}

/// Runs `sources` in one global scope, in order, until no timer is left and the session is idle. False means that an
/// exception or a rejection was not caught, and was printed.
///
/// # Errors
/// The engine or the adapter itself failed.
pub(crate) fn run(
    sources: &[Source],
    network: Network,
    settings: Settings,
    surroundings: &Surroundings,
) -> std::result::Result<bool, Box<dyn std::error::Error>> {
    let runtime = Runtime::new()?;
    runtime.set_loader(Files, Files);
    let rejections = Rejections::watch(&runtime);
    let context = Context::full(&runtime)?;
    context.with(|ctx| {
        let write: Function<'_> = ctx.eval(include_str!("console.js"))?;
        write.call::<_, Value<'_>>((Function::new(ctx.clone(), print)?,))?;
        let queue = Function::new(ctx.clone(), |job: Function<'_>| job.defer(()))?;
        ctx.globals().set("queueMicrotask", queue.with_name("queueMicrotask")?)?;
        ctx.globals().set("argv", surroundings.arguments.clone())?;
        let timers = Timers::install(&ctx)?;
        let binding = Binding::install(&ctx, network, settings, rejections)?;
        for source in sources {
            if let Err(error) = load(&ctx, source).catch(&ctx) {
                binding.report("Uncaught", &error);
                return Ok(false);
            }
            binding.run_jobs();
        }
        loop {
            let wake = timers.borrow().next();
            // Without a connection and a timer, nothing can come except what is already there.
            let done = wake.is_none() && binding.network().borrow().is_idle();
            let until = if done { Some(Instant::now()) } else { wake };
            let event = binding.network().borrow_mut().next(until)?;
            match event {
                Some(event) => binding.handle_event(event),
                None if done => break,
                None => {}
            }
            let now = Instant::now();
            loop {
                let due = timers.borrow_mut().due(now);
                let Some((function, arguments)) = due else { break };
                binding.run(&function, arguments);
            }
        }
        binding.network().borrow_mut().finish()?;
        Ok(!binding.has_failed())
    })
}

/// Runs a script or a module. A file is a module if its name says so, or if it is not a valid script. A module's
/// exceptions come as rejections.
fn load<'js>(ctx: &Ctx<'js>, source: &Source) -> Result<()> {
    let Source { name, text } = source;
    if Path::new(name).extension().is_some_and(|extension| extension == "mjs") || !is_script(ctx, source) {
        Module::evaluate(ctx.clone(), name.as_str(), text.as_str())?;
    } else {
        ctx.eval_with_options::<Value<'js>, _>(text.as_str(), options(name))?;
    }
    Ok(())
}

/// Whether the text parses as a script: as a function that is not called. In a function, `import` and `export` are not
/// allowed.
fn is_script(ctx: &Ctx<'_>, source: &Source) -> bool {
    let text = &*source.text;
    // The engine accepts `#!` only at the very beginning.
    let body = if text.starts_with("#!") { text.split_once('\n').map_or("", |(_, body)| body) } else { text };
    let wrapped = format!("(function () {{{body}\n}})");
    ctx.eval_with_options::<Value<'_>, _>(wrapped, options(&source.name)).catch(ctx).is_ok()
}

fn options(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    options
}

fn print(mut text: String, error: bool) {
    text.push('\n');
    let bytes = text.into_bytes();
    // If the output is closed, nothing reads it.
    let _ = if error { io::stderr().write_all(&bytes) } else { io::stdout().write_all(&bytes) };
}

/// Modules by paths, relative to the file that imports them.
struct Files;

impl Resolver for Files {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        if !name.starts_with(['.', '/']) {
            return Err(Error::new_resolving_message(
                base,
                name,
                "a module is named by its path, as ./module.js",
            ));
        }
        let mut path = PathBuf::new();
        let folder = Path::new(base).parent().unwrap_or(Path::new(""));
        for part in folder.join(name).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir if path.file_name().is_some_and(|name| name != "..") => {
                    path.pop();
                }
                part => path.push(part),
            }
        }
        Ok(path.to_string_lossy().into_owned())
    }
}

impl Loader for Files {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js>> {
        let text = fs::read(name).map_err(|error| Error::new_loading_message(name, error.to_string()))?;
        Module::declare(ctx.clone(), name, text)
    }
}
