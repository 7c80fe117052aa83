//! Configurations as operators write them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// Keeps the folder of a configuration file while it is needed.
struct File(TempDir);

impl File {
    fn new(text: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.yaml"), text).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("config.yaml")
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        let path = self.path().display().to_string();
        let file = [("MBS_CONFIG_FILE", path.as_str()), ("HOME", "/home/mbs")];
        Config::load(&file.iter().chain(variables).copied().collect(), Purpose::Service)
    }

    /// The problems, each as `line: message` or `place: message`.
    fn problems(&self, variables: &[(&str, &str)]) -> Vec<String> {
        let path = format!("{}:", self.path().display());
        let problems = self.load(variables).unwrap_err().0;
        problems.iter().map(|problem| format!("{}: {}", problem.place.replace(&path, ""), problem.message)).collect()
    }
}

#[test]
fn embedded_defaults_need_only_a_folder() {
    let config = Config::embedded(Path::new("/srv/mbs")).unwrap();
    assert_eq!(&*config.database.url, "sqlite:////srv/mbs/mbs.db");
    assert_eq!(config.jobs.queue, Queue::Sqlite("sqlite:////srv/mbs/mbs.db.queue".to_owned().into()));
    assert_eq!(config.folders.results, Path::new("/srv/mbs/results"));
    assert_eq!(config.folders.work, Path::new("/srv/mbs/work"));
    assert_eq!(config.folders.build_logs, Path::new("/srv/mbs/logs"));
    assert_eq!((config.builder.system, config.messaging.bus), (System::Rpmbuild, Bus::InMemory));
    assert!(config.auth.no_auth && config.rest.yaml_submit_allowed);
    assert_eq!(config.rest.listen, "127.0.0.1:5000");
    assert_eq!(config.builder.arches.len(), 1);
    assert!(config.check_worker(&config.jobs.roles).is_ok());
}

#[test]
fn a_flat_file_stands_over_the_defaults() {
    let config = File::new(
        "_comment: anything\nNUM_CONCURRENT_BUILDS: 0\nHOST: '::1'\nPORT: 8080\nSTATE_DIR: ~/state\n\
         STREAM_SUFFIXES: {'^el\\d+\\.z$': 0.1}\nBASE_MODULE_ARCHES: {'platform:f28': [x86_64]}\nDEFAULT_BRANCH: 1.10\n\
         RPMS_DEFAULT_REPOSITORY: https://h/rpms\nBUILD_MEMORY_LIMIT: 512M\nSCM_NET_TIMEOUT: 1\nSCM_NET_RETRY_INTERVAL: 1\n",
    )
    .load(&[])
    .unwrap();
    assert_eq!(config.builder.concurrent_builds, 1000);
    assert_eq!(config.rest.listen, "[::1]:8080");
    assert_eq!(config.folders.state, Path::new("/home/mbs/state"));
    let (regex, suffix) = &config.expansion.stream_suffixes[0];
    assert!(regex.is_match("el8.z") && !regex.is_match("xel8.z") && (suffix - 0.1).abs() < 1e-9);
    assert_eq!(config.expansion.base_module_arches["platform:f28"], ["x86_64"]);
    assert_eq!(config.scm.default_branch, "1.10");
    assert_eq!(config.scm.rpms_default_repository, "https://h/rpms/");
    assert_eq!(config.builder.memory_limit, Some(512 << 20));
    assert_eq!((config.scm.git.timeout, config.scm.git.retries), (Duration::from_secs(10), 1));
    // What the file does not say is as in the Python service.
    assert_eq!((config.builder.system, config.messaging.bus), (System::Koji, Bus::Fedmsg));
    assert!(!config.auth.no_auth);
    assert_eq!(config.builder.arches, ["x86_64"]);
    assert_eq!(config.auth.method.name(), "oidc");
    assert!(config.auth.allowed_groups.contains("packager"));
    assert_eq!(config.rest.rebuild_strategies_allowed, ["changed-and-after", "only-changed", "all"]);
}

#[test]
fn an_empty_file_is_all_defaults() {
    for text in ["", "# nothing\n\n", "{}\n"] {
        assert_eq!(File::new(text).load(&[]).unwrap().builder.system, System::Koji);
    }
}

