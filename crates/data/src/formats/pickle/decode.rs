use super::machine;
use super::value::{Node, Value};

/// What a pickle holds.
#[derive(Debug)]
pub(crate) struct Pickle<'a> {
    pub top: Value<'a>,
    nodes: Vec<Node<'a>>,
}

impl<'a> Pickle<'a> {
    /// Decodes a whole pickle; says where and why it is none otherwise.
    pub fn decode(input: &'a [u8]) -> Result<Self, String> {
        let (top, nodes) = machine::run(input)?;
        Ok(Self { top, nodes })
    }

    /// An entry of a dictionary; the last one of a name counts.
    pub fn get(&self, dict: Value<'a>, name: &str) -> Option<Value<'a>> {
        let Node::Dict(entries) = self.node(dict)? else {
            return None;
        };
        let (_, value) = entries.iter().rev().find(|(key, _)| key.named(name))?;
        Some(*value)
    }

    /// What a list or tuple holds; nothing where it is none.
    pub fn items(&self, list: Value<'a>) -> &[Value<'a>] {
        match self.node(list) {
            Some(Node::Items(items)) => items,
            _ => &[],
        }
    }

    /// What would be called to make an object is given this.
    pub fn arguments(&self, object: Value<'a>) -> Option<Value<'a>> {
        match self.node(object)? {
            Node::Object { arguments, .. } => Some(*arguments),
            _ => None,
        }
    }

    /// What would then be its state.
    pub fn state(&self, object: Value<'a>) -> Option<Value<'a>> {
        match self.node(object)? {
            Node::Object { state, .. } => Some(*state),
            _ => None,
        }
    }

    fn node(&self, value: Value<'a>) -> Option<&Node<'a>> {
        match value {
            Value::Node(number) => self.nodes.get(number),
            _ => None,
        }
    }
}
