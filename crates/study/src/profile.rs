use crate::document::Document;
use crate::error::StudyError;
use crate::library::{Library, Shelf};
use crate::seeds::are_replicates;
use crate::size::SizeChanges;
use backbone::{BodyConfig, Size};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tasks::Form;
use toml::Spanned;
use training::RecipeChanges;

/// The key that says what a shape is a shape of.
pub(crate) const MODEL_TYPE: &str = "model_type";

/// How large and how long: what a study leaves open.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Profile {
    /// The profile that says what this one does not.
    pub extends: Option<Spanned<String>>,
    /// Replicates by number, in place of those that the looks of a protocol ask for.
    pub seeds: Option<Spanned<Vec<u64>>>,
    /// Whether numbers at it mean nothing: it says whether everything runs, and they are held against nobody's.
    pub means_nothing: Option<bool>,
    /// How studies measure unless they say otherwise.
    pub protocol: Option<Spanned<String>>,
    /// Of every body. Without one there are the bodies below, and these say all of their fields.
    pub size: Option<Spanned<SizeChanges>>,
    /// What bodies have that does not follow from the size, by name; fields as in the hub's
    /// `config.json`. The name is that of a shape of the size, or else `model_type` is.
    #[serde(default)]
    pub body: BTreeMap<Spanned<String>, toml::Table>,
    /// What every job has unless its task says otherwise.
    #[serde(default)]
    pub recipe: RecipeChanges,
    #[serde(default)]
    pub tasks: BTreeMap<Spanned<String>, TaskDefaults>,
}

/// A task at the size of the profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TaskDefaults {
    #[serde(default)]
    pub settings: toml::Table,
    /// Settings of form `fair` that differ, where whole examples need other sizes.
    #[serde(default)]
    pub fair: toml::Table,
    #[serde(default)]
    pub recipe: RecipeChanges,
}

impl TaskDefaults {
    /// What these say, and `others` where they say nothing.
    fn over(self, mut others: Self) -> Self {
        others.settings.extend(self.settings);
        others.fair.extend(self.fair);
        Self {
            recipe: self.recipe.over(&others.recipe),
            ..others
        }
    }

    /// The settings of a form.
    pub fn settings(&self, form: Form) -> toml::Table {
        let mut settings = self.settings.clone();
        if form == Form::Fair {
            settings.extend(self.fair.clone());
        }
        settings
    }
}

impl Profile {
    /// The profile of that name, with what it extends; its protocol; and the names of all that it is made of, from the nearest on.
    ///
    /// # Errors
    /// When a file does not parse or names a body, task, protocol or profile that is not known, and where nothing says a protocol.
    pub fn load(
        library: &Library,
        name: &str,
        tasks: &[String],
        protocols: &[String],
    ) -> Result<(Self, String, Vec<String>), StudyError> {
        let mut names = Vec::new();
        let profile = Self::extended(library, name, tasks, protocols, &mut names)?;
        let Some(protocol) = profile.protocol.clone() else {
            let file = library.get(Shelf::Profiles, name)?;
            let what = "a profile says a `protocol`, or `extends` one that does";
            return Err(file.mistake(what).into());
        };
        Ok((profile, protocol.into_inner(), names))
    }

    fn extended(
        library: &Library,
        name: &str,
        tasks: &[String],
        protocols: &[String],
        names: &mut Vec<String>,
    ) -> Result<Self, StudyError> {
        let file = library.get(Shelf::Profiles, name)?;
        let own: Self = file.parse()?;
        names.push(name.to_owned());
        let whole = match &own.extends {
            None => own.clone(),
            Some(other) => {
                file.known(other, &library.names(Shelf::Profiles), "profile")?;
                if names.contains(other.get_ref()) {
                    let what = "these profiles extend each other in a circle";
                    return Err(file
                        .spot(other.span(), what, "back to the beginning")
                        .into());
                }
                let other = Self::extended(library, other.get_ref(), tasks, protocols, names)?;
                own.clone().over(other)
            }
        };
        own.check(&file, &whole, tasks, protocols)?;
        Ok(whole)
    }

