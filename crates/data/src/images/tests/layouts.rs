use super::made::{CIFAR10, MNIST, bytes, fixture, made};
use crate::error::DataError;
use crate::folder::DataDir;
use crate::images::decoded::{Decoded, Sizes};
use crate::images::published::{ImageSet, Published};
use crate::images::python;
use crate::items::{CIFAR10_IMAGES, MNIST_IMAGES};
use crate::present::layout;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

fn tiny(set: &Published, sizes: Sizes) -> Published {
    Published { sizes, ..*set }
}

/// Opens a set of one folder, the cache beside it.
fn open(set: &Published, folder: &Path) -> Result<[Decoded; 2], DataError> {
    let root = tempfile::tempdir().unwrap();
    let data = DataDir::new(root.path()).and_read_from(folder);
    let opened = set.open(&data)?;
    assert_eq!(opened.note, None);
    assert_eq!(opened.checksum, checksum(&opened), "of what is read alone");
    Ok([opened.train, opened.test].map(|images| Decoded {
        pixels: images.pixels.to_vec(),
        labels: images.labels.to_vec(),
    }))
}

fn checksum(set: &ImageSet) -> String {
    let mut all = blake3::Hasher::new();
    for images in [&set.train, &set.test] {
        all.update(&images.pixels).update(&images.labels);
    }
    all.finalize().to_hex().to_string()
}

