//! What a run tells while it works. The library reports to a `Progress`; the program chooses which one.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Hears of the progress of a run. Calls may come from several threads; stages do not overlap.
pub trait Progress: Sync {
    /// A stage begins; totals of 0 mean that they are not known.
    fn stage(&self, name: &'static str, files: u64, bytes: u64);
    /// So many more files and bytes are done.
    fn advance(&self, files: u64, bytes: u64);
    /// The stage is over.
    fn finish(&self);
    /// Something a person should know now.
    fn note(&self, message: &str);
}

/// Says nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &'static str, _: u64, _: u64) {}
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
    fn note(&self, _: &str) {}
}

/// A bar on a terminal: stage, files, MB/s, time left.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    counts: Counts,
}

impl Bar {
    /// A bar drawn on `target`.
    pub fn new(target: ProgressDrawTarget) -> Self {
        Self { bar: ProgressBar::with_draw_target(None, target), counts: Counts::default() }
    }
}

impl Progress for Bar {
    fn stage(&self, name: &'static str, files: u64, bytes: u64) {
        self.counts.begin(name, files, bytes);
        let template = if bytes > 0 {
            "{prefix:<10} {wide_bar} {msg} files  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left"
        } else if files > 0 {
            "{prefix:<10} {wide_bar} {human_pos}/{human_len} files  {eta} left"
        } else {
            "{prefix:<10} {spinner} {human_pos} files  {elapsed}"
        };
        self.bar.reset();
        self.bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_prefix(name);
        self.bar.set_message("0");
        match bytes.max(files) {
            0 => self.bar.unset_length(),
            length => self.bar.set_length(if bytes > 0 { bytes } else { length }),
        }
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, files: u64, bytes: u64) {
        let (done, by_bytes) = self.counts.add(files, bytes);
        if by_bytes {
            self.bar.inc(bytes);
            // Formatting on each small file would cost more than reading it.
            if done.is_multiple_of(64) {
                self.bar.set_message(done.to_string());
            }
        } else {
            self.bar.inc(files);
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn note(&self, message: &str) {
        self.bar.println(crate::names::printable(message));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Plain lines for logs: one every ten seconds and one at the end of each stage.
pub struct Lines {
    writer: Mutex<Box<dyn Write + Send>>,
    counts: Counts,
    every: Duration,
}

impl Lines {
    /// Lines written to `writer`, one each ten seconds at most.
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self { writer: Mutex::new(writer), counts: Counts::default(), every: Duration::from_secs(10) }
    }

    fn line(&self, text: &str) {
        if let Ok(mut writer) = self.writer.lock() {
            // Progress that cannot be written must not stop the run.
            let _ = writeln!(writer, "dechaff: {text}");
        }
    }
}

impl Progress for Lines {
    fn stage(&self, name: &'static str, files: u64, bytes: u64) {
        self.counts.begin(name, files, bytes);
    }

    fn advance(&self, files: u64, bytes: u64) {
        self.counts.add(files, bytes);
        if let Some(line) = self.counts.due(self.every) {
            self.line(&line);
        }
    }

    fn finish(&self) {
        self.line(&self.counts.line("done"));
    }

    fn note(&self, message: &str) {
        self.line(&crate::names::printable(message));
    }
}

/// One JSON object a line, for programs that collect logs.
pub struct Json {
    writer: Mutex<Box<dyn Write + Send>>,
    counts: Counts,
    every: Duration,
}

impl Json {
    /// Lines written to `writer`, one each ten seconds at most and one for each stage.
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self { writer: Mutex::new(writer), counts: Counts::default(), every: Duration::from_secs(10) }
    }

    fn line(&self, level: &str, message: &str, fields: &[(&str, serde_json::Value)]) {
        if let Ok(mut writer) = self.writer.lock() {
            let _ = writer.write_all(json_line(level, message, fields).as_bytes());
        }
    }

    fn state(&self, state: &str, line: &str) {
        let (stage, files, bytes) = self.counts.figures();
        let seconds = (stage.start.elapsed().as_secs_f64() * 1e3).round() / 1e3;
        let fields = [
            ("event", "stage".into()),
            ("stage", stage.name.into()),
            ("state", state.into()),
            ("files", files.into()),
            ("bytes", bytes.into()),
            ("seconds", seconds.into()),
        ];
        self.line("info", line, &fields);
    }
}

impl Progress for Json {
    fn stage(&self, name: &'static str, files: u64, bytes: u64) {
        self.counts.begin(name, files, bytes);
    }

    fn advance(&self, files: u64, bytes: u64) {
        self.counts.add(files, bytes);
        if let Some(line) = self.counts.due(self.every) {
            self.state("at work", &line);
        }
    }

    fn finish(&self) {
        self.state("done", &self.counts.line("done"));
    }

    fn note(&self, message: &str) {
        self.line("warning", message, &[("event", "note".into())]);
    }
}

/// A message as a line of JSON: time, process, level, message, and more fields.
pub fn json_line(level: &str, message: &str, fields: &[(&str, serde_json::Value)]) -> String {
    let mut object = serde_json::Map::new();
    object.insert("time".into(), crate::lock::timestamp(std::time::SystemTime::now()).into());
    object.insert("pid".into(), std::process::id().into());
    object.insert("level".into(), level.into());
    object.insert("message".into(), crate::names::printable(message).into());
    for (key, value) in fields {
        object.insert((*key).into(), value.clone());
    }
    format!("{}\n", serde_json::Value::Object(object))
}

/// What is counted about the stage at work.
#[derive(Debug)]
struct Counts {
    files: AtomicU64,
    bytes: AtomicU64,
    /// Milliseconds from `start` to the last line.
    last: AtomicU64,
    stage: Mutex<Stage>,
}

#[derive(Debug, Clone, Copy)]
struct Stage {
    name: &'static str,
    files: u64,
    bytes: u64,
    start: Instant,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            last: AtomicU64::new(0),
            stage: Mutex::new(Stage { name: "start", files: 0, bytes: 0, start: Instant::now() }),
        }
    }
}

