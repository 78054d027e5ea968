//! Builds a value step by step, for the reader and for copies.

use super::Value;
use super::walk::Step;

/// Takes the parts of one value, in the order of [`Step`]s.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
}

/// A list or an object that is not complete.
enum Open {
    List(Vec<Value>),
    /// With the name of the member whose value comes next.
    Object(Vec<(String, Value)>, String),
}

impl Builder {
    pub(super) fn begin_list(&mut self) {
        self.open.push(Open::List(Vec::new()));
    }

    pub(super) fn begin_object(&mut self) {
        self.open.push(Open::Object(Vec::new(), String::new()));
    }

    /// The name of the member whose value comes next.
    pub(super) fn name(&mut self, text: String) {
        if let Some(Open::Object(_, name)) = self.open.last_mut() {
            *name = text;
        }
    }

    /// A value is complete. It goes into the list or object around it, or is returned if it is the whole value.
    pub(super) fn put(&mut self, value: Value) -> Option<Value> {
        match self.open.last_mut() {
            Some(Open::List(elements)) => elements.push(value),
            Some(Open::Object(members, name)) => members.push((core::mem::take(name), value)),
            None => return Some(value),
        }
        None
    }

    /// The innermost list or object is complete.
    pub(super) fn end(&mut self) -> Option<Value> {
        match self.open.pop()? {
            Open::List(elements) => self.put(Value::Array(elements)),
            Open::Object(members, _) => self.put(Value::Object(members)),
        }
    }

    /// Whether the innermost incomplete value is a list or an object.
    pub(super) fn inside(&self) -> Option<Inside> {
        Some(match self.open.last()? {
            Open::List(_) => Inside::List,
            Open::Object(..) => Inside::Object,
        })
    }
}

/// What surrounds an element or a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    List,
    Object,
}

/// The value that the steps describe.
pub(super) fn build<'a>(steps: impl Iterator<Item = Step<'a>>) -> Value {
    let mut builder = Builder::default();
    for step in steps {
        let whole = match step {
            Step::Null => builder.put(Value::Null),
            Step::Bool(value) => builder.put(Value::Bool(value)),
            Step::Number(number) => builder.put(Value::Number(number)),
            Step::String(text) => builder.put(Value::String(text.to_owned())),
            Step::EndList | Step::EndObject => builder.end(),
            Step::BeginList => {
                builder.begin_list();
                None
            }
            Step::BeginObject => {
                builder.begin_object();
                None
            }
            Step::Name(name) => {
                builder.name(name.to_owned());
                None
            }
        };
        if let Some(value) = whole {
            return value;
        }
    }
    Value::Null
}
