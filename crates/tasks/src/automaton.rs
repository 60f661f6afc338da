/// The row after `row` under an elementary cellular automaton, by Wolfram's number of its rule: bit `4 left + 2 own + right`
/// of the number is the new cell. A row is a ring, so its ends are neighbours.
pub(crate) fn next(row: &[bool], rule: u8) -> Vec<bool> {
    let width = row.len();
    let cell = |cell: usize| {
        let around = [cell + width - 1, cell, cell + 1];
        let [left, own, right] = around.map(|at| u8::from(row[at % width]));
        rule >> (4 * left + 2 * own + right) & 1 == 1
    };
    (0..width).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many rows from the first on, as text.
    fn evolution(first: &str, rule: u8, rows: usize) -> Vec<String> {
        let mut row: Vec<bool> = first.chars().map(|cell| cell == '1').collect();
        let mut shown = Vec::new();
        for _ in 0..rows {
            shown.push(
                row.iter()
                    .map(|cell| if *cell { '1' } else { '0' })
                    .collect(),
            );
            row = next(&row, rule);
        }
        shown
    }

    #[test]
    fn rules_110_and_90_evolve_as_is_known() {
        let rows = [
            "00000001", "00000011", "00000111", "00001101", "00011111", "00110001", "01110011",
            "11010111",
        ];
        assert_eq!(evolution(rows[0], 110, rows.len()), rows);
        let rows = ["00010000", "00101000", "01000100", "10101010", "00000000"];
        assert_eq!(evolution(rows[0], 90, rows.len()), rows);
    }

    #[test]
    fn the_ends_of_a_row_are_neighbours() {
        assert_eq!(evolution("10000", 90, 2)[1], "01001");
        assert_eq!(evolution("10000", 110, 2)[1], "10001");
    }
}