    /// What this one says, and `other` where it says nothing.
    fn over(self, mut other: Self) -> Self {
        for (name, fields) in self.body {
            let there = other.body.remove(&name).unwrap_or_default();
            let fields = there.into_iter().chain(fields).collect();
            other.body.insert(name, fields);
        }
        for (name, own) in self.tasks {
            let there = other.tasks.remove(&name).unwrap_or_default();
            other.tasks.insert(name, own.over(there));
        }
        let size = match (self.size, other.size) {
            (Some(own), Some(others)) => {
                let whole = own.get_ref().over(*others.get_ref());
                Some(Spanned::new(own.span(), whole))
            }
            (own, others) => own.or(others),
        };
        Self {
            extends: self.extends,
            seeds: self.seeds.or(other.seeds),
            means_nothing: self.means_nothing.or(other.means_nothing),
            protocol: self.protocol.or(other.protocol),
            size,
            body: other.body,
            recipe: self.recipe.over(&other.recipe),
            tasks: other.tasks,
        }
    }

    /// Holds what the file says against what there is; `whole` is the profile with what it extends.
    fn check(
        &self,
        file: &Document,
        whole: &Self,
        tasks: &[String],
        protocols: &[String],
    ) -> Result<(), StudyError> {
        if let (Some(own), Some(size)) = (&self.size, &whole.size) {
            let size = size.get_ref().whole().map_err(|missing| {
                let what = format!(
                    "`[size]` does not say `{missing}`, nor does a profile that this one extends"
                );
                file.spot(own.span(), what, "this size")
            })?;
            let checked = size.check();
            checked.map_err(|error| file.spot(own.span(), error.to_string(), "this size"))?;
        }
        if let Some(seeds) = &self.seeds
            && !are_replicates(seeds.get_ref())
        {
            let what = "seeds are numbers of replicates, each once: write `seeds = [1, 2]`";
            return Err(file.spot(seeds.span(), what, "not such a list").into());
        }
        let plain = self.body.iter();
        let plain = plain.filter(|(name, _)| !whole.body[*name].contains_key(MODEL_TYPE));
        let shapes = match &whole.size {
            Some(_) => whole.shapes(),
            None => BodyConfig::MODEL_TYPES.to_vec(),
        };
        for (name, _) in plain {
            file.known(name, &shapes, "backbone")?;
        }
        for name in self.tasks.keys() {
            file.known(name, tasks, "task")?;
        }
        if let Some(protocol) = &self.protocol {
            file.known(protocol, protocols, "protocol")?;
        }
        Ok(())
    }

    /// The fields of the body of that name, its model type among them.
    pub fn body(&self, backbone: &str) -> Option<toml::Table> {
        let mut named = self.body.iter();
        let own = named.find(|(name, _)| name.get_ref() == backbone);
        let own = own.map(|(_, fields)| fields);
        let shape = own.and_then(|fields| fields.get(MODEL_TYPE)?.as_str());
        let sized = self.of_size(shape.unwrap_or(backbone));
        if own.is_none() && sized.is_none() {
            return None;
        }
        let mut fields = sized.unwrap_or_default();
        fields.extend(own.cloned().unwrap_or_default());
        fields.entry(MODEL_TYPE).or_insert_with(|| backbone.into());
        Some(fields)
    }

    /// The size of every body; a profile has been checked for what it does not say.
    fn size(&self) -> Option<Size> {
        self.size.as_ref()?.get_ref().whole().ok()
    }

    /// The fields that follow from the size.
    fn of_size(&self, shape: &str) -> Option<toml::Table> {
        let config = BodyConfig::of_size(shape, &self.size()?)?;
        Some(toml::Table::try_from(config).expect("a config is plain data"))
    }

    /// The fields of a body that follow from these of the size, `(layers, 2)` and the like, as they are with these numbers.
    /// `None` where the body follows from no size.
    pub fn resized(&self, backbone: &str, asked: &[(&str, usize)]) -> Option<toml::Table> {
        let mut named = self.body.iter();
        let own = named.find(|(name, _)| name.get_ref() == backbone);
        let shape = own.and_then(|(_, fields)| fields.get(MODEL_TYPE)?.as_str());
        let usual = self.size()?;
        // Some bodies have fewer layers than the size unless they are asked for so many.
        let fields = |size: &Size, asks_layers: bool| {
            let config = BodyConfig::of_size(shape.unwrap_or(backbone), size)?;
            let config = match asks_layers {
                true => config.with_layers(size.layers),
                false => config,
            };
            toml::Table::try_from(config).ok()
        };
        let mut size = usual;
        for (dimension, number) in asked {
            size.set(dimension, *number);
        }
        let asks_layers = asked.iter().any(|(dimension, _)| *dimension == "layers");
        let (before, mut after) = (fields(&usual, false)?, fields(&size, asks_layers)?);
        // What another number of a dimension changes follows from it.
        let follows = |field: &str| {
            asked.iter().any(|(dimension, _)| {
                let mut other = usual;
                other.set(dimension, 2 * usual.get(dimension));
                let other = fields(&other, *dimension == "layers");
                other.is_some_and(|other| other.get(field) != before.get(field))
            })
        };
        after.retain(|field, _| follows(field));
        Some(after)
    }

