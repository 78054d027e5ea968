//! `my`, bound to `QuickJS`: the file that changes if the engine does.
//!
//! It does four things, and decides nothing: it installs the eleven functions, reads the parameters that script passes,
//! makes the objects that script gets, and calls script's functions. [`connect_socket_core::script`], which knows no
//! engine, says which functions to call, when, and with what.
//!
//! Everything happens on the engine's one thread. The host's loop takes an event from the network and passes it to
//! [`Binding::handle_event`]. A function of script is never called from within a call of `my`. After each function, the
//! engine's jobs (the work of promises) run until none is left, as after each task in a browser.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use connect_socket_core::OwnedEvent;
use connect_socket_core::script::{
    Argument, Callbacks, Field, Invocation, Listener, Method, Parameter, Script, Settings,
};
use rquickjs::function::{Args, Opt, This};
use rquickjs::{
    ArrayBuffer, CatchResultExt as _, CaughtError, Ctx, Function, IntoJs as _, Object, Persistent, Result,
    Runtime, Value,
};

use crate::network::Network;

/// Functions that are easier to write in script than with the engine's interface. A script cannot change them.
///
/// - `base64`: the bytes of an `ArrayBuffer` or a view; undefined for anything else. The engine lends bytes only to code that Rust does not check.
/// - `wellFormed`: a string whose unpaired surrogates are replaced, because Rust's strings cannot hold them.
/// - `watched`: the promise itself, with a handler, so that a failure that script ignores is not an unhandled
///   rejection.
const HELPERS: &str = r"({
    base64(value) {
        if (ArrayBuffer.isView(value)) {
            return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).toBase64();
        }
        return value instanceof ArrayBuffer ? new Uint8Array(value).toBase64() : undefined;
    },
    wellFormed(text) {
        return text.toWellFormed();
    },
    watched(promise) {
        promise.catch(() => {});
        return promise;
    },
})";

/// A script's `my`: its functions, and the socket under them.
pub(crate) struct Binding<'js> {
    ctx: Ctx<'js>,
    script: RefCell<Script<Function<'js>>>,
    network: RefCell<Network>,
    base64: Function<'js>,
    well_formed: Function<'js>,
    watched: Function<'js>,
    rejections: Rejections,
    failed: Cell<bool>,
}

impl<'js> Binding<'js> {
    /// Gives script the global `my`, whose functions work as long as the binding lives. They hold it weakly, because a
    /// handle to a function that the engine itself owns would keep the engine alive forever.
    pub(crate) fn install(
        ctx: &Ctx<'js>,
        network: Network,
        settings: Settings,
        rejections: Rejections,
    ) -> Result<Rc<Self>> {
        let helpers: Object<'js> = ctx.eval(HELPERS)?;
        let binding = Rc::new(Self {
            ctx: ctx.clone(),
            script: RefCell::new(Script::new(settings)),
            network: RefCell::new(network),
            base64: helpers.get("base64")?,
            well_formed: helpers.get("wellFormed")?,
            watched: helpers.get("watched")?,
            rejections,
            failed: Cell::new(false),
        });
        let my = Object::new(ctx.clone())?;
        for method in Method::ALL {
            let weak = Rc::downgrade(&binding);
            let function = move |ctx, options| with(&weak, ctx, |binding| binding.call(method, options));
            my.set(method.name(), Function::new(ctx.clone(), function)?.with_name(method.name())?)?;
        }
        for kind in Listener::ALL {
            let [on, off] = kind.names();
            let weak = Rc::downgrade(&binding);
            let add =
                move |ctx, function| with(&weak, ctx, |binding| Ok(binding.listen(kind, function, true)));
            my.set(on, Function::new(ctx.clone(), add)?.with_name(on)?)?;
            let weak = Rc::downgrade(&binding);
            let remove =
                move |ctx, function| with(&weak, ctx, |binding| Ok(binding.listen(kind, function, false)));
            my.set(off, Function::new(ctx.clone(), remove)?.with_name(off)?)?;
        }
        ctx.globals().set("my", my)?;
        Ok(binding)
    }

