//! The committed vectors keep their schemas, and what no schema can say: ids are unique over all files, flags are
//! explained, numbers fit a double.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use connect_socket_tests::replay::SUITES;
use connect_socket_tests::vectors::FOLDER;
use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};

/// The lists of cases that files have.
const LISTS: [&str; 3] = ["cases", "traces", "rows"];

fn read(path: &str) -> Value {
    let text =
        fs::read_to_string(Path::new(FOLDER).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Finds schemas beside each other, and asks no network.
struct Beside;

impl Retrieve for Beside {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let name = uri.as_str().rsplit('/').next().unwrap_or_default();
        Ok(serde_json::from_str(&fs::read_to_string(Path::new(FOLDER).join("schemas").join(name))?)?)
    }
}

fn validator(document: &Value) -> Validator {
    let path = document["schema"].as_str().expect("a file names its schema");
    jsonschema::options()
        .with_retriever(Beside)
        .build(&read(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn cases(document: &Value) -> impl Iterator<Item = &Value> {
    LISTS.iter().filter_map(|list| document[*list].as_array()).flatten()
}

#[test]
fn files_keep_their_schemas() {
    for suite in SUITES {
        let document = read(suite.file);
        let validator = validator(&document);
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .take(5)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", suite.file);
        assert_eq!(document["count"], json!(cases(&document).count()), "{}", suite.file);
    }
}

/// A schema that lets everything pass would prove nothing.
#[test]
fn schemas_refuse_what_is_not_meant() {
    for suite in SUITES {
        let document = read(suite.file);
        let validator = validator(&document);
        let list = LISTS.into_iter().find(|list| document[*list].is_array()).expect("a list of cases");
        let first = document[list][0].as_object().expect("a case is an object").clone();
        let with = |case: &serde_json::Map<String, Value>| {
            let mut document = document.clone();
            document[list][0] = json!(case);
            document
        };
        assert!(validator.is_valid(&with(&first)), "{}", suite.file);
        let mut more = first.clone();
        more.insert("more".to_owned(), Value::Null);
        assert!(!validator.is_valid(&with(&more)), "{}: a member that nobody knows", suite.file);
        for member in first.keys() {
            let mut less = first.clone();
            less.remove(member);
            assert!(!validator.is_valid(&with(&less)), "{}: without {member}", suite.file);
            if suite.file.starts_with("bytes/") && member != "comment" && member != "protocol" {
                let mut other = first.clone();
                other[member] = json!("?\u{0}");
                assert!(!validator.is_valid(&with(&other)), "{}: {member} may be anything", suite.file);
            }
        }
        for (member, value) in &first {
            if member.ends_with("Hex") && value.as_str().is_some_and(|hex| !hex.is_empty()) {
                for wrong in ["A0", "a", "0x", " "] {
                    let mut other = first.clone();
                    other[member] = json!(wrong);
                    assert!(!validator.is_valid(&with(&other)), "{}: {wrong:?} for {member}", suite.file);
                }
            }
        }
    }
}

/// What the schemas of table and traces both define is the same.
#[test]
fn schemas_agree() {
    let [table, traces] = ["schemas/table.schema.json", "schemas/traces.schema.json"].map(read);
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

#[test]
fn ids_are_unique_and_flags_explained() {
    let mut ids = BTreeSet::new();
    for suite in SUITES {
        let document = read(suite.file);
        let mut used = BTreeSet::new();
        for case in cases(&document) {
            let id = case["id"].as_str().expect("a case has an id");
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            let flags = case["flags"].as_array().into_iter().flatten();
            used.extend(flags.map(|flag| flag.as_str().expect("a flag is a word").to_owned()));
        }
        let explained: BTreeSet<_> = document["flags"].as_object().expect("flags").keys().cloned().collect();
        assert!(used.is_subset(&explained), "{}: {used:?} without a word", suite.file);
    }
}

/// Numbers are whole and below 2^53, but in what a script hands over; and there one beyond has the flag `doubles`.
#[test]
fn numbers_fit_a_double() {
    for suite in SUITES {
        let document = read(suite.file);
        for case in cases(&document) {
            let doubles = case["flags"].as_array().is_some_and(|flags| flags.contains(&json!("doubles")));
            judge(case, false, doubles).unwrap_or_else(|number| panic!("{}: {number}", case["id"]));
        }
    }
}

fn judge(value: &Value, of_a_script: bool, doubles: bool) -> Result<(), String> {
    /// 2^53.
    const LIMIT: u64 = 9_007_199_254_740_992;
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => {
            let safe = match number.as_i64() {
                Some(whole) => whole.unsigned_abs() < LIMIT || doubles,
                None => of_a_script,
            };
            if safe { Ok(()) } else { Err(number.to_string()) }
        }
        Value::Array(elements) => {
            elements.iter().try_for_each(|element| judge(element, of_a_script, doubles))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            let call = name == "call" || matches!(name.as_str(), "code" | "data" | "header" | "reason");
            judge(member, of_a_script || call, doubles)
        }),
    }
}
