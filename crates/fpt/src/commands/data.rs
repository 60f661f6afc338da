use crate::context::Context;
use crate::data_page;
use crate::exit::{Exit, Failing, Problem};
use crate::print;
use crate::survey::{ItemFacts, State, Survey, TaskFacts};
use clap::Args;
use data::{DataDir, ITEMS};
use report::Samples;
use std::path::{Path, PathBuf};
use tasks::{Form, REGISTRY, TaskError};

#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// One task in detail
    task: Option<String>,
    /// Draw examples as a body sees them, into a .png or .svg file
    #[arg(long, value_name = "FILE", requires = "task")]
    sheet: Option<PathBuf>,
    /// The seed whose first training batch is drawn
    #[arg(long, value_name = "S", default_value = "1")]
    seed: u64,
    /// Which form of the tasks: paper or fair [default: the profile's; of one task both]
    #[arg(long, value_name = "FORM", value_parser = form)]
    form: Option<Form>,
    /// As JSON, for scripts
    #[arg(long, conflicts_with = "sheet")]
    json: bool,
}

/// Shows all tasks, or one, or a sheet of its examples.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
    context.use_cores()?;
    match (&arguments.task, &arguments.sheet) {
        (Some(name), Some(file)) => sheet(context, arguments, name, file),
        (Some(name), None) => detail(context, arguments, name),
        (None, _) => overview(context, arguments),
    }
}

fn overview(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
    // A profile that cannot be read is an error of its own, not one of every task.
    study::task(
        &context.experiments,
        &context.options.profile,
        REGISTRY[0].name,
        None,
    )?;
    let form = arguments.form.map(|form| [form]);
    let form = form.as_ref().map(<[Form; 1]>::as_slice);
    let tasks = REGISTRY
        .iter()
        .map(|entry| TaskFacts::of(context, entry, form));
    let survey = survey(context, tasks.collect());
    if arguments.json {
        json(&survey)?;
    } else {
        data_page::overview(context, &survey);
    }
    let broken = survey.tasks.iter().any(|task| task.has(State::Broken));
    Ok(if broken { Exit::Failed } else { Exit::Done })
}

fn detail(context: &Context, arguments: &Arguments, name: &str) -> Result<Exit, Problem> {
    let task = study::task(&context.experiments, &context.options.profile, name, None)?;
    let entry = tasks::entry(name).failing("find the task")?;
    let other = match task.form {
        Form::Paper => Form::Fair,
        Form::Fair => Form::Paper,
    };
    let forms = arguments
        .form
        .map_or_else(|| vec![task.form, other], |form| vec![form]);
    let facts = TaskFacts::of(context, entry, Some(&forms));
    let mut survey = survey(context, vec![facts]);
    let needed = &survey.tasks[0].data;
    survey.data.retain(|item| needed.contains(&item.name));
    if arguments.json {
        json(&survey)?;
    } else {
        data_page::detail(context, &survey);
    }
    // The form that the profile does not use may have settings that do not go with it.
    let own = &survey.tasks[0].forms[0];
    Ok(match own.state {
        State::Ready => Exit::Done,
        State::Missing | State::Broken => Exit::Failed,
    })
}

fn survey(context: &Context, tasks: Vec<TaskFacts>) -> Survey {
    let data = DataDir::new(&context.data);
    Survey {
        profile: context.options.profile.clone(),
        folder: context.data.clone(),
        tasks,
        data: ITEMS
            .into_iter()
            .map(|item| ItemFacts::of(item, &data))
            .collect(),
    }
}

fn json(survey: &Survey) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(survey).failing("write JSON")?;
    print::data(&text);
    Ok(())
}

/// Draws the first training batch of a seed.
fn sheet(
    context: &Context,
    arguments: &Arguments,
    name: &str,
    file: &Path,
) -> Result<Exit, Problem> {
    let spec = study::task(
        &context.experiments,
        &context.options.profile,
        name,
        arguments.form,
    )?;
    let is = |ending: &str| file.extension().is_some_and(|found| found == ending);
    let shown = file.display();
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    let refused = match folder {
        _ if !is("png") && !is("svg") => Some("its name has to end in .png or .svg".to_owned()),
        _ if file.is_dir() => Some("it is a folder".to_owned()),
        Some(folder) if !folder.is_dir() => {
            Some(format!("there is no folder {}", folder.display()))
        }
        _ => None,
    };
    if let Some(why) = refused {
        return Err(Problem::Asked(format!("cannot write {shown}: {why}")));
    }
    let task = tasks::open(
        name,
        &spec.settings,
        spec.form,
        &DataDir::new(&context.data),
    );
    let task = task.map_err(|error| match error {
        TaskError::Settings { .. } => Problem::Asked(error.to_string()),
        _ => Problem::Run(error.to_string()),
    })?;
    let about = tasks::entry(name).map_or("", |entry| entry.about);
    let figure = report::samples(&Samples {
        title: &format!("{name}: {about}"),
        about: &format!(
            "profile {}, form {}, first training batch of seed {}",
            context.options.profile,
            spec.form.name(),
            arguments.seed
        ),
        shape: task.shape(),
        view: task.view(),
        batch: &|size| task.batch(arguments.seed, 0, size),
    });
    let figure = figure.failing("draw the sheet")?;
    let bytes = match is("svg") {
        true => figure.svg.into_bytes(),
        false => figure.png,
    };
    files::write(file, &bytes)
        .map_err(|error| Problem::Asked(format!("cannot write {shown}: {error}")))?;
    let size = print::size(bytes.len() as u64);
    print::say(format_args!("{shown}: {size}"));
    Ok(Exit::Done)
}

fn form(text: &str) -> Result<Form, String> {
    match text {
        "paper" => Ok(Form::Paper),
        "fair" => Ok(Form::Fair),
        _ => Err("expected paper or fair".to_owned()),
    }
}
