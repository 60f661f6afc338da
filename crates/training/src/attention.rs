//! Where a trained model looks (section 3.5).

use crate::model::Model;
use crate::outcome::AttentionMap;
use crate::recipe::Precision;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use tasks::{Split, Task};

/// The seed whose maps are kept and published.
pub const MAPPED_SEED: u64 = 1;

/// Validation examples that are looked at.
const EXAMPLES: usize = 64;

/// Examples in a forward pass: maps of attention are large.
const AT_A_TIME: usize = 8;

/// Share of their attention that read positions pay to the tokens that hold their answer
/// ([`Task::sources`]), a mean over layers, heads, positions and validation examples, and where it goes. `None`
/// where the task knows no such tokens, or the body pays no attention to tokens.
pub(crate) fn look(
    model: &Model,
    task: &dyn Task,
    precision: Precision,
    device: &Device,
) -> Option<Look> {
    let (model, device) = (model.valid(), &device.clone().inner());
    let shape = task.shape();
    let (tokens, read) = (shape.tokens, shape.readout.positions);
    let examples = EXAMPLES.min(task.len(Split::Validation));
    let first = task.sources(&task.examples(Split::Validation, 0..examples.min(1)))?;
    let mut seen = Seen::new(tokens, first);
    for start in (0..examples).step_by(AT_A_TIME) {
        let batch = task.examples(Split::Validation, start..(start + AT_A_TIME).min(examples));
        let (sources, places) = (task.sources(&batch)?, batch.places(shape));
        let top = places.iter().min().copied()?;
        seen.ask(&places, &sources);
        let mut pass = precision.evaluation().with_attention_maps();
        model.forward(&batch, shape, &mut pass, device);
        for (layer, map) in pass.into_attention_maps().into_iter().enumerate() {
            let [size, heads, queries, keys] = map.dims();
            if queries != tokens || keys != tokens {
                return None;
            }
            let rows: Tensor<4> = map.slice([0..size, 0..heads, top..tokens, 0..tokens]);
            let rows = rows.into_data().convert::<f32>();
            let rows = rows.as_slice::<f32>().ok()?;
            for (index, head) in rows.chunks((tokens - top) * tokens).enumerate() {
                let asked = index / heads * read..(index / heads + 1) * read;
                let at = |place: &usize| &head[(place - top) * tokens..][..tokens];
                let places = &places[asked.clone()];
                let rows: Vec<&[f32]> = places.iter().map(at).collect();
                seen.add(layer, &rows, places, &sources[asked]);
            }
        }
    }
    seen.finish()
}

/// Where a model looks.
#[derive(Debug, PartialEq)]
pub(crate) struct Look {
    pub share: f64,
    /// The share at uniform attention over the tokens that a position sees.
    pub uniform: f64,
    pub map: AttentionMap,
}

/// What was seen so far.
struct Seen {
    tokens: usize,
    /// The tokens that hold the answers of the first example.
    first: Vec<Vec<usize>>,
    paid: f64,
    rows: usize,
    /// The tokens that each position sees: those that some head of some layer gave weight in some example. One row
    /// does not say it: a weight of a sharp head underflows to 0.
    sees: Vec<Vec<bool>>,
    /// Read positions and the tokens that hold their answers, an entry an example and position.
    asked: Vec<(usize, Vec<usize>)>,
    /// Sums by layer, and how many heads are in them.
    layers: Vec<(Vec<f64>, usize)>,
}

