//! A cell's recipe: its own keys over the protocol's over the profile's.

use super::resolver::Resolver;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::BUDGET;
use crate::value::{Settings, Value};
use serde::Deserialize;
use tasks::Form;
use training::{Recipe, RecipeChanges};

impl Resolver {
    pub(super) fn recipe(
        &self,
        study: &Document,
        cell: &Settings,
        task: &str,
        form: Form,
    ) -> Result<Recipe, StudyError> {
        let own = cell
            .iter()
            .filter(|(key, _)| Recipe::keys().any(|known| known == *key));
        let own: toml::Table = own
            .map(|(key, value): (_, &Value)| (key.clone(), value.value.clone()))
            .collect();
        let own = RecipeChanges::deserialize(own)
            .map_err(|error| study.spot(0..0, files::plain(error.message()), "in this study"))?;
        let (protocol_file, protocol) = self.protocol(cell);
        let measured = protocol.task(task).recipe.over(&protocol.recipe);
        let says_schedule = measured.schedule.is_some();
        let defaults = self.profile.task(task).recipe.over(&self.profile.recipe);
        let mut recipe = self.finish(
            own.over(&measured).over(&defaults),
            form,
            &self.profile_file,
        )?;
        if let Some(budget) = cell.get(BUDGET).and_then(Value::number) {
            recipe.steps = ((recipe.steps as f64 * budget).round() as u64).max(1);
        }
        match recipe.schedule.misfit(recipe.steps) {
            // A study itself says none.
            Some(what) => {
                let file = match says_schedule {
                    true => protocol_file,
                    false => &self.profile_file,
                };
                Err(file.mistake(what).into())
            }
            None => Ok(recipe),
        }
    }

    /// The whole recipe. What cannot be meant is shown in `file`, the last file that could say it:
    /// studies and protocols are checked before.
    pub(super) fn finish(
        &self,
        patch: RecipeChanges,
        form: Form,
        file: &Document,
    ) -> Result<Recipe, StudyError> {
        if let Some((key, rule)) = patch.problem() {
            let what = format!("`{key}` of the recipe {rule}");
            return Err(file.mistake(what).into());
        }
        let mut recipe = patch.finish().map_err(|field| {
            let what = format!("profile `{}` does not say `{field}`", self.profile_name);
            StudyError::from(self.profile_file.spot(0..0, what, "in [recipe]"))
        })?;
        if let Some(what) = recipe.give_up.and_then(|give_up| give_up.misfit()) {
            return Err(file.mistake(what).into());
        }
        if form == Form::Paper {
            // The paper never stops early: without effect, so it must not tell two jobs apart.
            recipe.patience = 0;
        }
        Ok(recipe)
    }
}