fn copy(files: &[&str], folder: &str, into: &Path) {
    for file in files {
        let target = into.join(file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        fs::write(target, bytes(&format!("images/{folder}/{name}"))).unwrap();
    }
}

fn unpack(archive: &str, into: &Path) {
    let file = File::open(fixture(archive)).unwrap();
    tar::Archive::new(GzDecoder::new(file))
        .unpack(into)
        .unwrap();
}

fn gzip(path: &Path) {
    let content = fs::read(path).unwrap();
    let target = File::create(format!("{}.gz", path.display())).unwrap();
    let mut out = GzEncoder::new(target, Compression::fast());
    out.write_all(&content).unwrap();
    out.finish().unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn every_layout_of_cifar10_is_the_same_images() {
    let set = tiny(&CIFAR10_IMAGES, CIFAR10);
    let expected = made(CIFAR10);
    for (number, files) in set.item.layouts.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path();
        match files[0] {
            first if first.ends_with(".parquet") || first.ends_with(".png") => {
                copy(files, "cifar10", into);
            }
            first if first.ends_with(".tar.gz") => copy(files, "cifar10", into),
            first => {
                let archive = if first.ends_with(".bin") {
                    "binary"
                } else {
                    "python"
                };
                unpack(&format!("images/cifar10/cifar-10-{archive}.tar.gz"), into);
                if !first.contains('/') {
                    for file in *files {
                        let end = if archive == "binary" { "bin" } else { "py" };
                        let from = into.join(format!("cifar-10-batches-{end}/{file}"));
                        fs::rename(from, into.join(file)).unwrap();
                    }
                }
            }
        }
        assert_eq!(layout(set.item, into), Some(number));
        assert_eq!(open(&set, into).unwrap(), expected, "{files:?}");
    }
}

#[test]
fn every_layout_of_mnist_is_the_same_images() {
    let set = tiny(&MNIST_IMAGES, MNIST);
    let expected = made(MNIST);
    for files in &set.item.layouts[1..] {
        let folder = tempfile::tempdir().unwrap();
        copy(files, "mnist", folder.path());
        assert_eq!(open(&set, folder.path()).unwrap(), expected, "{files:?}");
    }
    // What fetching makes of the hub's files, then the same compressed.
    let folder = tempfile::tempdir().unwrap();
    set.convert(&fixture("images/mnist"), folder.path())
        .unwrap();
    assert_eq!(layout(set.item, folder.path()), Some(0));
    assert_eq!(open(&set, folder.path()).unwrap(), expected);
    for file in set.item.layouts[0] {
        gzip(&folder.path().join(file));
    }
    assert_eq!(open(&set, folder.path()).unwrap(), expected);
}

#[test]
fn sheets_and_the_hubs_files_become_the_binary_version() {
    let set = tiny(&CIFAR10_IMAGES, CIFAR10);
    for number in [6, 8] {
        let (from, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        copy(set.item.layouts[number], "cifar10", from.path());
        set.convert(from.path(), into.path()).unwrap();
        assert_eq!(layout(set.item, into.path()), Some(0));
        assert_eq!(open(&set, into.path()).unwrap(), made(CIFAR10));
    }
    let nothing = tempfile::tempdir().unwrap();
    assert!(set.convert(nothing.path(), nothing.path()).is_err());
}

#[test]
fn a_batch_that_a_newer_python_wrote_is_read() {
    let mut file = Vec::new();
    GzDecoder::new(&bytes("images/cifar10/protocol-4.gz")[..])
        .read_to_end(&mut file)
        .unwrap();
    let [train, _] = made(CIFAR10);
    let batch = python::decode(&file, 2).unwrap();
    assert_eq!(batch.pixels, train.pixels[..2 * CIFAR10.image()]);
    assert_eq!(batch.labels, train.labels[..2]);
}

/// Protocols 2 to 5 of numpy 1 and 2, keys as text and as bytes, labels as lists and as arrays.
#[test]
fn batches_that_people_saved_again_are_read() {
    let [train, _] = made(CIFAR10);
    let mut read = 0;
    for numpy in [1, 2] {
        let packed = bytes(&format!("images/cifar10/pickles-numpy-{numpy}.tar.gz"));
        let mut archive = tar::Archive::new(GzDecoder::new(&packed[..]));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut file = Vec::new();
            entry.read_to_end(&mut file).unwrap();
            if name.ends_with("readme.html") {
                continue;
            }
            let batch = python::decode(&file, 2);
            let batch = batch.unwrap_or_else(|error| panic!("numpy {numpy}, {name}: {error:?}"));
            assert_eq!(batch.pixels, train.pixels[..2 * CIFAR10.image()], "{name}");
            assert_eq!(batch.labels, train.labels[..2], "{name}");
            read += 1;
            // Another count, and a label that is none, are errors.
            assert!(python::decode(&file, 3).is_err(), "{name}");
        }
    }
    assert_eq!(read, 2 * 4 * 6 * 2);
}

/// As torchvision, browsers and people leave them, mixed in one folder.
#[test]
fn idx_files_are_read_however_they_are_called_and_packed() {
    let set = tiny(&MNIST_IMAGES, MNIST);
    let expected = made(MNIST);
    for turn in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        set.convert(&fixture("images/mnist"), folder.path())
            .unwrap();
        for (number, file) in set.item.layouts[0].iter().enumerate() {
            let dotted = file.replace("-idx", ".idx");
            let (packed, name) = match (turn + number) % 8 {
                0 => (false, (*file).to_owned()),
                1 => (false, dotted),
                2 => (true, format!("{file}.gz")),
                3 => (true, format!("{dotted}.gz")),
                // Unpacked on the way under the old name, and packed under that of the raw file.
                4 => (false, format!("{file}.gz")),
                5 => (true, (*file).to_owned()),
                6 => (true, format!("MNIST/raw/{file}.gz")),
                _ => (false, format!("raw/{dotted}")),
            };
            let path = folder.path().join(file);
            if packed {
                gzip(&path);
                fs::rename(folder.path().join(format!("{file}.gz")), &path).unwrap();
            }
            let target = folder.path().join(name);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::rename(&path, target).unwrap();
        }
        assert_eq!(layout(set.item, folder.path()), Some(0), "turn {turn}");
        assert_eq!(open(&set, folder.path()).unwrap(), expected, "turn {turn}");
        // Also where that folder is where data is kept.
        let data = DataDir::new(folder.path());
        assert_eq!(
            set.open(&data).unwrap().train.labels[..],
            expected[0].labels
        );
    }
}

#[test]
fn an_archive_that_a_browser_unpacked_is_read() {
    let set = tiny(&CIFAR10_IMAGES, CIFAR10);
    for number in [4, 5] {
        let folder = tempfile::tempdir().unwrap();
        let file = set.item.layouts[number][0];
        let mut tar = Vec::new();
        let packed = bytes(&format!("images/cifar10/{file}"));
        GzDecoder::new(&packed[..]).read_to_end(&mut tar).unwrap();
        fs::write(folder.path().join(file), tar).unwrap();
        assert_eq!(open(&set, folder.path()).unwrap(), made(CIFAR10));
    }
}

