//! The byte-level language model that reads from both sides (Devlin et al., 2019).

use super::masking::{MASK, Masking};
use super::source::Source;
use super::windows::{Windows, symbols};
use crate::error::TaskError;
use crate::floors::floor;
use crate::folder::Folder;
use crate::settings::Settings;
use crate::streams::{at, fixed, stream};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::{Content, DataDir, DataError, Item};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Masked-byte prediction: a share of the bytes is hidden, and predicted where they stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct MaskedText {
    /// `english`, `wikitext`, or the path of a folder of .txt files, one a document.
    corpus: String,
    /// Bytes that the body sees.
    context: usize,
    /// Share of them that is predicted: rounded to whole bytes, at least one, the same in every example.
    share: f64,
}

impl Default for MaskedText {
    fn default() -> Self {
        Self {
            corpus: "english".to_owned(),
            context: 128,
            share: 0.15,
        }
    }
}

impl MaskedText {
    fn source(&self) -> Source<'_> {
        Source {
            task: Self::NAME,
            corpus: &self.corpus,
            context: self.context,
        }
    }
}

impl Settings for MaskedText {
    const NAME: &'static str = "masked-text";
    const ABOUT: &'static str = "masked bytes of text, for bodies that look both ways";

    fn check(&self) -> Result<(), String> {
        self.source().check()?;
        match self.share > 0.0 && self.share <= 1.0 {
            true => Ok(()),
            false => Err(format!(
                "`share` is {}, but has to lie above 0 and be at most 1",
                self.share
            )),
        }
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        let share = (self.share * self.context as f64).round() as usize;
        Ok(Shape {
            tokens: self.context,
            inputs: Inputs::Masked { vocabulary: 256 },
            readout: Readout {
                positions: share.max(1),
                predictions: 1,
                classes: 256,
            },
        })
    }

    fn data(&self) -> Vec<&'static Item> {
        self.source().data()
    }

    fn folder(&self) -> Option<Folder> {
        self.source().folder()
    }

    fn content(&self, data: &DataDir) -> Result<Vec<Content>, DataError> {
        self.source().content(data)
    }

    fn open(self, shape: Shape, _: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let corpus = self.source().open(data)?;
        let masking = Masking {
            count: shape.readout.positions,
            alphabet: corpus.alphabet(),
        };
        let tokens = shape.tokens;
        Ok(Box::new(MaskedBytes {
            shape,
            windows: Windows { corpus, tokens },
            masking,
        }))
    }
}

/// The windows of [`Text`](super::Text) with bytes hidden.
struct MaskedBytes {
    shape: Shape,
    windows: Windows,
    masking: Masking,
}

