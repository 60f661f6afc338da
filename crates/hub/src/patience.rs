use crate::error::HubError;
use hf_hub::progress::{DownloadEvent, ProgressEvent, ProgressHandler};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// How far the download of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file's name in its repository.
    pub file: String,
    pub bytes: u64,
    /// Of how many, where the hub says so.
    pub total: Option<u64>,
}

/// What the thread that talks to the hub has to say.
enum Word<T> {
    Progress(Progress),
    End(Result<T, HubError>),
}

/// Runs `ask` until it ends, or until nothing has been heard from it for `patience`.
///
/// The client has no limit on how long it waits for a connection, so it gets a thread of its own,
/// which is left behind when the hub stays silent.
pub(crate) fn patiently<T: Send + 'static>(
    patience: Duration,
    progress: &mut dyn FnMut(Progress),
    ask: impl FnOnce(Arc<dyn Tell>) -> Result<T, HubError> + Send + 'static,
) -> Result<T, HubError> {
    let (send, receive) = channel();
    let heard = Arc::new(Told(send.clone()));
    thread::spawn(move || send.send(Word::End(ask(heard))));
    loop {
        match receive.recv_timeout(patience) {
            Ok(Word::Progress(word)) => progress(word),
            Ok(Word::End(end)) => return end,
            Err(RecvTimeoutError::Timeout) => {
                let seconds = patience.as_secs();
                return Err(HubError::Silent { seconds });
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(HubError::Failed("the hub's client broke off".to_owned()));
            }
        }
    }
}

/// Passes on what a download says.
pub(crate) trait Tell: Send + Sync {
    fn tell(&self, progress: Progress);
}

struct Told<T>(Sender<Word<T>>);

impl<T: Send> Tell for Told<T> {
    fn tell(&self, progress: Progress) {
        // Nobody listens any more once patience has ended.
        let _ = self.0.send(Word::Progress(progress));
    }
}

/// The client's events as ours.
pub(crate) struct Events(pub Arc<dyn Tell>);

impl ProgressHandler for Events {
    fn on_progress(&self, event: &ProgressEvent) {
        if let ProgressEvent::Download(DownloadEvent::Progress { files }) = event {
            for file in files {
                self.0.tell(Progress {
                    file: file.filename.clone(),
                    bytes: file.bytes_completed,
                    total: (file.total_bytes > 0).then_some(file.total_bytes),
                });
            }
        }
    }
}
