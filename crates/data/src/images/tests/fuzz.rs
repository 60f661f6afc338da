//! Damaged files are errors or images, never a panic, and take little memory.
//!
//! A longer run: `FPT_FUZZ=1000000 cargo test --release -p data --lib fuzz`.

use super::made::{CIFAR10, MNIST, bytes, made};
use crate::damage::damaged;
use crate::images::decoded::Decoded;
use crate::images::{archive, binary, idx, parquet, python, sheets};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::io::{Read, Write};

fn unzip(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::none());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn idx_files() {
    let [train, _] = made(MNIST);
    let [pixels, labels] = idx::encode(&train, 28);
    assert!(idx::images(&pixels, 4, 28).is_ok() && idx::labels(&labels, 4).is_ok());
    damaged(&pixels, |bytes| drop(idx::images(bytes, 4, 28)));
    damaged(&labels, |bytes| drop(idx::labels(bytes, 4)));
}

#[test]
fn gzipped_files() {
    let [train, _] = made(MNIST);
    let [pixels, _] = idx::encode(&train, 28);
    damaged(&zip(&pixels), |bytes| {
        if let Ok(bytes) = crate::present::read(bytes, true, pixels.len()) {
            assert!(bytes.len() <= pixels.len() + 1);
            drop(idx::images(&bytes, 4, 28));
        }
    });
}

#[test]
fn binary_batches() {
    let [_, test] = made(CIFAR10);
    let whole = binary::encode(&Decoded::default(), &test).pop().unwrap();
    assert!(binary::decode(&whole, 2).is_ok());
    damaged(&whole, |bytes| drop(binary::decode(bytes, 2)));
}

#[test]
fn pickles() {
    let whole = unzip(&bytes("images/cifar10/protocol-4.gz"));
    damaged(&whole, |bytes| drop(python::decode(bytes, 2)));
    let archive = unzip(&bytes("images/cifar10/cifar-10-python.tar.gz"));
    let start = archive
        .windows(3)
        .position(|window| window == b"\x80\x02}")
        .unwrap();
    let whole = &archive[start..][..7000];
    assert!(python::decode(whole, 2).is_ok());
    damaged(whole, |bytes| drop(python::decode(bytes, 2)));
    // Only what stands around the pixels.
    damaged(&whole[..200], |bytes| {
        drop(python::decode(&[bytes, &whole[200..]].concat(), 2));
    });
}

#[test]
fn png_sheets_and_their_labels() {
    let whole = bytes("images/cifar10/data_batch_1.png");
    assert!(sheets::pixels(&whole, 2).is_ok());
    damaged(&whole, |bytes| drop(sheets::pixels(bytes, 2)));
    let whole = bytes("images/cifar10/train_lables.json");
    assert!(sheets::labels(&whole, 10).is_ok());
    damaged(&whole, |bytes| drop(sheets::labels(bytes, 10)));
}

#[test]
fn parquet_files() {
    let whole = bytes("images/cifar10/test-00000-of-00001.parquet");
    assert!(parquet::decode(whole.clone(), CIFAR10, 2).is_ok());
    damaged(&whole, |bytes| {
        drop(parquet::decode(bytes.to_vec(), CIFAR10, 2));
    });
}

#[test]
fn archives() {
    let read =
        |bytes: &[u8]| archive::unpack(bytes, [2, 2], ".bin", binary::length, binary::decode);
    let whole = bytes("images/cifar10/cifar-10-binary.tar.gz");
    assert!(read(&whole).is_ok());
    damaged(&whole, |bytes| drop(read(bytes)));
    let whole = unzip(&whole);
    damaged(&whole, |bytes| drop(read(&zip(bytes))));
}
