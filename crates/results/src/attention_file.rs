//! `attention.parquet`: where read positions look, of the first replicate of each cell.

use crate::error::{ResultsError, if_there};
use crate::frame::Frame;
use evidence::Run;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use training::{AttentionMap, JobId};

/// A row: what a read position pays to a token in a layer.
struct Row<'a> {
    job: &'a JobId,
    layer: usize,
    position: usize,
    token: usize,
    weight: f64,
    holds_answer: bool,
}

/// A study's `attention.parquet`; no file where no run has a map, and there is none yet.
///
/// # Errors
/// When the file there cannot be read and would be lost.
pub(crate) fn frame(path: &Path, runs: &[Run]) -> Result<Option<Frame>, ResultsError> {
    let mut seen = BTreeSet::new();
    let once = runs.iter().filter(|run| seen.insert(&run.cell.job));
    let maps = once.filter_map(|run| Some((&run.cell.job, run.attention_map.as_ref()?)));
    let rows: Vec<Row<'_>> = maps.flat_map(|(job, map)| rows(job, map)).collect();
    if rows.is_empty() && if_there(Frame::read(path))?.is_none() {
        return Ok(None);
    }
    let mut frame = Frame::new(path);
    frame.add("job", rows.iter().map(|row| row.job.0.clone()));
    frame.add("layer", rows.iter().map(|row| row.layer));
    frame.add("position", rows.iter().map(|row| row.position));
    frame.add("token", rows.iter().map(|row| row.token));
    frame.add("weight", rows.iter().map(|row| row.weight));
    frame.add("holds_answer", rows.iter().map(|row| row.holds_answer));
    Ok(Some(frame))
}

fn rows<'a>(job: &'a JobId, map: &'a AttentionMap) -> impl Iterator<Item = Row<'a>> {
    let layers = map.layers.iter().enumerate();
    layers.flat_map(move |(layer, weights)| {
        let weights = weights.iter().enumerate();
        weights.map(move |(index, weight)| {
            let (position, token) = (index / map.tokens, index % map.tokens);
            let sources = map.sources.get(position);
            Row {
                job,
                layer,
                position,
                token,
                weight: f64::from(*weight),
                holds_answer: sources.is_some_and(|sources| sources.contains(&token)),
            }
        })
    })
}

/// The maps of a study by job; none where there is no such file, as older versions wrote none.
///
/// # Errors
/// As [`read_runs`](crate::read_runs).
pub(crate) fn read(path: &Path) -> Result<BTreeMap<JobId, AttentionMap>, ResultsError> {
    let Some(frame) = if_there(Frame::read(path))? else {
        return Ok(BTreeMap::new());
    };
    let jobs: Vec<String> = frame.get("job")?;
    let layers: Vec<usize> = frame.get("layer")?;
    let positions: Vec<usize> = frame.get("position")?;
    let tokens: Vec<usize> = frame.get("token")?;
    let weights: Vec<f64> = frame.get("weight")?;
    let answers: Vec<bool> = frame.get("holds_answer")?;
    let mut maps: BTreeMap<JobId, AttentionMap> = BTreeMap::new();
    for (row, job) in jobs.into_iter().enumerate() {
        let map = maps.entry(JobId(job)).or_insert_with(|| AttentionMap {
            tokens: 0,
            layers: Vec::new(),
            sources: Vec::new(),
        });
        let (layer, position, token) = (layers[row], positions[row], tokens[row]);
        if layer == map.layers.len() {
            map.layers.push(Vec::new());
        }
        if layer == 0 && position == 0 {
            map.tokens += 1;
        }
        if layer == 0 && position == map.sources.len() {
            map.sources.push(Vec::new());
        }
        let is_next = layer + 1 == map.layers.len()
            && position < map.sources.len()
            && position * map.tokens + token == map.layers[layer].len();
        if !is_next {
            return Err(frame.damaged(format!("row {row} is out of its order")));
        }
        map.layers[layer].push(weights[row] as f32);
        if layer == 0 && answers[row] {
            map.sources[position].push(token);
        }
    }
    Ok(maps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn map() -> AttentionMap {
        AttentionMap {
            tokens: 3,
            layers: vec![
                vec![0.5, 0.25, 0.25, 0.1, 0.2, 0.7],
                vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            ],
            sources: vec![vec![0, 2], vec![1]],
        }
    }

    #[test]
    fn a_map_comes_back_and_a_row_out_of_order_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attention.parquet");
        assert_eq!(read(&path).unwrap(), BTreeMap::new());
        let jobs = ["b", "a"].map(|job| JobId(job.to_owned()));
        let map = map();
        let all: Vec<Row<'_>> = jobs.iter().flat_map(|job| rows(job, &map)).collect();
        let write = |rows: &[&Row<'_>]| {
            let mut frame = Frame::new(&path);
            frame.add("job", rows.iter().map(|row| row.job.0.clone()));
            frame.add("layer", rows.iter().map(|row| row.layer));
            frame.add("position", rows.iter().map(|row| row.position));
            frame.add("token", rows.iter().map(|row| row.token));
            frame.add("weight", rows.iter().map(|row| row.weight));
            frame.add("holds_answer", rows.iter().map(|row| row.holds_answer));
            frame.write().unwrap();
        };
        let mut order: Vec<&Row<'_>> = all.iter().collect();
        write(&order);
        let found = read(&path).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[&jobs[0]], map);
        assert_eq!(found[&jobs[1]], map);
        order.swap(1, 2);
        write(&order);
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("row 1 is out of its order"), "{error}");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..40]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("damaged"));
    }
}
