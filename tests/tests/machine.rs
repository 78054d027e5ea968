//! The session against a model of it (rules G, S, T, F4 to F6): whatever is done to both, everything that is told,
//! asked, written and awaited is the same, step by step.
//!
//! - `transition`: what can be done.
//! - `model`, `queue`, `inputs`, `actions`: the lifecycle table with small books; `reference`: which steps there are
//!   when.
//! - `world`: the real session with scripted servers, a clock that is a number, and recorded entropy.
//! - `seen`: what is compared.
//!
//! The model and the session share the table, so that a wrong row is the same for both. What the world sees is
//! therefore also held against the ground rules, by the host and the watch of `memory`.
//!
//! A failure prints the steps that it was shrunk to, and its seed goes into `machine.regressions` beside this file,
//! which is committed and tried first from then on. `PROPTEST_CASES=10000` looks further.

#[path = "machine/actions.rs"]
mod actions;
#[path = "machine/inputs.rs"]
mod inputs;
#[path = "machine/model.rs"]
mod model;
#[path = "machine/queue.rs"]
mod queue;
#[path = "machine/reference.rs"]
mod reference;
#[path = "machine/seen.rs"]
mod seen;
#[path = "machine/transition.rs"]
mod transition;
#[path = "machine/world.rs"]
mod world;

use model::Model;
use proptest::test_runner::{Config, FileFailurePersistence};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use transition::Transition;
use world::World;

struct Machine;

impl StateMachineTest for Machine {
    type SystemUnderTest = World;
    type Reference = Model;

    fn init_test(model: &Model) -> World {
        World::new(model)
    }

    fn apply(mut world: World, after: &Model, transition: Transition) -> World {
        world.step(&transition, after);
        world
    }

    fn teardown(mut world: World, mut model: Model) {
        for transition in reference::ending(&model) {
            model = Model::apply(model, &transition);
            world.step(&transition, &model);
        }
        world.assert_over();
    }
}

fn config() -> Config {
    let failure_persistence = Some(Box::new(FileFailurePersistence::WithSource("regressions")) as Box<_>);
    // A step that cannot be made is made up again.
    let max_local_rejects = u32::MAX;
    Config { failure_persistence, max_local_rejects, max_shrink_iters: 20_000, ..Config::default() }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn t_the_session_does_what_the_model_says(sequential 1..40 => Machine);
}
