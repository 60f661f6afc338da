//! The house of docs/architecture.md, held: which crate may know which, what only some of them may
//! know, and that no files import each other in a circle.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; a crate may know those before it.
const FLOORS: [&str; 16] = [
    "threads",
    "files",
    "web",
    "queue",
    "hub",
    "kernels",
    "freezing-policy",
    "data",
    "tasks",
    "backbone",
    "training",
    "evidence",
    "results",
    "study",
    "runner",
    "report",
];

/// Libraries that only these crates know.
const KNOWN_TO: [(&str, &[&str]); 13] = [
    ("ureq", &["web", "hub", "data"]),
    ("parquet", &["data", "results"]),
    ("plotters", &["report"]),
    ("crc32c", &["report"]),
    ("maud", &["report"]),
    ("resvg", &["report"]),
    ("statrs", &["evidence"]),
    ("clap", &["fpt"]),
    ("signal-hook", &["fpt"]),
    ("burn-store", &["backbone", "training"]),
    ("burn-cubecl", &["kernels"]),
    ("cubecl", &["kernels"]),
    ("cubek", &["kernels"]),
];

/// Pairs that must not know each other although the floors would allow it.
const STRANGERS: [(&str, &str); 8] = [
    ("backbone", "tasks"),
    ("tasks", "kernels"),
    ("evidence", "data"),
    ("study", "results"),
    ("runner", "results"),
    ("report", "results"),
    ("report", "study"),
    ("report", "runner"),
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a crate's code is built on, tests apart.
fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(crates().join(name).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let table = manifest
        .get("dependencies")
        .and_then(|table| table.as_table());
    table
        .into_iter()
        .flat_map(|table| table.keys().cloned())
        .collect()
}

#[test]
fn arrows_point_down() {
    let found: BTreeSet<String> = fs::read_dir(crates())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let known = FLOORS.into_iter().chain(["fpt"]).map(str::to_owned);
    assert_eq!(found, known.collect(), "a crate without its floor");
    for (floor, name) in FLOORS.iter().enumerate() {
        let above = FLOORS[floor..].iter().chain(&["fpt"]);
        let known = dependencies(name);
        let up: Vec<_> = above.filter(|other| known.contains(**other)).collect();
        assert!(up.is_empty(), "{name} knows {up:?} above it");
    }
}

#[test]
fn a_crate_uses_what_it_is_built_on() {
    for name in FLOORS.into_iter().chain(["fpt"]) {
        let modules = code(name);
        for other in dependencies(name) {
            let word = other.replace('-', "_");
            let is_used = modules.values().any(|text| text.contains(&word));
            assert!(is_used, "{name} is built on {other}, and has no use for it");
        }
    }
}

#[test]
fn every_script_is_told_of() {
    let folder = crates().join("../scripts");
    let page = fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_script = entry.path().is_file() && name != "README.md";
        assert!(!is_script || page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn some_things_only_some_crates_know() {
    for name in FLOORS.into_iter().chain(["fpt"]) {
        let known = dependencies(name);
        for (library, allowed) in KNOWN_TO {
            let may = allowed.contains(&name);
            assert!(may || !known.contains(library), "{name} knows {library}");
        }
        for (_, stranger) in STRANGERS.iter().filter(|(who, _)| *who == name) {
            assert!(!known.contains(*stranger), "{name} knows {stranger}");
        }
    }
}

/// Two ways to sync or lock would differ on the day that a file system cannot.
#[test]
fn files_alone_syncs_and_locks() {
    for name in FLOORS
        .into_iter()
        .chain(["fpt"])
        .filter(|name| *name != "files")
    {
        let modules = code(name);
        for (module, text) in modules {
            for word in [
                ".sync_all(",
                ".sync_data(",
                ".try_lock(",
                "TryLockError",
                "NamedTempFile::new",
            ] {
                assert!(
                    !text.contains(word),
                    "{name}::{}: {word}",
                    module.join("::")
                );
            }
        }
    }
}

/// A pipe in a file's place would be waited for, for ever.
#[test]
fn what_others_made_is_opened_by_files() {
    for name in ["hub", "data", "tasks", "backbone"] {
        for (module, text) in code(name) {
            for word in ["File::open(", "fs::read(", "fs::read_to_string("] {
                let module = module.join("::");
                assert!(!text.contains(word), "{name}::{module}: {word}");
            }
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for name in FLOORS.into_iter().chain(["fpt"]) {
        let modules = code(name);
        let imports: BTreeMap<_, _> = modules
            .iter()
            .map(|(module, text)| (module.clone(), imports(module, text, &modules)))
            .collect();
        if let Some(circle) = circle(&imports) {
            let circle: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            panic!("{name}: {}", circle.join(" -> "));
        }
    }
}

/// `["figure", "page"]`; the root of a crate is empty.
type Module = Vec<String>;

/// The files of a crate by their modules, without what is only compiled for tests.
fn code(name: &str) -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::new();
    collect(
        &crates().join(name).join("src"),
        &mut Vec::new(),
        &mut modules,
    );
    // What only tests declare went with the rest of them.
    let is_declared = |module: &Module| {
        (1..=module.len()).all(|depth| {
            let word = format!("mod {};", module[depth - 1]);
            let above = modules.get(&module[..depth - 1]);
            above.is_some_and(|text| text.contains(&word))
        })
    };
    let declared: BTreeSet<Module> = modules
        .keys()
        .filter(|module| is_declared(module))
        .cloned()
        .collect();
    modules.retain(|module, _| declared.contains(module));
    modules
}

fn collect(folder: &Path, above: &mut Module, modules: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            above.push(stem);
            collect(&path, above, modules);
            above.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = without_tests(&text);
            let is_own = matches!(stem.as_str(), "lib" | "main" | "mod");
            let own = (!is_own).then_some(stem);
            let module = above.iter().cloned().chain(own).collect();
            modules.insert(module, text);
        }
    }
}

/// The code of a file without comments and without the items that only tests have.
fn without_tests(text: &str) -> String {
    let mut code = Vec::new();
    let mut lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            code.push(line);
            continue;
        }
        // An item ends with a semicolon, or at a brace as far left as it began.
        let indent = line.len() - line.trim_start().len();
        let ends = |line: &str| {
            let left = line.len() - line.trim_start().len() == indent;
            left && (line.ends_with(';') || line.trim_start().starts_with('}'))
        };
        for line in lines.by_ref() {
            if ends(line) {
                break;
            }
        }
    }
    code.join("\n")
}

