//! `setTimeout` and its siblings, as in browsers: timers fire in the order of their times, and those with equal times
//! in the order of their calls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::function::{Opt, Rest};
use rquickjs::{Coerced, Ctx, Function, Result, Value};

/// The longest time of a timer. No program runs that long, and a longer time would not fit the clock.
const LONGEST: f64 = 1e12;

/// The timers of a script.
#[derive(Default)]
pub(crate) struct Timers<'js> {
    waiting: BTreeMap<(Instant, u32), Timer<'js>>,
    last: u32,
}

struct Timer<'js> {
    function: Function<'js>,
    arguments: Vec<Value<'js>>,
    every: Option<Duration>,
}

impl<'js> Timers<'js> {
    /// Gives script the functions. They hold the timers weakly, as the engine owns them.
    pub(crate) fn install(ctx: &Ctx<'js>) -> Result<Rc<RefCell<Self>>> {
        let timers = Rc::new(RefCell::new(Timers { waiting: BTreeMap::new(), last: 0 }));
        for (name, repeats) in [("setTimeout", false), ("setInterval", true)] {
            let weak = Rc::downgrade(&timers);
            let set = move |function: Function<'js>, ms: Opt<Coerced<f64>>, arguments: Rest<Value<'js>>| {
                let after = duration(ms.0.map_or(0.0, |ms| ms.0));
                let every = repeats.then_some(after);
                let timer = Timer { function, arguments: arguments.0, every };
                weak.upgrade().map(|timers| timers.borrow_mut().add(after, timer))
            };
            ctx.globals().set(name, Function::new(ctx.clone(), set)?.with_name(name)?)?;
        }
        for name in ["clearTimeout", "clearInterval"] {
            let weak = Rc::downgrade(&timers);
            let clear = move |id: Opt<Value<'js>>| {
                let id = id.0.and_then(|id| id.as_int()).and_then(|id| u32::try_from(id).ok());
                if let (Some(timers), Some(id)) = (weak.upgrade(), id) {
                    timers.borrow_mut().waiting.retain(|(_, found), _| *found != id);
                }
            };
            ctx.globals().set(name, Function::new(ctx.clone(), clear)?.with_name(name)?)?;
        }
        Ok(timers)
    }

    fn add(&mut self, after: Duration, timer: Timer<'js>) -> u32 {
        self.last += 1;
        self.waiting.insert((Instant::now() + after, self.last), timer);
        self.last
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }

    /// The next one that is due at `now`; one that repeats is set again.
    pub(crate) fn due(&mut self, now: Instant) -> Option<(Function<'js>, Vec<Value<'js>>)> {
        let entry = self.waiting.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((_, id), timer) = entry.remove_entry();
        let call = (timer.function.clone(), timer.arguments.clone());
        if let Some(every) = timer.every {
            self.waiting.insert((now + every, id), timer);
        }
        Some(call)
    }
}

/// At least a millisecond, so that a script that sets a timer again and again leaves turns to the network.
fn duration(ms: f64) -> Duration {
    // NaN counts as zero.
    let ms = if ms > 1.0 { ms.min(LONGEST) } else { 1.0 };
    Duration::from_secs_f64(ms / 1000.0)
}
