//! Limits of the kernel on single processes, as options of `prlimit`.

use rustix::process::{Resource, getrlimit};

/// `--fsize=…`: the most bytes that a file may get. `u64::MAX` is no limit.
pub(super) fn file_size(bytes: u64) -> Option<String> {
    option("fsize", Resource::Fsize, bytes)
}

/// `--nproc=…`: the most processes and threads of a user in its user namespace. `u64::MAX` is no limit.
pub(super) fn processes(number: u64) -> Option<String> {
    option("nproc", Resource::Nproc, number)
}

/// Nobody but root may ask for more than the service itself has.
fn option(name: &str, resource: Resource, wanted: u64) -> Option<String> {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    (wanted < u64::MAX).then(|| format!("--{name}={}", wanted.min(most)))
}