#[test]
fn sections_extend_one_another() {
    let file = File::new(
        "_comment: sections\nBase: {SYSTEM: koji, PORT: 1}\nProdConfiguration: {extends: Base, PORT: 2}\n\
         Mine: {extends: ProdConfiguration, _comment: x, NO_AUTH: true}\nDevelop: {extends: EmbeddedConfiguration}\n\
         TestConfiguration: {extends: TestConfiguration, PORT: 3}\n",
    );
    let prod = file.load(&[]).unwrap();
    assert_eq!((prod.rest.listen.as_str(), prod.auth.no_auth), ("127.0.0.1:2", false));
    let mine = file.load(&[("MBS_CONFIG_SECTION", "Mine")]).unwrap();
    assert_eq!((mine.rest.listen.as_str(), mine.auth.no_auth), ("127.0.0.1:2", true));
    let built_in = file.load(&[("MBS_CONFIG_SECTION", "Develop")]).unwrap();
    assert_eq!(built_in.builder.system, System::Rpmbuild);
    let same_name = file.load(&[("MBS_CONFIG_SECTION", "TestConfiguration")]).unwrap();
    assert_eq!((same_name.rest.listen.as_str(), same_name.rest.debug), ("127.0.0.1:3", true));
}

#[test]
fn a_flat_file_may_extend_a_built_in_section() {
    let config = File::new("extends: EmbeddedConfiguration\nPORT: 0\n").load(&[("MBS_STATE_DIR", "/srv")]).unwrap();
    assert_eq!((config.builder.system, config.rest.listen.as_str()), (System::Rpmbuild, "127.0.0.1:0"));
    assert_eq!(&*config.database.url, "sqlite:////srv/mbs.db");
}

#[test]
fn the_environment_chooses_the_section() {
    let load = |variables: &[(&str, &str)], purpose| {
        let none = [("MBS_CONFIG_FILE", ""), ("HOME", "/home/mbs")];
        Config::load(&none.iter().chain(variables).copied().collect(), purpose)
    };
    let developer = load(&[("MODULE_BUILD_SERVICE_DEVELOPER_ENV", "Yes")], Purpose::LocalBuild).unwrap();
    assert!(developer.rest.debug && developer.builder.system == System::Rpmbuild);
    assert_eq!(load(&[], Purpose::LocalBuild).unwrap().expansion.resolver, "mbs");
    let offline = load(&[], Purpose::OfflineLocalBuild).unwrap();
    assert_eq!((offline.expansion.resolver.as_str(), offline.messaging.bus), ("local", Bus::Drop));
    let test = load(&[("MBS_CONFIG_SECTION", "TestConfiguration")], Purpose::Service).unwrap();
    assert_eq!(&*test.database.url, "sqlite:///:memory:");
    let error = load(&[("MBS_CONFIG_SECTION", "TestConfig")], Purpose::Service).unwrap_err().to_string();
    assert!(error.contains("MBS_CONFIG_SECTION: there is no section `TestConfig`, did you mean"), "{error}");
}

