//! The process itself, as the kernel counts it (Linux), under the names that Prometheus clients use.

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::exposition::{Exposition, Kind};

/// Writes what the kernel tells; what it does not tell is left out.
pub(super) fn write(text: &mut Exposition) {
    let status = read("/proc/self/status");
    let memory = |field| kilobytes(&status, field).map(|kilobytes| kilobytes * 1024);
    if let Some(bytes) = memory("VmSize") {
        text.single(Kind::Gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes.", bytes);
    }
    if let Some(bytes) = memory("VmRSS") {
        text.single(Kind::Gauge, "process_resident_memory_bytes", "Resident memory size in bytes.", bytes);
    }
    if let Some(seconds) = start_time(&read("/proc/self/stat"), &read("/proc/stat")) {
        let help = "Start time of the process since unix epoch in seconds.";
        text.single(Kind::Gauge, "process_start_time_seconds", help, seconds);
    }
    let help = "Total user and system CPU time spent in seconds.";
    text.single(Kind::Counter, "process_cpu_seconds_total", help, cpu_seconds());
    if let Some(files) = open_files() {
        text.single(Kind::Gauge, "process_open_fds", "Number of open file descriptors.", files);
    }
    if let Some(files) = getrlimit(Resource::Nofile).current {
        text.single(Kind::Gauge, "process_max_fds", "Maximum number of open file descriptors.", files);
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// `VmRSS:     1234 kB` in `/proc/self/status`.
fn kilobytes(status: &str, field: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The kernel counts in ticks from its own start (`btime` in `/proc/stat`); the name of the program, in parentheses, may have
/// spaces in it.
fn start_time(stat: &str, kernel: &str) -> Option<f64> {
    let after_name = stat.rsplit_once(") ")?.1;
    let ticks: u32 = after_name.split(' ').nth(19)?.parse::<u64>().ok()?.try_into().ok()?;
    let booted: u32 = kernel.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let ticks_per_second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(f64::from(booted) + f64::from(ticks) / f64::from(ticks_per_second))
}

fn cpu_seconds() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(spent.tv_nsec).unwrap_or(0);
    std::time::Duration::new(seconds, nanos).as_secs_f64()
}

/// Without the one that is open for looking.
fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_understood() {
        assert_eq!(kilobytes("Name:\tx\nVmSize:\t  2048 kB\nVmRSS:\t 12 kB\n", "VmRSS"), Some(12));
        assert_eq!(kilobytes("", "VmRSS"), None);
        let stat = "7 (a) b) S 1 1 1 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 250 123 4 5";
        let second = f64::from(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap());
        let started = start_time(stat, "cpu 1 2\nbtime 1000\n").unwrap();
        assert!((started - (1000.0 + 250.0 / second)).abs() < 1e-6, "{started}");
    }

    #[test]
    fn this_process_has_files_memory_and_cpu_time() {
        let mut text = Exposition::default();
        write(&mut text);
        let text = text.finish("");
        assert_eq!(text.matches("# TYPE process_").count(), 6, "{text}");
        assert!(open_files().unwrap() > 2 && cpu_seconds() > 0.0);
    }
}
