//! How much a job computes, counted from its shapes: of dense layers, attention between all tokens, and nets. What a body does
//! beside that (norms, activations) and does not (attention in an LSTM, or beyond a window) is left out of the count.

use crate::job::{Job, TaskSpec};
use crate::measure::TRAIN_EXAMPLES;
use crate::recipe::Recipe;
use freezing_policy::{Group, Label, Policy};
use tasks::{Inputs, Shape};

/// Floating-point operations of an example's way through the model; 0 of a task without a shape.
pub fn forward_operations(job: &Job) -> f64 {
    Counts::of(job).map_or(0.0, |counts| counts.forward())
}

/// Floating-point operations of a gradient step: there over its batch, back to the lowest that trains, and the gradients of the
/// weights that do.
pub fn step_operations(job: &Job) -> f64 {
    let counts = Counts::of(job);
    let example = counts.map_or(0.0, |counts| counts.forward() + counts.backward(job));
    example * job.recipe.batch_size as f64
}

/// Of a whole job: its steps, the examples that its curve looks at, and those that it reads at its end, of the test sets as far as
/// their sizes are known without data.
pub fn job_operations(job: &Job) -> f64 {
    let recipe = &job.recipe;
    let points = recipe.steps as f64 / recipe.evaluate_every.max(1) as f64;
    let tested = tasks::tested(&job.task.name, &job.task.settings).unwrap_or(0);
    let most = match recipe.test_examples {
        0 => usize::MAX,
        most => most,
    };
    let read = tested.min(most) + TRAIN_EXAMPLES.min(most);
    let looked_at = points * curve_examples(&job.task, recipe).unwrap_or(0) as f64 + read as f64;
    recipe.steps as f64 * step_operations(job) + looked_at * forward_operations(job)
}

/// Held-out examples that a point of a curve is measured on; `None` where all are asked for and data tells how many.
pub fn curve_examples(task: &TaskSpec, recipe: &Recipe) -> Option<usize> {
    let all = tasks::validated(&task.name, &task.settings);
    let all = all.ok().flatten();
    match recipe.curve_examples {
        0 => all,
        most => Some(all.map_or(most, |all| most.min(all))),
    }
}

/// Operations of an example, forwards.
struct Counts {
    layers: usize,
    /// Of a layer: dense layers of its attention, its feed-forward layers, and scores between tokens.
    projections: f64,
    feed_forward: f64,
    scores: f64,
    input: f64,
    output: f64,
}

impl Counts {
    fn of(job: &Job) -> Option<Self> {
        let Shape {
            inputs,
            tokens,
            readout,
            ..
        } = tasks::shape(&job.task.name, &job.task.settings, job.task.form).ok()?;
        let (width, inner) = (job.body.width() as f64, job.body.inner() as f64);
        let tokens = tokens as f64;
        let predicted = readout.positions * readout.predictions * readout.classes;
        Some(Self {
            layers: job.body.layers(),
            projections: tokens * 8.0 * width * width,
            feed_forward: tokens * 4.0 * width * inner,
            scores: tokens * 4.0 * tokens * width,
            input: match inputs {
                Inputs::Features { width: features } => tokens * 2.0 * features as f64 * width,
                Inputs::Tokens { .. } | Inputs::Language { .. } | Inputs::Masked { .. } => 0.0,
            },
            output: 2.0 * width * predicted as f64,
        })
    }

    fn layer(&self) -> f64 {
        self.projections + self.feed_forward + self.scores
    }

    fn forward(&self) -> f64 {
        self.layers as f64 * self.layer() + self.input + self.output
    }

    fn backward(&self, job: &Job) -> f64 {
        let Ok(policy) = job.policy.parse::<Policy>() else {
            return 0.0;
        };
        let trains = |group, layer| policy.trains(Label { group, layer }, self.layers);
        let below = [Group::Input, Group::Position, Group::Embedding];
        let is_below = below.into_iter().any(|group| trains(group, None));
        let in_layer = |layer: &usize| {
            let mut groups = [Group::Attention, Group::FeedForward, Group::LayerNorm].into_iter();
            groups.any(|group| trains(group, Some(*layer)))
        };
        let lowest = match is_below {
            true => Some(0),
            false => (0..self.layers).find(in_layer),
        };
        let through = lowest.map_or(0.0, |lowest| {
            (self.layers - lowest) as f64 * self.layer() + self.output
        });
        let weights = (0..self.layers).map(|layer| {
            let of = |group, operations| {
                if trains(group, Some(layer)) {
                    operations
                } else {
                    0.0
                }
            };
            of(Group::Attention, self.projections) + of(Group::FeedForward, self.feed_forward)
        });
        let nets = [(Group::Input, self.input), (Group::Output, self.output)];
        let nets = nets.into_iter().filter(|(group, _)| trains(*group, None));
        through + weights.sum::<f64>() + nets.map(|(_, operations)| operations).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::small;

    #[test]
    fn a_job_costs_its_steps_its_curve_and_what_it_reads_at_the_end() {
        let mut job = small::job();
        job.recipe.steps = 100;
        job.recipe.evaluate_every = 50;
        job.recipe.curve_examples = 10;
        job.recipe.test_examples = 0;
        let tested = tasks::tested(&job.task.name, &job.task.settings).unwrap();
        assert_eq!(tested, 64);
        let beside = |job: &Job| {
            let steps = job.recipe.steps as f64 * step_operations(job);
            ((job_operations(job) - steps) / forward_operations(job)).round() as usize
        };
        assert_eq!(beside(&job), 20 + tested + TRAIN_EXAMPLES);
        job.recipe.test_examples = 50;
        assert_eq!(beside(&job), 20 + 50 + 50);
        let all = curve_examples(
            &job.task,
            &Recipe {
                curve_examples: 0,
                ..job.recipe.clone()
            },
        );
        job.recipe.curve_examples = 0;
        assert_eq!(beside(&job), 2 * all.unwrap() + 50 + 50);
    }

    #[test]
    fn a_step_costs_what_its_policy_trains_and_goes_back_through() {
        let cost = |policy: &str| {
            let mut job = small::job();
            job.policy = policy.to_owned();
            step_operations(&job) / (forward_operations(&job) * job.recipe.batch_size as f64)
        };
        let [output, last, norms, fpt, full] = [
            "output",
            "output+attention@last",
            "output+layer-norm",
            "fpt",
            "full",
        ]
        .map(cost);
        assert!((1.0..1.1).contains(&output), "{output}");
        assert!(output < last && last < norms, "{last}");
        assert!(
            (1.9..2.1).contains(&norms) && norms <= fpt && fpt < 2.2,
            "{norms} {fpt}"
        );
        assert!((2.8..=3.0).contains(&full), "{full}");
    }
}
