//! The example `tls` lets in whom it should, and says why it does not let in others.

use std::env;
use std::process::Command;

#[test]
fn each_configuration_lets_in_whom_it_should() {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in deps of a profile");
    let program = profile.join("examples/tokio-tls").with_extension(env::consts::EXE_EXTENSION);
    let output = Command::new(program).output().expect("run `cargo build --examples` first");
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).expect("text");
    let not_valid = "the server's certificate is not valid:";
    let expected = [
        "own roots: open".to_owned(),
        format!("own roots, another server: {not_valid} no authority that is trusted here issued it"),
        "client certificate: open".to_owned(),
        "no client certificate: the server ended TLS with the alert certificate_required".to_owned(),
        "pinned: open".to_owned(),
        format!("pinned, another server: {not_valid} the verifier of this application refused it"),
        "any certificate: open".to_owned(),
    ];
    assert_eq!(told.lines().count(), expected.len(), "{told}");
    for (line, expected) in told.lines().zip(expected) {
        assert!(line.starts_with(&expected), "{line}\n{expected}");
    }
}

/// Where the system has no certificates, a wss url fails with where they were looked for.
#[test]
#[cfg(target_os = "linux")]
fn a_missing_store_is_named() {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in deps of a profile");
    let output = Command::new(profile.join("examples/tokio-echo"))
        .arg("wss://127.0.0.1:9/")
        .env("SSL_CERT_FILE", "/no/such/file")
        .env_remove("SSL_CERT_DIR")
        .output()
        .expect("run `cargo build --examples` first");
    let told = String::from_utf8(output.stdout).expect("text");
    let words = "wss is not available: the system's certificates cannot be used: ";
    assert!(told.contains(words) && told.contains("SSL_CERT_FILE is /no/such/file"), "{told}");
}
