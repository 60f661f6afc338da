use std::fs::File;
use std::io::{self, Read};

/// So many bytes tell what a file is.
const HEAD: u64 = 64;

/// The beginning of a file, for [`mistaken`]; the file stands behind it.
pub(crate) fn head(file: &mut File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// What a file is that should be a part of a checkpoint and is not, told by its first bytes.
pub(crate) fn mistaken(head: &[u8]) -> Option<String> {
    let trimmed = head.trim_ascii_start();
    let begins = |with: &str| {
        let start = trimmed.get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    let what = if head.is_empty() {
        "the file is empty: get it again"
    } else if head.iter().all(|byte| *byte == 0) {
        "the file begins with nothing but zeros: its download did not end; get it again"
    } else if begins("version https://git-lfs") {
        "a git-lfs pointer, which stands in a clone for the file itself: run `git lfs pull` there, or \
         download the file"
    } else if ["<!doctype", "<html", "<?xml", "<head"]
        .into_iter()
        .any(begins)
    {
        "an HTML page, not the file: download the file itself, from an address with `/resolve/` and \
         not `/blob/`"
    } else if head.starts_with(b"\x1F\x8B") {
        "compressed with gzip: unpack it (`gunzip`)"
    } else if head.starts_with(b"\x89HDF\r\n\x1A\n") {
        "an HDF5 file, as TensorFlow and Keras write weights: convert it with \
         `AutoModel.from_pretrained(FOLDER, from_tf=True).save_pretrained(FOLDER)`"
    } else if head.starts_with(b"GGUF") {
        "a GGUF file, as llama.cpp reads them: take the checkpoint that it was made of"
    } else {
        return None;
    };
    Some(what.to_owned())
}