impl Task for MaskedBytes {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let mut rng = at(stream(seed, "mask"), step);
        let mut batch = Batch::with_room(self.shape, size);
        for window in self.windows.drawn(seed, step, size) {
            let text = &window[..self.shape.tokens];
            self.masking.push(text, &mut rng, &mut batch);
        }
        batch
    }

    fn len(&self, split: Split) -> usize {
        self.windows.len(split)
    }

    /// What is hidden of an example depends on its number alone.
    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        let name = match split {
            Split::Validation => "masked-text validation",
            Split::Test(_) => "masked-text test",
        };
        let mut batch = Batch::with_room(self.shape, range.len());
        for (index, window) in range.clone().zip(self.windows.held(split, range)) {
            let text = &window[..self.shape.tokens];
            let mut rng = fixed(name, index as u64);
            self.masking.push(text, &mut rng, &mut batch);
        }
        batch
    }

    fn floors(&self, test: usize) -> Vec<Floor> {
        let most = u32::from(self.windows.most_frequent());
        let test = Split::Test(test);
        let batch = self.examples(test, 0..self.len(test));
        let (mut frequent, mut copied) = (0, 0);
        let examples = batch.ids.chunks(self.shape.tokens);
        let asked = examples.zip(batch.read.chunks(self.shape.readout.positions));
        let seen = asked.flat_map(|(ids, read)| read.iter().map(|token| ids[*token as usize]));
        for (seen, target) in seen.zip(&batch.targets) {
            let copy = if seen == u32::from(MASK) { most } else { seen };
            frequent += usize::from(*target == most);
            copied += usize::from(*target == copy);
        }
        let all = batch.targets.len();
        vec![
            floor("most frequent byte", frequent, all),
            floor("what is shown, else the most frequent byte", copied, all),
        ]
    }

    fn view(&self) -> View {
        let mut symbols = symbols();
        symbols[MASK as usize] = "■".to_owned();
        View::Symbols(symbols)
    }

    fn data_checksum(&self) -> Option<String> {
        Some(self.windows.corpus.checksum.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::text::{Text, letters};
    use toml::toml;

    const MASKED: Entry = Entry::of::<MaskedText>();
    const NEXT: Entry = Entry::of::<Text>();

    /// The bytes as they were before some were hidden.
    fn shown(batch: Batch, tokens: usize, count: usize) -> Vec<u32> {
        let mut ids = batch.ids;
        for (example, read) in batch.read.chunks(count).enumerate() {
            for (token, target) in read.iter().zip(&batch.targets[example * count..]) {
                ids[example * tokens + *token as usize] = *target;
            }
        }
        ids
    }

    #[test]
    fn so_many_bytes_are_predicted_in_every_example() {
        for (context, share, count) in [
            (128, 0.15, 19),
            (64, 0.15, 10),
            (256, 0.15, 38),
            (4, 0.01, 1),
            (16, 1.0, 16),
        ] {
            let settings = toml! { context = context
            share = share };
            let shape = (MASKED.shape)(&settings, Form::Fair).unwrap();
            assert_eq!((shape.tokens, shape.readout.positions), (context, count));
            if context > 40 {
                continue;
            }
            let (_folder, task) = letters::task(&MASKED, settings);
            let batch = task.batch(1, 0, 30);
            assert_eq!(batch.ids.len(), 30 * context);
            assert_eq!(
                (batch.read.len(), batch.targets.len()),
                (30 * count, 30 * count)
            );
            for read in batch.read.chunks(count) {
                assert!(read.is_sorted_by(|one, next| one < next), "{read:?}");
                assert!(read.iter().all(|token| (*token as usize) < context));
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_task_text_but_for_what_is_hidden() {
        let (folder, masked) = letters::task(&MASKED, toml! { context = 16 });
        let next = letters::open(&NEXT, &folder, toml! { context = 16 }).unwrap();
        let pairs = [
            (masked.batch(1, 3, 8), next.batch(1, 3, 8)),
            (
                masked.examples(Split::Validation, 1..5),
                next.examples(Split::Validation, 1..5),
            ),
        ];
        for (masked, next) in pairs {
            assert_ne!(masked.ids, next.ids);
            assert_eq!(shown(masked, 16, 2), next.ids);
        }
    }

    #[test]
    fn of_ten_chosen_bytes_eight_are_masked_one_is_another_and_one_is_left() {
        let (_folder, task) = letters::task(&MASKED, toml! { context = 20 });
        let batch = task.batch(1, 0, 4000);
        let mut chosen = [0_usize; 20];
        let (mut masked, mut left, mut others) = (0, 0, [0_usize; 256]);
        for (index, (token, target)) in batch.read.iter().zip(&batch.targets).enumerate() {
            chosen[*token as usize] += 1;
            match batch.ids[index / 3 * 20 + *token as usize] {
                0 => masked += 1,
                seen if seen == *target => left += 1,
                seen => others[seen as usize] += 1,
            }
        }
        let share = |count: usize| count as f64 / 12_000.0;
        // Six standard deviations are 0.022 and 0.016.
        assert!((share(masked) - 0.8).abs() < 0.022, "{masked}");
        // One in 37 of the bytes that are put in is the one that was there.
        let same = 0.1 / 37.0;
        assert!((share(left) - 0.1 - same).abs() < 0.016, "{left}");
        let other = others.iter().sum();
        assert!((share(other) - 0.1 + same).abs() < 0.016, "{other}");
        // Of the 36 letters that are trained on and the line break, none of those that are held out.
        assert_eq!(others.iter().filter(|count| **count > 0).count(), 37);
        // Each place as often as any other: 600 times, with a deviation of 23.
        assert!(
            chosen.iter().all(|count| (460..740).contains(count)),
            "{chosen:?}"
        );
        // What is not chosen is as it was.
        let (mut at, read) = (0, &batch.read);
        for (index, id) in batch.ids.iter().enumerate() {
            let is_chosen = read[index / 20 * 3..][..3].contains(&((index % 20) as u32));
            at += usize::from(*id == 0 && !is_chosen);
        }
        assert_eq!(at, 0);
    }

    #[test]
    fn batches_follow_from_seed_and_step_and_splits_from_nothing() {
        let (_folder, task) = letters::task(&MASKED, toml! { context = 16 });
        let batch = task.batch(1, 3, 8);
        assert_eq!(batch, task.batch(1, 3, 8));
        assert_ne!(batch.read, task.batch(2, 3, 8).read);
        assert_ne!(batch.read, task.batch(1, 4, 8).read);
        for split in [Split::Validation, Split::Test(0)] {
            let mut parts = task.examples(split, 0..2);
            parts.append(task.examples(split, 2..6));
            assert_eq!(parts, task.examples(split, 0..6));
            // Texts that are the same have other bytes hidden.
            assert_ne!(parts.read[..2], parts.read[2..4]);
        }
        let places = |split| task.examples(split, 0..6).read;
        assert_ne!(places(Split::Validation), places(Split::Test(0)));
    }

    #[test]
    fn whole_documents_are_held_out() {
        let (_folder, task) = letters::task(&MASKED, toml! { context = 16 });
        letters::assert_held_out(&*task, |batch| shown(batch, 16, 2));
    }

    #[test]
    fn floors_are_the_most_frequent_byte_and_copying_what_is_shown() {
        let settings = toml! { context = 16
        share = 1.0 };
        let (_folder, task) = letters::task(&MASKED, settings);
        let floors = task.floors(0);
        // The line break, of which six windows of two documents have two; one byte in ten is left as it was.
        assert_eq!(floors[0].accuracy, 2.0 / 96.0);
        assert!((0.05..0.25).contains(&floors[1].accuracy), "{floors:?}");
    }

    #[test]
    fn a_file_with_bytes_of_0_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt", "b.txt", "c.txt"] {
            std::fs::write(folder.path().join(name), "a text of some length\n").unwrap();
        }
        std::fs::write(
            folder.path().join("b.txt"),
            b"a\0t\0e\0x\0t\0 of some length",
        )
        .unwrap();
        let open = |entry| letters::open(entry, &folder, toml! { context = 4 });
        for entry in [&MASKED, &NEXT] {
            let error = open(entry).err().unwrap().to_string();
            for part in ["b.txt", "a byte of 0, at byte 2", "UTF-8"] {
                assert!(error.contains(part), "{error}");
            }
        }
    }

    #[test]
    fn a_share_of_nothing_or_more_than_all_is_refused() {
        for share in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            let settings = toml! { share = share };
            let error = (MASKED.settings)(&settings).unwrap_err().to_string();
            assert!(
                error.contains("`share`") && error.contains("at most 1"),
                "{error}"
            );
        }
        assert!((MASKED.settings)(&toml! { share = 1 }).is_ok());
    }
}
