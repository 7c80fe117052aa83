//! Where the key of the service is.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Where the Kerberos library looks for it.
const VARIABLE: &str = "KRB5_KTNAME";

/// Lets the Kerberos library know of a keytab. It reads this from the environment of the process, which cannot be changed safely
/// from within, so the program starts itself anew where it has another one: same process, same arguments. Has to be called
/// before anything is begun.
pub fn use_keytab(file: &Path) -> io::Result<()> {
    let name = format!("FILE:{}", file.display());
    if std::env::var_os(VARIABLE).is_some_and(|value| value == *name) {
        return Ok(());
    }
    let mut arguments = std::env::args_os();
    let mut again = Command::new("/proc/self/exe");
    if let Some(program) = arguments.next() {
        again.arg0(program);
    }
    Err(again.args(arguments).env(VARIABLE, name).exec())
}
