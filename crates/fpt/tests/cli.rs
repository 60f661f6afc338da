//! What a user reads: help, and what is said to bad input.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use backbone::Pass;
use burn::tensor::{Device, Tensor};
use std::fs;
use std::path::Path;

fn fpt(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("fpt")
        .unwrap()
        .current_dir(folder)
        .env("FPT_DATA", folder.join("data"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn every_help_text_ends_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        "",
        "list",
        "study",
        "plan",
        "status",
        "table",
        "plot",
        "report",
        "new",
        "run",
        "show",
        "rm",
        "merge",
        "doctor",
        "submit",
        "cancel",
        "reproduce",
        "params",
        "export",
        "export-curves",
        "verify",
        "fetch",
        "bench",
        "data",
    ];
    for command in commands {
        let arguments: Vec<&str> = [command, "--help"]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        let (code, help, _) = fpt(folder.path(), &arguments);
        assert_eq!(code, 0);
        assert!(help.contains("Example:\n  fpt "), "{help}");
        let name = if command.is_empty() { "fpt" } else { command };
        insta::assert_snapshot!(format!("help_{name}"), help);
    }
}

#[test]
fn what_there_is_is_listed_the_user_s_own_too() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("experiments/pretraining");
    fs::create_dir_all(&own).unwrap();
    let text = "# mine: bodies of my own corpus, for trying. More.\ntask = \"text\"\n";
    fs::write(own.join("mine.toml"), text).unwrap();
    fs::write(own.join("torn.toml"), "# torn\ntask = \"te").unwrap();
    let list = |kind: &str| fpt(folder.path(), &["list", kind]);
    let (code, said, _) = list("pretrainings");
    assert_eq!(code, 0);
    assert!(said.contains("mine ") && said.contains("bodies of my own corpus, for trying\n"));
    assert!(
        said.contains("statistics-layer ") && said.contains("torn "),
        "{said}"
    );
    assert!(said.contains("cannot be read: "), "{said}");
    let (code, _, error) = list("tusks");
    assert!(code == 2 && error.contains("tasks"), "{error}");
}

#[test]
fn bad_input_is_exit_2_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let study = "question = \"q\"\n[axes]\npretraining = [\"random\"]\ntask = [\"bit-xro\"]\n\
                 [table]\nrows = \"pretraining\"\ncolumns = \"task\"\n";
    fs::write(folder.path().join("typo.toml"), study).unwrap();
    let cases: [(&str, &[&str]); 10] = [
        ("value", &["study", "typo.toml"]),
        ("study", &["study", "modalty"]),
        ("profile", &["plan", "modality", "--profile", "tony"]),
        ("file", &["plan", "nowhere.toml"]),
        ("seeds", &["plan", "modality", "--seeds", "one"]),
        ("filter", &["plan", "modality", "--filter", "task"]),
        (
            "filter_axis",
            &["plan", "modality", "--filter", "tsk=mnist"],
        ),
        (
            "filter_value",
            &["study", "modality", "--filter", "task=mnits"],
        ),
        ("workers", &["study", "modality", "--workers", "0"]),
        ("command", &["sturdy", "modality"]),
    ];
    for (name, arguments) in cases {
        let (code, _, error) = fpt(folder.path(), arguments);
        assert_eq!(code, 2, "{name}: {error}");
        insta::assert_snapshot!(format!("bad_{name}"), error);
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "nothing but the study is there: {left:?}");
}