    /// The socket.
    pub(crate) fn network(&self) -> &RefCell<Network> {
        &self.network
    }

    /// Whether an exception or a rejection was not caught.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.get()
    }

    /// One of the three calls. Without callbacks, it returns a promise. With a callback, it returns undefined: failures
    /// go to `fail`, and a promise that was not asked for would only be an unhandled one.
    fn call(&self, method: Method, options: Opt<Value<'js>>) -> Result<Value<'js>> {
        let options = options.0.and_then(Value::into_object);
        let call = method.call(|name| self.parameter(method, options.as_ref(), name));
        let callback = |name| self.member(method, options.as_ref(), name).and_then(Value::into_function);
        let [success, fail, complete] = ["success", "fail", "complete"].map(callback);
        let (callbacks, returned) = if success.is_none() && fail.is_none() && complete.is_none() {
            let (promise, resolve, reject) = self.ctx.promise()?;
            let promise = self.watched.call((promise,))?;
            (Callbacks { success: Some(resolve), fail: Some(reject), complete: None }, promise)
        } else {
            (Callbacks { success, fail, complete }, Value::new_undefined(self.ctx.clone()))
        };
        // No script runs from here on, so nothing calls back in.
        self.script.borrow_mut().call(&mut *self.network.borrow_mut(), &call, callbacks);
        Ok(returned)
    }

    /// `my.on…` and `my.off…`. A value that is not a function is not added and removes nothing. `my.off…` without an
    /// argument removes all.
    fn listen(&self, kind: Listener, function: Opt<Value<'js>>, add: bool) -> Value<'js> {
        let given = function.0.filter(|value| !value.is_undefined() && !value.is_null());
        let function = given.clone().and_then(Value::into_function);
        let mut script = self.script.borrow_mut();
        match (add, function) {
            (true, Some(function)) => script.add(kind, function),
            (false, Some(function)) => script.remove(kind, Some(&function)),
            (false, None) if given.is_none() => script.remove(kind, None),
            (true | false, None) => {}
        }
        Value::new_undefined(self.ctx.clone())
    }

    /// A member of script's options. None if there are no options, or if a getter throws, which is reported.
    fn member(&self, method: Method, options: Option<&Object<'js>>, name: &str) -> Option<Value<'js>> {
        let value = options?.get(name).catch(&self.ctx);
        value.map_err(|error| self.note_unreadable(method, name, &error)).ok()
    }

    fn parameter(&self, method: Method, options: Option<&Object<'js>>, name: &str) -> Parameter {
        if options.is_none() {
            return Parameter::Absent;
        }
        let Some(value) = self.member(method, options, name) else { return Parameter::Unreadable };
        self.read(value).catch(&self.ctx).unwrap_or_else(|error| {
            self.note_unreadable(method, name, &error);
            Parameter::Unreadable
        })
    }

    fn read(&self, value: Value<'js>) -> Result<Parameter> {
        if value.is_undefined() || value.is_null() {
            return Ok(Parameter::Absent);
        }
        if value.is_string() {
            return Ok(Parameter::Text(self.well_formed.call((value,))?));
        }
        if let Some(text) = self.base64.call::<_, Option<String>>((value.clone(),))? {
            return Ok(Parameter::Base64(text));
        }
        let text = self.ctx.json_stringify(value)?;
        text.map_or(Ok(Parameter::Unreadable), |text| Ok(Parameter::Json(text.to_string()?)))
    }

    /// Calls the functions for an event, one after another.
    pub(crate) fn handle_event(&self, event: OwnedEvent) {
        let Invocation { functions, argument } = self.script.borrow_mut().handle_event(event);
        if functions.is_empty() {
            return;
        }
        match self.object(argument).catch(&self.ctx) {
            Ok(object) => functions.iter().for_each(|function| self.run(function, vec![object.clone()])),
            Err(error) => self.report("Uncaught", &error),
        }
    }

    fn object(&self, argument: Argument) -> Result<Value<'js>> {
        let object = Object::new(self.ctx.clone())?;
        for (name, field) in argument.into_members() {
            let value = match field {
                Field::Text(text) => text.into_js(&self.ctx)?,
                Field::Number(number) => number.into_js(&self.ctx)?,
                Field::Bool(truth) => truth.into_js(&self.ctx)?,
                Field::Bytes(bytes) => ArrayBuffer::new(self.ctx.clone(), bytes)?.into_value(),
                Field::Texts(members) => self.members(members)?,
                Field::Numbers(members) => self.members(members)?,
            };
            object.set(name, value)?;
        }
        Ok(object.into_value())
    }

    fn members<N: rquickjs::IntoAtom<'js>, V: rquickjs::IntoJs<'js>>(
        &self,
        members: Vec<(N, V)>,
    ) -> Result<Value<'js>> {
        let object = Object::new(self.ctx.clone())?;
        members.into_iter().try_for_each(|(name, value)| object.set(name, value))?;
        Ok(object.into_value())
    }

    /// Calls a function of script from the host's loop, and then runs the jobs of promises. What it throws is reported,
    /// and stops nothing else.
    pub(crate) fn run(&self, function: &Function<'js>, arguments: Vec<Value<'js>>) {
        let call = || {
            let mut args = Args::new(self.ctx.clone(), arguments.len());
            args.push_args(arguments)?;
            function.call_arg::<Value<'js>>(args)
        };
        if let Err(error) = call().catch(&self.ctx) {
            self.report("Uncaught", &error);
        }
        self.run_jobs();
    }

    /// Runs the engine's jobs, and reports the rejections that are still unhandled after that.
    pub(crate) fn run_jobs(&self) {
        while self.ctx.execute_pending_job() {}
        for (_, reason) in self.rejections.0.take() {
            self.failed.set(true);
            eprintln!("Uncaught (in promise) {reason}");
        }
    }

    /// Prints an uncaught exception.
    pub(crate) fn report(&self, what: &str, error: &CaughtError<'js>) {
        self.failed.set(true);
        eprintln!("{what} {}", shown(&self.ctx, error));
    }

    /// A parameter that cannot be read fails its call with a code; this says why.
    fn note_unreadable(&self, method: Method, name: &str, error: &CaughtError<'js>) {
        eprintln!("my.{}: {name} cannot be read: {}", method.name(), shown(&self.ctx, error));
    }
}

