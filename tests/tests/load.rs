//! The load example is run, small.

use std::process::Command;

fn run(arguments: &[&str]) {
    let test = std::env::current_exe().expect("the test is a file");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("it lies in target/.../deps");
    let example = folder.join("examples").join(format!("load{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&example).args(arguments).output().unwrap_or_else(|error| {
        panic!(
            "{}: {error}; cargo builds the examples unless a single test target is named",
            example.display()
        )
    });
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{told}{errors}", output.status);
    for line in ["open ", "memory ", "echo ", "busy ", "flood "] {
        assert!(told.lines().any(|it| it.starts_with(line)), "no {line:?} in\n{told}");
    }
}

/// Its figures come from the processes of Linux.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measures what only Linux tells")]
fn ws() {
    run(&["--connections", "50"]);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measures what only Linux tells")]
fn wss() {
    run(&["--connections", "20", "--wss"]);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measures what only Linux tells")]
fn smol() {
    run(&["--connections", "50", "--adapter", "smol"]);
    run(&["--connections", "20", "--adapter", "smol", "--wss"]);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measures what only Linux tells")]
fn tokio() {
    run(&["--connections", "50", "--adapter", "tokio"]);
    run(&["--connections", "20", "--adapter", "tokio", "--wss"]);
}
