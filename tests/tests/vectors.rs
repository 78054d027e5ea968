//! The committed vectors are those that the code generates, they are as their schemas say, and the code is as they say.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use connect_socket_tests::replay::SUITES;
use connect_socket_tests::vectors;
use serde_json::Value;

fn committed(path: &str) -> String {
    fs::read_to_string(Path::new(vectors::FOLDER).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&committed(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Byte for byte: a change of behaviour shows as a difference that somebody reads and commits.
#[test]
fn committed_files_are_the_generated() {
    for (path, text) in vectors::files() {
        let committed = fs::read_to_string(Path::new(vectors::FOLDER).join(path)).unwrap_or_default();
        let line = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count() + 1;
        assert!(
            committed == text,
            "tests/vectors/{path} differs from line {line} on: run `{}` and read the difference",
            vectors::frame::GENERATOR
        );
    }
}

/// Read as a port reads them.
#[test]
fn code_does_what_the_files_say() {
    for suite in SUITES {
        let (played, _) = suite.run().unwrap();
        assert!(played.differences.is_empty(), "{}: {:#?}", suite.file, played.differences);
    }
}

/// Each JSON file names its schema and keeps to it.
#[test]
fn files_keep_to_their_schemas() {
    for suite in SUITES {
        let file = json(suite.file);
        let schema = json(file["schema"].as_str().expect("a file names its schema"));
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{error}"));
        if let Err(error) = validator.validate(&file) {
            panic!("{}: {error} at {}", suite.file, error.instance_path());
        }
    }
}

/// A schema that lets anything pass would be none: a member too many is found, in whatever object.
#[test]
fn schemas_find_a_member_too_many() {
    for suite in SUITES {
        let file = json(suite.file);
        let schema = json(file["schema"].as_str().expect("a file names its schema"));
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{error}"));
        let mut wrong = file.clone();
        let lists = wrong.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut);
        let case = lists.flatten().find(|case| case.get("id").is_some()).unwrap();
        case["more"] = Value::Null;
        assert!(!validator.is_valid(&wrong), "{}", suite.file);
    }
}

/// What both schemas define is the same.
#[test]
fn schemas_agree() {
    let [table, traces] = ["schemas/table.schema.json", "schemas/traces.schema.json"].map(json);
    let both = table["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, definition)| Some((name, definition, traces["$defs"].get(name)?)));
    let mut compared = 0;
    for (name, table, traces) in both {
        assert_eq!(table, traces, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 9);
}

/// A case is named once, in all files together, and every count is right.
#[test]
fn ids_are_unique() {
    let mut seen = HashSet::new();
    for suite in SUITES {
        let file = json(suite.file);
        let members = file.as_object().unwrap().values();
        let cases = members.filter_map(Value::as_array).flatten().filter_map(|case| case["id"].as_str());
        let mut count = 0;
        for id in cases {
            assert!(seen.insert(id.to_owned()), "{id} twice");
            count += 1;
        }
        assert_eq!(file["count"], count, "{}", suite.file);
    }
    println!("{} ids", seen.len());
}

/// Every file that is committed here is generated, or written by hand and known as such.
#[test]
fn nothing_is_left_behind() {
    let generated: HashSet<_> = vectors::files().into_iter().map(|(path, _)| path.to_owned()).collect();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(vectors::FOLDER).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(format!("{path}/"));
            } else {
                let by_hand = path == "README.md" || path.starts_with("schemas/");
                assert!(by_hand || generated.contains(&path), "{path} is not generated any more");
            }
        }
    }
}