#[test]
fn the_environment_wins() {
    let file = File::new("NUM_CONCURRENT_BUILDS: 7\nDB: postgresql://mbs:s3cret@db/mbs\n");
    let config = file
        .load(&[
            ("MBS_NUM_CONCURRENT_BUILDS", "3"),
            ("MBS_PORT", ""),
            ("MBS_SCMURLS", "https://a/,https://b/"),
            ("MBS_ADMIN_GROUPS", "[x, 'y']"),
            ("MBS_BASE_MODULE_ARCHES", "{'platform:el8': [s390x]}"),
            ("MBS_MBS_URL", "https://h/"),
            ("MBS_SERVICE_HOST", "10.0.0.1"),
        ])
        .unwrap();
    assert_eq!(config.builder.concurrent_builds, 3);
    assert_eq!(config.scm.git.allowed.prefixes, ["https://a/", "https://b/"]);
    assert_eq!(config.auth.admin_groups.len(), 2);
    assert_eq!(config.expansion.base_module_arches["platform:el8"], ["s390x"]);
    assert_eq!(&*config.database.url, "postgresql://mbs:s3cret@db/mbs");
    assert!(matches!(&config.jobs.queue, Queue::Sqlite(url) if url.ends_with("/queue.db")));
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn all_problems_are_reported_at_once_with_their_lines() {
    let file = File::new(
        "NUM_CONCURENT_BUILDS: 3\nPORT: many\nscmurls: [x]\nARCHES: x86_64\nSYSTEM: kojii\nNO_AUTH:\n\
         STREAM_SUFFIXES: {'(': 1}\nzzz: 1\nLDAP_URI: http://x\nBASE_MODULE_ARCHES: {platform: [x]}\n",
    );
    let problems = file.problems(&[("MBS_PROT", "1"), ("MBS_NUM_CONCURRENT_BUILD", "1"), ("MBS_DEBUG", "maybe")]);
    assert_eq!(
        problems,
        [
            "1: unknown option `NUM_CONCURENT_BUILDS`, did you mean `NUM_CONCURRENT_BUILDS`?",
            "2: `PORT` takes a whole number from 0 to 65535, not `many`",
            "3: unknown option `scmurls`, did you mean `SCMURLS`?",
            "4: `ARCHES` takes a list, not `x86_64`",
            "5: `SYSTEM` takes one of rpmbuild, koji, mock, copr, not `kojii`",
            "6: `NO_AUTH` takes true or false, not nothing",
            "7: `STREAM_SUFFIXES` is not valid: `(` is not a regular expression: unclosed group",
            "8: unknown option `zzz`",
            "9: `LDAP_URI` is not valid: it has to begin with ldap:// or ldaps://",
            "10: `BASE_MODULE_ARCHES` is not valid: `platform` is not `name:stream`",
            "MBS_DEBUG: `DEBUG` takes true or false, not `maybe`",
            "MBS_NUM_CONCURRENT_BUILD: there is no option `NUM_CONCURRENT_BUILD`, did you mean `NUM_CONCURRENT_BUILDS`?",
        ]
    );
}

#[test]
fn sections_that_do_not_work() {
    let case = |text: &str, variables: &[(&str, &str)]| File::new(text).problems(variables).join("\n");
    assert_eq!(
        case("One: {extends: Two}\nTwo: {extends: One}\nProdConfiguration:\n  extends: Zz\n", &[]),
        "4: there is no section `Zz`"
    );
    let circle = case("Aa: {extends: Bb}\nBb:\n  extends: Aa\n", &[("MBS_CONFIG_SECTION", "Aa")]);
    assert_eq!(circle, "3: `Aa` extends itself");
    assert_eq!(
        case("Prod: {PORT: 1}\n", &[]),
        "1: there is no section `ProdConfiguration`; the file has Prod, choose one with MBS_CONFIG_SECTION"
    );
    assert_eq!(
        case("PORT: 1\nProdConfiguration: {}\n", &[]),
        "1: `PORT` stands outside of the sections; move it into one"
    );
    assert_eq!(
        case("ProdConfiguration: {}\nOther:\n  PROT: 1\n", &[]),
        "3: unknown option `PROT`, did you mean `PORT`?"
    );
    assert_eq!(case("ProdConfiguration: {extends: [a]}\n", &[]), "1: `extends` takes the name of one section");
    assert!(
        case("DB: ''\nSQLALCHEMY_DATABASE_URI: ''\n", &[])
            .starts_with("2: `SQLALCHEMY_DATABASE_URI` and `DB` are the same")
    );
}

#[test]
fn options_that_do_not_go_together() {
    let problems = File::new("QUEUE: redis\nWORKER_ROLES: []\n").problems(&[]);
    assert_eq!(problems, ["1: `QUEUE: redis` needs `REDIS_URL`", "2: `WORKER_ROLES` has to name at least one role"]);
    for (text, problem) in [
        ("TLS_CERTIFICATE_FILE: /x", "1: `TLS_CERTIFICATE_FILE` needs `TLS_KEY_FILE`"),
        ("LDAP_BIND_DN: cn=mbs", "1: `LDAP_BIND_DN` needs `LDAP_BIND_PASSWORD`"),
        ("REMOTE_USER_HEADER: X-User\nKERBEROS_REALMS: [R]", "1: `REMOTE_USER_HEADER` needs `TRUSTED_PROXIES`"),
        ("REMOTE_USER_HEADER: X-User\nTRUSTED_PROXIES: [10.0.0.1]", "1: `REMOTE_USER_HEADER` needs `KERBEROS_REALMS`"),
    ] {
        assert_eq!(File::new(text).problems(&[]), [problem]);
    }
}

#[test]
fn systems_that_are_not_built_in_stop_workers_only() {
    let file = File::new("SYSTEM: koji\nMESSAGING: amq\n");
    let config = file.load(&[]).unwrap();
    let error = config.check_worker(&config.jobs.roles).unwrap_err();
    assert_eq!(error.0.len(), 2);
    assert!(error.to_string().contains("config.yaml:1: the build system `koji` is not built in yet"), "{error}");
    assert_eq!(config.check_worker(&[WorkerRole::Build]).unwrap_err().0.len(), 1);
}

#[test]
fn files_that_are_no_configuration() {
    for text in ["- a\n", "a", "a: b: c\n", "A: 1\nA: 2\n", "PORT: 1\n---\nPORT: 2\n", "%", "*a", "{a: [", "[1]: 2\n"] {
        assert!(File::new(text).load(&[]).is_err(), "{text:?}");
    }
    assert!(File::new([0xff, 0xfe]).load(&[]).is_err());
    assert!(File::new(vec![b'#'; 2 << 20]).load(&[]).is_err());
    assert!(File::new("[".repeat(100_000)).load(&[]).is_err());
    let missing = Environment::from([("MBS_CONFIG_FILE", "/nowhere/config.yaml")]);
    let error = Config::load(&missing, Purpose::Service).unwrap_err().to_string();
    assert!(error.contains("/nowhere/config.yaml: the configuration file cannot be read"), "{error}");
}

#[test]
fn a_python_file_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.py");
    std::fs::write(&path, "class ProdConfiguration:\n    DEBUG = False\n").unwrap();
    let environment = Environment::from([("MBS_CONFIG_FILE", path.display().to_string())]);
    let error = Config::load(&environment, Purpose::Service).unwrap_err().to_string();
    assert!(error.contains("this is a Python file"), "{error}");
}

