//! Downloads from a server on this machine that speaks the hub's paths.
#![allow(clippy::unwrap_used)]

use hub::{Hub, HubError, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The files that an index names, of which this hub has only honest ones.
fn shards(index: &Path) -> Result<BTreeSet<String>, String> {
    let bytes = fs::read(index).map_err(|error| error.to_string())?;
    let index: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let files = index["weight_map"].as_object().unwrap().values();
    let files = files.map(|file| file.as_str().unwrap());
    match files.clone().find(|file| file.contains('/')) {
        None => Ok(files.map(str::to_owned).collect()),
        Some(file) => Err(format!("{file} leaves the folder")),
    }
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A hub with one model, `owner/body`.
#[derive(Default)]
struct Server {
    files: BTreeMap<String, Vec<u8>>,
    /// Bodies sent, by file.
    sent: Mutex<Vec<String>>,
    /// Files whose first transfer breaks off in the middle.
    drops: Mutex<Vec<String>>,
    /// Whether requests are taken and never answered.
    silent: bool,
}

impl Server {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let files = files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        Self {
            files: files.collect(),
            ..Self::default()
        }
    }

    /// Serves until the test ends; the address comes back.
    fn start(self) -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(self);
        let shared = Arc::clone(&server);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (server, stream) = (Arc::clone(&shared), stream.unwrap());
                thread::spawn(move || server.answer(stream));
            }
        });
        (server, address)
    }

    fn answer(&self, stream: TcpStream) {
        let mut reader = BufReader::new(&stream);
        let mut request = String::new();
        reader.read_line(&mut request).unwrap();
        let mut header = String::from(" ");
        while !header.trim().is_empty() {
            header.clear();
            reader.read_line(&mut header).unwrap();
        }
        if self.silent {
            thread::sleep(Duration::from_secs(30));
            return;
        }
        let mut words = request.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap().to_owned());
        self.route(&stream, method == "HEAD", &path);
    }

    fn route(&self, stream: &TcpStream, head: bool, path: &str) {
        let not_found = || reply(stream, "404 Not Found", &[], b"", head);
        if path == "/api/models/owner/body" || path == "/api/models/owner/body/revision/main" {
            return reply(stream, "200 OK", &[], b"{}", head);
        }
        // Large files are elsewhere, as on the hub.
        if let Some(file) = path.strip_prefix("/elsewhere/") {
            return self.send(stream, head, file);
        }
        let file = ["main", COMMIT]
            .iter()
            .find_map(|revision| path.strip_prefix(&format!("/owner/body/resolve/{revision}/")));
        let Some((file, bytes)) = file.and_then(|file| Some((file, self.files.get(file)?))) else {
            return not_found();
        };
        let (etag, size) = (format!("\"{:x}\"", sum(bytes)), bytes.len().to_string());
        if bytes.len() < 1_000 {
            return self.send(stream, head, file);
        }
        let place = format!("/elsewhere/{file}");
        let headers = [
            ("Location", place.as_str()),
            ("X-Repo-Commit", COMMIT),
            ("X-Linked-Etag", &etag),
            ("X-Linked-Size", &size),
        ];
        // The path of another host: only its headers speak for the file.
        let host = format!("http://{}{place}", stream.local_addr().unwrap());
        let mut headers = headers.to_vec();
        headers[0].1 = &host;
        reply(stream, "302 Found", &headers, b"", head);
    }

    fn send(&self, stream: &TcpStream, head: bool, file: &str) {
        let bytes = &self.files[file];
        let etag = format!("\"{:x}\"", sum(bytes));
        let headers = [("X-Repo-Commit", COMMIT), ("ETag", etag.as_str())];
        if !head {
            self.sent.lock().unwrap().push(file.to_owned());
            let mut drops = self.drops.lock().unwrap();
            if let Some(place) = drops.iter().position(|name| name == file) {
                drops.remove(place);
                let mut stream = stream;
                let length = bytes.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
                )
                .unwrap();
                stream.write_all(&bytes[..length / 2]).unwrap();
                return;
            }
        }
        reply(stream, "200 OK", &headers, bytes, head);
    }
}

fn reply(mut stream: &TcpStream, status: &str, headers: &[(&str, &str)], body: &[u8], head: bool) {
    let length = body.len();
    let mut text =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all(format!("{text}\r\n").as_bytes());
    if !head {
        let _ = stream.write_all(body);
    }
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    })
}

