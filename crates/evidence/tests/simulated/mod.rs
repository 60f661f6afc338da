//! A study whose readings are whatever a test says: for each claim a cell `a` and a cell `b`, the claim being
//! that a is ahead of b.
#![allow(dead_code, clippy::unwrap_used)]

pub mod endings;
pub mod noise;

use evidence::seed::seed;
use evidence::{
    Cell, Claim, ClaimTest, Curve, Evidence, Finding, Looks, Place, Question, Run, TEST_ACCURACY,
    TableSpec, Term, findings,
};
use std::collections::BTreeMap;
use tasks::Floor;
use training::{JobId, Score, Tested};

/// So many examples that their noise, s₀, is nothing.
pub const ENDLESS: usize = 1_000_000_000_000_000;

#[derive(Clone)]
pub struct Study {
    pub question: Question,
    pub cells: Vec<Cell>,
    pub runs: Vec<Run>,
    pub curves: Vec<Curve>,
    claims: usize,
    jobs: u64,
}

pub fn axes(claim: usize, side: &str) -> Vec<(String, String)> {
    let pairs = [("task", format!("t{claim}")), ("body", side.to_owned())];
    pairs.map(|(axis, value)| (axis.to_owned(), value)).to_vec()
}

pub fn place(claim: usize, side: &str) -> Place {
    Place::of(&axes(claim, side))
}

/// "a is ahead of b", margin 2 points.
pub fn claim(number: usize) -> Claim {
    let term = |weight, side| Term {
        weight,
        place: place(number, side),
    };
    Claim {
        says: format!("claim {number}"),
        terms: vec![term(1.0, "a"), term(-1.0, "b")],
        measure: &TEST_ACCURACY,
        at: None,
        test: ClaimTest::More { by: 0.0 },
        margin: 0.02,
        compared: "a against b".to_owned(),
        paper: None,
        critics: None,
    }
}

pub fn looks() -> Looks {
    Looks {
        at: vec![3, 5, 8, 12],
        weights: vec![0.4, 0.2, 0.2, 0.2],
    }
}

pub fn question(claims: usize) -> Question {
    Question {
        name: "simulated".to_owned(),
        question: "Is a ahead?".to_owned(),
        paper: Vec::new(),
        axes: Vec::new(),
        table: TableSpec {
            rows: "body".to_owned(),
            columns: "task".to_owned(),
            reference: Some(("body".to_owned(), "b".to_owned())),
            measure: &TEST_ACCURACY,
        },
        claims: (0..claims).map(claim).collect(),
        protocols: Vec::new(),
        chooses: false,
        looks: looks(),
        chosen_seeds: false,
        means_nothing: false,
        one_body: Vec::new(),
    }
}

pub fn cell(claim: usize, side: &str, seed: u64) -> Cell {
    Cell {
        axes: axes(claim, side),
        rate: None,
        seed,
        job: JobId(format!("t{claim}-{side}-{seed}")),
    }
}

pub fn run(cell: &Cell, accuracy: f64, examples: usize) -> Run {
    let test = Score {
        loss: 1.0 - accuracy,
        accuracy,
        examples,
    };
    let majority = Floor {
        strategy: "majority class".to_owned(),
        accuracy: 0.1,
    };
    Run {
        cell: cell.clone(),
        task: "mnist".to_owned(),
        form: "fair".to_owned(),
        policy: "fpt".to_owned(),
        learning_rate: 1e-3,
        batch_size: 32,
        steps: 4000,
        tested_step: 4000,
        diverged: None,
        test,
        train: None,
        attention: None,
        attention_uniform: None,
        attention_map: None,
        floor: majority.clone(),
        tests: vec![Tested {
            name: "test".to_owned(),
            score: test,
            floors: vec![majority],
        }],
        parameters: BTreeMap::new(),
        device: Some("flex".to_owned()),
    }
}

impl Study {
    /// So many claims, replicates, and jobs around each body, all finished with an accuracy of a half.
    pub fn new(claims: usize, replicates: u64, jobs: u64) -> Self {
        let mut study = Self {
            question: question(claims),
            cells: Vec::new(),
            runs: Vec::new(),
            curves: Vec::new(),
            claims,
            jobs,
        };
        study.ask(1..=replicates);
        let runs = study.cells.iter().map(|cell| run(cell, 0.5, ENDLESS));
        study.runs = runs.collect();
        study
    }

    /// One claim with these sums, replicate by replicate.
    pub fn of(sums: &[f64]) -> Self {
        Self::with(&[sums])
    }

    /// A claim with each of these sums.
    pub fn with(claims: &[&[f64]]) -> Self {
        let replicates = claims.iter().map(|sums| sums.len()).max().unwrap();
        let mut study = Self::new(claims.len(), replicates as u64, 1);
        for (claim, sums) in claims.iter().enumerate() {
            for (at, sum) in sums.iter().enumerate() {
                study.set(claim, at as u64 + 1, 0, 0.5 + sum, 0.5);
            }
        }
        for (claim, sums) in claims.iter().enumerate() {
            for replicate in sums.len() as u64 + 1..=replicates as u64 {
                study.forget(claim, replicate);
            }
        }
        study
    }

    /// Adds the cells of these replicates to the plan.
    pub fn ask(&mut self, replicates: impl IntoIterator<Item = u64>) {
        for replicate in replicates {
            for claim in 0..self.claims {
                for side in ["a", "b"] {
                    let seeds = (0..self.jobs).map(|job| seed(replicate, job));
                    self.cells.extend(seeds.map(|seed| cell(claim, side, seed)));
                }
            }
        }
    }

    /// Sets the accuracies of a job around the body of a replicate, the replicates being numbered from 1.
    pub fn set(&mut self, claim: usize, replicate: u64, job: u64, a: f64, b: f64) {
        let block = ((replicate - 1) as usize * self.claims + claim) * 2 * self.jobs as usize;
        let at = block + job as usize;
        self.runs[at].test.accuracy = a;
        self.runs[at + self.jobs as usize].test.accuracy = b;
    }

    /// Takes the runs of a claim's replicate away.
    pub fn forget(&mut self, claim: usize, replicate: u64) {
        let gone = |run: &Run, side| run.cell == cell(claim, side, replicate);
        self.runs.retain(|run| !gone(run, "a") && !gone(run, "b"));
    }

    /// Lets no claim end as too small: what is asked is how often the test alone is wrong.
    pub fn without_margin(&mut self) {
        for claim in &mut self.question.claims {
            claim.margin = 0.0;
        }
    }

    pub fn evidence(&self) -> Evidence<'_> {
        Evidence::new(&self.question, &self.runs, &self.curves, &self.cells)
    }

    pub fn findings(&self) -> Vec<Finding> {
        findings(&self.evidence())
    }

    pub fn finding(&self) -> Finding {
        self.findings().remove(0)
    }
}