/// The modules that a file takes something from: what its paths begin with, as far as they are files.
fn imports(module: &Module, text: &str, modules: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for (at, _) in text
        .match_indices("crate::")
        .chain(text.match_indices("super::"))
    {
        let before = text[..at].chars().next_back();
        let is_visibility = text[..at].ends_with("pub(in ");
        let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$');
        if is_visibility || before.is_some_and(is_inside) {
            continue;
        }
        let mut paths = Vec::new();
        expand(&text[at..], &mut Vec::new(), &mut paths);
        for path in paths {
            let mut from = match path[0].as_str() {
                "crate" => Module::new(),
                _ => module.clone(),
            };
            let mut rest = path.as_slice();
            while let Some((first, behind)) = rest.split_first() {
                match first.as_str() {
                    "crate" => {}
                    "super" => drop(from.pop()),
                    _ => break,
                }
                rest = behind;
            }
            found.insert(file_of(from, rest, modules));
        }
    }
    // `use child::Name;` of a file that has children.
    for (at, _) in text.match_indices("use ") {
        let mut paths = Vec::new();
        expand(&text[at + "use ".len()..], &mut Vec::new(), &mut paths);
        let files = paths
            .iter()
            .map(|path| file_of(module.clone(), path, modules));
        found.extend(files);
    }
    found.remove(module);
    found
}

/// The file that a path from some module leads to, as far as it names modules.
fn file_of(mut from: Module, path: &[String], modules: &BTreeMap<Module, String>) -> Module {
    for name in path {
        let longer: Module = from.iter().cloned().chain([name.clone()]).collect();
        if !modules.contains_key(&longer) {
            break;
        }
        from = longer;
    }
    from
}

/// The paths of a (maybe nested) list such as `crate::a::{b, c::{d, e}}`; what stands behind it.
fn expand<'t>(text: &'t str, above: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> &'t str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    above.push(name.to_owned());
    let depth = above.len();
    let mut rest = match rest.strip_prefix("::") {
        None => {
            paths.push(above.clone());
            rest
        }
        Some(list) if list.starts_with('{') => {
            let mut list = &list[1..];
            loop {
                list = list.trim_start_matches([',', ' ', '\n']);
                match list.strip_prefix('}') {
                    Some(behind) => break behind,
                    None if list.is_empty() => break list,
                    None => {
                        let behind = expand(list, above, paths);
                        list = behind.trim_start_matches(|c| c != ',' && c != '}');
                    }
                }
            }
        }
        Some(further) => expand(further, above, paths),
    };
    above.truncate(depth - 1);
    rest = rest.trim_start_matches(' ');
    rest
}

/// A circle among the files, if there is one. That the file of a folder or a crate declares its children
/// is no import; that it passes on their names is.
fn circle(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    fn visit(
        at: &Module,
        imports: &BTreeMap<Module, BTreeSet<Module>>,
        path: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> Option<Vec<Module>> {
        if let Some(first) = path.iter().position(|module| module == at) {
            let mut circle = path[first..].to_vec();
            circle.push(at.clone());
            return Some(circle);
        }
        if done.contains(at) {
            return None;
        }
        path.push(at.clone());
        let found = imports
            .get(at)
            .into_iter()
            .flatten()
            .find_map(|next| visit(next, imports, path, done));
        path.pop();
        done.insert(at.clone());
        found
    }
    let mut done = BTreeSet::new();
    imports
        .keys()
        .find_map(|module| visit(module, imports, &mut Vec::new(), &mut done))
}

#[test]
fn what_stands_behind_a_test_is_seen() {
    let text = "#[cfg(test)]\nmod damage;\npub use a::X;\n#[cfg(test)]\nmod tests {\n    use b::Y;\n}\nuse c::Z;";
    assert_eq!(without_tests(text), "pub use a::X;\nuse c::Z;");
}

#[test]
fn a_circle_is_seen() {
    let module = |name: &str| vec![name.to_owned()];
    let texts = [
        ("a", "use crate::b::{X, y};"),
        ("b", "use crate::{c::Z, d};"),
        ("c", "fn f() { super::a::g() }"),
        ("d", "use std::fmt;"),
    ];
    let modules: BTreeMap<Module, String> = texts
        .iter()
        .map(|(name, text)| (module(name), (*text).to_owned()))
        .collect();
    let of = |name: &str| imports(&module(name), &modules[&module(name)], &modules);
    assert_eq!(of("b"), BTreeSet::from([module("c"), module("d")]));
    let all: BTreeMap<_, _> = modules
        .keys()
        .map(|name| (name.clone(), imports(name, &modules[name], &modules)))
        .collect();
    assert_eq!(circle(&all).unwrap().len(), 4);
}