fn hub(endpoint: &str, cache: &Path) -> Hub {
    Hub {
        endpoint: Some(endpoint.to_owned()),
        cache: Some(cache.to_owned()),
        offline: false,
        patience: Duration::from_secs(10),
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn large() -> Vec<u8> {
    (0..100_000_u32).map(|index| (index % 251) as u8).collect()
}

#[test]
fn a_checkpoint_arrives_once_and_lies_where_python_looks_for_it() {
    let weights = large();
    let files: [(&str, &[u8]); 3] = [
        ("config.json", b"{}"),
        ("model.safetensors", &weights),
        ("tf_model.h5", b"never asked for"),
    ];
    let (server, address) = Server::with(&files).start();
    let cache = tempfile::tempdir().unwrap();
    let hub = hub(&address, cache.path());
    let mut seen = 0;
    let found = hub
        .checkpoint(&name("owner/body"), shards, &mut |progress| {
            if progress.file == "model.safetensors" {
                assert_eq!(progress.total, Some(100_000));
                seen = progress.bytes;
            }
        })
        .unwrap();
    assert_eq!(seen, 100_000);
    assert_eq!(found.commit, COMMIT);
    let folder = cache.path().join("models--owner--body");
    assert_eq!(found.folder, folder.join("snapshots").join(COMMIT));
    assert_eq!(
        fs::read_to_string(folder.join("refs/main")).unwrap(),
        COMMIT
    );
    assert_eq!(
        fs::read(found.folder.join("model.safetensors")).unwrap(),
        weights
    );

    let again = hub
        .checkpoint(&name("owner/body"), shards, &mut |_| {})
        .unwrap();
    assert_eq!(again, found);
    let sent = server.sent.lock().unwrap();
    assert_eq!(*sent, ["config.json", "model.safetensors"]);
}

#[test]
fn a_transfer_that_breaks_off_is_taken_up_again() {
    let weights = large();
    let server = Server {
        drops: Mutex::new(vec!["model.safetensors".to_owned()]),
        ..Server::with(&[("config.json", b"{}"), ("model.safetensors", &weights)])
    };
    let (server, address) = server.start();
    let cache = tempfile::tempdir().unwrap();
    let found = hub(&address, cache.path()).checkpoint(&name("owner/body"), shards, &mut |_| {});
    let weights_there = fs::read(found.unwrap().folder.join("model.safetensors")).unwrap();
    assert_eq!(weights_there, weights);
    assert_eq!(server.sent.lock().unwrap().len(), 3);
}

#[test]
fn shards_come_by_their_index_and_a_hostile_one_is_refused() {
    let weights = large();
    let index = br#"{"weight_map": {"a": "x-1.bin", "b": "x-2.bin", "c": "x-1.bin"}}"#;
    let files: [(&str, &[u8]); 4] = [
        ("config.json", b"{}"),
        ("pytorch_model.bin.index.json", index),
        ("x-1.bin", &weights),
        ("x-2.bin", b"small"),
    ];
    let (_, address) = Server::with(&files).start();
    let cache = tempfile::tempdir().unwrap();
    let found = hub(&address, cache.path()).checkpoint(&name("owner/body"), shards, &mut |_| {});
    assert_eq!(
        fs::read(found.unwrap().folder.join("x-2.bin")).unwrap(),
        b"small"
    );

    let index = br#"{"weight_map": {"a": "../../../home/x.bin"}}"#;
    let files: [(&str, &[u8]); 2] = [
        ("config.json", b"{}"),
        ("model.safetensors.index.json", index),
    ];
    let (_, address) = Server::with(&files).start();
    let cache = tempfile::tempdir().unwrap();
    let found = hub(&address, cache.path()).checkpoint(&name("owner/body"), shards, &mut |_| {});
    assert!(matches!(found, Err(HubError::BadIndex { .. })), "{found:?}");
}

#[test]
fn what_is_not_there_is_said_for_what_it_is() {
    let (_, address) = Server::with(&[("config.json", b"{}")]).start();
    let cache = tempfile::tempdir().unwrap();
    let hub = hub(&address, cache.path());
    let ask = |text: &str| {
        hub.checkpoint(&name(text), shards, &mut |_| {})
            .unwrap_err()
    };
    assert_eq!(
        ask("owner/other"),
        HubError::NoRepository("owner/other".to_owned())
    );
    assert!(
        matches!(ask("owner/body@v9"), HubError::NoRevision { revision, .. } if revision == "v9")
    );
    assert_eq!(
        ask("owner/body"),
        HubError::NoWeights("owner/body".to_owned())
    );
    let (_, address) = Server::with(&[("model.safetensors", b"")]).start();
    let hub = self::hub(&address, cache.path());
    let error = hub.config(&name("owner/body")).unwrap_err();
    assert!(matches!(error, HubError::NoFile { file, .. } if file == "config.json"));
    // Something else in its place is named.
    for other in ["adapter_config.json", "tf_model.h5", "flax_model.msgpack"] {
        for files in [
            [("README.md", &b""[..]), (other, b"x")],
            [("config.json", b"{}"), (other, b"x")],
        ] {
            let (server, address) = Server::with(&files).start();
            let cache = tempfile::tempdir().unwrap();
            let hub = self::hub(&address, cache.path());
            let asked = hub.checkpoint(&name("owner/body"), shards, &mut |_| {});
            let error = asked.unwrap_err().to_string();
            assert!(error.contains(other) && error.contains("FOLDER"), "{error}");
            assert!(!server.sent.lock().unwrap().iter().any(|file| file == other));
        }
    }
}

#[test]
fn without_the_hub_a_complete_cache_serves_and_nothing_else_does() {
    let (_, address) = Server::with(&[("config.json", b"{}"), ("model.safetensors", b"w")]).start();
    let cache = tempfile::tempdir().unwrap();
    let here = hub(&address, cache.path());
    let found = here
        .checkpoint(&name("owner/body"), shards, &mut |_| {})
        .unwrap();
    let offline = Hub {
        offline: true,
        ..here.clone()
    };
    let gone = hub("http://127.0.0.1:9", cache.path());
    for hub in [&offline, &gone] {
        assert_eq!(
            hub.checkpoint(&name("owner/body"), shards, &mut |_| {})
                .unwrap(),
            found
        );
    }
    let error = offline
        .checkpoint(&name("owner/other"), shards, &mut |_| {})
        .unwrap_err();
    assert!(error.to_string().contains("HF_HUB_OFFLINE"), "{error}");
    let error = gone
        .checkpoint(&name("owner/other"), shards, &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, HubError::Failed(_)), "{error}");
    // Half a checkpoint is none.
    fs::remove_file(found.folder.join("model.safetensors")).unwrap();
    assert!(
        offline
            .checkpoint(&name("owner/body"), shards, &mut |_| {})
            .is_err()
    );
}

#[test]
fn a_silent_hub_ends_with_patience() {
    let server = Server {
        silent: true,
        ..Server::default()
    };
    let (_, address) = server.start();
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub {
        patience: Duration::from_secs(1),
        ..hub(&address, cache.path())
    };
    let error = hub
        .checkpoint(&name("owner/body"), shards, &mut |_| {})
        .unwrap_err();
    assert_eq!(error, HubError::Silent { seconds: 1 });
}

/// A folder in a file's place is the plainest way to be there and not to be read, for root, too.
#[test]
fn what_cannot_be_read_is_not_taken_for_missing() {
    let small: &[(&str, &[u8])] = &[("config.json", b"{}"), ("model.safetensors", b"weights")];
    let name: Name = "owner/body".parse().unwrap();
    let places = [
        "models--owner--body/refs/main".to_owned(),
        "models--owner--body/blobs".to_owned(),
        format!("models--owner--body/snapshots/{COMMIT}"),
    ];
    for place in places {
        let (_, address) = Server::with(small).start();
        let cache = tempfile::tempdir().unwrap();
        let hub = |offline| Hub {
            endpoint: Some(address.clone()),
            cache: Some(cache.path().to_owned()),
            offline,
            patience: Duration::from_secs(5),
        };
        let ask = |offline| hub(offline).checkpoint(&name, shards, &mut |_| {});
        ask(false).unwrap();
        let path = cache.path().join(&place);
        fs::rename(&path, cache.path().join("aside")).unwrap();
        match path.ends_with("main") {
            true => fs::create_dir(&path).unwrap(),
            false => fs::write(&path, b"").unwrap(),
        }
        for offline in [false, true] {
            let error = ask(offline).unwrap_err();
            assert!(matches!(error, HubError::Disk { .. }), "{place}: {error:?}");
            assert!(
                error.to_string().contains("models--owner--body/"),
                "{error}"
            );
            assert!(error.to_string().contains("HF_HUB_CACHE"), "{error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_download_can_be_read_by_whom_the_umask_lets() {
    use std::os::unix::fs::PermissionsExt;
    let files: &[(&str, &[u8])] = &[("config.json", b"{}"), ("model.safetensors", b"weights")];
    let (_, address) = Server::with(files).start();
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub {
        endpoint: Some(address),
        cache: Some(cache.path().to_owned()),
        offline: false,
        patience: Duration::from_secs(5),
    };
    let name: Name = "owner/body".parse().unwrap();
    let folder = hub.checkpoint(&name, shards, &mut |_| {}).unwrap().folder;
    let plain = cache.path().join("plain");
    fs::write(&plain, b"").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    for file in ["config.json", "model.safetensors"] {
        assert_eq!(mode(&folder.join(file)), mode(&plain), "{file}");
    }
}
