//! A server on this machine that answers as it is told, connection by connection.

use super::*;
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// What a connection is answered with.
enum Answer {
    /// Header lines and a body; then the connection is closed.
    Send(&'static str, Vec<u8>),
    /// The same, then silence.
    Stall(&'static str, Vec<u8>),
}

/// Answers the connections in order; gives its address and the requests it got.
fn serve(answers: Vec<Answer>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/file", listener.local_addr().unwrap());
    let (send, asked) = channel();
    thread::spawn(move || {
        let mut silent = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            while lines.read_line(&mut request).unwrap() > 2 {}
            send.send(request.to_lowercase()).unwrap();
            let (Answer::Send(head, body) | Answer::Stall(head, body)) = &answer;
            let head = format!("HTTP/1.1 {}\r\n\r\n", head.replace('\n', "\r\n"));
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body).unwrap();
            if matches!(answer, Answer::Stall(..)) {
                silent.push(stream);
            }
        }
        thread::sleep(Duration::from_secs(5));
    });
    (address, asked)
}

fn body() -> Vec<u8> {
    (0..1000_u32)
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Downloads from such a server into a folder; also the requests and what was told.
fn download(
    folder: &Path,
    answers: Vec<Answer>,
) -> (Result<(), DownloadError>, Vec<String>, Vec<Progress>) {
    let (address, asked) = serve(answers);
    let mut told = Vec::new();
    let download = Download {
        address: &address,
        part: &folder.join("part"),
        sha256: &sha256(&body()),
        patience: Patience {
            silence: Duration::from_millis(300),
            attempts: 2,
            pause: Duration::from_millis(1),
        },
    };
    let went = download.run(&mut |progress| told.push(progress));
    (went, asked.try_iter().collect(), told)
}

const WHOLE: &str = "200 OK\ncontent-length: 4000";
const REST: &str = "206 Partial Content\ncontent-length: 2500\ncontent-range: bytes 1500-3999/4000";

fn whole() -> Answer {
    Answer::Send(WHOLE, body())
}

fn first_part() -> Answer {
    Answer::Send(WHOLE, body()[..1500].to_vec())
}

fn rest() -> Answer {
    Answer::Send(REST, body()[1500..].to_vec())
}

fn is_whole(folder: &Path) -> bool {
    fs::read(folder.join("part")).unwrap() == body()
}

#[test]
fn a_whole_file_comes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (went, asked, told) = download(folder.path(), vec![whole()]);
    went.unwrap();
    assert!(is_whole(folder.path()) && !asked[0].contains("range:"));
    let total = Some(4000);
    assert_eq!(told[0], Progress::Downloading { from: 0, total });
    let bytes = 4000;
    assert_eq!(*told.last().unwrap(), Progress::Downloaded { bytes, total });
}

#[test]
fn what_broke_off_is_gone_on_with_in_the_same_call() {
    let folder = tempfile::tempdir().unwrap();
    let (went, asked, told) = download(folder.path(), vec![first_part(), rest()]);
    went.unwrap();
    assert!(is_whole(folder.path()));
    assert!(asked[1].contains("range: bytes=1500-\r\n"), "{}", asked[1]);
    let again = told.iter().any(
        |told| matches!(told, Progress::Again { because, .. } if because.contains("broke off")),
    );
    assert!(again, "{told:?}");
    let (from, total) = (1500, Some(4000));
    assert!(told.contains(&Progress::Downloading { from, total }));
}

#[test]
fn the_next_call_goes_on_too() {
    let folder = tempfile::tempdir().unwrap();
    let missing = || Answer::Send("503 Service Unavailable\ncontent-length: 0", Vec::new());
    let (went, ..) = download(folder.path(), vec![first_part(), missing(), missing()]);
    assert!(went.unwrap_err().to_string().contains("503"));
    let (went, asked, _) = download(folder.path(), vec![rest()]);
    went.unwrap();
    assert!(is_whole(folder.path()) && asked[0].contains("range: bytes=1500-\r\n"));
}

#[test]
fn a_server_that_ignores_the_range_starts_the_file_again() {
    let folder = tempfile::tempdir().unwrap();
    let (went, asked, _) = download(folder.path(), vec![first_part(), whole()]);
    went.unwrap();
    assert!(is_whole(folder.path()) && asked[1].contains("range:"));
}

#[test]
fn a_file_that_became_shorter_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("part"), [7; 5000]).unwrap();
    let short = "416 Range Not Satisfiable\ncontent-length: 0\ncontent-range: bytes */4000";
    let (went, asked, _) = download(
        folder.path(),
        vec![Answer::Send(short, Vec::new()), whole()],
    );
    went.unwrap();
    assert!(is_whole(folder.path()));
    assert!(asked[0].contains("range: bytes=5000-\r\n") && !asked[1].contains("range:"));
}

#[test]
fn a_part_of_another_file_is_thrown_away_once_the_sum_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("part"), [7; 1500]).unwrap();
    let (went, asked, _) = download(folder.path(), vec![rest(), whole()]);
    went.unwrap();
    assert!(is_whole(folder.path()) && !asked[1].contains("range:"));
}

#[test]
fn a_wrong_sum_is_said_and_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = body();
    wrong[77] ^= 1;
    let (went, asked, _) = download(folder.path(), vec![Answer::Send(WHOLE, wrong)]);
    let error = went.unwrap_err().to_string();
    assert!(error.contains(&sha256(&body())) && error.contains("thrown away"));
    assert_eq!(asked.len(), 1);
    assert!(!folder.path().join("part").exists());
}

#[test]
fn a_web_page_is_no_file() {
    let page = b" <!DOCTYPE html><html>sign in</html>".to_vec();
    for head in ["200 OK\ncontent-type: text/html", "200 OK"] {
        let folder = tempfile::tempdir().unwrap();
        let (went, asked, _) = download(folder.path(), vec![Answer::Send(head, page.clone())]);
        assert!(went.unwrap_err().to_string().contains("web page"));
        assert_eq!(asked.len(), 1, "asked once");
        let left = fs::metadata(folder.path().join("part")).map_or(0, |part| part.len());
        assert_eq!(left, 0, "none of it is kept");
    }
}

#[test]
fn silence_ends_and_what_came_before_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let silent = || Answer::Stall(WHOLE, body()[..1500].to_vec());
    let (went, ..) = download(
        folder.path(),
        vec![silent(), Answer::Stall(REST, Vec::new())],
    );
    let error = went.unwrap_err().to_string();
    assert!(
        error.contains("no word from the server in 300ms"),
        "{error}"
    );
    let (went, ..) = download(folder.path(), vec![rest()]);
    went.unwrap();
    assert!(is_whole(folder.path()));
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Answer::Send("404 Not Found\ncontent-length: 0", Vec::new());
    let (went, asked, _) = download(folder.path(), vec![missing]);
    assert!(went.unwrap_err().to_string().contains("404 Not Found"));
    assert_eq!(asked.len(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("part")).unwrap();
    // A folder has a length of its own, so the request asks for the rest of it.
    let (went, ..) = download(folder.path(), vec![whole()]);
    let error = went.unwrap_err();
    assert!(matches!(error, DownloadError::Disk(_)), "{error}");
    assert!(error.to_string().contains("part"), "{error}");
}