#[test]
fn verify_says_how_far_a_checkpoint_is_from_its_reference() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backbone/tests/fixtures/bert");
    let checkpoint = folder.path().join("bert");
    fs::create_dir(&checkpoint).unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(fixture.join(file), checkpoint.join(file)).unwrap();
    }
    let (code, _, error) = fpt(folder.path(), &["verify", "bert"]);
    assert_eq!(code, 2);
    assert!(error.contains("scripts/reference.py"), "{error}");

    // The fixture keeps one pair per length; a reference has one.
    let reference = |output: [f32; 16], rounding: f32| {
        let header = r#"{"inputs_embeds":{"dtype":"F32","shape":[1,1,16],"data_offsets":[0,64]},"last_hidden_state":{"dtype":"F32","shape":[1,1,16],"data_offsets":[64,128]},"rounding":{"dtype":"F32","shape":[1],"data_offsets":[128,132]}}"#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([0.0_f32; 16].iter().flat_map(|x| x.to_le_bytes()));
        bytes.extend(output.iter().flat_map(|x| x.to_le_bytes()));
        bytes.extend(rounding.to_le_bytes());
        fs::write(checkpoint.join("reference.safetensors"), bytes).unwrap();
    };
    // An error that rounding explains, one that it does not, and none.
    let device = Device::flex();
    let (_, body) = backbone::load(&checkpoint, &device).unwrap();
    let output = body.forward(Tensor::zeros([1, 1, 16], &device), &mut Pass::evaluation());
    let output: [f32; 16] = output
        .into_data()
        .iter::<f32>()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let scale = (output.iter().map(|x| x * x).sum::<f32>() / 16.0).sqrt();
    for (error, rounding, expected) in [(2e-4, 1e-4, 0), (2e-4, 5e-5, 1), (0.0, 0.0, 0)] {
        reference(output.map(|x| x + error * scale), rounding * scale);
        let (code, said, _) = fpt(folder.path(), &["verify", "bert"]);
        assert_eq!(code, expected, "{said}");
    }
    // However much the reference allows for rounding.
    for rounding in [0.0, 1e6] {
        reference([100.0; 16], rounding);
        let (code, said, _) = fpt(folder.path(), &["verify", "bert"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("relative"), "{said}");
    }
    for rounding in [f32::NAN, -1.0] {
        reference([100.0; 16], rounding);
        let (code, _, error) = fpt(folder.path(), &["verify", "bert"]);
        assert_eq!(code, 2);
        assert!(error.contains("`rounding`"), "{error}");
    }

    fs::write(checkpoint.join("reference.safetensors"), b"no tensors").unwrap();
    let (code, _, error) = fpt(folder.path(), &["verify", "bert"]);
    assert_eq!(code, 2);
    assert!(error.contains("reference.safetensors"), "{error}");
}

#[test]
fn params_counts_what_the_official_code_trains_and_what_the_paper_says() {
    let folder = tempfile::tempdir().unwrap();
    let params = |body: &str, task: &str| {
        let arguments = ["params", body, "--profile", "paper", "--task", task];
        let (code, out, error) = fpt(folder.path(), &arguments);
        assert_eq!(code, 0, "{error}");
        out
    };
    let line = |out: &str, name: &str| {
        let line = out.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace()
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    // Trained numbers by group, checked against the official code's.
    for (task, input, output, all) in [
        ("bit-memory", "39,168", "76,900", "940,900"),
        ("bit-xor", "1,536", "1,538", "827,906"),
        ("listops", "11,520", "7,690", "844,042"),
        ("mnist", "13,056", "7,690", "845,578"),
        ("cifar10", "37,632", "7,690", "870,154"),
    ] {
        let out = params("gpt2", task);
        assert_eq!(line(&out, "input")[1], input, "{out}");
        assert_eq!(line(&out, "output")[1], output, "{out}");
        assert_eq!(line(&out, "layer-norm")[1], "38,400", "{out}");
        assert_eq!(line(&out, "position")[1], "786,432", "{out}");
        assert_eq!(line(&out, "all")[1], all, "{out}");
    }
    // The paper's 106K, 190K and 300K (Table 8), and its 0.086 % and 0.029 %.
    for (body, trained, total, share) in [
        ("gpt2", "106,752", "124,439,808", "0.0858 %"),
        ("gpt2-medium", "191,488", "354,823,168", "0.0540 %"),
        ("gpt2-large", "300,800", "774,030,080", "0.0389 %"),
        ("gpt2-xl", "452,800", "1,557,611,200", "0.0291 %"),
    ] {
        let out = params(body, "cifar10");
        let last = out.lines().last().unwrap();
        assert!(
            last.ends_with(&format!("{trained} of the body's {total}, {share}")),
            "{last}"
        );
    }
    let (code, _, error) = fpt(folder.path(), &["params", "gpt3"]);
    assert_eq!(code, 2);
    assert!(error.contains("gpt2"), "{error}");
    let (code, _, error) = fpt(folder.path(), &["params", "vit", "--policy", "embedding"]);
    assert_eq!(code, 2);
    assert!(error.contains("embedding"), "{error}");
}

#[test]
fn a_step_is_timed_and_its_numbers_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "bench",
        "--shape",
        "1x32,2x8",
        "--seconds",
        "0",
        "--json",
        "--threads",
        "1",
    ];
    let (code, said, _) = fpt(folder.path(), &arguments);
    assert_eq!(code, 0);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let number = |name: &str| said[name].as_f64().unwrap();
    assert_eq!(said["shape"], "1x32,2x8");
    assert!(number("step_ms") > number("forward_ms") && number("forward_ms") > 0.0);
    let tokens = 16.0 / number("step_ms") * 1e3;
    assert!((number("tokens_per_second") - tokens).abs() < 1e-6 * tokens);
    let share = number("gflops") / number("peak_gflops");
    assert!((number("peak_share") - share).abs() < 1e-9);
    assert!(number("allocations_per_step") > 0.0);

    let (code, _, error) = fpt(folder.path(), &["bench", "--shape", "huge"]);
    assert!(code == 2 && error.contains("LAYERSxWIDTH"), "{error}");
    let (code, _, error) = fpt(folder.path(), &["bench", "--backbone", "bert"]);
    assert!(code == 2 && error.contains("longformer"), "{error}");
    let (code, _, error) = fpt(folder.path(), &["bench", "--policy", "atention"]);
    assert!(code == 2 && error.contains("atention"), "{error}");
}

