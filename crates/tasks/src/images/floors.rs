//! What is reached without a sequence model. The paper itself notes about 92 % for a linear model on
//! the pixels of MNIST, which is what is found here (92.4 %; CIFAR-10 40.5 %, in grey 30.0 %).

mod logistic;
mod part;

pub(super) use part::Part;

use crate::floors::{floor, most_frequent};
use crate::task::Floor;
use part::CLASSES;

/// Changes when the same images give other floors.
pub(super) const VERSION: &str = "image floors 2";

/// Fitted on the first part, measured on the second; the easiest first.
pub(super) fn floors(train: &Part, test: &Part) -> Vec<Floor> {
    let most = majority(train.labels);
    let means = means(train);
    let regression = logistic::fit(train);
    let all = test.labels.len();
    let floor =
        |strategy: &str, answer: &dyn Fn(&[f32]) -> usize| floor(strategy, test.right(answer), all);
    vec![
        floor("majority class", &|_| most),
        floor("nearest class mean", &|pixels| nearest(&means, pixels)),
        floor("logistic regression on pixels", &|pixels| {
            regression.answer(pixels)
        }),
    ]
}

/// The most frequent label.
fn majority(labels: &[u8]) -> usize {
    let mut counts = [0; CLASSES];
    for label in labels {
        counts[usize::from(*label).min(CLASSES - 1)] += 1;
    }
    most_frequent(counts.into_iter().enumerate()).unwrap_or(0)
}

/// The mean image of each class.
fn means(train: &Part) -> Vec<Vec<f32>> {
    let mut sums = vec![vec![0.0_f64; train.width]; CLASSES];
    let mut counts = [0_usize; CLASSES];
    let mut pixels = Vec::new();
    for (index, label) in train.labels.iter().enumerate() {
        (train.pixels)(index, &mut pixels);
        let class = usize::from(*label).min(CLASSES - 1);
        counts[class] += 1;
        for (sum, pixel) in sums[class].iter_mut().zip(&pixels) {
            *sum += f64::from(*pixel);
        }
    }
    let mean = |(sums, count): (Vec<f64>, usize)| {
        let mean = |sum| (sum / count.max(1) as f64) as f32;
        sums.into_iter().map(mean).collect()
    };
    sums.into_iter().zip(counts).map(mean).collect()
}

/// The class whose mean image is the least squared distance away.
fn nearest(means: &[Vec<f32>], pixels: &[f32]) -> usize {
    let distance = |mean: &Vec<f32>| -> f32 {
        let squares = mean.iter().zip(pixels).map(|(a, b)| (a - b) * (a - b));
        squares.sum()
    };
    let distances = means.iter().map(distance).enumerate();
    let least = distances.min_by(|(_, a), (_, b)| a.total_cmp(b));
    least.map_or(0, |(class, _)| class)
}
