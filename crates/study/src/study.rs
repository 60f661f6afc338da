use crate::axes::axes;
use crate::claims::{self, Draft};
use crate::document::{Document, required, sentence};
use crate::error::{Span, StudyError};
use crate::grid_axis::GridAxis;
use crate::keys::{DEFAULT_BACKBONE, DEFAULT_POLICY, Vocabulary};
use crate::name::is_name;
use crate::reference::STUDY;
use crate::rule::{Rule, Then};
use crate::seeds::{MOST_SEEDS, are_replicates};
use crate::suggest::suggest;
use crate::table_spec::table_spec;
use crate::value::{Settings, Value};
use crate::variants::Variants;
use evidence::{Looks, PaperTable, Question};
use toml::Spanned;
use toml::de::DeValue;

/// What lies in a folder of results beside the studies' folders.
const TAKEN: [&str; 3] = ["jobs", "format.toml", "report.html"];

/// Whether a study may have this name: some file systems do not tell `Jobs` from `jobs`.
pub fn is_taken(name: &str) -> bool {
    TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(name))
}

/// A study file, read and checked: the question, and the grid that answers it.
#[derive(Clone, Debug)]
pub(crate) struct Study {
    pub file: Document,
    pub question: Question,
    /// What every job has unless an axis changes it.
    pub job: Settings,
    /// In file order.
    pub axes: Vec<GridAxis>,
    /// In file order.
    pub rules: Vec<Rule>,
    pub drafts: Vec<Draft>,
    /// Tables of the paper's critics, which stand beside claims.
    pub critics: Vec<PaperTable>,
    /// The protocol of cells of which nothing else is said, where claims ask for others: the study then has an axis
    /// for them, on which only cells of those claims stand.
    pub usual: Option<String>,
    pub jobs_per_body: Option<u64>,
    /// Replicates by number, in place of the profile's or of those that looks ask for.
    pub seeds: Option<Vec<u64>>,
}

impl Study {
    /// # Errors
    /// At the place of the first mistake.
    pub fn parse(document: Document, vocabulary: &Vocabulary) -> Result<Self, StudyError> {
        let name = &document.name;
        let is_taken = is_taken(name);
        if is_taken || !is_name(name) {
            let problem = match is_taken {
                true => "a folder of results has something else of that name",
                false => "its results need a folder of that name",
            };
            let what = format!("no study can be called {name:?}: {problem}");
            return Err(document.spot(0..0, what, "call this file otherwise").into());
        }
        let table = document.table()?;
        document.only(&table, &STUDY.names())?;
        let question = required(&document, &table, "question")?;
        let question = sentence(&document, question)?.0;
        let papers = |key| match table.get(key) {
            None => Ok(Vec::new()),
            Some(value) => vocabulary.papers(&document, value),
        };
        let job = match table.get("job") {
            None => Settings::new(),
            Some(job) => vocabulary.settings(&document, job)?,
        };
        let mut variants = Variants::read(&document, table.get("variants"), vocabulary)?;
        let asked = required(&document, &table, "axes")?;
        let axes = axes(&document, asked, &mut variants, vocabulary)?;
        stands_once(&document, &job, &axes)?;
        let rules = Rule::read_all(&document, table.get("when"), &axes, &job, vocabulary)?;
        let of_these = |key| {
            let tables = papers(key)?;
            if let Some(value) = table.get(key) {
                are_by_axes(&document, &tables, &axes, value.span())?;
            }
            let tables = tables.into_iter();
            let is_of_these = |table: &PaperTable| may_be_of(table, &axes, &rules, &job);
            Ok::<_, StudyError>(tables.filter(is_of_these).collect::<Vec<_>>())
        };
        let (paper, critics) = (of_these("paper")?, of_these("critics")?);
        let spec = required(&document, &table, "table")?;
        let spec = table_spec(&document, spec, &axes)?;
        let drafts = claims::drafts(&document, table.get("claim"), &axes, &spec, vocabulary)?;
        let jobs_per_body = table.get("jobs-per-body");
        let jobs_per_body = jobs_per_body.map(|value| jobs_per_body_of(&document, value));
        let jobs_per_body = jobs_per_body.transpose()?;
        let seeds = table.get("seeds").map(|value| seeds_of(&document, value));
        let seeds = seeds.transpose()?;
        let usual = usual(&drafts, &axes, &job, vocabulary);
        let mut axes = axes;
        if let Some(usual) = &usual {
            let variants = axes.iter().flat_map(|axis| &axis.variants);
            let rules = rules.iter().filter_map(|rule| match &rule.then {
                Then::Set(set) => Some(set),
                Then::Skip => None,
            });
            if let Some(own) = variants.chain(rules).find_map(|set| set.get("protocol")) {
                let what = "claims ask under several `protocols`, and here one is set";
                let spot = document.spot(own.at.clone(), what, "which one?");
                let help = "leave it to the claims, or make `protocol` an axis".to_owned();
                return Err(spot.help(Some(help)).into());
            }
            axes.push(protocols(usual, &drafts));
        }
        let question = Question {
            name: document.name.clone(),
            question,
            paper,
            axes: axes.iter().map(GridAxis::plain).collect(),
            table: spec,
            claims: Vec::new(),
            protocols: Vec::new(),
            chooses: false,
            looks: Looks {
                at: Vec::new(),
                weights: Vec::new(),
            },
            chosen_seeds: false,
            means_nothing: false,
            one_body: Vec::new(),
        };
        drop(table);
        Ok(Self {
            file: document,
            question,
            job,
            axes,
            rules,
            drafts,
            critics,
            usual,
            jobs_per_body,
            seeds,
        })
    }
}

