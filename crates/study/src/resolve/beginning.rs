//! Where the body of a cell comes from: drawn, read, trained by another job, or made of one of
//! those.

use super::body::config;
use super::job::Need;
use super::resolver::Resolver;
use super::task::misfit;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::{backbone_of, is_checkpoint};
use crate::pretraining::{Bodies, Checkpoints, Kind, Pretraining, Start};
use crate::profile::MODEL_TYPE;
use crate::value::Settings;
use backbone::{BodyConfig, Remake};
use tasks::Form;
use training::{Checkpoint, Initialisation, Job, TrainingError, labels};

/// Where a cell's body starts, before anything is trained around it.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    pub initialisation: Initialisation,
    pub remakes: Vec<Remake>,
    pub needs: Vec<Need>,
}

impl Beginning {
    fn of(initialisation: Initialisation) -> Self {
        Self {
            initialisation,
            remakes: Vec::new(),
            needs: Vec::new(),
        }
    }
}

impl Resolver {
    /// Where the body of a cell comes from.
    pub(super) fn start(
        &self,
        study: &Document,
        cell: &Settings,
        body: &BodyConfig,
        replicate: u64,
    ) -> Result<Beginning, StudyError> {
        match cell.get("pretraining") {
            Some(_) => self.pretrained(study, cell, body, replicate, &mut Vec::new()),
            None if is_checkpoint(backbone_of(cell)) => Ok(self.checkpoint(backbone_of(cell))),
            None => Ok(Beginning::of(Initialisation::Random {})),
        }
    }

    /// A checkpoint's weights: the ones that are known under its name.
    fn checkpoint(&self, source: &str) -> Beginning {
        let known = self.contents.checkpoints.get(source);
        Beginning::of(Initialisation::Checkpoint(Checkpoint {
            source: source.to_owned(),
            content: known.and_then(|known| known.content.clone()),
            commit: known.and_then(|known| known.commit.clone()),
        }))
    }

    /// The checkpoints that the replicates of a cell may have as their bodies, by its pretraining.
    pub fn listed(&self, cell: &Settings, body: &BodyConfig) -> &[String] {
        let mut name = cell.get("pretraining").map(|asked| &*asked.text);
        let mut model_type = body.model_type();
        // A chain of remakes is no longer than there are pretrainings.
        for _ in 0..=self.pretrainings.len() {
            let Some((_, pretraining)) = name.and_then(|name| self.pretrainings.get(name)) else {
                break;
            };
            match pretraining.kind() {
                Kind::Remade(other, remake) => {
                    name = Some(other);
                    if matches!(remake, Remake::Longformer {}) {
                        model_type = self.before_longformer();
                    }
                }
                Kind::Trained(_) => {
                    let variant = self.variant(pretraining);
                    let list = variant.and_then(|variant| variant.checkpoint.as_ref());
                    let list =
                        list.and_then(|list| list.of(self.named(cell, model_type), model_type));
                    return list.map_or(&[], Checkpoints::all);
                }
                Kind::Start(_) => break,
            }
        }
        &[]
    }