/// Pointers, pages, empty files and folders in the place of any file of any layout.
#[test]
fn what_is_no_data_is_named_and_said_for_what_it_is() {
    let sets = [
        (
            tiny(&CIFAR10_IMAGES, CIFAR10),
            "cifar10",
            &[2, 4, 5, 6, 8][..],
        ),
        (tiny(&MNIST_IMAGES, MNIST), "mnist", &[0, 1]),
    ];
    for (set, of, layouts) in sets {
        for number in layouts {
            let files = set.item.layouts[*number];
            for (place, file) in files.iter().enumerate() {
                let folder = tempfile::tempdir().unwrap();
                match (of, number) {
                    ("cifar10", 2) => {
                        unpack("images/cifar10/cifar-10-python.tar.gz", folder.path());
                    }
                    ("mnist", 0) => set
                        .convert(&fixture("images/mnist"), folder.path())
                        .unwrap(),
                    _ => copy(files, of, folder.path()),
                }
                let path = folder.path().join(file);
                let instead: [(&[u8], &str); 3] = [
                    (
                        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
                        "git lfs pull",
                    ),
                    (b"\n<!DOCTYPE html>\n<html>", "a web page"),
                    (b"", "an empty file"),
                ];
                let complaint = || open(&set, folder.path()).unwrap_err();
                for (content, said) in instead {
                    fs::write(&path, content).unwrap();
                    let error = complaint().to_string();
                    assert!(
                        error.contains(file) && error.contains(said),
                        "{place}: {error}"
                    );
                }
                fs::remove_file(&path).unwrap();
                fs::create_dir_all(path.join("something")).unwrap();
                let error = complaint();
                assert!(
                    !error.is_missing() && error.to_string().contains(file),
                    "{error}"
                );
            }
        }
    }
}

/// Of every file, pixels or labels, also where its length and time are as they were.
#[test]
fn a_changed_file_is_decoded_again() {
    let set = tiny(&MNIST_IMAGES, MNIST);
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mnist");
    fs::create_dir(&folder).unwrap();
    set.convert(&fixture("images/mnist"), &folder).unwrap();
    let data = DataDir::new(root.path());
    let first = set.open(&data).unwrap();
    for file in set.item.layouts[0] {
        let path = folder.join(file);
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        let whole = fs::read(&path).unwrap();
        let mut content = whole.clone();
        *content.last_mut().unwrap() ^= 1;
        for (bytes, same) in [(content, false), (whole, true)] {
            fs::write(&path, bytes).unwrap();
            let opened = File::options().write(true).open(&path).unwrap();
            opened.set_modified(time).unwrap();
            let second = set.open(&data).unwrap();
            assert_eq!(first.checksum == second.checksum, same, "{file}");
        }
    }
}

#[test]
fn damage_is_named_with_its_file_and_a_way_out() {
    let set = tiny(&CIFAR10_IMAGES, CIFAR10);
    let cases: [(usize, &str, &[&str]); 6] = [
        (2, "cifar-10-batches-py/data_batch_3", &["pickled"]),
        (4, "cifar-10-binary.tar.gz", &["archive"]),
        (5, "cifar-10-python.tar.gz", &["archive"]),
        (6, "test-00000-of-00001.parquet", &["parquet"]),
        (8, "data_batch_5.png", &["PNG", "1024 × 2"]),
        (8, "test_lables.json", &["2 labels"]),
    ];
    for (number, file, says) in cases {
        let folder = tempfile::tempdir().unwrap();
        let files = set.item.layouts[number];
        if number == 2 {
            unpack("images/cifar10/cifar-10-python.tar.gz", folder.path());
        } else {
            copy(files, "cifar10", folder.path());
        }
        let path = folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let said = open(&set, folder.path()).unwrap_err().to_string();
        for part in says.iter().chain(&[file, "fpt fetch cifar10"]) {
            assert!(said.contains(part), "{said}");
        }
    }
    // Images, but not as many as there should be.
    let folder = tempfile::tempdir().unwrap();
    copy(set.item.layouts[6], "cifar10", folder.path());
    let more = tiny(
        &CIFAR10_IMAGES,
        Sizes {
            counts: [15, 2],
            ..CIFAR10
        },
    );
    let said = open(&more, folder.path()).unwrap_err().to_string();
    assert!(said.contains("15 rows") && said.contains("10"), "{said}");
}
