//! Curves for programs of others: what TensorBoard and readers of CSV rely on.
#![allow(clippy::unwrap_used)]

mod common;

use common::study;
use evidence::{Rate, seed};
use report::curves::{Clock, Neighbours, RunCurve, csv, run_names, write_tensorboard};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use training::{CurvePoint, JobId, Score};

const EVENTS: &str = "events.out.tfevents.0.fpt";

/// A run of forty steps with a point half way, of which two numbers are none.
fn run() -> RunCurve {
    let (mut runs, ..) = study(1, 1, |_| true);
    let mut run = runs.remove(0);
    run.steps = 40;
    run.test = Score {
        loss: 0.1,
        accuracy: 1.0,
        examples: 10,
    };
    let point = CurvePoint {
        step: 20,
        train_loss: f64::NAN,
        train_accuracy: 0.5,
        validation_loss: f64::INFINITY,
        validation_accuracy: 0.25,
    };
    RunCurve {
        run,
        points: vec![point],
        clock: Clock::of(1010, 10.0),
    }
}

/// A run with these values of an axis, a seed and a job.
fn at(axes: &[&str], seed: u64, job: &str) -> RunCurve {
    let mut curve = run();
    let cell = &mut curve.run.cell;
    let axis = |(index, value): (usize, &&str)| (format!("axis{index}"), (*value).to_owned());
    cell.axes = axes.iter().enumerate().map(axis).collect();
    (cell.seed, cell.job) = (seed, JobId(job.to_owned()));
    curve
}

/// Written into a folder of its own: the bytes of the one run.
fn bytes(curve: &RunCurve) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let name = run_names(std::slice::from_ref(curve)).remove(0);
    let count = write_tensorboard(std::slice::from_ref(curve), dir.path()).unwrap();
    assert_eq!(count, 1);
    fs::read(dir.path().join(name).join(EVENTS)).unwrap()
}

/// Records are length, checksum, data, checksum. The bytes are those that TensorBoard 2.21 writes of the same events
/// (`RecordWriter` and `Event.SerializeToString`).
#[test]
fn an_event_file_is_what_tensorboard_would_write() {
    let expected = "1800000000000000a37f4b22090000000000408f401a0d627261696e2e4576656e743a3273ae6b566b00000000000000\
                    87efa6e1090000000000688f4010142a5e0a110a0a747261696e2f6c6f7373150000c07f0a150a0e747261696e2f6163\
                    637572616379150000003f0a160a0f76616c69646174696f6e2f6c6f7373150000807f0a1a0a1376616c69646174696f\
                    6e2f6163637572616379150000803e5f5583e93500000000000000d6c55de6090000000000908f4010282a280a100a09\
                    746573742f6c6f737315cdcccc3d0a140a0d746573742f6163637572616379150000803fc13e1020";
    let hex = |bytes: Vec<u8>| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    assert_eq!(hex(bytes(&run())), expected);
    // Where nothing is known of the time it is 0, which protocol buffers leave out.
    let untimed = RunCurve {
        clock: None,
        ..run()
    };
    let start = "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129";
    assert!(hex(bytes(&untimed)).starts_with(start));
}

#[test]
fn the_same_curve_gives_the_same_bytes_and_no_other_file() {
    // Whichever bits a NaN has.
    let mut other = run();
    other.points[0].train_loss = -f64::NAN;
    assert_eq!(bytes(&run()), bytes(&other));
    let dir = tempfile::tempdir().unwrap();
    let runs = [run(), at(&["a"], 2, "fedcba9876543210")];
    for _ in 0..2 {
        assert_eq!(write_tensorboard(&runs, dir.path()).unwrap(), 2);
    }
    for name in run_names(&runs) {
        let left = fs::read_dir(dir.path().join(name)).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [EVENTS]);
    }
}