#[test]
fn a_device_that_cannot_be_had_is_exit_2_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let bench = |device: &str| {
        let step = ["bench", "--shape", "1x32,2x8", "--seconds", "0", "--device"];
        fpt(folder.path(), &[&step[..], &[device]].concat())
    };
    let (code, _, error) = bench("gpu");
    assert!(code == 2 && error.contains("cuda:NUMBER"), "{error}");
    let (code, _, error) = bench("cuda:0,wgpu");
    assert!(code == 2 && error.contains("different kinds"), "{error}");
    let (code, _, error) = bench("cuda:0,cuda:1");
    assert!(code == 2 && error.contains("one device"), "{error}");
    // What a study asks each of its devices.
    let (code, said, _) = fpt(folder.path(), &["probe", "--device", "flex"]);
    let facts: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(code == 0 && facts.get("name").is_some(), "{said}");
    // Whichever this build knows and this machine has: never a panic.
    for device in ["cuda:99", "wgpu:99"] {
        let (code, _, error) = bench(device);
        assert!(code == 2 && !error.contains("panicked"), "{error}");
        let words = [
            "--features",
            "libcuda.so.1",
            "NVIDIA's driver finds",
            "discrete GPU",
        ];
        assert!(words.iter().any(|word| error.contains(word)), "{error}");
        let study = [
            "study",
            "modality",
            "--profile",
            "smoke",
            "--device",
            device,
        ];
        let (code, _, said) = fpt(folder.path(), &study);
        assert_eq!((code, said.trim()), (2, error.trim()));
        assert!(
            !folder.path().join("results").exists(),
            "nothing was started"
        );
    }
}

#[test]
fn vector_instructions_are_known_and_here_or_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let list = |simd: &str| {
        let mut command = Command::cargo_bin("fpt").unwrap();
        let command = command.current_dir(folder.path()).env("FPT_SIMD", simd);
        let output = command.arg("list").output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said) = list("avx1024");
    assert_eq!(code, Some(2));
    assert!(said.contains("none of avx512, avx2, portable"), "{said}");
    for simd in kernels::Simd::ALL {
        let (code, said) = list(simd.name());
        match simd.is_here() {
            true => assert_eq!(code, Some(0), "{said}"),
            false => assert!(
                code == Some(2) && said.contains("this machine lacks"),
                "{said}"
            ),
        }
    }
}

/// What two studies ask for is trained once; a name that is none is told before anything else.
#[test]
fn several_studies_are_forecast_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |names: &[&str]| {
        let arguments = [&["plan"], names, &["--profile", "smoke"]].concat();
        fpt(folder.path(), &arguments)
    };
    let (code, said, _) = plan(&["modality", "efficiency", "depth"]);
    assert_eq!(code, 0, "{said}");
    let row = |name: &str| -> Vec<String> {
        let line = said.lines().find(|line| line.starts_with(name)).unwrap();
        line.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .map(ToOwned::to_owned)
            .collect()
    };
    // To run, alone, new, time.
    let (modality, efficiency, depth) = (row("modality"), row("efficiency"), row("depth"));
    assert_eq!(modality[1], modality[3]);
    assert!(efficiency[1] != "0" && efficiency[3] == "0", "{said}");
    let new = |row: &[String]| row[3].parse::<usize>().unwrap();
    assert!(new(&depth) > 0, "{said}");
    assert!(efficiency[2] != "0 s" && efficiency[4] == "0 s", "{said}");
    assert_eq!(
        row("together")[1],
        (new(&modality) + new(&depth)).to_string()
    );

    let (code, said, error) = plan(&["modality", "modallity"]);
    assert!(
        code == 2 && said.is_empty() && error.contains("modality"),
        "{error}"
    );
    let (code, _, error) = plan(&["modality", "depth", "--filter", "pretraining=image"]);
    assert!(
        code == 2 && error.contains("depth cannot be planned"),
        "{error}"
    );
}
