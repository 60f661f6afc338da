//! What has to be so on every page.

// Each test file is a crate that uses a part of it.
#![allow(dead_code, clippy::unwrap_used)]

use roxmltree::{Document, ParsingOptions};
use std::collections::BTreeSet;

/// Style and script, which are no XML.
fn raw<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

pub fn style(page: &str) -> &str {
    raw(page, "style")
}

/// The page as XML: without style and script, its void elements closed.
pub fn as_xml(page: &str) -> String {
    let page = page.replace(raw(page, "style"), "");
    let page = page.replace(raw(&page, "script"), "");
    let mut out = String::new();
    for (index, part) in page.split("<meta").enumerate() {
        match (index, part.split_once('>')) {
            (0, _) | (_, None) => out.push_str(part),
            (_, Some((inside, rest))) => out.push_str(&format!("<meta{inside}/>{rest}")),
        }
    }
    out
}

/// Well-formed; ids once each; links and labels lead somewhere on the page; nothing comes from elsewhere; each drawing
/// and each table has a name. Returns all text.
pub fn hold(page: &str) -> String {
    let xml = as_xml(page);
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(&xml, options).unwrap();
    let nodes = || document.descendants().filter(|node| node.is_element());
    let mut ids = BTreeSet::new();
    for id in nodes().filter_map(|node| node.attribute("id")) {
        assert!(ids.insert(id.to_owned()), "{id} twice");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(id.chars().all(is_plain), "{id}");
    }
    let mut scripts = 0;
    for node in nodes() {
        let name = node.tag_name().name();
        scripts += usize::from(name == "script");
        assert!(
            !["iframe", "img", "link", "object", "b"].contains(&name),
            "{name}"
        );
        for attribute in node.attributes() {
            let value = attribute.value();
            match attribute.name() {
                // On the page, or a study's own page beside it.
                "href" => match value.strip_prefix('#') {
                    Some(id) => assert!(ids.contains(id), "{value}"),
                    None => assert!(value.ends_with("/report.html"), "{value}"),
                },
                "aria-labelledby" => {
                    assert!(value.split(' ').all(|id| ids.contains(id)), "{value}");
                }
                "src" | "srcset" | "data" => panic!("{value}"),
                other => assert!(!other.starts_with("on"), "{other}"),
            }
        }
        if name == "svg" {
            assert_eq!(node.attribute("role"), Some("img"));
            let named = ["title", "desc"].map(|name| {
                let mut children = node.children();
                let named =
                    children.find(|child| child.has_tag_name(("http://www.w3.org/2000/svg", name)));
                named.unwrap().text().unwrap().to_owned()
            });
            assert!(named.iter().all(|text| !text.is_empty()));
        }
        if name == "table" {
            assert!(node.has_attribute("aria-labelledby"));
        }
    }
    assert_eq!(scripts, 1);
    for elsewhere in ["url(", "@import", "fetch(", "XMLHttp"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    let text = document.descendants().filter_map(|node| node.text());
    text.collect::<Vec<_>>().join(" ")
}
