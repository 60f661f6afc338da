/// `did you mean …` when a known name is close, the list of them otherwise.
pub(crate) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    // The same name where a file of it is not read as one.
    let close = known.iter().filter(|candidate| **candidate != name);
    let close = close.map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    match close.max_by(|a, b| a.0.total_cmp(&b.0)) {
        // Of a few letters nearly all are alike.
        Some((likeness, best)) if likeness > 0.75 && best.len() > 2 => {
            format!("did you mean `{best}`?")
        }
        _ if known.is_empty() => "there are none".to_owned(),
        _ => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn a_close_name_is_proposed_and_a_far_one_gets_the_list() {
        assert_eq!(
            suggest("mnits", ["cifar10", "mnist"]),
            "did you mean `mnist`?"
        );
        assert_eq!(
            suggest("zzz", ["cifar10", "mnist"]),
            "known are cifar10, mnist"
        );
        assert_eq!(suggest("nosuch", ["n", "mnist"]), "known are n, mnist");
    }
}
