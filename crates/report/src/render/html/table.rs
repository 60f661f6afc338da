use super::inline::inline;
use super::set::Set;
use crate::sentence::line;
use crate::table::{Align, Column, Table, Value};
use crate::words;
use maud::{Markup, html};

/// A table in a box of its own, which scrolls where the page is narrow.
pub(super) fn table(set: &Set<'_>, table: &Table) -> Markup {
    let caption = set.new_id("table");
    html! {
        div.table {
            p.caption id=(caption) { (inline(&table.caption)) }
            div.scroll tabindex="0" role="group" aria-labelledby=(caption) {
                table class=[(table.rows.len() > 1).then_some("sort")] aria-labelledby=(caption) {
                    thead { tr { @for column in &table.columns { (head(column)) } } }
                    tbody { @for row in &table.rows { (self::row(set, &table.columns, row)) } }
                    @if let Some(foot) = &table.foot {
                        tfoot { (row(set, &table.columns, foot)) }
                    }
                }
            }
        }
    }
}

fn head(column: &Column) -> Markup {
    html! { th class=[number(column)] scope="col" { (line(&column.name)) } }
}

/// The first value names the row.
fn row(set: &Set<'_>, columns: &[Column], values: &[Value]) -> Markup {
    let cells = columns.iter().zip(values).enumerate();
    html! {
        tr {
            @for (index, (column, value)) in cells {
                @if index == 0 {
                    th class=[number(column)] scope="row" { (self::value(set, value)) }
                } @else {
                    td class=[number(column)] { (self::value(set, value)) }
                }
            }
        }
    }
}

/// The class of numbers.
fn number(column: &Column) -> Option<&'static str> {
    (column.align == Align::Right).then_some("num")
}

/// A value as it stands in a cell.
pub(super) fn value(set: &Set<'_>, value: &Value) -> Markup {
    match value {
        Value::Strong(inner) => html! { strong { (self::value(set, inner)) } },
        Value::Linked(inner, key) => {
            html! { a href={ "#" (set.id(key)) } { (self::value(set, inner)) } }
        }
        Value::Unfinished | Value::Absent => html! { span.none { (words::value(value)) } },
        value => html! { (line(&words::value(value))) },
    }
}
