use super::inline::inline;
use super::set::Set;
use super::table::value;
use crate::blocks::{HeatMap, Tile};
use crate::sentence::line;
use maud::{Markup, html};

/// A table whose cells are coloured by what they hold, which they also say.
pub(super) fn map(set: &Set<'_>, map: &HeatMap) -> Markup {
    let caption = set.new_id("map");
    html! {
        div.table {
            p.caption id=(caption) { (inline(&map.caption)) }
            div.scroll tabindex="0" role="group" aria-labelledby=(caption) {
                table.map aria-labelledby=(caption) {
                    thead { tr {
                        @for (index, name) in map.columns.iter().enumerate() {
                            th class=[(index > 0).then_some("num")] scope="col" { (line(name)) }
                        }
                    } }
                    tbody {
                        @for (name, tiles) in &map.rows {
                            tr {
                                th scope="row" { (line(name)) }
                                @for tile in tiles {
                                    @match tile {
                                        Some(tile) => (self::tile(set, tile)),
                                        None => td.num {},
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tile(set: &Set<'_>, tile: &Tile) -> Markup {
    let percent = tile.depth.map(|depth| (depth * 100.0).round());
    html! {
        td.num style=[percent.map(|percent| format!("--depth:{percent}%"))] {
            @if percent == Some(0.0) { "▽ " }
            (value(set, &tile.value))
        }
    }
}
