//! Writes what is generated from the code into the files that hold it. `cargo test` compares; nothing is ever
//! rewritten by itself.

use std::fs;
use std::path::Path;

use connect_socket_tests::{generated, vectors};

fn main() -> std::io::Result<()> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let old = fs::read_to_string(&readme)?;
    let new = generated::with_states(&old)
        .and_then(|readme| generated::with_blocking(&readme))
        .ok_or_else(|| std::io::Error::other("README.md has lost its marks"))?;
    fs::write(readme, new)?;
    for (path, text) in vectors::files() {
        let path = Path::new(vectors::FOLDER).join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