impl Seen {
    fn new(tokens: usize, first: Vec<Vec<usize>>) -> Self {
        Self {
            tokens,
            first,
            paid: 0.0,
            rows: 0,
            sees: vec![vec![false; tokens]; tokens],
            asked: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// The read positions of a batch and the tokens that hold their answers.
    fn ask(&mut self, places: &[usize], sources: &[Vec<usize>]) {
        let asked = places.iter().copied().zip(sources.iter().cloned());
        self.asked.extend(asked);
    }

    /// What a head pays in an example: a row of all tokens for each read position.
    fn add(&mut self, layer: usize, head: &[&[f32]], places: &[usize], sources: &[Vec<usize>]) {
        for ((row, place), sources) in head.iter().zip(places).zip(sources) {
            let paid = sources.iter().map(|token| f64::from(row[*token]));
            self.paid += paid.sum::<f64>();
            self.rows += 1;
            let pairs = self.sees[*place].iter_mut().zip(row.iter());
            pairs.for_each(|(sees, weight)| *sees |= *weight > 0.0);
        }
        if self.layers.len() <= layer {
            let none = (vec![0.0; head.len() * self.tokens], 0);
            self.layers.resize(layer + 1, none);
        }
        if sources == self.first {
            let (sums, heads) = &mut self.layers[layer];
            let weights = head.iter().flat_map(|row| row.iter());
            let pairs = sums.iter_mut().zip(weights);
            pairs.for_each(|(sum, weight)| *sum += f64::from(*weight));
            *heads += 1;
        }
    }

    /// The share at uniform attention over the tokens that a position sees.
    fn uniform(&self) -> f64 {
        let shares = self.asked.iter().map(|(place, sources)| {
            let sees = &self.sees[*place];
            let there = sources.iter().filter(|token| sees[**token]).count();
            there as f64 / sees.iter().filter(|sees| **sees).count().max(1) as f64
        });
        shares.sum::<f64>() / self.asked.len() as f64
    }

    fn finish(self) -> Option<Look> {
        let uniform = self.uniform();
        let mean = |(sums, heads): (Vec<f64>, usize)| {
            let of = |sum: f64| (1e4 * sum / heads.max(1) as f64).round() as f32 / 1e4;
            sums.into_iter().map(of).collect()
        };
        (self.rows > 0).then(|| {
            let map = AttentionMap {
                tokens: self.tokens,
                layers: self.layers.into_iter().map(mean).collect(),
                sources: self.first,
            };
            Look {
                share: self.paid / self.rows as f64,
                uniform,
                map,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::TaskSpec;
    use crate::small;
    use std::ops::Range;
    use tasks::{Batch, Floor, Shape, View};

    /// A task that names the positions it is read at: the last ones, as it would be anyway.
    struct Named(Box<dyn Task>);

    impl Task for Named {
        fn shape(&self) -> Shape {
            self.0.shape()
        }
        fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
            self.0.batch(seed, step, size)
        }
        fn len(&self, split: Split) -> usize {
            self.0.len(split)
        }
        fn examples(&self, split: Split, range: Range<usize>) -> Batch {
            let mut batch = self.0.examples(split, range);
            let places = batch.places(self.shape()).into_iter();
            batch.read = places.map(|place| place as u32).collect();
            batch
        }
        fn floors(&self, test: usize) -> Vec<Floor> {
            self.0.floors(test)
        }
        fn view(&self) -> View {
            self.0.view()
        }
        fn sources(&self, batch: &Batch) -> Option<Vec<Vec<usize>>> {
            self.0.sources(batch)
        }
    }

    #[test]
    fn it_is_that_of_the_positions_that_a_batch_names() {
        let (model, task, device) = small::model(&small::job());
        let found = look(&model, task.as_ref(), Precision::F32, &device);
        let named = Named(task);
        assert_eq!(look(&model, &named, Precision::F32, &device), found);
        let batch = named.examples(Split::Validation, 0..2);
        assert_eq!(batch.read, [5, 6, 7, 8, 9, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn a_body_that_has_learned_nothing_looks_everywhere_alike() {
        let mut job = small::job();
        let (model, task, device) = small::model(&job);
        // Position 5 + i of a causal body sees 6 + i tokens, of which two are looked for.
        let even = (0..5).map(|bit| 2.0 / f64::from(6 + bit)).sum::<f64>() / 5.0;
        let seen = look(&model, task.as_ref(), Precision::F32, &device).unwrap();
        let (found, map) = (seen.share, seen.map);
        assert!((seen.uniform - even).abs() < 1e-9, "{}", seen.uniform);
        assert!((found - even).abs() < 0.02, "{found} {even}");
        // All examples of Bit XOR have their answers in the same tokens, so the map says the same.
        assert_eq!((map.tokens, map.sources.len()), (10, 5));
        assert_eq!(map.sources[2], [2, 7]);
        let paid = map.layers.iter().flat_map(|layer| {
            let rows = layer.chunks(map.tokens).zip(&map.sources);
            rows.map(|(row, sources)| sources.iter().map(|token| row[*token]).sum::<f32>())
        });
        let rows = (map.layers.len() * map.sources.len()) as f64;
        let paid = f64::from(paid.sum::<f32>()) / rows;
        assert!((paid - found).abs() < 1e-3, "{paid} {found}");
        for row in map.layers.iter().flat_map(|layer| layer.chunks(map.tokens)) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-2);
        }

        // A head so sharp that all but one of its weights underflow sees no less for it.
        let mut seen = Seen::new(4, vec![vec![0, 1]]);
        seen.ask(&[3], &[vec![0, 1]]);
        for row in [[0.25f32; 4], [1.0, 0.0, 0.0, 0.0]] {
            seen.add(0, &[&row], &[3], &[vec![0, 1]]);
        }
        assert_eq!(seen.uniform(), 0.5);

        job.task = TaskSpec::new("listops", tasks::Form::Fair, toml::Table::new());
        let settings = "tokens = 10\nmin-length = 3\nmax-length = 11\ntrain-examples = 10\nvalidation-examples = 4\ntest-examples = 4";
        job.task.settings = tasks::settings("listops", &settings.parse().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = tasks::DataDir::new(folder.path());
        let TaskSpec { settings, form, .. } = &job.task;
        let task = tasks::open("listops", settings, *form, &data).unwrap();
        assert!(look(&model, task.as_ref(), Precision::F32, &device).is_none());
    }
}
