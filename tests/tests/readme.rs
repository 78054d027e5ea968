//! README says what the code does.

use connect_socket_core::ErrorCode;
use connect_socket_tests::generated;

const README: &str = include_str!("../../README.md");

/// Semantics T: the table of states is the lifecycle's.
#[test]
fn states_are_the_lifecycles() {
    assert_eq!(
        generated::with_states(README).as_deref(),
        Some(README),
        "run `cargo run -p connect-socket-tests --bin regenerate` and read the difference"
    );
}

/// The program without an adapter is the one that is run.
#[test]
fn blocking_is_the_example() {
    assert_eq!(
        generated::with_blocking(README).as_deref(),
        Some(README),
        "run `cargo run -p connect-socket-tests --bin regenerate` and read the difference"
    );
}

/// Semantics C: the table of codes has all twelve, in the words of the code.
#[test]
fn codes_are_the_twelve() {
    for code in ErrorCode::ALL {
        let row = format!("| {} | {} |", code.number(), code.text());
        assert!(README.contains(&row), "README has no row that begins {row:?}");
    }
}
