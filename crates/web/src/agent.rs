use crate::proxy;
use std::time::Duration;
use ureq::Agent;
use ureq::config::{ConfigBuilder, RedirectAuthHeaders};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// Settings of an agent for a server at this address, which may stay silent for `silence` at a time.
///
/// A status of any kind is an answer. Redirects are followed, and an `Authorization` goes no further
/// than to the same host. Certificates are those the machine trusts.
pub fn config(address: &str, silence: Duration) -> ConfigBuilder<AgentScope> {
    let wait = Some(silence);
    let machine = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    Agent::config_builder()
        .proxy(proxy::of(address, |name| std::env::var(name).ok()))
        .tls_config(machine.build())
        .user_agent(concat!("fpt/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        // For names the system has a patience of its own (5 seconds a try); ureq's is a thread, and a panic
        // where there is none.
        .timeout_resolve(None)
        .timeout_connect(wait)
        .timeout_send_request(wait)
        .timeout_recv_response(wait)
        .timeout_per_read(wait)
        // Few requests and large answers: a connection that the other side has closed meanwhile
        // costs more than a handshake.
        .max_idle_connections(0)
}
