//! Writes what is generated from the code into the files that hold it. `cargo test` compares; nothing is ever
//! rewritten by itself.

use std::path::Path;

use connect_socket_tests::generated;

fn main() -> std::io::Result<()> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let old = std::fs::read_to_string(&readme)?;
    let new = generated::with_states(&old)
        .and_then(|readme| generated::with_blocking(&readme))
        .ok_or_else(|| std::io::Error::other("README.md has lost its marks"))?;
    std::fs::write(readme, new)
}
