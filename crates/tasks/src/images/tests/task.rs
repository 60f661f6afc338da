use crate::images::patches::Patches;
use crate::images::sizes::shape;
use crate::images::task::{ImageTask, Look};
use crate::task::{Form, Split, Task};
use data::DataDir;
use data::images::{ImageSet, Images};

/// Images with these labels, the brighter the higher, and with a gradient to be seen changed.
fn images(labels: &[u8]) -> Images {
    let image = |label: &u8| {
        let light = 80 * label;
        (0..3072).map(move |pixel| light + (pixel / 96) as u8)
    };
    Images {
        pixels: labels.iter().flat_map(image).collect::<Vec<_>>().into(),
        labels: labels.to_vec().into(),
    }
}

fn task(form: Form, augment: bool, data: &DataDir) -> ImageTask {
    let look = Look {
        name: "cifar10",
        shape: shape(32, 3, 4),
        patches: Patches::new(32, 4, &[(0.5, 0.5); 3]),
        raw: Patches::new(32, 1, &[(0.0, 1.0); 3]),
        augment,
    };
    let images = ImageSet {
        // One image of each class, then what the fair form does not train on.
        train: images(&[&[0, 1, 2][..], &[1; 5000]].concat()),
        test: images(&[0, 1, 2, 0, 1, 1]),
        checksum: "some".to_owned(),
        note: None,
    };
    ImageTask::new(look, images, form, data)
}

#[test]
fn an_augmented_task_changes_training_images_alone() {
    let data = DataDir::new("nowhere");
    let plain = task(Form::Paper, false, &data);
    let changing = task(Form::Paper, true, &data);
    assert!(plain.stored().is_some() && changing.stored().is_none());
    for split in [Split::Validation, Split::Test(0)] {
        assert_eq!(changing.examples(split, 0..5), plain.examples(split, 0..5));
    }
    let batch = changing.batch(1, 3, 8);
    assert_eq!(batch, changing.batch(1, 3, 8));
    let before = plain.batch(1, 3, 8);
    assert_eq!(batch.targets, before.targets);
    assert_ne!(batch.features, before.features);
    assert_ne!(batch.features, changing.batch(2, 3, 8).features);
    // What happens to an example depends on its position, not on how positions are cut into batches.
    let mut halves = changing.batch(1, 6, 4);
    halves.append(changing.batch(1, 7, 4));
    assert_eq!(batch, halves);
    // The same image in the next epoch looks different.
    let fair = task(Form::Fair, true, &data);
    let epochs = fair.batch(1, 0, 6);
    assert_eq!(epochs.size, 6);
    let first: Vec<_> = epochs.features.chunks(3072).collect();
    assert!(first[3..].iter().all(|image| !first[..3].contains(image)));
}

#[test]
fn floors_are_fitted_on_what_is_trained_on_and_kept() {
    let root = tempfile::tempdir().unwrap();
    let data = DataDir::new(root.path());
    let task = task(Form::Fair, false, &data);
    let floors = task.floors(0);
    let strategies: Vec<_> = floors.iter().map(|floor| floor.strategy.as_str()).collect();
    assert_eq!(
        strategies,
        [
            "majority class",
            "nearest class mean",
            "logistic regression on pixels"
        ]
    );
    // Three images are too few steps for the regression, which has a test of its own.
    let accuracies: Vec<_> = floors.iter().map(|floor| floor.accuracy).collect();
    // Of the three classes, as frequent as each other, the first.
    assert_eq!(accuracies[..2], [2.0 / 6.0, 1.0]);
    assert_eq!(floors, task.floors(0));
    assert!(root.path().join(".cache").read_dir().unwrap().count() > 1);
    let paper = self::task(Form::Paper, false, &data);
    assert_eq!(paper.floors(0)[0].accuracy, 0.5);
    // Where nothing can be kept they are the same.
    let elsewhere = self::task(Form::Fair, false, &DataDir::new("/dev/null/nowhere"));
    assert_eq!(floors, elsewhere.floors(0));
}
