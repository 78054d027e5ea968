//! Temporary.

#[test]
fn write() {
    for (path, text) in connect_socket_tests::vectors::bytes::files() {
        let name = path.strip_prefix("bytes/").unwrap().strip_suffix(".json").unwrap();
        if std::env::var("WRITE").is_ok() {
            std::fs::write(format!("{}/vectors/{path}", env!("CARGO_MANIFEST_DIR")), &text).unwrap();
        }
        let start = std::time::Instant::now();
        let replayed = connect_socket_tests::replay::bytes::replay(name, &text).unwrap();
        assert!(replayed.differences.is_empty(), "{:#?}", replayed.differences);
        println!("{name}: {} cases, {} bytes, {:?}", replayed.cases, text.len(), start.elapsed());
    }
}
