//! Base modules: platforms of Fedora and Enterprise Linux, with virtual streams.

use std::fmt::Write as _;

use crate::sink::{Sink, Table};
use crate::value::Value;

/// When the first one was imported: 2018-07-01.
pub const BEGINNING: i64 = 1_530_403_200;

/// A base module; its id is its place in [`all`], from 1.
#[derive(Clone, Debug)]
pub struct BaseModule {
    /// `f28`, `el8.3.0.z`
    pub stream: String,
    /// `280000`
    pub stream_version: f64,
    /// In front of the versions of modules: `28`.
    pub prefix: String,
    /// Names, as in [`VIRTUAL_STREAMS`].
    pub virtual_streams: Vec<String>,
}

/// All virtual streams; their ids count from 1.
pub fn virtual_streams() -> Vec<String> {
    let fedora = (28..=41).map(|number| format!("f{number}"));
    fedora.chain(["rawhide", "el8", "el9"].map(str::to_owned)).collect()
}

/// f28 to f41, el8.0.0 to el8.9.0 and el9.0.0 to el9.4.0, those of Enterprise Linux also with `.z`.
pub fn all() -> Vec<BaseModule> {
    let fedora = (28_u32..=41).map(|number| {
        let mut virtual_streams = vec![format!("f{number}")];
        virtual_streams.extend((number == 41).then(|| "rawhide".to_owned()));
        let stream_version = f64::from(number * 10_000);
        BaseModule { stream: format!("f{number}"), stream_version, prefix: number.to_string(), virtual_streams }
    });
    fedora.chain(enterprise(8, 9)).chain(enterprise(9, 4)).collect()
}

fn enterprise(major: u32, minors: u32) -> impl Iterator<Item = BaseModule> {
    let one = move |minor: u32, suffix: &str, plus: f64| BaseModule {
        stream: format!("el{major}.{minor}.0{suffix}"),
        stream_version: f64::from(major * 10_000 + minor * 100) + plus,
        prefix: format!("{major}{minor:02}00"),
        virtual_streams: vec![format!("el{major}")],
    };
    (0..=minors).flat_map(move |minor| [one(minor, "", 0.0), one(minor, ".z", 0.1)])
}

impl BaseModule {
    /// `module-f28-build`
    pub fn koji_tag(&self) -> String {
        format!("module-{}-build", self.stream)
    }

    /// Its rows.
    pub async fn write(&self, id: i64, sink: &mut Sink) -> anyhow::Result<()> {
        let (document, tag, time) = (self.document(), self.koji_tag(), Value::Time(BEGINNING + id * 60));
        let row = [
            Value::Int(id),
            Value::Text("platform"),
            Value::Text(&self.stream),
            Value::Text("3"),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Text("00000000"),
            Value::Int(5),
            Value::Null,
            Value::Text(&document),
            Value::Text(&tag),
            Value::Null,
            Value::Null,
            Value::Bool(false),
            Value::Null,
            Value::Text("mbs_import"),
            time,
            time,
            time,
            Value::Null,
            Value::Text("all"),
            Value::Null,
            Value::Int(0),
            Value::Float(self.stream_version),
        ];
        sink.row(Table::Builds, &row).await?;
        for (virtual_id, name) in (1..).zip(virtual_streams()) {
            if self.virtual_streams.contains(&name) {
                sink.row(Table::BuildVirtualStreams, &[Value::Int(id), Value::Int(virtual_id)]).await?;
            }
        }
        Ok(())
    }

    fn document(&self) -> String {
        let (stream, tag) = (&self.stream, self.koji_tag());
        let mut text = format!(
            "---\ndocument: modulemd\nversion: 2\ndata:\n  name: platform\n  stream: \"{stream}\"\n  version: 3\n  \
             context: 00000000\n  summary: Base module {stream}\n  description: >-\n    The packages of {stream}.\n  \
             license:\n    module:\n    - MIT\n  xmd:\n    mbs:\n      buildrequires: {{}}\n      commit: virtual\n      \
             koji_tag: {tag}\n      mse: TRUE\n      requires: {{}}\n      virtual_streams:\n"
        );
        for name in &self.virtual_streams {
            let _always_fits = writeln!(text, "      - {name}");
        }
        text.push_str("  profiles:\n");
        for (profile, packages) in
            [("buildroot", "bash, coreutils, gcc, make, rpm-build, tar"), ("srpm-buildroot", "bash, rpm-build")]
        {
            let _always_fits = writeln!(text, "    {profile}:\n      rpms: [{packages}]");
        }
        text.push_str("...\n");
        text
    }
}
