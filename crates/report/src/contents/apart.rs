use crate::format::{choice, counted};
use crate::sentence::name;
use crate::summary::Summary;
use evidence::{Cell, Choice};

/// What is kept beside the study and in no number of it; nothing where there is nothing.
pub(super) fn apart(summary: &Summary) -> Vec<String> {
    let mut cells: Vec<(&Choice, usize)> = Vec::new();
    for Cell { axes, .. } in &summary.background.apart {
        match cells.iter_mut().find(|(known, _)| *known == axes) {
            Some((_, rows)) => *rows += 1,
            None => cells.push((axes, 1)),
        }
    }
    if cells.is_empty() {
        return Vec::new();
    }
    let intro = format!(
        "In no number above: {} of {} whose jobs are not the study's as it stands, but of another recipe, \
         another grid, or another body or data. They are kept in `apart/`, and come back when it asks for \
         their jobs again.",
        counted(summary.background.apart.len(), "row"),
        counted(cells.len(), "cell"),
    );
    let cell = |(axes, rows): (&Choice, usize)| {
        format!("{}: {}", name(&choice(axes)), counted(rows, "row"))
    };
    [intro]
        .into_iter()
        .chain(cells.into_iter().map(cell))
        .collect()
}
