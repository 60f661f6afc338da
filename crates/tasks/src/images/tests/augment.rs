use crate::images::augment::Augment;
use crate::images::patches::Patches;
use crate::streams::{at, stream};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

/// A file that scripts/golden_augment.py wrote.
fn bytes(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/augment");
    std::fs::read(folder.join(name)).unwrap()
}

#[derive(serde::Deserialize)]
struct Case {
    top: usize,
    left: usize,
    flip: bool,
    degrees: f32,
}

/// The image that the script makes by the same formula.
fn image(index: usize) -> Vec<u8> {
    let mut pixels = Vec::new();
    for row in 0..32 {
        for column in 0..32 {
            for channel in 0..3 {
                let value = 37 * index + 3 * row + 7 * column + 50 * channel + row * column / 4;
                pixels.push((value % 256) as u8);
            }
        }
    }
    pixels
}

/// Crop, flip, turn, grey, normalisation and patches give torchvision's numbers, bit for bit.
#[test]
fn augmented_images_are_those_of_torchvision() {
    let cases: Vec<Case> = serde_json::from_slice(&bytes("cases.json")).unwrap();
    let mut expected = Vec::new();
    GzDecoder::new(&bytes("expected.f32.gz")[..])
        .read_to_end(&mut expected)
        .unwrap();
    let expected = expected
        .chunks_exact(4)
        .map(|number| u32::from_le_bytes(number.try_into().unwrap()));
    let normalise = [(0.4914, 0.2023), (0.4822, 0.1994), (0.4465, 0.2010)];
    let colour = Patches::new(32, 4, &normalise);
    let grey = Patches::grey(32, 1, (0.5, 0.5));
    let mut numbers = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let Case {
            top,
            left,
            flip,
            degrees,
        } = *case;
        let mut changed = Vec::new();
        Augment {
            top,
            left,
            flip,
            degrees,
        }
        .apply(&image(index), &mut changed);
        colour.cut(&changed, &mut numbers);
        grey.cut(&changed, &mut numbers);
    }
    assert_eq!(numbers.len(), cases.len() * 4 * 1024);
    let different = numbers
        .iter()
        .zip(expected)
        .filter(|(number, expected)| number.to_bits() != *expected);
    assert_eq!(different.count(), 0);
}

#[test]
fn draws_cover_what_torchvision_draws_and_no_more() {
    let chance = stream(3, "augment");
    let draws: Vec<_> = (0..20_000)
        .map(|index| Augment::draw(&mut at(chance.clone(), index)))
        .collect();
    for offset in 0..=8 {
        let share = |of: fn(&Augment) -> usize| {
            draws.iter().filter(|draw| of(draw) == offset).count() as f64 / 20_000.0
        };
        assert!((share(|draw| draw.top) - 1.0 / 9.0).abs() < 0.01);
        assert!((share(|draw| draw.left) - 1.0 / 9.0).abs() < 0.01);
    }
    let flips = draws.iter().filter(|draw| draw.flip).count();
    assert!((9_700..10_300).contains(&flips), "{flips}");
    assert!(draws.iter().all(|draw| draw.degrees.abs() <= 20.0));
    let most = draws
        .iter()
        .map(|draw| draw.degrees.abs())
        .fold(0.0, f32::max);
    let mean = draws.iter().map(|draw| draw.degrees).sum::<f32>() / 20_000.0;
    assert!(most > 19.9 && mean.abs() < 0.3, "{most} {mean}");
    assert_eq!(draws[7], Augment::draw(&mut at(chance, 7)));
}
