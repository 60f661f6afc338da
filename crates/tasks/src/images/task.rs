use super::augment::Augment;
use super::floors::{self, Part};
use super::patches::Patches;
use crate::order::EpochOrder;
use crate::streams::{at, stream};
use crate::task::{Batch, Floor, Form, Inputs, Shape, Split, Stored, Task, View};
use data::DataDir;
use data::cache::{Builder, Fingerprint, cached};
use data::images::{ImageSet, Images};
use std::convert::Infallible;
use std::ops::Range;

/// The last training images are validated on. The `fair` form holds them out; the `paper` form trains
/// on them as well, as the official code trained on all, and its curve shows seen images. (The
/// official code's curve showed the test set.)
const HELD_OUT: usize = 5000;

/// How a task shows its images.
pub(super) struct Look {
    pub name: &'static str,
    pub shape: Shape,
    pub patches: Patches,
    /// The same numbers before they are normalised, from 0 to 1, row by row.
    pub raw: Patches,
    /// Whether training images are changed by chance.
    pub augment: bool,
}

/// An opened image task.
pub(super) struct ImageTask {
    look: Look,
    images: ImageSet,
    form: Form,
    /// Training images that are trained on: all, or the first ones.
    trained: usize,
    order: EpochOrder,
    data: DataDir,
}

impl ImageTask {
    pub fn new(look: Look, images: ImageSet, form: Form, data: &DataDir) -> Self {
        let count = images.train.labels.len();
        let trained = match form {
            Form::Paper => count,
            Form::Fair => count - HELD_OUT,
        };
        Self {
            look,
            images,
            form,
            trained,
            order: EpochOrder::new(trained),
            data: data.clone(),
        }
    }

    fn batch_of(&self, images: &Images, indices: impl ExactSizeIterator<Item = usize>) -> Batch {
        let mut batch = Batch::with_room(self.look.shape, indices.len());
        for index in indices {
            let pixels = self.pixels(images, index);
            self.look.patches.cut(pixels, &mut batch.features);
            batch.targets.push(u32::from(images.labels[index]));
            batch.size += 1;
        }
        batch
    }

    /// The batch of a step, its images changed by chance: each by the draw that belongs to its
    /// position in the whole of training.
    fn augmented(&self, seed: u64, step: u64, size: usize) -> Batch {
        let mut batch = Batch::with_room(self.look.shape, size);
        let chance = stream(seed, "augment");
        let mut changed = Vec::new();
        let positions = step * size as u64..;
        for (index, position) in self.indices(seed, step, size).into_iter().zip(positions) {
            changed.clear();
            let pixels = self.pixels(&self.images.train, index);
            Augment::draw(&mut at(chance.clone(), position)).apply(pixels, &mut changed);
            self.look.patches.cut(&changed, &mut batch.features);
            batch
                .targets
                .push(u32::from(self.images.train.labels[index]));
            batch.size += 1;
        }
        batch
    }

    fn pixels<'a>(&self, images: &'a Images, index: usize) -> &'a [u8] {
        let size = self.look.patches.bytes();
        &images.pixels[index * size..(index + 1) * size]
    }

    /// Raw numbers of the first `count` images.
    fn part<'a>(&'a self, images: &'a Images, count: usize) -> Part<'a> {
        Part {
            labels: &images.labels[..count],
            width: self.look.shape.tokens * self.look.width(),
            pixels: Box::new(move |index, numbers| {
                numbers.clear();
                self.look.raw.cut(self.pixels(images, index), numbers);
            }),
        }
    }
}

impl Task for ImageTask {
    fn shape(&self) -> Shape {
        self.look.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        if self.look.augment {
            self.augmented(seed, step, size)
        } else {
            self.gather(&self.indices(seed, step, size))
        }
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => HELD_OUT,
            Split::Test(_) => self.images.test.labels.len(),
        }
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        match split {
            Split::Validation => {
                let first = self.images.train.labels.len() - HELD_OUT;
                self.batch_of(&self.images.train, first + range.start..first + range.end)
            }
            Split::Test(_) => self.batch_of(&self.images.test, range),
        }
    }

    /// Computed once for the same images and form, and kept beside the data.
    fn floors(&self, _: usize) -> Vec<Floor> {
        let compute = || {
            let test = &self.images.test;
            floors::floors(
                &self.part(&self.images.train, self.trained),
                &self.part(test, test.labels.len()),
            )
        };
        let name = format!("{}-{}-floors", self.look.name, self.form.name());
        let print = Fingerprint::new(floors::VERSION)
            .and(name.as_bytes())
            .and(self.images.checksum.as_bytes());
        let build = |builder: &mut Builder| -> Result<(), Infallible> {
            let floors = serde_json::to_vec(&compute()).unwrap_or_default();
            builder.section("floors", floors);
            Ok(())
        };
        let Ok(sections) = cached(&self.data, &name, print, build);
        serde_json::from_slice(&sections.get("floors")).unwrap_or_else(|_| compute())
    }

    fn view(&self) -> View {
        self.look.patches.view()
    }

    fn note(&self) -> Option<String> {
        self.images.note.clone()
    }

    fn data_checksum(&self) -> Option<String> {
        Some(self.images.checksum.clone())
    }

    fn stored(&self) -> Option<&dyn Stored> {
        (!self.look.augment).then_some(self)
    }
}

impl Stored for ImageTask {
    fn count(&self) -> usize {
        self.trained
    }

    fn indices(&self, seed: u64, step: u64, size: usize) -> Vec<usize> {
        self.order.batch(seed, step, size)
    }

    fn gather(&self, indices: &[usize]) -> Batch {
        self.batch_of(&self.images.train, indices.iter().copied())
    }
}

impl Look {
    /// Numbers of a token.
    fn width(&self) -> usize {
        match self.shape.inputs {
            Inputs::Features { width } => width,
            Inputs::Tokens { .. } | Inputs::Language { .. } | Inputs::Masked { .. } => 1,
        }
    }
}
