//! What is generated from the code: README's table of states, from the lifecycle, and its program without an
//! adapter, from the example that is tested by running it.

mod states;

const BEGIN: &str = "<!-- states: written by `cargo run -p connect-socket-tests --bin regenerate` -->\n";
const END: &str = "<!-- end of states -->";

/// `readme` with its table of states as the code has it now; none if the marks around it are missing.
pub fn with_states(readme: &str) -> Option<String> {
    between(readme, BEGIN, &states::States.to_string(), END)
}

const BLOCKING: &str = include_str!("../../../core/examples/blocking.rs");
const BLOCKING_BEGIN: &str =
    "<!-- blocking.rs: written by `cargo run -p connect-socket-tests --bin regenerate` -->\n";
const BLOCKING_END: &str = "<!-- end of blocking.rs -->";

/// `readme` with the example `blocking` as it is now; none if marks are missing, there or here.
pub fn with_blocking(readme: &str) -> Option<String> {
    let (_, rest) = BLOCKING.split_once("// README: from here ...\n")?;
    let (program, _) = rest.split_once("// ... to here.\n")?;
    between(readme, BLOCKING_BEGIN, &format!("```rust,no_run\n{program}```\n"), BLOCKING_END)
}

/// `text` with `new` in the place of what is between two marks; none if they are missing.
fn between(text: &str, begin: &str, new: &str, end: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{new}{end}{after}"))
}
