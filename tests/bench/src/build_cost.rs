//! What a user builds with ours and with each peer: how many crates, and how long the compiler works on a release build
//! from nothing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{collections::BTreeSet, fs};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::measure::{Case, Pace};
use crate::report::{Bar, Role};

/// A client, and what stands in Cargo.toml of who uses it.
type Needs = (&'static str, Role, &'static str);

const PLAIN: [Needs; 9] = [
    (
        "connectSocket (core)",
        Role::Ours,
        "connect-socket-core = { path = \"CORE\", default-features = false }",
    ),
    ("tungstenite", Role::Peer, "tungstenite = \"0.30\""),
    ("tokio-tungstenite", Role::Peer, "tokio-tungstenite = \"0.30\""),
    ("fastwebsockets", Role::Peer, "fastwebsockets = { version = \"0.10\", features = [\"upgrade\"] }"),
    (
        "tokio-websockets",
        Role::Peer,
        "tokio-websockets = { version = \"0.13\", features = [\"client\", \"fastrand\", \"sha1_smol\"] }",
    ),
    ("web-socket", Role::Peer, "web-socket = \"0.7\""),
    ("sockudo-ws", Role::Peer, "sockudo-ws = \"3\""),
    ("soketto", Role::Peer, "soketto = \"0.8\""),
    ("yawc", Role::Peer, "yawc = { version = \"0.5\", default-features = false }"),
];

/// With rustls, ring, and Mozilla's roots.
const TLS: [Needs; 4] = [
    (
        "connectSocket (core)",
        Role::Ours,
        "connect-socket-core = { path = \"CORE\", default-features = false, features = [\"ring\", \"webpki-roots\"] }",
    ),
    (
        "tungstenite",
        Role::Peer,
        "tungstenite = { version = \"0.30\", features = [\"rustls-tls-webpki-roots\"] }\n\
         rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }",
    ),
    (
        "tokio-websockets",
        Role::Peer,
        "tokio-websockets = { version = \"0.13\", features = [\"client\", \"fastrand\", \"sha1_smol\", \"ring\", \
         \"rustls-webpki-roots\", \"rustls-tls12\"] }",
    ),
    ("yawc", Role::Peer, "yawc = \"0.5\""),
];

/// No heavier than tungstenite.
pub(crate) fn rows() -> Vec<Case> {
    let mut rows = Vec::new();
    for (group, unit, cost) in [
        ("dependencies", "crates", dependencies as fn(&Path) -> Result<f64, String>),
        ("clean release build", "s of CPU", build),
    ] {
        for (name, clients) in [("ws only", &PLAIN[..]), ("ws and wss", &TLS[..])] {
            let mut case =
                Case::new(group, name, unit).pace(Pace::ONCE).bar(Bar::Peer("tungstenite".to_owned(), 1.0));
            for (client, role, needs) in clients {
                case = case.entry(*role, client, move || {
                    let folder = project(needs)?;
                    let figure = cost(folder.path())?;
                    Ok(Box::new(move |_| figure))
                });
            }
            rows.push(case);
        }
    }
    rows
}

/// A package that needs that and nothing else, with the versions that are locked here.
fn project(needs: &str) -> Result<tempfile::TempDir, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let needs = needs.replace("CORE", &here.join("../../core").display().to_string());
    let manifest =
        format!("[package]\nname = \"user\"\nedition = \"2024\"\n[dependencies]\n{needs}\n[workspace]\n");
    let written = || {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(folder.path().join("src/lib.rs"), "")?;
        fs::write(folder.path().join("Cargo.toml"), manifest)?;
        fs::copy(here.join("Cargo.lock"), folder.path().join("Cargo.lock"))?;
        Ok(folder)
    };
    let folder = written().map_err(|error: std::io::Error| error.to_string())?;
    cargo(folder.path(), &["fetch"])?;
    Ok(folder)
}

/// What cargo prints.
fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Crates that end in the user's program, but for their own.
fn dependencies(folder: &Path) -> Result<f64, String> {
    let tree = cargo(folder, &["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"])?;
    let crates: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(f64::from(u32::try_from(crates.len() - 1).map_err(|error| error.to_string())?))
}

/// User and system time of all that cargo starts: other programs on the machine change it less than the clock's.
fn build(folder: &Path) -> Result<f64, String> {
    let spent = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
        let milliseconds = (usage.user_time() + usage.system_time()).num_milliseconds();
        Ok::<_, String>(f64::from(u32::try_from(milliseconds).map_err(|error| error.to_string())?) / 1000.0)
    };
    let before = spent()?;
    cargo(folder, &["build", "--release"])?;
    Ok(spent()? - before)
}
