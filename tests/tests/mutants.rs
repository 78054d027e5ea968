//! The traces notice every change of the table. The binary `mutants` prints the score by kind, and what the rules and the
//! rows written by hand find.

use std::collections::{BTreeMap, BTreeSet};

use connect_socket_tests::model::Contract;
use connect_socket_tests::mutants::{Hunters, Kind, Mutant, all, found_by_hand, found_by_rules};
use connect_socket_tests::replay::traces::Sight;

#[test]
fn traces_catch_every_mutant() {
    let hunters = Hunters::read().unwrap();
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for mutant in all() {
        *kinds.entry(mutant.kind).or_default() += 1;
        assert!(hunters.catch(&mutant, Sight::Whole).is_some(), "{mutant}");
    }
    println!("{} mutants", kinds.values().sum::<usize>());
    assert!(kinds.keys().copied().eq(Kind::ALL), "each kind has mutants");
}

/// Kinds that make a difference to a Mini Program are caught without looking at actions.
#[test]
fn what_is_observed_is_caught_from_outside() {
    let hunters = Hunters::read().unwrap();
    let observed = BTreeSet::from([
        Kind::Next,
        Kind::Code,
        Kind::Outcome,
        Kind::Notice,
        Kind::CloseCode,
        Kind::CloseCause,
    ]);
    for mutant in all().filter(|mutant| observed.contains(&mutant.kind)) {
        assert!(hunters.catch(&mutant, Sight::Outside).is_some(), "{mutant}");
    }
}

/// The rows by hand find all of them too; the rules find those that break one, such as where a session goes next.
#[test]
fn hand_and_rules_find_mutants() {
    let contract = Contract::read();
    assert!(all().all(|mutant| found_by_hand(&contract, &mutant)));
    let mut next = all().filter(|mutant: &Mutant| mutant.kind == Kind::Next);
    assert!(next.all(|mutant| found_by_rules(&mutant).is_some()));
}
