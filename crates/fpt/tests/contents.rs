//! A job is named by what it reads: moved, it is the same job; changed, it is another, and the reason is said.
#![allow(clippy::unwrap_used)]

#[path = "common/place.rs"]
mod place;

use assert_cmd::cargo::cargo_bin;
use place::{Place, Ran};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn body() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../backbone/tests/fixtures/gpt2")
}

/// Other numbers in a file of 32-bit weights, a little larger or smaller.
fn change(weights: &Path) {
    let mut bytes = fs::read(weights).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header + 2..]
        .iter_mut()
        .step_by(4)
        .for_each(|byte| *byte ^= 1);
    fs::write(weights, bytes).unwrap();
}

const ON_A_CHECKPOINT: &str = r#"question = "q"
[job]
backbone = "BACKBONE"
task = "bit-xor"
"task.bits" = 3
steps = 4
evaluate-every = 2
[axes]
dropout = [0.0]
policy = ["fpt"]
[table]
rows = "policy"
columns = "dropout"
"#;

fn on(backbone: &str) -> Place {
    Place::new(&ON_A_CHECKPOINT.replace("BACKBONE", backbone))
}

/// Cells have a checkpoint's shape, whatever weights they start from.
#[test]
fn a_random_body_may_have_the_shape_of_a_checkpoint() {
    let random = "[job]\npretraining = \"random\"\n";
    let text = ON_A_CHECKPOINT.replace("[job]\n", random);
    let place = Place::new(&text.replace("BACKBONE", "./mine"));
    copy(&body(), &place.folder.join("mine"));
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    place.fpt(&["table", "q.toml"]).with(0, &[]);
}

#[test]
fn a_checkpoint_is_its_content() {
    let place = on("./mine");
    let mine = place.folder.join("mine");
    copy(&body(), &mine);
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let first = place.jobs();
    let job = place.new_job(&BTreeSet::new());
    let provenance = fs::read_to_string(job.join("provenance.json")).unwrap();
    assert!(
        provenance.contains("body-content") && provenance.contains("mine"),
        "{provenance}"
    );

    // Elsewhere, with files that nobody reads: the same job.
    fs::rename(&mine, place.folder.join("moved")).unwrap();
    fs::write(place.folder.join("moved/README.md"), "mine").unwrap();
    let moved = ON_A_CHECKPOINT.replace("BACKBONE", "./moved");
    fs::write(place.folder.join("q.toml"), moved).unwrap();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    assert_eq!(place.jobs(), first);

    // Of what is finished the table needs no checkpoint; nor does running nothing.
    fs::rename(place.folder.join("moved"), &mine).unwrap();
    let original = ON_A_CHECKPOINT.replace("BACKBONE", "./mine");
    fs::write(place.folder.join("q.toml"), original).unwrap();
    fs::rename(&mine, place.folder.join("away")).unwrap();
    place.fpt(&["table", "q.toml"]).with(0, &["(1)"]);
    place.fpt(&["plot", "q.toml"]).with(0, &["curves"]);
    place.fpt(&["status", "q.toml"]).with(0, &["1 done"]);
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    fs::rename(place.folder.join("away"), &mine).unwrap();

    // Renamed, found again, and then gone: what it was is known under its new name.
    fs::rename(&mine, place.folder.join("moved")).unwrap();
    let moved = ON_A_CHECKPOINT.replace("BACKBONE", "./moved");
    fs::write(place.folder.join("q.toml"), &moved).unwrap();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    // What was trained in the body that was moved is exported with it.
    place
        .fpt(&["export", job.to_str().unwrap(), "moved-too"])
        .with(0, &[]);
    fs::rename(place.folder.join("moved"), place.folder.join("away")).unwrap();
    place.fpt(&["table", "q.toml"]).with(0, &["(1)"]);
    fs::rename(place.folder.join("away"), &mine).unwrap();
    let original = ON_A_CHECKPOINT.replace("BACKBONE", "./mine");
    fs::write(place.folder.join("q.toml"), original).unwrap();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);

    // A changed byte: another job, and why.
    change(&mine.join("model.safetensors"));
    place
        .fpt(&["explain", "q.toml"])
        .with(0, &["never started", "initialisation.content"]);
    place.fpt(&["study", "q.toml"]).with(
        0,
        &["./mine holds another config or other weights", "runs anew"],
    );
    let second = place.new_job(&first);
    assert!(second.join("outcome.json").exists());

    // The first job's body is not here any more: nothing else goes under its name.
    let exported = place.folder.join("exported");
    place
        .fpt(&["export", job.to_str().unwrap(), "exported"])
        .with(
            1,
            &["./mine", "when the job was planned"].map(|word| word.trim_start_matches("./")),
        );
    assert!(!exported.exists());
    place
        .fpt(&["export", second.to_str().unwrap(), "exported"])
        .with(0, &[]);

    // And back: the first job again, in its table as well, twice.
    let weights = fs::read(mine.join("model.safetensors")).unwrap();
    change(&mine.join("model.safetensors"));
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    for _ in 0..2 {
        place.fpt(&["table", "q.toml"]).with(0, &["(1)"]);
    }
    let runs = |text: &str| text.matches("set apart").count();
    let table = fs::read_to_string(place.folder.join("results/smoke/q/table.md")).unwrap();
    assert!(runs(&table.to_lowercase()) > 0, "{table}");
    fs::write(mine.join("model.safetensors"), weights).unwrap();

    // One that is there and broken is not taken as it was.
    let text = fs::read_to_string(mine.join("config.json")).unwrap();
    fs::write(
        mine.join("config.json"),
        text.replace("gelu_new", "unheard-of"),
    )
    .unwrap();
    place.fpt(&["study", "q.toml"]).with(2, &["unheard-of"]);
    fs::write(mine.join("config.json"), text).unwrap();

    // Its config is content, too.
    let text = fs::read_to_string(mine.join("config.json")).unwrap();
    fs::write(mine.join("config.json"), text.replace("1e-05", "1e-06")).unwrap();
    let before = place.jobs();
    place.fpt(&["study", "q.toml"]).with(0, &["runs anew"]);
    place.new_job(&before);
}

