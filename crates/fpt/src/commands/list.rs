use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::print;
use report::two_columns;
use study::{Kind, known};

/// Says what there is to name in a study: of one kind, or which kinds there are.
pub fn run(context: &Context, kind: Option<Kind>) -> Result<Exit, Problem> {
    let profile = &context.options.profile;
    let list = |kind| known(&context.experiments, profile, kind);
    let rows: Vec<(String, String)> = match kind {
        Some(kind) => {
            let all = list(kind)?.into_iter();
            all.map(|known| (known.name, known.says)).collect()
        }
        None => {
            let line = |kind: Kind| {
                let count = list(kind)?.len();
                Ok((kind.name().to_owned(), format!("{count} {}", kind.says())))
            };
            let lines = Kind::ALL.into_iter().map(line);
            lines.collect::<Result<_, Problem>>()?
        }
    };
    print::say(two_columns(&rows, print::width()).trim_end());
    Ok(Exit::Done)
}

/// A kind by its name, of many or of one, for the command line.
pub fn kind(name: &str) -> Result<Kind, String> {
    let kinds = || Kind::ALL.into_iter();
    let one = |kind: Kind| match kind.name().strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => kind.name().trim_end_matches('s').to_owned(),
    };
    let found = kinds().find(|kind| kind.name() == name || one(*kind) == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = kinds().map(Kind::name).collect();
        format!("`fpt list` knows {}", names.join(", "))
    })
}
