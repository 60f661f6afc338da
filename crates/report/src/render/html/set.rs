use crate::figure::Drawing;
use crate::sentence::line;
use maud::{Markup, PreEscaped, html};
use std::cell::Cell;

/// How a report is set: under which ids, how deep its headings are, with which drawings.
#[derive(Clone, Copy)]
pub(super) struct Set<'a> {
    /// Before every id, so that several reports have a page together.
    prefix: &'a str,
    /// Of the next heading.
    level: usize,
    pub drawings: &'a [Drawing],
    /// Numbers that were given away on the page.
    next: &'a Cell<usize>,
}

impl<'a> Set<'a> {
    pub const fn new(prefix: &'a str, drawings: &'a [Drawing], next: &'a Cell<usize>) -> Self {
        Self {
            prefix,
            level: 1,
            drawings,
            next,
        }
    }

    pub const fn deeper(&self) -> Self {
        Self {
            level: self.level + 1,
            ..*self
        }
    }

    /// The id of something with a name of its own in the report.
    pub fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// An id that nothing else on the page has.
    pub fn new_id(&self, kind: &str) -> String {
        self.next.set(self.next.get() + 1);
        format!("{kind}-{}", self.next.get())
    }

    pub fn heading(&self, words: &str) -> Markup {
        let level = self.level.min(6);
        html! {
            (PreEscaped(format!("<h{level}>"))) (line(words)) (PreEscaped(format!("</h{level}>")))
        }
    }
}
