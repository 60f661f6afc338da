use crate::axes::{GridAxis, axes};
use crate::claims;
use crate::document::{Document, required, text};
use crate::error::StudyError;
use crate::keys::Vocabulary;
use crate::name::is_name;
use crate::rule::Rule;
use crate::value::Settings;
use evidence::Question;

/// What lies in a folder of results beside the studies' folders.
const TAKEN: [&str; 2] = ["jobs", "format.toml"];

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
}

impl Study {
    /// # Errors
    /// At the place of the first mistake.
    pub fn parse(document: Document, vocabulary: &Vocabulary) -> Result<Self, StudyError> {
        let name = &document.name;
        // Some file systems do not tell `Jobs` from `jobs`.
        let is_taken = TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(name));
        if is_taken || !is_name(name) {
            let problem = match is_taken {
                true => "its tables would lie among the jobs",
                false => "its results need a folder of that name",
            };
            let what = format!("no study can be called {name:?}: {problem}");
            return Err(document.spot(0..0, what, "call this file otherwise").into());
        }
        let table = document.table()?;
        document.only(
            &table,
            &["question", "paper", "job", "axes", "when", "table", "claim"],
        )?;
        let question = required(&document, &table, "question")?;
        let question = text(&document, question)?.0;
        let paper = table
            .get("paper")
            .map(|paper| vocabulary.paper(&document, paper))
            .transpose()?;
        let job = match table.get("job") {
            None => Settings::new(),
            Some(job) => vocabulary.settings(&document, job)?,
        };
        let axes = axes(&document, required(&document, &table, "axes")?, vocabulary)?;
        let rules = Rule::read_all(&document, table.get("when"), &axes, &job, vocabulary)?;
        let spec = required(&document, &table, "table")?;
        let spec = claims::table_spec(&document, spec, &axes)?;
        let claims = claims::claims(&document, table.get("claim"), &axes, &spec)?;
        let question = Question {
            name: document.name.clone(),
            question,
            paper,
            axes: axes.iter().map(GridAxis::plain).collect(),
            table: spec,
            claims,
            protocols: Vec::new(),
            chooses: false,
        };
        drop(table);
        Ok(Self {
            file: document,
            question,
            job,
            axes,
            rules,
        })
    }
}
