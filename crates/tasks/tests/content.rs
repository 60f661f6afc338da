//! What a task reads, told without knowing how it lies there.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use tasks::DataDir;
use toml::{Table, toml};

fn listops(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for part in ["train", "val", "test"] {
        let text = "Source\tTarget\n[MAX 2 9 ]\t9\n";
        fs::write(folder.join(format!("basic_{part}.tsv")), text).unwrap();
    }
}

fn settings(key: &str, folder: &Path) -> Table {
    let folder = folder.to_str().unwrap();
    Table::from_iter([(key.to_owned(), folder.into())])
}

fn digest(task: &str, settings: &Table, data: &DataDir) -> String {
    let [content] = &tasks::content(task, settings, data).unwrap()[..] else {
        panic!("one content");
    };
    assert!(!content.published);
    content.digest.clone()
}

#[test]
fn a_folder_of_the_users_is_told_by_its_files_and_not_by_its_path() {
    let root = tempfile::tempdir().unwrap();
    let data = DataDir::new(root.path().join("data"));
    let [one, two] = ["one", "two"].map(|name| root.path().join(name));
    for folder in [&one, &two] {
        listops(folder);
        for number in 0..3 {
            fs::write(folder.join(format!("{number}.txt")), "text").unwrap();
        }
    }
    for (task, key, file) in [
        ("listops", "folder", "basic_val.tsv"),
        ("text", "corpus", "1.txt"),
        ("masked-text", "corpus", "1.txt"),
    ] {
        let told = |folder| digest(task, &settings(key, folder), &data);
        let first = told(&one);
        assert_eq!(first, told(&two), "{task}");
        let path = two.join(file);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_ne!(first, told(&two), "{task}");
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn tasks_that_are_generated_and_data_that_is_not_here_have_no_content() {
    let root = tempfile::tempdir().unwrap();
    let data = DataDir::new(root.path());
    for entry in tasks::REGISTRY {
        let content = tasks::content(entry.name, &Table::new(), &data).unwrap();
        assert_eq!(content, [], "{}", entry.name);
    }
    for (task, settings) in [
        ("listops", toml! { folder = "./nowhere" }),
        ("text", toml! { corpus = "./nowhere" }),
        ("masked-text", toml! { corpus = "./nowhere" }),
    ] {
        assert_eq!(
            tasks::content(task, &settings, &data).unwrap(),
            [],
            "{task}"
        );
    }
}
