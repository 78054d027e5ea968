//! Walks through a value from its beginning to its end, step by step. Everything that reads values uses this.

use core::slice;

use super::Value;

/// The next part of a value, in the order in which it would be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step<'a> {
    Null,
    Bool(bool),
    Number(f64),
    String(&'a str),
    BeginList,
    EndList,
    BeginObject,
    /// The name of the member whose value comes next.
    Name(&'a str),
    EndObject,
}

/// The steps of one value.
pub(super) struct Walk<'a> {
    /// The whole value, or that of the member whose name was given last.
    next: Option<&'a Value>,
    /// The lists and objects that have begun and not ended, with what is left of them.
    open: Vec<Open<'a>>,
}

enum Open<'a> {
    List(slice::Iter<'a, Value>),
    Object(slice::Iter<'a, (String, Value)>),
}

impl<'a> Walk<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self { next: Some(value), open: Vec::new() }
    }

    fn begin(&mut self, value: &'a Value) -> Step<'a> {
        match value {
            Value::Null => Step::Null,
            Value::Bool(value) => Step::Bool(*value),
            Value::Number(number) => Step::Number(*number),
            Value::String(text) => Step::String(text),
            Value::Array(elements) => {
                self.open.push(Open::List(elements.iter()));
                Step::BeginList
            }
            Value::Object(members) => {
                self.open.push(Open::Object(members.iter()));
                Step::BeginObject
            }
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        if let Some(value) = self.next.take() {
            return Some(self.begin(value));
        }
        let ended = match self.open.last_mut()? {
            Open::List(rest) => match rest.next() {
                Some(value) => return Some(self.begin(value)),
                None => Step::EndList,
            },
            Open::Object(rest) => match rest.next() {
                Some((name, value)) => {
                    self.next = Some(value);
                    return Some(Step::Name(name));
                }
                None => Step::EndObject,
            },
        };
        self.open.pop();
        Some(ended)
    }
}
