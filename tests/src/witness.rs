//! Sees builds run, whatever the database says about them.
//!
//! The work of a test component is `sleep SECONDS.MARKER`, with a marker of its own. Whoever looks at the processes of the machine
//! often enough sees each build of it, and whether one was left behind.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Counts components, so that each has its marker.
static MARKERS: AtomicU32 = AtomicU32::new(1);

/// The argument of a `sleep` that nobody else uses.
pub fn marked_seconds(seconds: u32) -> String {
    let marker = MARKERS.fetch_add(1, Ordering::Relaxed);
    // So small a fraction that it does not count, and different from one test program to the next.
    format!("{seconds}.0000{:07}{marker:04}", std::process::id())
}

/// A process, told apart from later ones with the same number.
type Seen = (u32, String);

/// Looks at the processes of the machine until it is dropped.
#[derive(Debug)]
pub struct Witness {
    seen: Arc<Mutex<BTreeMap<String, HashSet<Seen>>>>,
    over: Arc<AtomicBool>,
}

impl Witness {
    /// Begins to look.
    pub fn start() -> Self {
        let witness = Self { seen: Arc::default(), over: Arc::default() };
        let (seen, over) = (witness.seen.clone(), witness.over.clone());
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                for (marker, process) in sleepers() {
                    seen.lock().unwrap().entry(marker).or_default().insert(process);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        witness
    }

    /// How many builds with this marker were seen.
    pub fn builds(&self, marker: &str) -> usize {
        self.seen.lock().unwrap().get(marker).map_or(0, HashSet::len)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// The process that sleeps with this marker, if one does.
pub fn sleeper(marker: &str) -> Option<u32> {
    sleepers().find(|(found, _)| found == marker).map(|(_, (pid, _))| pid)
}

/// The process namespace that a process is in.
pub fn namespace(pid: u32) -> Option<String> {
    Some(fs::read_link(format!("/proc/{pid}/ns/pid")).ok()?.display().to_string())
}

/// Processes in a process namespace, zombies left out, with their command lines.
pub fn members(namespace_name: &str) -> Vec<String> {
    let inside = processes().filter(|pid| namespace(*pid).as_deref() == Some(namespace_name));
    inside.map(|pid| format!("{pid}: {}", command_line(pid).join(" "))).collect()
}

fn sleepers() -> impl Iterator<Item = (String, Seen)> {
    processes().filter_map(|pid| {
        let line = command_line(pid);
        match &line[..] {
            [program, marker] if program.ends_with("sleep") => Some((marker.clone(), (pid, start_time(pid)?))),
            _ => None,
        }
    })
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn command_line(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let parts = bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The 22nd field; the second one, the name, ends with the last parenthesis.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}