#[test]
fn a_name_on_the_hub_is_the_commit_that_it_stands_for() {
    let place = on("owner/body");
    let model = place.folder.join("hub/models--owner--body");
    let commits = ["1", "2"].map(|digit| digit.repeat(40));
    for commit in &commits {
        copy(&body(), &model.join("snapshots").join(commit));
    }
    fs::create_dir_all(model.join("refs")).unwrap();
    fs::write(model.join("refs/main"), &commits[0]).unwrap();
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let job = place.new_job(&BTreeSet::new());
    let provenance = fs::read_to_string(job.join("provenance.json")).unwrap();
    assert!(
        provenance.contains(&commits[0]) && provenance.contains("owner/body"),
        "{provenance}"
    );
    let first = place.jobs();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);

    fs::write(model.join("refs/main"), &commits[1]).unwrap();
    // What was trained on the first commit is exported with it, wherever the name points by now.
    place
        .fpt(&["export", job.to_str().unwrap(), "exported"])
        .with(0, &[]);
    place.fpt(&["study", "q.toml"]).with(
        0,
        &[
            "another commit",
            "111111111111",
            "222222222222",
            "runs anew",
        ],
    );
    place.new_job(&first);

    fs::remove_dir_all(&model).unwrap();
    place.fpt(&["table", "q.toml"]).with(0, &["(1)"]);
    place.fpt(&["status", "q.toml"]).with(0, &["1 done"]);
}

const ON_A_FOLDER: &str = r#"question = "q"
[job]
task = "listops"
"task.folder" = "./ops"
"task.tokens" = 32
steps = 4
evaluate-every = 2
[axes]
dropout = [0.0]
policy = ["fpt"]
[table]
rows = "policy"
columns = "dropout"
"#;

fn listops(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (part, first) in [("train", 0), ("val", 4), ("test", 6)] {
        let rows = (first..first + 2).map(|digit| format!("[MAX {digit} 1 ]\t{}\n", digit.max(1)));
        let text = format!("Source\tTarget\n{}", rows.collect::<String>());
        fs::write(folder.join(format!("basic_{part}.tsv")), text).unwrap();
    }
}