#[test]
fn the_report_names_sources_and_no_secrets() {
    let file = File::new(
        "PORT: 8080\nSYSTEM: koji\nDB: postgresql://mbs:s3cret@db/mbs\nSECRET_KEY: s3cret\nCELERY_BROKER_URL: amqp://a:s3cret@b\n",
    );
    let config = file.load(&[("MBS_NO_AUTH", "1"), ("MBS_REDIS_URL", "redis://:s3cret@h")]).unwrap();
    let report = check_report(&config).replace(&file.path().display().to_string(), "FILE");
    assert_eq!(
        report,
        "Configuration: file FILE

Options that are not at their defaults:
  SQLALCHEMY_DATABASE_URI = postgresql://mbs:***@db/mbs  (FILE:3)
  PORT = 8080  (FILE:1)
  NO_AUTH = true  (environment variable MBS_NO_AUTH)
  REDIS_URL = redis://:***@h  (environment variable MBS_REDIS_URL)

Options without effect:
  CELERY_BROKER_URL = amqp://a:***@b  (FILE:5): there is no Celery; see `QUEUE` and `WORKER_ROLES`
  SECRET_KEY = (hidden)  (FILE:4): there is no Flask
"
    );
    assert!(
        check_report(&Config::embedded(Path::new("/srv")).unwrap())
            .contains("(built-in section EmbeddedConfiguration)")
    );
}

#[test]
fn secrets_of_the_wrong_kind_are_not_repeated() {
    let file = File::new("DB: mysql://mbs:s3cret@db/mbs\nREDIS_URL: http://:s3cret@h\nAMQ_RECV_ADDRESSES: s3cret\n");
    let error = file.load(&[]).unwrap_err();
    assert_eq!(error.0.len(), 3);
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn product_pages_are_asked_where_both_options_are_set() {
    let streams = "PRODUCT_PAGES_MODULE_STREAMS: {'el8.+': ['.z', 'rhel-{x}-{y}.{z}', 'rhel-{x}-{y}'], 'el': [.y, 'r-{x}', null]}\n";
    let load = |text: String| File::new(text).load(&[]).unwrap().expansion.product_pages;
    let address = "PRODUCT_PAGES_URL: https://pp.example.com/pp/\n";
    let asked = load(format!("STATE_DIR: /srv\n{address}{streams}PRODUCT_PAGES_SCHEDULE_TASK_NAME: GA\n")).unwrap();
    assert_eq!(
        (asked.url.as_str(), asked.streams.len(), asked.tasks),
        ("https://pp.example.com/pp", 2, vec!["GA".to_owned()])
    );
    assert_eq!(asked.streams[0].suffix, ".z", "in the order of the file");
    assert!(asked.streams[1].major_release.is_none());
    assert!(load(format!("STATE_DIR: /srv\n{address}")).is_none());
    assert!(load(format!("STATE_DIR: /srv\n{streams}")).is_none());
    let problems = File::new(
        "STATE_DIR: /srv\nPRODUCT_PAGES_URL: pp.example.com\nPRODUCT_PAGES_MODULE_STREAMS: {'el': ['.z', 'rhel-{w}', null]}\n",
    )
    .problems(&[]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("`{w}` is none of")), "{problems:?}");
}
