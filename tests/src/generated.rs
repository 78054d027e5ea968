//! What is generated from the lifecycle table: README's table of states.

use connect_socket_core::lifecycle;

const BEGIN: &str = "<!-- states: written by `cargo run -p connect-socket-tests --bin regenerate` -->\n";
const END: &str = "<!-- end of states -->";

/// `readme` with its table of states as the code has it now; none if the marks around it are missing.
pub fn with_states(readme: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", lifecycle::markdown()))
}
