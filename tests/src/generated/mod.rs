//! What pages have from the code: the guide's table of states, from the lifecycle; and programs, from examples that are
//! tested by running them.

mod states;

/// A page with a generated part.
pub struct Page {
    /// Where it is, from the root of the repository.
    pub path: &'static str,
    /// What it is.
    pub committed: &'static str,
    /// What it would be if it were generated now; none if the marks around the part are missing.
    pub generated: Option<String>,
}

/// Every page with a generated part.
pub fn pages() -> [Page; 8] {
    [
        page("README.md", include_str!("../../../README.md"), [("echo.rs", code("rust,no_run", ECHO_TOKIO))]),
        page(
            "adapter-mio/README.md",
            include_str!("../../../adapter-mio/README.md"),
            [("echo.rs", code("rust,no_run", ECHO_MIO))],
        ),
        page(
            "adapter-smol/README.md",
            include_str!("../../../adapter-smol/README.md"),
            [("echo.rs", code("rust,no_run", ECHO_SMOL))],
        ),
        page(
            "adapter-tokio/README.md",
            include_str!("../../../adapter-tokio/README.md"),
            [("echo.rs", code("rust,no_run", ECHO_TOKIO))],
        ),
        page(
            "mini-program/README.md",
            include_str!("../../../mini-program/README.md"),
            [("echo.js", code("js", ECHO_SCRIPT))],
        ),
        page(
            "COMPARE.md",
            include_str!("../../../COMPARE.md"),
            COMPARED.map(|(name, text)| (name, code("rust", text))),
        ),
        page(
            "core/guide/embed.md",
            include_str!("../../../core/guide/embed.md"),
            [("blocking.rs", blocking())],
        ),
        page(
            "core/guide/port.md",
            include_str!("../../../core/guide/port.md"),
            [("states", states::States.to_string())],
        ),
    ]
}

const ECHO_MIO: &str = include_str!("../../../adapter-mio/examples/echo.rs");
const ECHO_SMOL: &str = include_str!("../../../adapter-smol/examples/echo.rs");
const ECHO_TOKIO: &str = include_str!("../../../adapter-tokio/examples/echo.rs");
const ECHO_SCRIPT: &str = include_str!("../../../mini-program/scripts/echo.js");
const BLOCKING: &str = include_str!("../../../core/examples/blocking.rs");
/// The programs of the package `compare`.
const COMPARED: [(&str, &str); 6] = [
    ("ours.rs", include_str!("../../compare/src/ours.rs")),
    ("tungstenite.rs", include_str!("../../compare/src/tungstenite.rs")),
    ("tokio_tungstenite.rs", include_str!("../../compare/src/tokio_tungstenite.rs")),
    ("async_tungstenite.rs", include_str!("../../compare/src/async_tungstenite.rs")),
    ("tokio_websockets.rs", include_str!("../../compare/src/tokio_websockets.rs")),
    ("fastwebsockets.rs", include_str!("../../compare/src/fastwebsockets.rs")),
];

/// The part of the example that the guide shows; all of it if its marks are missing.
fn blocking() -> String {
    let shown = BLOCKING.split_once("// The guide: from here ...\n").map_or(BLOCKING, |(_, rest)| rest);
    let shown = shown.split_once("// ... to here.\n").map_or(shown, |(shown, _)| shown);
    code("rust,no_run", shown)
}

fn code(kind: &str, program: &str) -> String {
    format!("```{kind}\n{program}```\n")
}

/// `committed` with its parts generated anew, each between its marks.
fn page<const N: usize>(path: &'static str, committed: &'static str, parts: [(&str, String); N]) -> Page {
    let generated = parts.into_iter().try_fold(committed.to_owned(), |page, (name, part)| {
        let begin =
            format!("<!-- {name}: written by `cargo run -p connect-socket-tests --bin regenerate` -->\n");
        let end = format!("<!-- end of {name} -->");
        let (before, rest) = page.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}{part}{end}{after}"))
    });
    Page { path, committed, generated }
}
