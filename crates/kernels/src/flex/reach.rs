//! The sizes of an attention, and which keys its queries see.

use super::lanes::LANES;
use super::product::Extent;
use crate::form::{Form, Reach};

/// The sizes and options of one attention.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) tokens: usize,
    pub(crate) heads: usize,
    /// Width of one head.
    pub(crate) head: usize,
    pub(crate) reach: Reach,
    /// What scores are multiplied by.
    pub(crate) scale: f32,
}

impl Shape {
    /// That of an attention on a projection `[batch, tokens, width]`.
    pub(crate) fn new(form: Form, tokens: usize, width: usize) -> Self {
        let head = form.head(width);
        Self {
            tokens,
            heads: form.heads,
            head,
            reach: form.reach,
            scale: form.scale(head),
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.heads * self.head
    }

    /// The first key that a query sees.
    #[inline(always)]
    pub(crate) fn first_seen(&self, query: usize) -> usize {
        match self.reach {
            Reach::All | Reach::Causal => 0,
            Reach::Window(side) => query.saturating_sub(side),
        }
    }

    /// The key behind the last one that a query sees.
    #[inline(always)]
    pub(crate) fn seen(&self, query: usize) -> usize {
        match self.reach {
            Reach::All => self.tokens,
            Reach::Causal => query + 1,
            Reach::Window(side) => (query + side + 1).min(self.tokens),
        }
    }

    /// The key in the first column of the scores of a block of queries: whole lanes before it.
    #[inline(always)]
    pub(crate) fn base(&self, first: usize) -> usize {
        self.first_seen(first) / LANES * LANES
    }

    /// Columns that each of `count` queries from `first` on needs.
    #[inline(always)]
    pub(crate) fn columns(&self, first: usize, count: usize) -> Extent {
        match self.reach {
            Reach::Causal => Extent {
                start: self.seen(first),
                step: 1,
            },
            Reach::All | Reach::Window(_) => {
                Extent::fixed(self.seen(first + count - 1) - self.base(first))
            }
        }
    }

    /// Index of the first weight of a query in `[batch, heads, tokens, tokens]`, modulo 2^32.
    #[inline(always)]
    pub(crate) fn first_weight(&self, batch: usize, head: usize, query: usize) -> u32 {
        let row = (batch * self.heads + head) * self.tokens + query;
        row.wrapping_mul(self.tokens) as u32
    }

    /// Elements of one sequence's projection.
    pub(crate) fn sequence(&self) -> usize {
        self.tokens * 3 * self.width()
    }

    /// Multiply-adds of one sequence, roughly.
    pub(crate) fn cost(&self) -> usize {
        2 * self.tokens * self.tokens * self.width()
    }

    /// Where the scores of a query begin in `[heads, tokens, tokens]`.
    #[inline(always)]
    pub(crate) fn bias_row(&self, head: usize, query: usize) -> usize {
        (head * self.tokens + query) * self.tokens
    }
}
