//! A directory of groups: slapd of `OpenLDAP`, over `ldap://` and `ldaps://`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::certificates::Authority;
use crate::process::{Process, free_port};
use crate::wait::{LONG, until_true};

/// What everything stands under.
const ROOT: &str = "dc=example,dc=test";
/// Where the groups are.
pub const GROUPS_DN: &str = "ou=groups,dc=example,dc=test";
/// Who may change everything.
pub const ADMIN_DN: &str = "cn=admin,dc=example,dc=test";
/// The administrator's password.
pub const ADMIN_PASSWORD: &str = "directory secret";

/// A directory. Groups are `posixGroup`s with `memberUid`s right below [`GROUPS_DN`].
#[derive(Debug)]
pub struct Directory {
    process: Mutex<Option<Process>>,
    port: u16,
    tls_port: u16,
    authority: Authority,
    folder: TempDir,
}

impl Directory {
    /// One that tells everybody: groups with their members.
    pub async fn start(groups: &[(&str, &[&str])]) -> Self {
        Self::with("", groups).await
    }

    /// One that tells only those who bind.
    pub async fn closed(groups: &[(&str, &[&str])]) -> Self {
        Self::with("require authc\n", groups).await
    }

    async fn with(more: &str, groups: &[(&str, &[&str])]) -> Self {
        let folder = TempDir::with_prefix("mbs-slapd-").unwrap();
        let authority = Authority::make(&folder.path().join("tls"));
        let directory = Self { process: Mutex::default(), port: free_port(), tls_port: free_port(), authority, folder };
        directory.configure(more);
        directory.load(groups);
        directory.restart().await;
        directory
    }

    /// Without TLS.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// With TLS; [`Directory::authority`] has signed its certificate.
    pub fn tls_url(&self) -> String {
        format!("ldaps://localhost:{}", self.tls_port)
    }

    /// Who has signed its certificate.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What it has logged: every search, with its filter.
    pub fn output(&self) -> String {
        let log = self.folder.path().join("slapd.log");
        String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
    }

    /// Starts it again after [`Directory::kill`].
    pub async fn restart(&self) {
        let mut command = Command::new(tool("slapd"));
        let addresses = format!("{} ldaps://127.0.0.1:{}", self.url(), self.tls_port);
        command.args(["-d", "stats", "-f"]).arg(self.config()).args(["-h", &addresses]);
        let process = Process::start("slapd", &mut command, &self.folder.path().join("slapd.log"));
        *self.process.lock().unwrap() = Some(process);
        until_true("slapd to answer", LONG, async || TcpStream::connect(("127.0.0.1", self.tls_port)).is_ok()).await;
    }

    /// `kill -9`.
    pub fn kill(&self) {
        self.process.lock().unwrap().take().expect("slapd runs").kill();
    }

    /// Keeps connections open and answers nothing until [`Directory::thaw`].
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Goes on after [`Directory::freeze`].
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Adds a member to a group.
    pub fn join(&self, group: &str, user: &str) {
        self.modify(&format!("dn: cn={group},{GROUPS_DN}\nchangetype: modify\nadd: memberUid\nmemberUid: {user}\n"));
    }

    /// Takes a member out of a group.
    pub fn leave(&self, group: &str, user: &str) {
        let change = format!("changetype: modify\ndelete: memberUid\nmemberUid: {user}\n");
        self.modify(&format!("dn: cn={group},{GROUPS_DN}\n{change}"));
    }

    /// Any change, as LDIF.
    pub fn modify(&self, ldif: &str) {
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-H", &self.url(), "-D", ADMIN_DN, "-w", ADMIN_PASSWORD]);
        feed(command, ldif);
    }

    fn signal(&self, signal: Signal) {
        self.process.lock().unwrap().as_ref().expect("slapd runs").signal(signal);
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("slapd.conf")
    }

    fn configure(&self, more: &str) {
        let folder = self.folder.path().display();
        let tls = self.authority.issue("slapd");
        std::fs::create_dir(self.folder.path().join("db")).unwrap();
        let schemas = ["core", "cosine", "nis"].map(|name| format!("include {}\n", schema(name).display())).concat();
        let modules = match modules() {
            Some(path) => format!("modulepath {}\nmoduleload back_mdb\n", path.display()),
            None => String::new(),
        };
        let config = format!(
            "{schemas}{modules}{more}\
             pidfile {folder}/slapd.pid\n\
             TLSCACertificateFile {}\nTLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
             database mdb\nsuffix \"{ROOT}\"\nrootdn \"{ADMIN_DN}\"\nrootpw \"{ADMIN_PASSWORD}\"\n\
             directory {folder}/db\n",
            self.authority.file().display(),
            tls.certificate.display(),
            tls.key.display(),
        );
        std::fs::write(self.config(), config).unwrap();
    }

    fn load(&self, groups: &[(&str, &[&str])]) {
        let mut ldif = format!(
            "dn: {ROOT}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n\
             dn: {GROUPS_DN}\nobjectClass: organizationalUnit\nou: groups\n\n"
        );
        for (number, (name, members)) in (1000..).zip(groups) {
            write!(ldif, "dn: cn={name},{GROUPS_DN}\nobjectClass: posixGroup\ncn: {name}\ngidNumber: {number}\n")
                .unwrap();
            members.iter().for_each(|member| writeln!(ldif, "memberUid: {member}").unwrap());
            ldif.push('\n');
        }
        let mut command = Command::new(tool("slapadd"));
        command.arg("-f").arg(self.config());
        feed(command, &ldif);
    }
}

fn feed(mut command: Command, text: &str) {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Servers' tools are not on everybody's PATH.
fn tool(name: &str) -> PathBuf {
    first(["/usr/sbin", "/usr/libexec/openldap"].map(|folder| PathBuf::from(folder).join(name)))
        .unwrap_or_else(|| name.into())
}

fn schema(name: &str) -> PathBuf {
    let file = format!("schema/{name}.schema");
    first(["/etc/ldap", "/etc/openldap"].map(|folder| PathBuf::from(folder).join(&file))).expect("slapd's schemas")
}

fn modules() -> Option<PathBuf> {
    first(["/usr/lib/ldap", "/usr/lib64/openldap"].map(PathBuf::from))
}

fn first<const N: usize>(paths: [PathBuf; N]) -> Option<PathBuf> {
    paths.into_iter().find(|path| path.exists())
}
