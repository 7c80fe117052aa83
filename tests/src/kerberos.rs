//! A Kerberos realm of its own: MIT's KDC for `EXAMPLE.TEST`, which trusts `OTHER.TEST`.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::process::{Process, free_port};
use crate::wait::{LONG, until_true};

/// The realm of the service and its users.
pub const REALM: &str = "EXAMPLE.TEST";
/// A realm whose users get tickets for the service, too.
pub const OTHER: &str = "OTHER.TEST";
/// The service's name; clients have to call it by this host name.
pub const HOST: &str = "localhost";
/// The service whose key is in [`Realm::keytab`].
const SERVICE: &str = "HTTP/localhost";

/// A KDC with the keytab of a service.
#[derive(Debug)]
pub struct Realm {
    process: Mutex<Option<Process>>,
    port: u16,
    tickets: AtomicU32,
    folder: TempDir,
}

impl Realm {
    /// Makes both realms, and starts their KDC. `users` are those of [`REALM`]; a password is not needed to log in as one.
    pub async fn start(users: &[&str]) -> Self {
        let folder = TempDir::with_prefix("mbs-kerberos-").unwrap();
        let realm = Self { process: Mutex::default(), port: free_port(), tickets: AtomicU32::new(0), folder };
        realm.configure();
        for name in [REALM, OTHER] {
            realm.run(Command::new(tool("kdb5_util")).args(["create", "-s", "-r", name, "-P", "master"]));
            realm.admin(name, &format!("addprinc -pw trust krbtgt/{REALM}@{OTHER}"));
        }
        realm.admin(REALM, &format!("addprinc -randkey {SERVICE}"));
        realm.admin(REALM, &format!("ktadd -k {} {SERVICE}", realm.keytab().display()));
        for user in users {
            realm.add(user, REALM);
        }
        realm.restart().await;
        realm
    }

    /// Adds a user to a realm, as kadmin writes names.
    pub fn add(&self, user: &str, realm: &str) {
        self.admin(realm, &format!("addprinc -randkey \"{user}@{realm}\""));
        let keytab = self.users();
        self.admin(realm, &format!("ktadd -k {} \"{user}@{realm}\"", keytab.display()));
    }

    /// The service's key.
    pub fn keytab(&self) -> PathBuf {
        self.folder.path().join("http.keytab")
    }

    /// `krb5.conf`, for the service and for clients.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("krb5.conf")
    }

    /// The same for servers that are as strict about times as can be.
    pub fn strict_config(&self) -> PathBuf {
        let strict = self.folder.path().join("strict.conf");
        let text = std::fs::read_to_string(self.config()).unwrap();
        std::fs::write(&strict, text.replace("[libdefaults]\n", "[libdefaults]\nclockskew = 1\n")).unwrap();
        strict
    }

    /// Starts the KDC again after [`Realm::kill`].
    pub async fn restart(&self) {
        let mut command = Command::new(tool("krb5kdc"));
        command.args(["-n", "-r", REALM, "-r", OTHER, "-P"]).arg(self.folder.path().join("kdc.pid"));
        self.environ(&mut command);
        let process = Process::start("krb5kdc", &mut command, &self.folder.path().join("kdc.out"));
        *self.process.lock().unwrap() = Some(process);
        until_true("the KDC to answer", LONG, async || TcpStream::connect(("127.0.0.1", self.port)).is_ok()).await;
    }

    /// `kill -9` of the KDC.
    pub fn kill(&self) {
        self.process.lock().unwrap().take().expect("the KDC runs").kill();
    }

    /// Logs a user in.
    pub fn login(&self, user: &str) -> Ticket {
        self.login_for(user, REALM, "1h")
    }

    /// Logs a user of a realm in for some time, as kinit writes it.
    pub fn login_for(&self, user: &str, realm: &str, lifetime: &str) -> Ticket {
        let number = self.tickets.fetch_add(1, Ordering::Relaxed);
        let cache = self.folder.path().join(format!("ticket-{number}"));
        let ticket = Ticket { cache, config: self.config() };
        let mut command = ticket.command("kinit");
        command.args(["-l", lifetime, "-k", "-t"]).arg(self.users()).arg(format!("{user}@{realm}"));
        self.run(&mut command);
        ticket
    }

    /// Keys of all users.
    fn users(&self) -> PathBuf {
        self.folder.path().join("users.keytab")
    }

    fn admin(&self, realm: &str, query: &str) {
        let output = self.run(Command::new(tool("kadmin.local")).args(["-r", realm, "-q", query]));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!errors.contains("while"), "kadmin.local {query}: {errors}");
    }

    fn run(&self, command: &mut Command) -> Output {
        self.environ(command);
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn environ(&self, command: &mut Command) {
        command.env("KRB5_CONFIG", self.config()).env("KRB5_KDC_PROFILE", self.folder.path().join("kdc.conf"));
    }

    fn configure(&self) {
        let (folder, port) = (self.folder.path().display(), self.port);
        let place = |name: &str| format!(" {name} = {{\n  kdc = 127.0.0.1:{port}\n }}\n");
        let config = format!(
            "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n \
             dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 1\n\
             [realms]\n{}{}[domain_realm]\n {HOST} = {REALM}\n",
            place(REALM),
            place(OTHER),
        );
        std::fs::write(self.config(), config).unwrap();
        let base = |name: &str| {
            format!(
                " {name} = {{\n  database_name = {folder}/{name}.db\n  key_stash_file = {folder}/{name}.stash\n }}\n"
            )
        };
        let config = format!(
            "[kdcdefaults]\n kdc_listen = \"\"\n kdc_tcp_listen = 127.0.0.1:{port}\n[realms]\n{}{}\
             [logging]\n kdc = FILE:{folder}/kdc.log\n",
            base(REALM),
            base(OTHER),
        );
        std::fs::write(self.folder.path().join("kdc.conf"), config).unwrap();
    }
}

/// A user who is logged in.
#[derive(Debug)]
pub struct Ticket {
    cache: PathBuf,
    config: PathBuf,
}

impl Ticket {
    /// What a program of this user needs to know.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [("KRB5CCNAME", format!("FILE:{}", self.cache.display())), ("KRB5_CONFIG", self.config.display().to_string())]
    }

    /// A program, run by this user.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment());
        command
    }

    /// A SPNEGO token for the service, as it stands in a header: `Negotiate …`. It was not used yet.
    pub fn token(&self) -> String {
        let script = crate::python::folder().join("negotiate.py");
        let output = self.command("/usr/bin/python3").arg(script).arg(format!("HTTP@{HOST}")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        format!("Negotiate {}", String::from_utf8_lossy(&output.stdout).trim())
    }

    /// Whether it can be used no more.
    pub fn is_expired(&self) -> bool {
        !self.command("klist").arg("-s").status().unwrap().success()
    }
}

/// Servers' tools are not on everybody's PATH.
fn tool(name: &str) -> PathBuf {
    let path = Path::new("/usr/sbin").join(name);
    if path.exists() { path } else { name.into() }
}
