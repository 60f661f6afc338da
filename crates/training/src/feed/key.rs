//! What hidden states depend on, as a name for the file that keeps them.

use crate::job::Job;
use crate::model::{Depth, Model};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use tasks::Task;

/// Version of what a row means: raise it when the same key would stand for other rows.
const VERSION: u32 = 2;

/// Numbers of a parameter that are copied at once to be hashed.
const CHUNK: usize = 1 << 20;

/// The key of hidden states on a task at a depth: body config and task spec, the data's checksum,
/// the depth, every number in `lower`, which is the model below it, and `probe`, hidden states of a
/// few examples. The weights say what seed, initialisation and remakes came to; the probe tells
/// devices, processors and versions of the code apart that compute other bits from the same weights.
pub(super) fn key(
    job: &Job,
    task: &dyn Task,
    lower: &Model,
    depth: Depth,
    probe: &[u8],
) -> [u8; 32] {
    let data = task.data_checksum().unwrap_or_default();
    let mut weights = Weights(blake3::Hasher::new());
    weights.0.update(said(job, &data, depth).as_bytes());
    lower.input.visit(&mut weights);
    lower.body.visit(&mut weights);
    weights.0.update(probe);
    *weights.0.finalize().as_bytes()
}

/// What a key says in words. Files that are there already are found by these very bytes.
fn said(job: &Job, data: &str, depth: Depth) -> String {
    let settings = serde_json::to_value((&job.body, &job.task)).expect("a job is plain data");
    format!("fpt features {VERSION}\n{settings}\n{data}\n{depth:?}\n")
}

struct Weights(blake3::Hasher);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims();
        let rows = (CHUNK * shape[0] / shape.iter().product::<usize>().max(1)).max(1);
        for start in (0..shape[0]).step_by(rows) {
            let length = rows.min(shape[0] - start);
            let part = tensor.clone().narrow(0, start, length).into_data();
            self.0.update(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Initialisation, TaskSpec};
    use crate::recipe::Recipe;
    use backbone::{BodyConfig, Gpt2Config};
    use tasks::Form;

    #[test]
    fn files_of_earlier_versions_are_found() {
        let job = Job {
            seed: 1,
            body_seed: None,
            policy: "output".to_owned(),
            keep_body: false,
            initialisation: Initialisation::Random {},
            remakes: Vec::new(),
            task: TaskSpec::new("listops", Form::Fair, "tokens = 16".parse().unwrap()),
            recipe: Recipe::paper(),
            body: BodyConfig::Gpt2(Gpt2Config {
                vocab_size: 5,
                n_positions: 16,
                n_embd: 32,
                n_layer: 2,
                n_head: 2,
                n_inner: None,
                activation_function: backbone::Activation::GeluNew,
                layer_norm_epsilon: 1e-5,
                initializer_range: 0.02,
            }),
        };
        let body = "{\"initializer_range\":0.02,\"layer_norm_epsilon\":0.00001,\"model_type\":\"gpt2\",\
                    \"n_embd\":32,\"n_head\":2,\"n_layer\":2,\"n_positions\":16,\"vocab_size\":5}";
        let task = "{\"form\":\"fair\",\"name\":\"listops\",\"settings\":{\"tokens\":16}}";
        for (depth, name) in [(Depth::Layer(1), "Layer(1)"), (Depth::Readout, "Readout")] {
            let expected = format!("fpt features 2\n[{body},{task}]\nsum\n{name}\n");
            assert_eq!(said(&job, "sum", depth), expected);
        }
    }
}
