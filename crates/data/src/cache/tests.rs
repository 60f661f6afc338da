use super::cached::{cached, path};
use super::fingerprint::Fingerprint;
use super::format;
use super::store::{Builder, Sections};
use crate::damage::damaged;
use crate::error::DataError;
use crate::folder::DataDir;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

const NAME: &str = "numbers";

fn print(version: u8) -> Fingerprint {
    Fingerprint::new("numbers 1").and(&[version])
}

fn build(builder: &mut Builder) -> Result<(), DataError> {
    builder.section("odd", vec![1; 65]);
    builder.section("none", Vec::new());
    builder.section("even", vec![2; 130]);
    Ok(())
}

fn never(_: &mut Builder) -> Result<(), DataError> {
    panic!("made again")
}

fn check(sections: &Sections) {
    assert_eq!(*sections.get("odd"), [1; 65]);
    assert_eq!(*sections.get("even"), [2; 130]);
    assert!(sections.get("none").is_empty() && sections.get("unheard of").is_empty());
}

/// Files of the cache that are no locks.
fn left(data: &DataDir) -> Vec<PathBuf> {
    let files = fs::read_dir(data.root().join(".cache")).unwrap();
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end != "lock"))
        .collect()
}

fn fresh() -> (tempfile::TempDir, DataDir) {
    let root = tempfile::tempdir().unwrap();
    let data = DataDir::new(root.path().join("data"));
    (root, data)
}

#[test]
fn sections_are_made_once_and_mapped_aligned() {
    let (_root, data) = fresh();
    let made = cached(&data, NAME, print(1), build).unwrap();
    let again = cached(&data, NAME, print(1), never).unwrap();
    for sections in [&made, &again] {
        check(sections);
        assert_eq!(sections.note(), None);
        assert_eq!(sections.get("odd").as_ptr() as usize % 64, 0);
        assert_eq!(sections.get("even").as_ptr() as usize % 64, 0);
    }
}

#[test]
fn a_file_in_which_any_byte_changed_is_made_again() {
    let (_root, data) = fresh();
    cached(&data, NAME, print(1), build).unwrap();
    let path = left(&data).remove(0);
    let whole = fs::read(&path).unwrap();
    let damaged = (0..whole.len()).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let cut = (0..whole.len()).map(|end| whole[..end].to_vec());
    let longer = std::iter::once([&whole[..], &[0; 64]].concat());
    for bytes in damaged.chain(cut).chain(longer) {
        assert!(format::read(&bytes, &print(1).finish()).is_none());
    }
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    check(&cached(&data, NAME, print(1), build).unwrap());
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn another_fingerprint_takes_the_place_and_other_names_stay() {
    let (_root, data) = fresh();
    cached(&data, NAME, print(1), build).unwrap();
    cached(&data, "numbers-2", print(1), build).unwrap();
    let folder = data.root().join(".cache");
    let part = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        folder.join(format!("{}{name}-a1B2c3", files::PREFIX))
    };
    fs::write(part(&path(&folder, NAME, &print(7).finish())), "half").unwrap();
    check(&cached(&data, NAME, print(2), build).unwrap());
    let mut left = left(&data);
    left.sort();
    let expected = [
        path(&folder, "numbers-2", &print(1).finish()),
        path(&folder, NAME, &print(2).finish()),
    ];
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(left, expected);
    // The right name, but the content of another fingerprint.
    fs::copy(&left[0], path(&folder, NAME, &print(3).finish())).unwrap();
    let made = AtomicUsize::new(0);
    let count = |builder: &mut Builder| {
        made.fetch_add(1, Ordering::Relaxed);
        build(builder)
    };
    cached(&data, NAME, print(3), count).unwrap();
    assert_eq!(made.into_inner(), 1);
}

#[test]
fn many_at_once_build_once() {
    let (_root, data) = fresh();
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let count = |builder: &mut Builder| {
                    made.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(std::time::Duration::from_millis(30));
                    build(builder)
                };
                check(&cached(&data, NAME, print(1), count).unwrap());
            });
        }
    });
    assert_eq!(made.into_inner(), 1);
    assert_eq!(left(&data).len(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_costs_only_the_keeping() {
    let root = tempfile::tempdir().unwrap();
    // Stands in for a read-only folder, which the superuser could write all the same.
    fs::write(root.path().join(".cache"), "in the way").unwrap();
    let data = DataDir::new(root.path());
    let sections = cached(&data, NAME, print(1), build).unwrap();
    check(&sections);
    let note = sections.note().unwrap();
    assert!(
        note.contains("numbers") && note.contains(".cache"),
        "{note}"
    );
}

#[test]
fn a_failed_build_leaves_nothing() {
    let (_root, data) = fresh();
    let fail = |_: &mut Builder| Err(DataError::Refused("no numbers".to_owned()));
    assert!(cached(&data, NAME, print(1), fail).is_err());
    assert_eq!(left(&data), Vec::<PathBuf>::new());
}

#[test]
fn a_source_is_told_by_name_length_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    let of = |path: &Path| print(1).and_file(path).unwrap().finish();
    fs::write(&path, "a").unwrap();
    let first = of(&path);
    assert_eq!(first, of(&path));
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(time + std::time::Duration::from_nanos(1000))
        .unwrap();
    assert_ne!(first, of(&path));
    fs::write(&path, "ab").unwrap();
    file.set_modified(time).unwrap();
    assert_ne!(first, of(&path));
    assert!(print(1).and_file(&folder.path().join("none")).is_err());
}

/// Damaged files also with a checksum that fits.
#[test]
fn fuzz_cached_files() {
    let mut builder = Builder::default();
    build(&mut builder).unwrap();
    let (print, mut file) = (print(1).finish(), Vec::new());
    format::write(builder.sections(), &print, &mut file).unwrap();
    damaged(&file, |bytes| {
        let places = format::read(bytes, &print);
        assert!(places.is_none() || bytes == file);
    });
    damaged(&file, |bytes| {
        let mut bytes = bytes.to_vec();
        if bytes.len() > 40 {
            let hash = blake3::hash(&bytes[40..]);
            bytes[8..40].copy_from_slice(hash.as_bytes());
        }
        for (_, range) in format::read(&bytes, &print).unwrap_or_default() {
            assert!(bytes.get(range).is_some());
        }
    });
}