/// What a function of `my` does, as long as there is a binding.
fn with<'js>(
    weak: &Weak<Binding<'js>>,
    ctx: Ctx<'js>,
    act: impl FnOnce(&Binding<'js>) -> Result<Value<'js>>,
) -> Result<Value<'js>> {
    weak.upgrade().map_or_else(|| Ok(Value::new_undefined(ctx)), |binding| act(&binding))
}

/// An exception as it is printed: with its stack, if it has one.
fn shown<'js>(ctx: &Ctx<'js>, error: &CaughtError<'js>) -> String {
    match error {
        CaughtError::Error(error) => error.to_string(),
        CaughtError::Exception(exception) => shown_value(ctx, exception.as_object().as_value()),
        CaughtError::Value(value) => shown_value(ctx, value),
    }
}

fn shown_value<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    let text = ctx.globals().get("console").and_then(|console: Object<'js>| {
        console.get::<_, Function<'js>>("format")?.call::<_, String>((This(console), value.clone()))
    });
    // An error while showing it must not replace the exception.
    text.catch(ctx).unwrap_or_else(|_| format!("{value:?}"))
}

/// Promises with unhandled rejections, and the reasons in words.
#[derive(Clone, Default)]
pub(crate) struct Rejections(Rc<Cell<Vec<Rejection>>>);

type Rejection = (Persistent<Value<'static>>, String);

impl Rejections {
    /// The engine reports a promise that is rejected, and reports it again if it is handled later.
    pub(crate) fn watch(runtime: &Runtime) -> Self {
        let rejections = Self::default();
        let told = rejections.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, handled| {
            let mut waiting = told.0.take();
            let promise = Persistent::save(&ctx, promise);
            if handled {
                waiting.retain(|(found, _)| *found != promise);
            } else {
                waiting.push((promise, shown_value(&ctx, &reason)));
            }
            told.0.set(waiting);
        })));
        rejections
    }
}
