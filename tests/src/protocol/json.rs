//! What the lines are made of: values as JSON, and the members of an object, taken one by one.

use connect_socket_core::Value;

/// The members of an object, in order.
pub(super) type Members = Vec<(String, Value)>;

/// Takes every member called `name`; the last one counts, as in JavaScript.
pub(super) fn take(members: &mut Members, name: &str) -> Option<Value> {
    members.extract_if(.., |(found, _)| found == name).last().map(|(_, value)| value)
}

/// The text of a string.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether it is true.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value as JSON, members in their order; a number that is whole has no point.
pub(super) fn json(value: &Value) -> String {
    let mut text = String::new();
    push_value(&mut text, value);
    text
}

fn push_value(to: &mut String, value: &Value) {
    match value {
        // A double is displayed without exponent, so this is JSON; what is not finite is null in JavaScript, too.
        Value::Number(number) if number.is_finite() => to.push_str(&number.to_string()),
        Value::Null | Value::Number(_) => to.push_str("null"),
        Value::Bool(truth) => to.push_str(if *truth { "true" } else { "false" }),
        Value::String(text) => push_string(to, text),
        Value::Array(elements) => push_list(to, "[]", elements, push_value),
        Value::Object(members) => push_list(to, "{}", members, |to, (name, member)| {
            push_string(to, name);
            to.push(':');
            push_value(to, member);
        }),
    }
}

/// What is in brackets, with commas between.
pub(super) fn push_list<T>(to: &mut String, brackets: &str, items: &[T], push: impl Fn(&mut String, &T)) {
    to.push_str(&brackets[..1]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        push(to, item);
    }
    to.push_str(&brackets[1..]);
}

pub(super) fn push_string(to: &mut String, text: &str) {
    // Megabytes of base64 need no escapes.
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | ..b' ')) {
        to.push_str(&serde_json::Value::from(text).to_string());
    } else {
        to.extend(["\"", text, "\""]);
    }
}
