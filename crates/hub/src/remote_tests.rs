//! Servers on this machine that answer as they are told, connection by connection.

use super::*;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// Answers the connections in order; gives its port and the requests it got, in lower case.
fn serve(answers: Vec<String>) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, asked) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            while lines.read_line(&mut request).unwrap() > 2 {}
            // Not every test reads what was asked.
            let _ = send.send(request.to_lowercase());
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, asked)
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {}\r\n\r\n{body}", head.replace('\n', "\r\n"))
}

/// A user who has a token.
fn remote(port: u16) -> Remote {
    let hub = Hub {
        endpoint: Some(format!("http://127.0.0.1:{port}/")),
        cache: None,
        offline: false,
        patience: Duration::from_secs(5),
    };
    Remote {
        token: Some("secret".to_owned()),
        ..Remote::of(&hub, "owner", "body").unwrap()
    }
}

/// What a download writes.
fn pour(remote: &Remote, address: &str) -> Result<String, HubError> {
    let mut file = tempfile::tempfile().unwrap();
    remote.pour(address, "file", &mut file, &mut |_| {})?;
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    Ok(text)
}

#[test]
fn the_token_is_for_the_hub_alone() {
    let (elsewhere, asked_elsewhere) = serve(vec![answer("200 OK\ncontent-length: 5", "large")]);
    let there = format!("302 Found\ncontent-length: 0\nlocation: http://localhost:{elsewhere}/x");
    let (port, asked) = serve(vec![answer(&there, "")]);
    let remote = remote(port);
    let address = remote.address(&["owner", "body"], "main", "file");
    assert_eq!(pour(&remote, &address).unwrap(), "large");
    let told = |asked: Receiver<String>| asked.recv().unwrap().contains("bearer secret");
    assert!(told(asked) && !told(asked_elsewhere));
}

#[test]
fn what_came_is_gone_on_with() {
    let (port, asked) = serve(vec![
        answer("200 OK\ncontent-length: 8", "half"),
        answer("503 Service Unavailable\ncontent-length: 0", ""),
        answer(
            "206 Partial Content\ncontent-length: 4\ncontent-range: bytes 4-7/8",
            "done",
        ),
    ]);
    let address = format!("http://127.0.0.1:{port}/x");
    assert_eq!(pour(&remote(port), &address).unwrap(), "halfdone");
    let asked = asked.iter().take(3).collect::<Vec<_>>();
    assert!(!asked[0].contains("range:") && asked[2].contains("range: bytes=4-\r\n"));
}

#[test]
fn a_part_that_does_not_fit_is_thrown_away() {
    let (port, _) = serve(vec![
        answer("200 OK\ncontent-length: 8", "half"),
        answer(
            "206 Partial Content\ncontent-length: 4\ncontent-range: bytes 0-3/8",
            "half",
        ),
        answer("200 OK\ncontent-length: 5", "whole"),
    ]);
    let address = format!("http://127.0.0.1:{port}/x");
    assert_eq!(pour(&remote(port), &address).unwrap(), "whole");
}

#[test]
fn a_renamed_repository_is_followed_and_a_file_elsewhere_is_not() {
    let (port, asked) = serve(vec![
        answer(
            "307 Temporary Redirect\ncontent-length: 0\nlocation: /Owner/Body/x",
            "",
        ),
        answer(
            "302 Found\ncontent-length: 0\nlocation: https://elsewhere.org/y\nx-linked-size: 7\n\
             x-linked-etag: \"abc\"\netag: \"other\"\nx-repo-commit: ../..",
            "",
        ),
    ]);
    let remote = remote(port);
    let address = remote.address(&["owner", "body"], "refs/pr/1", "a b/c#.bin");
    let head = remote.head(&address, "file").unwrap();
    assert_eq!(
        (head.etag.as_deref(), head.length, head.commit),
        (Some("abc"), Some(7), None)
    );
    let first = asked.recv().unwrap();
    assert!(
        first.starts_with("head /owner/body/resolve/refs%2fpr%2f1/a%20b/c%23.bin http"),
        "{first}"
    );
    assert!(first.contains("bearer secret"));
    assert!(asked.recv().unwrap().starts_with("head /owner/body/x http"));
}

#[test]
fn a_no_is_taken_for_a_no_and_trouble_is_not() {
    let no = |status: &str| answer(&format!("{status}\ncontent-length: 0"), "");
    let (port, asked) = serve(vec![no("401 Unauthorized")]);
    let closed = HubError::Closed("owner/body".to_owned());
    assert_eq!(remote(port).has(&["models", "owner", "body"]), Err(closed));
    assert!(
        asked
            .recv()
            .unwrap()
            .starts_with("get /api/models/owner/body http")
    );

    let trouble = || no("502 Bad Gateway");
    let (port, _) = serve(vec![trouble(), trouble(), no("404 Not Found")]);
    assert_eq!(remote(port).has(&["models"]), Ok(false));
    let (port, _) = serve(vec![trouble(), trouble(), trouble()]);
    let failed = HubError::Failed("HTTP error: 502 Bad Gateway".to_owned());
    assert_eq!(remote(port).has(&["models"]), Err(failed));
}