#[test]
fn names_are_readable_safe_and_one_a_job() {
    let long = "ü".repeat(300);
    let longer = format!("{long}y");
    let second = seed::seed(3, 1);
    let pilot = seed::seed(seed::pilot(2), 0);
    let mut runs = vec![
        at(&["text", "bit-memory"], 1, "0123456789abcdef"),
        at(&["text", "bit-memory"], second, "1123456789abcdef"),
        at(&["text", "bit-memory"], pilot, "2123456789abcdef"),
        at(&["owner/name@main", "a b"], 1, "3123456789abcdef"),
        at(&["owner-name@main", "a/b"], 1, "31234567ffffffff"),
        at(&["OWNER-name@main", "a-b"], 1, "31234567eeeeeeee"),
        at(&["../..", ".."], 1, "4123456789abcdef"),
        at(&[".", "\n\0"], 1, "../../x"),
        at(&[&long], 1, "5123456789abcdef"),
        at(&[&longer], 1, "51234567ffffffff"),
        at(&[], 1, "6123456789abcdef"),
        // A job that answers two cells.
        at(&["image", "bit-memory"], 1, "0123456789abcdef"),
    ];
    runs[2].run.cell.rate = Some(Rate(3e-4));
    let names = run_names(&runs);
    assert_eq!(
        names[..8],
        [
            "text_bit-memory_r1_01234567",
            "text_bit-memory_r3j2_11234567",
            "text_bit-memory_3e-4_pilot2_21234567",
            "owner-name@main_a-b_r1_31234567",
            "owner-name@main_a-b_r1_31234567-2",
            "OWNER-name@main_a-b_r1_31234567-3",
            "-.._.._r1_41234567",
            "_--_r1_..-..-x",
        ]
    );
    assert_eq!(names[10], "r1_61234567");
    assert_eq!(names[11], names[0]);
    assert!(names.iter().all(|name| name.len() < 200), "{names:?}");
    let lower: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(lower.len(), runs.len() - 1);

    // Each stays inside the folder, one below the other.
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("deep/er");
    assert_eq!(write_tensorboard(&runs, &dir).unwrap(), runs.len() - 1);
    let count = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert_eq!((count(&dir), count(root.path())), (runs.len() - 1, 1));
}

#[test]
fn a_table_has_a_line_a_point_with_all_digits_and_the_test_at_the_last_step() {
    let mut whole = at(&["a, b", "x"], 2, "0123456789abcdef");
    whole.run.cell.rate = Some(Rate(3e-3));
    whole.run.learning_rate = 3e-3;
    whole.points[0].train_loss = 0.1 + 0.2;
    whole.points.push(CurvePoint {
        step: 40,
        ..whole.points[0]
    });
    let mut early = at(&["c"], seed::pilot(1), "fedcba9876543210");
    (early.points, early.run.steps) = (Vec::new(), 0);
    let expected = [
        "run,axis0,axis1,pretraining,task,learning_rate,replicate,pilot,seed,job,step,train_loss,train_accuracy,\
         validation_loss,validation_accuracy,test_loss,test_accuracy",
        "\"a,-b_x_3e-3_r2_01234567\",\"a, b\",x,,,0.003,2,,2,0123456789abcdef,20,0.30000000000000004,0.5,inf,0.25,,",
        "\"a,-b_x_3e-3_r2_01234567\",\"a, b\",x,,,0.003,2,,2,0123456789abcdef,40,0.30000000000000004,0.5,inf,0.25,0.1,1",
        "text_bit-memory_r1_00000000,,,text,bit-memory,0.001,1,,1,0000000000000001,20,NaN,0.5,inf,0.25,,",
        "text_bit-memory_r1_00000000,,,text,bit-memory,0.001,1,,1,0000000000000001,40,,,,,0.1,1",
        "c_pilot1_fedcba98,c,,,,0.001,,1,999000001,fedcba9876543210,0,,,,,0.1,1",
    ];
    let found = csv(&[whole, run(), early]);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn what_tensorboard_would_show_beside_is_seen() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path();
    let names = ["run".to_owned(), "new".to_owned()];
    assert_eq!(
        Neighbours::of(&dir.join("nowhere"), &names).unwrap(),
        Neighbours::default()
    );
    for folder in ["run", "old", "torch", "notes"] {
        fs::create_dir(dir.join(folder)).unwrap();
    }
    let theirs = "events.out.tfevents.1700000000.host.1.0";
    let paths = [
        format!("run/{EVENTS}"),
        format!("run/{theirs}"),
        format!("old/{EVENTS}"),
        format!("torch/{theirs}"),
        theirs.to_owned(),
        "notes/text".to_owned(),
    ]
    .map(|path| dir.join(path));
    for path in &paths {
        fs::write(path, b"").unwrap();
    }
    let found = Neighbours::of(dir, &names).unwrap();
    assert_eq!(found.inside, [paths[1].clone()]);
    assert_eq!(found.beside, [paths[4].clone(), paths[3].clone()]);
    assert_eq!(found.earlier, [dir.join("old")]);
}