    /// The beginning that the last of `names` (the cell's pretraining when there is none) makes;
    /// the names before it are those that led to it.
    fn pretrained(
        &self,
        study: &Document,
        cell: &Settings,
        body: &BodyConfig,
        replicate: u64,
        names: &mut Vec<String>,
    ) -> Result<Beginning, StudyError> {
        let asked = &cell["pretraining"];
        let name = names.last().unwrap_or(&asked.text).clone();
        let refuse = |what: String| StudyError::from(study.spot(asked.at.clone(), what, "here"));
        let Some((_, pretraining)) = self.pretrainings.get(&name) else {
            return Err(refuse(format!("there is no pretraining `{name}`")));
        };
        let model_type = body.model_type();
        let only = pretraining.backbone.as_ref().map_or(&[][..], Bodies::all);
        if let [first, ..] = only
            && !only.iter().any(|only| only == model_type)
        {
            let made: Vec<String> = only.iter().map(|only| format!("a `{only}`")).collect();
            let made = made.join(" or ");
            return Err(refuse(format!(
                "pretraining `{name}` makes {made} body, but this cell has a `{model_type}`: \
                 add a rule that sets backbone = \"{first}\""
            )));
        }
        match pretraining.kind() {
            Kind::Start(Start::Random) => Ok(Beginning::of(Initialisation::Random {})),
            Kind::Start(Start::RandomScaled) => Ok(Beginning {
                remakes: vec![Remake::ScaledResiduals {}],
                ..Beginning::of(Initialisation::Random {})
            }),
            Kind::Start(Start::Checkpoint) => match backbone_of(cell) {
                source if is_checkpoint(source) => Ok(self.checkpoint(source)),
                shape => Err(refuse(format!(
                    "pretraining `{name}` takes a checkpoint's weights, but `{shape}` is a shape: \
                     name a folder or owner/name as backbone"
                ))),
            },
            Kind::Remade(other, _) if names.iter().any(|name| name == other) => Err(refuse(
                format!("pretraining `{name}` goes round in circles"),
            )),
            Kind::Remade(other, remake) => {
                let from = self.source_body(study, cell, body, &remake)?;
                refused(&from, body, &remake).map_err(|what| {
                    refuse(format!(
                        "pretraining `{name}` does not go with this body: {what}"
                    ))
                })?;
                names.push(other.to_owned());
                let mut start = self.pretrained(study, cell, &from, replicate, names)?;
                start.remakes.push(remake);
                Ok(start)
            }
            Kind::Trained(task) => {
                let Some(variant) = self.variant(pretraining) else {
                    let what = format!(
                        "pretraining `{name}` does not say how it goes at profile `{}`",
                        self.profile_name
                    );
                    let help = format!(
                        "let the profile extend one that it knows (`extends = \"tiny\"`), or write an \
                         experiments/pretraining/{name}.toml of your own, with a `[profile.{}.recipe]`",
                        self.profile_name
                    );
                    let spot = study.spot(asked.at.clone(), what, "here");
                    return Err(spot.help(Some(help)).into());
                };
                if let Some(checkpoint) = &variant.checkpoint {
                    let Some(checkpoints) = checkpoint.of(self.named(cell, model_type), model_type)
                    else {
                        return Err(refuse(format!(
                            "pretraining `{name}` has no checkpoint of a `{model_type}` at profile `{}`",
                            self.profile_name
                        )));
                    };
                    let source = checkpoints
                        .of(replicate, self.pilots(cell))
                        .map_err(refuse)?;
                    return Ok(self.checkpoint(source));
                }
                let pinned = pretraining.seed;
                let seed = pinned.unwrap_or(replicate);
                let job = self.pretraining_job(&name, task, pretraining, body, seed)?;
                if let Some(what) = misfit(&job.task, body) {
                    return Err(refuse(format!("pretraining `{name}`: {what}")));
                }
                let need = Need {
                    name,
                    job: job.clone(),
                    replicate: pinned.is_none().then_some(replicate),
                };
                Ok(Beginning {
                    needs: vec![need],
                    ..Beginning::of(Initialisation::Job { id: job.id() })
                })
            }
        }
    }

    /// The body that `remake` turns into the cell's.
    fn source_body(
        &self,
        study: &Document,
        cell: &Settings,
        body: &BodyConfig,
        remake: &Remake,
    ) -> Result<BodyConfig, StudyError> {
        let not_a = |backbone: &str, reason: &str| {
            let what = format!("not a `{backbone}` body: {reason}");
            StudyError::from(self.profile_file.mistake(what))
        };
        let plain = |backbone: &str| {
            config(self.shape(study, cell, backbone)?).map_err(|reason| not_a(backbone, &reason))
        };
        match remake {
            Remake::FirstLayers {} | Remake::LastLayers {} => {
                // As deep as the profile's, or as the cell asks where that is deeper.
                let deep = plain(backbone_of(cell))?.layers().max(body.layers());
                Ok(body.clone().with_layers(deep))
            }
            Remake::Layers { .. } => {
                let deep = plain(backbone_of(cell))?.layers();
                Ok(body.clone().with_layers(deep))
            }
            Remake::Longformer {} => {
                let backbone = self.before_longformer();
                // Of the cell's sizes; its positions are repeated up to the Longformer's own.
                let mut sizes = cell.clone();
                sizes.remove("positions");
                let mut shape = self.shape(study, cell, backbone)?;
                shape.extend(self.resized(study, &sizes, backbone)?);
                config(shape).map_err(|reason| not_a(backbone, &reason))
            }
            Remake::Statistics { .. } | Remake::Parts { .. } | Remake::ScaledResiduals {} => {
                Ok(body.clone())
            }
        }
    }

