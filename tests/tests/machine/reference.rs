//! The model as a reference state machine: which steps there are in a state, how likely each is, and what it does.

use connect_socket_core::proptest::{
    self as made_up, Answer, Connect, Jump, OwnedPayload, ResolverAnswer, Settings,
};
use connect_socket_core::{OnExisting, OwnedMessage, Phase};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest_state_machine::ReferenceStateMachine;

use super::inputs::broken;
use super::model::{Model, StreamEnd};
use super::seen::Seen;
use super::transition::{Call, Late, Transition, Which};

/// The limit of the answer's head, so that heads over it are short.
const HEAD_LIMIT: usize = 400;

impl Transition {
    /// What [`Transition::Open`] stands for.
    pub(crate) fn opening() -> [Self; 5] {
        [
            Self::Calls(vec![Call::Connect(Connect::to("ws://192.0.2.1"))]),
            Self::Connected(0),
            Self::Write(Which::Current, usize::MAX),
            Self::Answer(Answer::Accepts),
            Self::Read(usize::MAX),
        ]
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        made_up::settings()
            .prop_map(|Settings(config)| {
                let config = config.response_head_limit(HEAD_LIMIT);
                Self::new(Settings(config))
            })
            .boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Transition> {
        let mut choices: Vec<(u32, BoxedStrategy<Transition>)> = vec![
            (4, vec(call(), 1..4).prop_map(Transition::Calls).boxed()),
            (3, made_up::jump().prop_map(Transition::Clock).boxed()),
            (1, Just(Transition::Receiving(!state.receiving)).boxed()),
        ];
        let mut may = |weight: u32, choice: BoxedStrategy<Transition>| choices.push((weight, choice));
        if state.state.phase == Phase::Idle {
            may(12, Just(Transition::Open(1)).boxed());
        }
        // A storm of replacements: more than may linger.
        may(1, (1..=12_u8).prop_map(Transition::Open).boxed());
        if state.is_resolving() {
            may(12, made_up::resolver_answer().prop_map(Transition::Resolve).boxed());
        }
        if state.plan().is_some() {
            may(12, any::<u8>().prop_map(Transition::Connected).boxed());
            may(3, any::<u8>().prop_map(Transition::Refused).boxed());
        }
        let much = || prop_oneof![2 => Just(usize::MAX), 1 => 1..12_usize, 1 => 1..300_usize];
        // A transport that would block takes nothing of what it was offered.
        let written = || prop_oneof![4 => much(), 1 => Just(0)];
        if state.buffered() > 0 {
            may(6, written().prop_map(|most| Transition::Write(Which::Current, most)).boxed());
        }
        if state.can_read() {
            may(8, much().prop_map(Transition::Read).boxed());
        }
        if state.can_end() {
            may(1, Just(Transition::WriteFails).boxed());
            may(1, Just(Transition::End(Which::Current)).boxed());
            may(1, Just(Transition::Reset(Which::Current)).boxed());
        }
        if state.can_serve() {
            may(8, made_up::frames().prop_map(Transition::Serve).boxed());
            may(2, made_up::broken().prop_map(Transition::Violate).boxed());
            if state.buffered() > 0 {
                // Pings behind what waits: of their pongs, the newest goes out.
                may(4, made_up::control().prop_map(|frame| Transition::Serve(vec![frame])).boxed());
            }
        }
        if state.can_answer() {
            let answer =
                prop_oneof![5 => made_up::accepting_answer(), 1 => made_up::refusing_answer(HEAD_LIMIT)];
            may(12, answer.prop_map(Transition::Answer).boxed());
        }
        if !state.lingering.is_empty() {
            let which = || any::<u8>().prop_map(Which::Lingering);
            may(3, (which(), written()).prop_map(|(which, most)| Transition::Write(which, most)).boxed());
            may(1, which().prop_map(Transition::End).boxed());
            may(1, which().prop_map(Transition::Reset).boxed());
            may(1, any::<u8>().prop_map(Transition::Drain).boxed());
        }
        if !state.gone.is_empty() {
            let late = (0..4_u8, select(&Late::ALL));
            may(2, late.prop_map(|(which, late)| Transition::Late(which, late)).boxed());
        }
        Union::new_weighted(choices).boxed()
    }

    fn preconditions(state: &Self, transition: &Transition) -> bool {
        match transition {
            Transition::Calls(calls) => !calls.is_empty(),
            Transition::Open(times) => match state.config().on_existing {
                OnExisting::Replace => !state.config().require_wss,
                OnExisting::Reject => {
                    !state.config().require_wss && *times == 1 && state.state.phase == Phase::Idle
                }
            },
            Transition::Resolve(_) => state.is_resolving(),
            Transition::Connected(_) | Transition::Refused(_) => state.plan().is_some(),
            Transition::Write(Which::Current, _) => state.buffered() > 0,
            Transition::Write(Which::Lingering(which), _) => {
                let at = usize::from(*which) % state.lingering.len().max(1);
                state.lingering.get(at).is_some_and(|linger| linger.queue.buffered() > 0)
            }
            Transition::Answer(_) => state.can_answer(),
            Transition::Serve(frames) => !frames.is_empty() && state.can_serve(),
            Transition::Violate(_) => state.can_serve(),
            Transition::Read(_) => state.can_read(),
            Transition::WriteFails | Transition::End(Which::Current) | Transition::Reset(Which::Current) => {
                state.can_end()
            }
            Transition::Drain(_)
            | Transition::End(Which::Lingering(_))
            | Transition::Reset(Which::Lingering(_)) => !state.lingering.is_empty(),
            Transition::Late(..) => !state.gone.is_empty(),
            Transition::Clock(_) => true,
            Transition::Receiving(receiving) => *receiving != state.receiving,
        }
    }

    fn apply(mut state: Self, transition: &Transition) -> Self {
        state.seen = Seen::default();
        match transition {
            Transition::Open(times) => {
                let opening = (0..*times).flat_map(|_| Transition::opening());
                opening.for_each(|transition| state.step(&transition));
            }
            other => state.step(other),
        }
        state
    }
}

impl Model {
    fn step(&mut self, transition: &Transition) {
        match transition {
            Transition::Calls(calls) => calls.iter().for_each(|call| self.call(call)),
            Transition::Open(_) => unreachable!("it is made of others"),
            Transition::Resolve(ResolverAnswer::Found(addresses)) => self.dial(addresses),
            Transition::Resolve(ResolverAnswer::NotFound | ResolverAnswer::Failed) => self.not_resolved(),
            Transition::Connected(which) => {
                let attempt = self.in_flight(*which);
                self.connected(attempt);
            }
            Transition::Refused(which) => {
                let attempt = self.in_flight(*which);
                self.refused(attempt, broken());
            }
            Transition::Write(Which::Current, most) => self.write(*most),
            Transition::Write(Which::Lingering(which), most) => {
                self.write_lingering(self.linger_at(*which), *most);
            }
            Transition::WriteFails => {
                if let Some(stream) = self.stream_mut() {
                    stream.queue.offer();
                }
                self.end(StreamEnd::Reset);
            }
            Transition::Answer(answer) => {
                let request = self.current.as_ref().map(|connection| connection.request.head([0; 16]));
                let answered = answer.to(&request.expect("it is written")).expect("it is an upgrade");
                self.answer(&answered);
            }
            Transition::Serve(frames) => self.serve(frames),
            Transition::Violate(broken) => self.violate(broken),
            Transition::Read(most) => self.read(*most),
            Transition::Drain(_) | Transition::Late(..) => {}
            Transition::End(Which::Current) => self.end(StreamEnd::EndOfStream),
            Transition::Reset(Which::Current) => self.end(StreamEnd::Reset),
            Transition::End(Which::Lingering(which)) => {
                self.end_lingering(self.linger_at(*which), StreamEnd::EndOfStream);
            }
            Transition::Reset(Which::Lingering(which)) => {
                self.end_lingering(self.linger_at(*which), StreamEnd::Reset);
            }
            Transition::Clock(jump) => {
                let now = jump.from(self.now, self.deadline().map(|(at, _)| at));
                self.clock(now);
            }
            Transition::Receiving(receiving) => self.set_receiving(*receiving),
        }
        self.take();
    }

