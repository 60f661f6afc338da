use super::links::linked;
use crate::blocks::{HeatMap, Tile};
use crate::format::choice;
use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::table::Value;
use evidence::{Pooled, TEST_ACCURACY};

/// All cells at a glance, each against its own trivial floor; `None` in a study that measures something else than
/// accuracy, or has nothing yet.
pub(super) fn map(summary: &Summary) -> Option<HeatMap> {
    let spec = &summary.question.table;
    let mut cells = summary.sheets.iter().flat_map(Sheet::planned);
    if spec.measure != &TEST_ACCURACY || !cells.any(|cell| cell.estimate.is_some()) {
        return None;
    }
    let mut columns: Vec<&String> = Vec::new();
    for column in summary.sheets.iter().flat_map(|sheet| &sheet.heads) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let rows = summary.sheets.iter().flat_map(|sheet| {
        let lines = sheet.rows.iter().zip(&sheet.cells);
        let columns = &columns;
        lines.map(move |(row, cells)| {
            let name = match sheet.fixed.is_empty() {
                true => row.clone(),
                false => format!("{}, {row}", choice(&sheet.fixed)),
            };
            let tile = |column: &&String| {
                let at = sheet.heads.iter().position(|known| known == *column)?;
                cells[at].as_ref().map(|cell| tile(summary, cell))
            };
            (name, columns.iter().map(tile).collect())
        })
    });
    let rows = rows.collect();
    let heads = [&spec.rows].into_iter().chain(columns.iter().copied());
    Some(HeatMap {
        caption: "Mean test accuracy in percent. The deeper the colour, the further a cell is from its best trivial \
                  strategy on the way to 100 %; ▽ is no better than that strategy."
            .to_owned(),
        columns: heads.cloned().collect(),
        rows,
    })
}

fn tile(summary: &Summary, cell: &Pooled) -> Tile {
    let mean = cell.estimate.map(|estimate| estimate.mean);
    let depth = mean.zip(cell.floor.as_ref()).map(|(mean, floor)| {
        let way = 1.0 - floor.accuracy;
        let depth = if way > 0.0 {
            (mean - floor.accuracy) / way
        } else {
            0.0
        };
        depth.clamp(0.0, 1.0)
    });
    let value = mean.map_or(Value::Unfinished, Value::Share);
    Tile {
        value: linked(summary, &cell.axes, value),
        depth,
    }
}