    /// Names of what follows from the size.
    fn shapes(&self) -> Vec<&'static str> {
        let size = self.size();
        let shapes = size.as_ref().map(BodyConfig::shapes).unwrap_or_default();
        shapes.into_iter().map(|(name, _)| name).collect()
    }

    /// Names of the bodies.
    pub fn backbones(&self) -> Vec<String> {
        let named = self.body.keys().map(|name| name.get_ref().clone());
        let sized = self.shapes().into_iter().map(str::to_owned);
        let all: BTreeSet<String> = named.chain(sized).collect();
        all.into_iter().collect()
    }

    pub fn task(&self, name: &str) -> TaskDefaults {
        let task = self.tasks.iter().find(|(task, _)| task.get_ref() == name);
        task.map(|(_, task)| task.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(bodies: &str) -> Result<Profile, StudyError> {
        let text = format!("seeds = [1]\nprotocol = \"fair\"\n[recipe]\n{bodies}");
        let file = Document {
            name: "p".to_owned(),
            path: "p.toml".to_owned(),
            text,
        };
        of(&file)
    }

    fn of(file: &Document) -> Result<Profile, StudyError> {
        let profile: Profile = file.parse()?;
        profile.check(file, &profile, &[], &["fair".to_owned()])?;
        Ok(profile)
    }

    const SIZE: &str =
        "[size]\nlayers = 4\nwidth = 64\nheads = 4\npositions = 32\nvocabulary = 9\n";

    #[test]
    fn a_body_is_of_the_size_but_for_what_the_profile_says_of_it() {
        let own = "[body.vanilla]\nintermediate_size = 7\n[body.wide]\nmodel_type = \"vanilla\"\n\
                   hidden_size = 128\n";
        let profile = profile(&format!("{SIZE}{own}")).unwrap();
        let field = |body: &str, field: &str| profile.body(body).unwrap()[field].as_integer();
        assert_eq!(field("vanilla", "hidden_size"), Some(64));
        assert_eq!(field("vanilla", "intermediate_size"), Some(7));
        assert_eq!(field("linformer", "intermediate_size"), Some(256));
        assert_eq!(field("wide", "hidden_size"), Some(128));
        assert_eq!(
            profile.body("wide").unwrap()[MODEL_TYPE].as_str(),
            Some("vanilla")
        );
        assert!(profile.body("narrow").is_none());
        assert!(profile.backbones().contains(&"wide".to_owned()));
        assert!(profile.backbones().contains(&"lstm-star".to_owned()));
    }

    #[test]
    fn seeds_are_numbers_of_replicates() {
        for bad in ["[]", "[1, 1]", "[1, 1000000001]", "[999000001]"] {
            let text = format!("seeds = {bad}\nprotocol = \"fair\"\n[recipe]\n");
            let file = Document {
                name: "p".to_owned(),
                path: "p.toml".to_owned(),
                text,
            };
            let error = of(&file).unwrap_err();
            assert!(error.to_string().contains("each once"), "{bad}: {error}");
        }
    }

    #[test]
    fn without_a_size_there_are_the_bodies_that_are_written_out() {
        let profile = profile("[body.gpt2]\nn_embd = 64\n").unwrap();
        assert_eq!(profile.backbones(), ["gpt2"]);
        assert_eq!(profile.body("gpt2").unwrap().len(), 2);
        assert!(profile.body("bert").is_none());
    }

    #[test]
    fn a_size_that_no_body_has_is_refused() {
        for (from, to, says) in [
            ("heads = 4", "heads = 5", "`heads` is 5 at width 64"),
            ("layers = 4", "layers = 0", "`layers` is 0"),
            (
                "width = 64",
                "width = 1000000000000",
                "`width` is 1000000000000",
            ),
            ("positions = 32\n", "", "does not say `positions`"),
        ] {
            let error = profile(&SIZE.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(profile("[body.gpt3]\nn_embd = 64\n").is_err());
    }
}