#[test]
fn a_folder_of_data_is_its_content() {
    let place = Place::new(ON_A_FOLDER);
    listops(&place.folder.join("ops"));
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let first = place.jobs();

    fs::rename(place.folder.join("ops"), place.folder.join("moved")).unwrap();
    fs::write(
        place.folder.join("q.toml"),
        ON_A_FOLDER.replace("./ops", "./moved"),
    )
    .unwrap();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    fs::rename(place.folder.join("moved"), place.folder.join("ops")).unwrap();
    fs::write(place.folder.join("q.toml"), ON_A_FOLDER).unwrap();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);

    let path = place.folder.join("ops/basic_test.tsv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("[MAX 6 1 ]\t6", "[MAX 5 1 ]\t5")).unwrap();
    place
        .fpt(&["study", "q.toml"])
        .with(0, &["./ops holds other data", "runs anew"]);
    place.new_job(&first);
    place
        .fpt(&["explain", first.first().unwrap()])
        .with(0, &["no study", "not what this job was planned on"]);
}

/// In the middle of a run: a job whose data was changed after it was planned does not run on.
#[test]
fn what_changed_since_a_job_was_planned_does_not_go_under_its_name() {
    let place = Place::new(ON_A_FOLDER);
    listops(&place.folder.join("ops"));
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let job = place.new_job(&BTreeSet::new());
    fs::remove_file(job.join("outcome.json")).unwrap();
    let path = place.folder.join("ops/basic_train.tsv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("[MAX 0 1 ]\t1", "[MAX 3 1 ]\t3")).unwrap();
    let file = job.join("job.toml");
    place.fpt(&["job", file.to_str().unwrap()]).with(
        1,
        &["not what this job was planned on", "run its study again"],
    );
    assert!(!job.join("outcome.json").exists());
    let before = place.jobs();
    place.fpt(&["study", "q.toml"]).with(0, &["runs anew"]);
    assert!(place.new_job(&before).join("outcome.json").exists());

    let place = on("./mine");
    copy(&body(), &place.folder.join("mine"));
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let job = place.new_job(&BTreeSet::new());
    fs::remove_file(job.join("outcome.json")).unwrap();
    change(&place.folder.join("mine/model.safetensors"));
    let file = job.join("job.toml");
    place
        .fpt(&["job", file.to_str().unwrap()])
        .with(1, &["other weights than when the job was planned"]);
}

/// MNIST as somebody put it there by hand, each image a plain grey of its label.
fn mnist(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (part, count) in [("train", 60_000_u32), ("t10k", 10_000)] {
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
        let mut images: Vec<u8> = numbers(&[2051, count, 28, 28]);
        let mut labels: Vec<u8> = numbers(&[2049, count]);
        for index in 0..count {
            let label = (index % 10) as u8;
            images.extend([label * 25; 28 * 28]);
            labels.push(label);
        }
        fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
}

#[test]
fn one_label_of_a_data_set_makes_other_jobs_of_what_is_trained_on_it() {
    let study = r#"question = "q"
[job]
policy = "output"
steps = 2
evaluate-every = 2
batch-size = 2
[axes]
pretraining = ["random"]
task = ["bit-xor", "mnist"]
[table]
rows = "pretraining"
columns = "task"
"#;
    let place = Place::new(study);
    let folder = place.folder.join("data/mnist");
    mnist(&folder);
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let first = place.jobs();
    assert_eq!(first.len(), 2);
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);

    let labels = folder.join("t10k-labels-idx1-ubyte");
    let mut bytes = fs::read(&labels).unwrap();
    bytes[5000] ^= 1;
    fs::write(&labels, bytes).unwrap();
    place
        .fpt(&["study", "q.toml"])
        .with(0, &["mnist holds other data", "runs anew"]);
    place.new_job(&first);

    // Of what is finished, nothing is needed any more.
    fs::remove_dir_all(place.folder.join("data")).unwrap();
    place.fpt(&["table", "q.toml"]).with(0, &["(1)"]);
    place.fpt(&["status", "q.toml"]).with(0, &["2 done"]);
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
}

/// Two results folders whose pretrainings left other bodies, in one process.
#[test]
fn jobs_of_two_results_folders_do_not_share_a_body() {
    let study = r#"question = "q"
[job]
task = "bit-xor"
"task.bits" = 3
policy = "output"
steps = 4
evaluate-every = 2
[axes]
dropout = [0.0]
pretraining = ["bit"]
[table]
rows = "pretraining"
columns = "dropout"
"#;
    let place = Place::new(study);
    let ran = |results: &str| {
        place
            .fpt(&["study", "q.toml", "--results", results])
            .with(0, &[]);
    };
    ran("one");
    ran("two");
    let jobs = |results: &str| {
        let folders = fs::read_dir(place.folder.join(results).join("smoke/jobs")).unwrap();
        let folders = folders.map(|entry| entry.unwrap().path());
        let (bodies, cells): (Vec<PathBuf>, Vec<PathBuf>) =
            folders.partition(|folder| folder.join("body").exists());
        (bodies[0].clone(), cells[0].clone())
    };
    let ((_, one), (body, two)) = (jobs("one"), jobs("two"));
    // The second folder's pretraining left another body than the first's.
    change(&body.join("body/model.safetensors"));
    fs::remove_file(body.join("body/model.blake3")).unwrap();
    let alone = |job: &Path| {
        fs::remove_file(job.join("outcome.json")).unwrap();
        place
            .fpt(&["job", job.join("job.toml").to_str().unwrap()])
            .with(0, &[]);
        fs::read(job.join("curve.parquet")).unwrap()
    };
    let expected = [alone(&one), alone(&two)];
    assert!(expected[0] != expected[1]);
    for job in [&one, &two] {
        fs::remove_file(job.join("outcome.json")).unwrap();
    }
    let files = [&one, &two].map(|job| job.join("job.toml"));
    let files = files.each_ref().map(|file| file.to_str().unwrap());
    place.fpt(&["job", files[0], files[1]]).with(0, &[]);
    let together = [&one, &two].map(|job| fs::read(job.join("curve.parquet")).unwrap());
    assert!(together == expected);
}

/// Each replicate has its own body of a list, those of later looks, too, and whoever asks for fewer keeps the rows of
/// the others.
#[test]
fn a_list_of_checkpoints_lasts_for_all_looks() {
    let study = ON_A_CHECKPOINT.replace("BACKBONE", "./b1");
    let study = study.replace(
        "[axes]",
        "protocol = \"two\"\n[axes]\npretraining = [\"listed\", \"random\"]",
    );
    let place = Place::new("");
    let experiments = place.folder.join("experiments");
    let write = |name: &str, text: &str| {
        let path = experiments.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let smoke = include_str!("../../../experiments/profiles/smoke.toml");
    let lines = smoke.lines().filter(|line| !line.starts_with("seeds"));
    write("profiles/smoke.toml", &lines.collect::<Vec<_>>().join("\n"));
    write(
        "protocols/two.toml",
        "says = \"two looks\"\nform = \"fair\"\n[looks]\nat = [2, 3]\nweights = [0.1, 0.1]\nmargin = 0.001\n",
    );
    let list = "checkpoint = [\"./b1\", \"./b2\", \"./b3\"]";
    write(
        "pretraining/listed.toml",
        &format!("task = \"text\"\n[profile.smoke]\n{list}\n"),
    );
    write(
        "q.toml",
        &format!("{study}[[claim]]\nsays = \"s\"\ngreater = [\"listed\", \"random\"]\n"),
    );
    for (number, name) in ["b1", "b2", "b3"].into_iter().enumerate() {
        copy(&body(), &place.folder.join(name));
        for _ in 0..number {
            change(&place.folder.join(name).join("model.safetensors"));
        }
    }
    let fpt = |arguments: &[&str]| {
        let mut command = Command::new(cargo_bin("fpt"));
        let command = command.current_dir(&place.folder).args(arguments);
        command.args(["--profile", "smoke"]);
        if arguments[0] == "study" {
            command.args(["--workers", "1"]);
        }
        let output = command.output().unwrap();
        let both = [output.stdout, output.stderr].concat();
        Ran {
            code: output.status.code(),
            said: String::from_utf8_lossy(&both).into_owned(),
        }
    };
    fpt(&["study", "q", "--until-decided"]).with(0, &["3 replicates"]);
    assert_eq!(place.jobs().len(), 6);
    fpt(&["study", "q"]).with(0, &["nothing to do", "3 replicates"]);
    fpt(&["study", "q", "--seeds", "1"]).with(0, &["nothing to do"]);
    assert!(!place.folder.join("results/smoke/q/apart").exists());
    // Without the bodies of later looks the first one can be had.
    write(
        "pretraining/listed.toml",
        "task = \"text\"\n[profile.smoke]\ncheckpoint = [\"./b1\", \"./b2\"]\n",
    );
    fpt(&["plan", "q"]).with(
        0,
        &["not all of them can be had", "there are 2 checkpoints"],
    );
    fpt(&["study", "q", "--until-decided"])
        .with(2, &["`[looks]` of a protocol", "there are 2 checkpoints"]);
    fpt(&["study", "q"]).with(0, &["nothing to do"]);
}
