//! Where a trained model looks (section 3.5).

use crate::model::Model;
use crate::recipe::Precision;
use backbone::Pass;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use tasks::{Split, Task};

/// Validation examples that are looked at.
const EXAMPLES: usize = 64;

/// Examples in a forward pass: maps of attention are large.
const AT_A_TIME: usize = 8;

/// Share of their attention that read positions pay to the tokens that hold their answer
/// ([`Task::sources`]), a mean over layers, heads, positions and validation examples. `None` where the task
/// knows no such tokens, or the body pays no attention to tokens.
pub(crate) fn share(
    model: &Model,
    task: &dyn Task,
    precision: Precision,
    device: &Device,
) -> Option<f64> {
    let (model, device) = (model.valid(), &device.clone().inner());
    let shape = task.shape();
    let (tokens, read) = (shape.tokens, shape.readout.positions);
    let examples = EXAMPLES.min(task.len(Split::Validation));
    let (mut sum, mut maps) = (0.0, 0);
    for start in (0..examples).step_by(AT_A_TIME) {
        let batch = task.examples(Split::Validation, start..(start + AT_A_TIME).min(examples));
        let (sources, places) = (task.sources(&batch)?, batch.places(shape));
        let first = places.iter().min().copied()?;
        let pass = Pass::evaluation().multiplying_in(precision.dtype());
        let mut pass = pass.with_attention_maps();
        model.forward(&batch, shape, &mut pass, device);
        for map in pass.into_attention_maps() {
            let [size, heads, queries, keys] = map.dims();
            if queries != tokens || keys != tokens {
                return None;
            }
            let rows: Tensor<4> = map.slice([0..size, 0..heads, first..tokens, 0..tokens]);
            let rows = rows.into_data().convert::<f32>();
            let rows = rows.as_slice::<f32>().ok()?;
            for (index, head) in rows.chunks((tokens - first) * tokens).enumerate() {
                let example = index / heads * read;
                for position in example..example + read {
                    let row = &head[(places[position] - first) * tokens..][..tokens];
                    let looked = sources[position].iter();
                    sum += looked.map(|token| f64::from(row[*token])).sum::<f64>();
                }
            }
            maps += size * heads * read;
        }
    }
    (maps > 0).then(|| sum / maps as f64)
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
        let found = share(&model, task.as_ref(), Precision::F32, &device);
        let named = Named(task);
        assert_eq!(share(&model, &named, Precision::F32, &device), found);
        let batch = named.examples(Split::Validation, 0..2);
        assert_eq!(batch.read, [5, 6, 7, 8, 9, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn a_body_that_has_learned_nothing_looks_everywhere_alike() {
        let mut job = small::job();
        let (model, task, device) = small::model(&job);
        // Position 5 + i of a causal body sees 6 + i tokens, of which two are looked for.
        let even = (0..5).map(|bit| 2.0 / f64::from(6 + bit)).sum::<f64>() / 5.0;
        let found = share(&model, task.as_ref(), Precision::F32, &device).unwrap();
        assert!((found - even).abs() < 0.02, "{found} {even}");

        job.task = TaskSpec::new("listops", tasks::Form::Fair, toml::Table::new());
        let settings = "tokens = 10\nmin-length = 3\nmax-length = 11\ntrain-examples = 10\nvalidation-examples = 4\ntest-examples = 4";
        job.task.settings = tasks::settings("listops", &settings.parse().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = tasks::DataDir::new(folder.path());
        let TaskSpec { settings, form, .. } = &job.task;
        let task = tasks::open("listops", settings, *form, &data).unwrap();
        assert_eq!(share(&model, task.as_ref(), Precision::F32, &device), None);
    }
}