/// Refuses tables of the paper that are by what no cell of a study has.
fn are_by_axes(
    document: &Document,
    tables: &[PaperTable],
    axes: &[GridAxis],
    at: Span,
) -> Result<(), StudyError> {
    let mut words = tables.iter().flat_map(PaperTable::axes);
    let is_known =
        |word: &str| axes.iter().any(|axis| axis.key == word) || Vocabulary::is_key(word);
    let Some(word) = words.find(|word| !is_known(word)) else {
        return Ok(());
    };
    let what =
        format!("the paper's table is by `{word}`, which is neither an axis nor a key of a job");
    let help = suggest(word, axes.iter().map(|axis| axis.key.as_str()));
    let spot = document.spot(at, what, "not of this study");
    Err(spot.help(Some(help)).into())
}

/// Refuses a key of `[job]` that is an axis, too: no cell would have what is said there.
fn stands_once(document: &Document, job: &Settings, axes: &[GridAxis]) -> Result<(), StudyError> {
    let mut keys = axes.iter().filter(|axis| axis.variants.is_empty());
    let Some(both) = keys.find_map(|axis| job.get(&axis.key).map(|value| (&axis.key, value)))
    else {
        return Ok(());
    };
    let (key, value) = both;
    let what = format!("`{key}` is an axis, too: no cell has what `[job]` says");
    let spot = document.spot(value.at.clone(), what, "said for nothing");
    let help = "leave it to the axis, or take the axis away".to_owned();
    Err(spot.help(Some(help)).into())
}

/// What all cells have of a key that is no axis, where anything says it.
fn usual_of<'a>(job: &'a Settings, key: &str) -> Option<&'a str> {
    let said = job.get(key).map(|value| value.text.as_str());
    let unsaid = || match key {
        "policy" => Some(DEFAULT_POLICY),
        "backbone" => Some(DEFAULT_BACKBONE),
        "pretraining" => Some("random"),
        _ => None,
    };
    said.or_else(unsaid)
}

/// Whether the cells of a table of others may be the study's. What `where` of the table says is held against an axis
/// cell by cell; what is no axis has to be what all cells have.
fn may_be_of(table: &PaperTable, axes: &[GridAxis], rules: &[Rule], job: &Settings) -> bool {
    table.place().iter().all(|(key, theirs)| {
        let sets = rules.iter().filter_map(|rule| match &rule.then {
            Then::Set(set) => Some(set),
            Then::Skip => None,
        });
        let mut sets = axes.iter().flat_map(|axis| &axis.variants).chain(sets);
        // What every variant of an axis sets, no cell has from elsewhere.
        let is_set = axes.iter().any(|axis| {
            let mut variants = axis.variants.iter();
            !axis.variants.is_empty() && variants.all(|set| set.contains_key(key))
        });
        axes.iter().any(|axis| axis.key == *key)
            || sets.all(|set| set.get(key).is_none_or(|value| value.text == *theirs))
                && (is_set || usual_of(job, key).is_none_or(|own| own == theirs))
    })
}

/// The study's own protocol, where claims ask for others and no axis says any.
fn usual(
    drafts: &[Draft],
    axes: &[GridAxis],
    job: &Settings,
    vocabulary: &Vocabulary,
) -> Option<String> {
    let asks = drafts.iter().any(|draft| !draft.protocols.is_empty());
    let varies = axes.iter().any(|axis| axis.key == "protocol");
    let own = job.get("protocol").map(|protocol| protocol.text.clone());
    (asks && !varies).then(|| own.unwrap_or_else(|| vocabulary.protocol.clone()))
}

/// The axis of the study's own protocol and of those that claims ask for.
fn protocols(usual: &str, drafts: &[Draft]) -> GridAxis {
    let mut names = vec![usual.to_owned()];
    let mut at = 0..0;
    for draft in drafts.iter().filter(|draft| !draft.protocols.is_empty()) {
        at = draft.at.clone();
        let new = draft.protocols.iter().filter(|name| !names.contains(name));
        let new: Vec<String> = new.cloned().collect();
        names.extend(new);
    }
    let value = |name: String| Value {
        value: toml::Value::String(name.clone()),
        text: name,
        at: at.clone(),
    };
    GridAxis {
        key: "protocol".to_owned(),
        at: at.clone(),
        values: names.into_iter().map(value).collect(),
        variants: Vec::new(),
    }
}

/// A list of replicates, or how many from 1 on.
fn seeds_of(document: &Document, value: &Spanned<DeValue<'_>>) -> Result<Vec<u64>, StudyError> {
    let is_list = value.get_ref().as_array().is_some();
    let numbers = Value::read_list(document, value)?.into_iter();
    let number = |value: Value| u64::try_from(value.value.as_integer()?).ok();
    let numbers: Option<Vec<u64>> = numbers.map(number).collect();
    let seeds = match numbers.as_deref() {
        // More than there may be is refused below.
        Some([count]) if !is_list => Some((1..=(*count).min(MOST_SEEDS + 1)).collect()),
        _ => numbers,
    };
    seeds.filter(|seeds| are_replicates(seeds)).ok_or_else(|| {
        let what = "`seeds` are numbers of replicates, each once, or how many: `seeds = [1, 2]`";
        document.spot(value.span(), what, "no such seeds").into()
    })
}

fn jobs_per_body_of(document: &Document, value: &Spanned<DeValue<'_>>) -> Result<u64, StudyError> {
    let value = Value::read(document, value)?;
    let count = value
        .value
        .as_integer()
        .and_then(|count| u64::try_from(count).ok());
    count
        .filter(|count| (1..=100).contains(count))
        .ok_or_else(|| {
            let what = "`jobs-per-body` is a count from 1 to 100";
            document
                .spot(value.at.clone(), what, "not such a count")
                .into()
        })
}