impl Counts {
    fn now(&self) -> Stage {
        *self.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn begin(&self, name: &'static str, files: u64, bytes: u64) {
        *self.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Stage { name, files, bytes, start: Instant::now() };
        self.files.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
        self.last.store(0, Ordering::Relaxed);
    }

    /// The files done so far, and whether the stage is measured in bytes.
    fn add(&self, files: u64, bytes: u64) -> (u64, bool) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        (self.files.fetch_add(files, Ordering::Relaxed) + files, self.now().bytes > 0)
    }

    fn figures(&self) -> (Stage, u64, u64) {
        (self.now(), self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// The line to write, where the last one is `every` ago.
    fn due(&self, every: Duration) -> Option<String> {
        let elapsed = self.now().start.elapsed().as_millis() as u64;
        let last = self.last.load(Ordering::Relaxed);
        if elapsed < last + every.as_millis() as u64 {
            return None;
        }
        // Of several threads that see the same moment, one writes.
        self.last.compare_exchange(last, elapsed, Ordering::Relaxed, Ordering::Relaxed).ok()?;
        Some(self.line("at work"))
    }

    fn line(&self, state: &str) -> String {
        let stage = self.now();
        let (files, bytes) = (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        let seconds = stage.start.elapsed().as_secs_f64();
        let mut line = format!("{}: {state}", stage.name);
        if files > 0 || stage.files > 0 {
            line += &format!(", {files}");
            if stage.files > files {
                line += &format!(" of {}", stage.files);
            }
            line += " files";
        }
        if bytes > 0 {
            line += &format!(", {:.1} MB/s", bytes as f64 / 1e6 / seconds.max(1e-3));
            if state != "done" && stage.bytes > bytes {
                line += &format!(", about {:.0} s left", seconds / bytes as f64 * (stage.bytes - bytes) as f64);
            }
        }
        line + &format!(", {seconds:.1} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_at_the_end_of_a_stage_and_now_and_then() {
        let sink = Sink::default();
        let mut lines = Lines::new(Box::new(sink.clone()));
        lines.stage("decode", 3, 300);
        lines.advance(1, 100);
        lines.every = Duration::ZERO;
        lines.advance(1, 100);
        lines.note("a\x1bb");
        lines.finish();
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with("dechaff: decode: at work, 2 of 3 files, ") && lines[0].contains(" left"));
        assert_eq!(lines[1], "dechaff: a\\u{1b}b");
        assert!(lines[2].starts_with("dechaff: decode: done, 2 of 3 files"));
    }

    #[test]
    fn json_lines_are_objects_with_the_same_news() {
        let sink = Sink::default();
        let json = Json::new(Box::new(sink.clone()));
        json.stage("decode", 3, 300);
        json.advance(2, 100);
        json.note("a\x1bb\n\u{202e}c");
        json.finish();
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["message"], "a\\u{1b}b\\n\\u{202e}c");
        assert_eq!((&lines[1]["stage"], &lines[1]["state"]), (&"decode".into(), &"done".into()));
        assert_eq!((&lines[1]["files"], &lines[1]["bytes"]), (&2.into(), &100.into()));
        assert_eq!(lines[1]["time"].as_str().unwrap().len(), 20);
    }

    #[test]
    fn a_bar_takes_any_stage() {
        let bar = Bar::new(ProgressDrawTarget::hidden());
        for (files, bytes) in [(0, 0), (5, 0), (5, 50)] {
            bar.stage("stage", files, bytes);
            bar.advance(1, 10);
            bar.note("note");
            bar.finish();
        }
    }
}
