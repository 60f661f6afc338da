use crate::print;
use data::{Item, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt;
use std::time::{Duration, Instant};

/// Between two lines on a download that nobody watches.
const EVERY: Duration = Duration::from_secs(5);

const BAR: &str = "{prefix}: {bar:30} {decimal_bytes} of {decimal_total_bytes}, \
                   {decimal_bytes_per_sec}, {eta} left";

/// What is said while an item comes: a bar, or plain lines where stderr is no terminal.
pub struct Fetching<'a> {
    item: &'a Item,
    bar: ProgressBar,
    began: Began,
    said: Instant,
}

/// Where and when the file began to come in this call.
#[derive(Clone, Copy)]
struct Began {
    from: u64,
    total: Option<u64>,
    at: Instant,
}

impl<'a> Fetching<'a> {
    pub fn new(item: &'a Item) -> Self {
        let now = Instant::now();
        let style = ProgressStyle::with_template(BAR);
        Self {
            item,
            // Shown once something comes.
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_prefix(item.name),
            began: Began {
                from: 0,
                total: None,
                at: now,
            },
            said: now,
        }
    }

    /// Shows what is done.
    pub fn tell(&mut self, progress: Progress) {
        match progress {
            Progress::Waiting => self.line("another process gets it; waiting"),
            Progress::Trying { source } => {
                let size = print::size(self.item.bytes);
                self.line(format_args!("about {size} from {source}"));
            }
            Progress::Downloading { from, total } => {
                self.begin(from, total);
                if from > 0 {
                    let bytes = print::size(from);
                    self.line(format_args!("goes on after the {bytes} that are here"));
                }
            }
            Progress::Downloaded { bytes, total } => {
                // The hub does not say when a file begins.
                if total != self.began.total {
                    self.begin(0, total);
                }
                self.bar.set_position(bytes);
                if self.bar.is_hidden() && self.said.elapsed() > EVERY {
                    self.said = Instant::now();
                    self.line(self.pace(bytes));
                }
            }
            Progress::Again { because, pause } => {
                self.bar.finish_and_clear();
                if pause > Duration::ZERO {
                    self.line(format_args!("{because}; again in {pause:.0?}"));
                } else {
                    self.line(because);
                }
            }
            Progress::Converting => {
                self.bar.finish_and_clear();
                self.line("unpacking");
            }
        }
    }

    fn begin(&mut self, from: u64, total: Option<u64>) {
        let at = Instant::now();
        self.began = Began { from, total, at };
        self.said = at;
        self.bar.reset();
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(from);
        self.bar.reset_eta();
    }

    /// `5.1 MB of 11.5 MB, 2.3 MB/s, about 3 s left`.
    fn pace(&self, bytes: u64) -> String {
        let Began { from, total, at } = self.began;
        let rate = bytes.saturating_sub(from) as f64 / at.elapsed().as_secs_f64().max(1e-3);
        let so_far = print::size(bytes);
        let speed = print::size(rate as u64);
        match total {
            Some(total) => {
                let left = total.saturating_sub(bytes) as f64 / rate.max(1.0);
                let (total, left) = (print::size(total), print::span(left));
                format!("{so_far} of {total}, {speed}/s, about {left} left")
            }
            None => format!("{so_far}, {speed}/s"),
        }
    }

    fn line(&self, what: impl fmt::Display) {
        let name = self.item.name;
        self.bar
            .suspend(|| print::note(format_args!("{name}: {what}")));
    }
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
