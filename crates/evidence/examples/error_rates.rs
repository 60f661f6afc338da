//! How often the rule takes no effect for one over all its looks, beside naive peeking: a recipe of minutes.
//!
//! `cargo run -p evidence --example error_rates -- 20000`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/simulated/mod.rs"]
mod simulated;

use evidence::Verdict;
use simulated::{Study, endings::endings, noise::Noise};

fn main() {
    let studies = std::env::args().nth(1);
    let studies: u32 = studies.map_or(20_000, |studies| studies.parse().unwrap());
    println!("% of {studies} studies without any effect in which a claim is supported or refuted");
    println!(
        "{:<18}{:>8}{:>10}{:>11}{:>22}{:>8}",
        "differences", "1 claim", "4 claims", "each of 4", "sign-flip, too, of 4", "naive"
    );
    for noise in Noise::ALL {
        let [one, _, _] = rates(studies, 1, noise, &[0.4, 0.2, 0.2, 0.2]);
        let [four, each, flip] = rates(studies, 4, noise, &[0.4, 0.2, 0.2, 0.2]);
        // All of the level at every look.
        let [naive, _, _] = rates(studies, 1, noise, &[1.0; 4]);
        let name = format!("{noise:?}");
        println!("{name:<18}{one:>8.1}{four:>10.1}{each:>11.1}{flip:>22.1}{naive:>8.1}");
    }
    println!("\n% of {studies} studies of one claim, margin 2 points");
    println!(
        "{:<18}{:>16}{:>14}{:>16}",
        "differences", "2 called smaller", "2 called equal", "0 called unequal"
    );
    for noise in Noise::ALL {
        let [smaller, equal, unequal] =
            endings(studies.into(), noise).map(|(_, rate)| 100.0 * rate);
        let name = format!("{noise:?}");
        println!("{name:<18}{smaller:>16.1}{equal:>14.1}{unequal:>16.1}");
    }
}

/// In percent: of studies with a false verdict, of claims with one, of studies with one that the sign-flip
/// test shares.
fn rates(studies: u32, claims: usize, noise: Noise, weights: &[f64]) -> [f64; 3] {
    let mut rng = tasks::stream(6, "error rates");
    let mut study = Study::new(claims, 12, 1);
    study.without_margin();
    study.question.looks.weights = weights.to_vec();
    for run in &mut study.runs {
        run.test.examples = noise.examples();
    }
    let mut wrong = [0_u32; 3];
    for _ in 0..studies {
        for claim in 0..claims {
            for replicate in 1..=12 {
                let (a, b) = noise.pair(&mut rng);
                study.set(claim, replicate, 0, a, b);
            }
        }
        let mut found = study.findings();
        found.retain(|found| {
            matches!(
                found.verdict,
                Verdict::Supported { .. } | Verdict::Refuted { .. }
            )
        });
        wrong[0] += u32::from(!found.is_empty());
        wrong[1] += found.len() as u32;
        wrong[2] += u32::from(found.iter().any(|found| found.also_without_normality));
    }
    let [studies_of, claims_of] = [studies, studies * claims as u32].map(f64::from);
    let [any, each, flip] = wrong.map(|wrong| 100.0 * f64::from(wrong));
    [any / studies_of, each / claims_of, flip / studies_of]
}
