//! Proxies by environment, as curl reads it: one for each scheme, and hosts that need none.

use ureq::Proxy;

/// The proxy for an address, where the environment names one that can be read.
pub(crate) fn of(address: &str, variable: impl Fn(&str) -> Option<String>) -> Option<Proxy> {
    let first = |names: &[&str]| {
        let mut values = names.iter().filter_map(|name| variable(name));
        values.find(|value| !value.trim().is_empty())
    };
    let named = match address.starts_with("https:") {
        true => first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
        false => first(&["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
    };
    let exceptions = first(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    around(&Proxy::new(named?.trim()).ok()?, &exceptions)
}

/// The proxy with hosts that are asked directly. A name stands for its subdomains, too.
fn around(proxy: &Proxy, exceptions: &str) -> Option<Proxy> {
    let mut builder = Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port())
        .resolve_target(proxy.resolve_target());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    for entry in exceptions.split(',').map(str::trim) {
        let host = entry.trim_start_matches('.');
        if !host.is_empty() {
            builder = builder.no_proxy(host).no_proxy(&format!(".{host}"));
        }
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The port of the proxy that the address goes by, `None` where it is asked directly.
    fn by(address: &str, variables: &[(&str, &str)]) -> Option<u16> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let proxy = of(address, variable)?;
        let goes = !proxy.is_no_proxy(&address.parse().unwrap());
        goes.then(|| proxy.port())
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let variables = [
            ("HTTPS_PROXY", "http://user:p%40ss@proxy:1"),
            ("http_proxy", "proxy:2"),
            ("ALL_PROXY", "socks5://proxy:3"),
        ];
        assert_eq!(by("https://a.org/x", &variables), Some(1));
        assert_eq!(by("http://a.org/x", &variables), Some(2));
        assert_eq!(by("https://a.org/x", &variables[2..]), Some(3));
        assert_eq!(by("http://a.org/x", &variables[..1]), None);
        assert_eq!(by("http://a.org/x", &[("HTTP_PROXY", "")]), None);
        let proxy = of("https://a.org", |name| {
            (name == "HTTPS_PROXY").then(|| variables[0].1.to_owned())
        });
        assert_eq!(proxy.unwrap().password(), Some("p@ss"));
    }

    #[test]
    fn some_hosts_are_asked_directly() {
        let direct = |address: &str, exceptions: &str| {
            let variables = [("ALL_PROXY", "http://proxy:1"), ("NO_PROXY", exceptions)];
            by(address, &variables).is_none()
        };
        let exceptions = "localhost, 127.0.0.1,.inner.org,a.org";
        for address in [
            "http://localhost:80/x",
            "http://127.0.0.1:8080/x",
            "https://inner.org",
            "https://hub.inner.org",
            "https://A.org",
            "https://b.a.org",
        ] {
            assert!(direct(address, exceptions), "{address}");
        }
        assert!(!direct("https://ba.org", exceptions));
        assert!(!direct("https://a.org.evil.com", exceptions));
        assert!(direct("https://a.org", "*"));
    }
}
