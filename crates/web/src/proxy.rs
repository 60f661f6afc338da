//! Proxies by environment: one for each scheme, and hosts and networks that need none.

use std::net::IpAddr;
use ureq::Proxy;
use ureq::http::Uri;

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
    let host = host(address);
    let is_inside = |entry: &str| host.is_some_and(|host| is_in(host, entry.trim()));
    if exceptions.split(',').any(is_inside) {
        return None;
    }
    around(&Proxy::new(named?.trim()).ok()?, &exceptions)
}

/// The host of an address that names it by number.
fn host(address: &str) -> Option<IpAddr> {
    let address: Uri = address.parse().ok()?;
    let host = address.host()?.trim_matches(['[', ']']);
    host.parse().ok()
}

/// Whether a host is the one that an entry names by number, or in the network `10.0.0.0/8` of it.
fn is_in(host: IpAddr, entry: &str) -> bool {
    let (network, bits) = entry.split_once('/').unwrap_or((entry, "128"));
    let network = network.trim_matches(['[', ']']).parse::<IpAddr>();
    let (Ok(network), Ok(bits)) = (network, bits.parse::<u32>()) else {
        return false;
    };
    let same = |host: u128, network: u128, of: u32| {
        let free = of.saturating_sub(bits);
        host.checked_shr(free).unwrap_or(0) == network.checked_shr(free).unwrap_or(0)
    };
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            same(host.to_bits().into(), network.to_bits().into(), 32)
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => same(host.to_bits(), network.to_bits(), 128),
        _ => false,
    }
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
        let networks = "10.0.0.0/8,fd00::/8,192.168.1.7,[::1]";
        for address in [
            "http://10.1.2.3/x",
            "http://[fd12::3]:8080/x",
            "http://192.168.1.7",
            "http://[::1]/x",
        ] {
            assert!(direct(address, networks), "{address}");
        }
        for address in ["http://11.1.2.3", "http://[fe80::1]", "http://192.168.1.8"] {
            assert!(!direct(address, networks), "{address}");
        }
        assert!(direct("http://1.2.3.4", "0.0.0.0/0"));
        assert!(!direct("https://ba.org", exceptions));
        assert!(!direct("https://a.org.evil.com", exceptions));
        assert!(direct("https://a.org", "*"));
    }
}