    /// The cell's backbone where a body of this kind goes by its name; what is made into another kind does not.
    fn named<'c>(&self, cell: &'c Settings, model_type: &'c str) -> &'c str {
        let backbone = backbone_of(cell);
        let shape = self.profile.body(backbone);
        let kind = shape.and_then(|shape| Some(shape.get(MODEL_TYPE)?.as_str()? == model_type));
        if kind == Some(true) {
            backbone
        } else {
            model_type
        }
    }

    /// What a Longformer is made of.
    fn before_longformer(&self) -> &'static str {
        match self.profile.body("roberta") {
            Some(_) => "roberta",
            None => "bert",
        }
    }

    fn pretraining_job(
        &self,
        name: &str,
        task: &str,
        pretraining: &Pretraining,
        body: &BodyConfig,
        seed: u64,
    ) -> Result<Job, StudyError> {
        let variant = self.variant(pretraining).cloned().unwrap_or_default();
        let own = self.pretrainings.get(name).map(|(source, _)| source);
        let file = own.unwrap_or(&self.profile_file);
        let wrong = |what: String| StudyError::from(file.mistake(what));
        let form = variant.form.unwrap_or(Form::Fair);
        let defaults = self.profile.task(task);
        let mut settings = defaults.settings(form);
        settings.extend(variant.settings);
        let task = self
            .spec(task, form, &settings)
            .map_err(|error| wrong(error.to_string()))?;
        let recipe = variant
            .recipe
            .over(&defaults.recipe.over(&self.profile.recipe));
        let recipe = self.finish(recipe, form, file)?;
        if let Some(what) = recipe.schedule.misfit(recipe.steps) {
            return Err(wrong(what));
        }
        Ok(Job {
            seed,
            body_seed: None,
            policy: "full".to_owned(),
            keep_body: true,
            initialisation: Initialisation::Random {},
            remakes: Vec::new(),
            task,
            recipe,
            body: body.clone(),
        })
    }
}

/// Why a body cannot be made of another one.
fn refused(from: &BodyConfig, body: &BodyConfig, remake: &Remake) -> Result<(), String> {
    let first = match remake {
        Remake::Layers { from } => *from,
        Remake::Parts { parts } => {
            let policy = parts.parse().map_err(TrainingError::from);
            let labels = policy.and_then(|policy| labels(from, None, &policy));
            return labels.map(drop).map_err(|error| error.to_string());
        }
        Remake::Longformer {} => return alike(from, body),
        _ => return Ok(()),
    };
    let (asked, there) = (first.saturating_add(body.layers()), from.layers());
    match asked <= there {
        true => Ok(()),
        false => Err(format!(
            "it takes layers up to the {asked}th of a body that has {there} (`layers` says how many the cell's has)"
        )),
    }
}

/// What a Longformer takes from what it is made of.
const KEPT: [&str; 7] = [
    "vocab_size",
    "type_vocab_size",
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
];

/// Why a Longformer cannot be made of a body of another size.
fn alike(from: &BodyConfig, body: &BodyConfig) -> Result<(), String> {
    let fields = |body| toml::Table::try_from(body).map_err(|error| error.to_string());
    let (theirs, ours) = (fields(from)?, fields(body)?);
    let value = |of: &toml::Table, key: &str| of.get(key).map(ToString::to_string);
    let mut pairs = KEPT
        .into_iter()
        .map(|key| (key, value(&theirs, key), value(&ours, key)));
    match pairs.find(|(_, theirs, ours)| theirs != ours) {
        None => Ok(()),
        Some((key, theirs, None)) => Err(format!(
            "a `{}` body has no `{key}`, and the `{}` that it would be made of has {}",
            body.model_type(),
            from.model_type(),
            theirs.unwrap_or_else(|| "none".to_owned()),
        )),
        Some((key, theirs, Some(ours))) => Err(format!(
            "its `{key}` is {ours}, and that of the `{}` that it is made of is {} (`layers`, `width` and `heads` set both)",
            from.model_type(),
            theirs.unwrap_or_else(|| "none".to_owned()),
        )),
    }
}
