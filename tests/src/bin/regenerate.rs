//! Writes what is generated from the code into the files that hold it. `cargo test` compares; nothing is ever
//! rewritten by itself.

use std::fs;
use std::path::Path;

use connect_socket_tests::{generated, vectors};

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for page in generated::pages() {
        let lost = || std::io::Error::other(format!("{} has lost its marks", page.path));
        fs::write(root.join(page.path), page.generated.as_ref().ok_or_else(lost)?)?;
    }
    for (path, text) in vectors::files() {
        let path = Path::new(vectors::FOLDER).join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