    fn linger_at(&self, which: u8) -> usize {
        usize::from(which) % self.lingering.len()
    }

    fn in_flight(&self, which: u8) -> u32 {
        let in_flight = self.plan().expect("it is dialled").in_flight();
        in_flight[usize::from(which) % in_flight.len()]
    }
}

fn call() -> impl Strategy<Value = Call> {
    let short = |payload: OwnedPayload| match payload {
        // Memory that is given back at once where it is much is no matter for the model.
        OwnedPayload::Message(OwnedMessage::Binary(bytes)) if bytes.len() > 200 => {
            OwnedPayload::Message(OwnedMessage::Binary(bytes[..200].into()))
        }
        other => other,
    };
    prop_oneof![
        2 => made_up::connect(&["ws"]).prop_map(Call::Connect),
        1 => made_up::connect(&["wss"]).prop_map(Call::Connect),
        1 => made_up::refused_connect().prop_map(Call::Refused),
        6 => made_up::payload().prop_map(move |payload| Call::Send(short(payload))),
        1 => made_up::refused_payload().prop_map(Call::Send),
        2 => made_up::close_options().prop_map(Call::Close),
        1 => made_up::refused_close_options().prop_map(Call::Close),
    ]
}

/// What brings every session to its end: a close, and all the time that there is.
pub(crate) fn ending(state: &Model) -> Vec<Transition> {
    let mut ending = Vec::new();
    if !state.receiving {
        ending.push(Transition::Receiving(true));
    }
    ending.push(Transition::Calls(vec![Call::Close(connect_socket_core::CloseOptions::default())]));
    // The close timeout, and what lingers from then on.
    let far = Jump::By(std::time::Duration::from_secs(1_000_000));
    ending.extend([Transition::Clock(far), Transition::Clock(far)]);
    ending
}
