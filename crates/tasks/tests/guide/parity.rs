use crate::error::TaskError;
use crate::floors::majority;
use crate::generated::{Generated, Generator};
use crate::settings::{Settings, within};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Whether a string of bits has an odd number of ones, read at its last bit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Parity {
    bits: usize,
}

impl Default for Parity {
    fn default() -> Self {
        Self { bits: 8 }
    }
}

impl Settings for Parity {
    const NAME: &'static str = "parity";
    const ABOUT: &'static str = "is the number of ones odd? (generated)";

    fn check(&self) -> Result<(), String> {
        within("bits", self.bits, 1, 1000)
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(Shape {
            tokens: self.bits,
            inputs: Inputs::Features { width: 1 },
            readout: Readout {
                positions: 1,
                predictions: 1,
                classes: 2,
            },
        })
    }

    fn open(self, shape: Shape, _: Form, _: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        Ok(Box::new(Generated {
            shape,
            generator: self,
        }))
    }
}

impl Generator for Parity {
    const NAME: &'static str = "parity";

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let bits: Vec<bool> = (0..self.bits).map(|_| rng.random()).collect();
        let ones = bits.iter().filter(|bit| **bit).count();
        batch
            .features
            .extend(bits.into_iter().map(|bit| f32::from(u8::from(bit))));
        batch.targets.push(ones as u32 % 2);
        batch.size += 1;
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => 500,
            Split::Test(_) => 2000,
        }
    }

    fn view(&self) -> View {
        View::Strings { bits: self.bits }
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        vec![majority(&train.targets, &test.targets)]
    }
}
