//! Modulemd documents of built modules.

use std::fmt::Write as _;

use crate::base_modules::BaseModule;
use crate::module::{Module, batch_of};

/// What a document is about.
#[derive(Debug)]
pub struct About<'a> {
    pub name: &'a str,
    pub stream: &'a str,
    pub version: &'a str,
    pub context: &'a str,
    pub commit: &'a str,
    pub platform: &'a BaseModule,
    pub required: Option<(&'a str, &'a str)>,
}

impl About<'_> {
    /// Less than 1 KB.
    pub fn small(&self) -> String {
        let mut text = String::with_capacity(1000);
        self.head(&mut text);
        self.xmd(&mut text);
        let platform = &self.platform.stream;
        text.push_str("  dependencies:\n");
        let _always_fits = writeln!(text, "  - buildrequires:\n      platform: [{platform}]\n...");
        text
    }

    /// With everything that a packager writes.
    pub fn full(&self, module: &Module) -> String {
        let mut text = String::with_capacity(8000);
        self.head(&mut text);
        self.xmd(&mut text);
        commits(module, &mut text);
        self.dependencies(&mut text);
        self.offers(&mut text);
        components(self.name, module, &mut text);
        text.push_str("...\n");
        text
    }

    fn head(&self, text: &mut String) {
        let Self { name, stream, version, context, .. } = self;
        let _always_fits = write!(
            text,
            "---\ndocument: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"{stream}\"\n  version: {version}\n  \
             context: \"{}\"\n  summary: The {name} module\n  description: >-\n    The stream {stream} of {name}, built \
             for users’ sake.\n  license:\n    module:\n    - MIT\n",
            context.trim_end_matches("_1")
        );
    }

    fn xmd(&self, text: &mut String) {
        let (commit, name) = (self.commit, self.name);
        text.push_str("  xmd:\n    mbs:\n      buildrequires:\n");
        let platform = &self.platform.stream;
        buildrequire(text, "platform", platform, "3", "00000000", &self.platform.koji_tag(), "virtual");
        if let Some((name, stream)) = self.required {
            let tag = format!("module-{name}-{stream}-20190101000000-9edba152");
            buildrequire(text, name, stream, "20190101000000", "9edba152", &tag, commit);
        }
        let _always_fits = write!(
            text,
            "      commit: {commit}\n      mse: TRUE\n      \
             scmurl: https://src.fedoraproject.org/modules/{name}.git?#{commit}\n"
        );
    }

    fn dependencies(&self, text: &mut String) {
        text.push_str("  dependencies:\n");
        for (begin, kind) in [("  - ", "buildrequires"), ("    ", "requires")] {
            let _always_fits = writeln!(text, "{begin}{kind}:\n      platform: [{}]", self.platform.stream);
            if let Some((name, stream)) = self.required {
                let _always_fits = writeln!(text, "      {name}: [\"{stream}\"]");
            }
        }
    }

    fn offers(&self, text: &mut String) {
        let name = self.name;
        let _always_fits = write!(
            text,
            "  references:\n    community: https://docs.fedoraproject.org/en-US/modularity/\n    \
             documentation: https://src.fedoraproject.org/modules/{name}\n    tracker: https://bugzilla.redhat.com/\n  \
             profiles:\n    default:\n      rpms: [{name}]\n    development:\n      rpms: [{name}, {name}-devel]\n  \
             api:\n    rpms: [{name}, {name}-devel]\n"
        );
    }
}

fn buildrequire(text: &mut String, name: &str, stream: &str, version: &str, context: &str, tag: &str, commit: &str) {
    let _always_fits = write!(
        text,
        "        {name}:\n          context: \"{context}\"\n          filtered_rpms: []\n          koji_tag: {tag}\n          \
         ref: {commit}\n          stream: \"{stream}\"\n          stream_collision_modules:\n          ursine_rpms:\n          \
         version: \"{version}\"\n"
    );
}

/// Components but the first, which is not in the document.
fn places(module: &Module) -> std::ops::Range<u32> {
    1..module.components.max(1)
}

fn commits(module: &Module, text: &mut String) {
    if places(module).is_empty() {
        return;
    }
    text.push_str("      rpms:\n");
    for place in places(module) {
        let (package, commit) = (module.package(place), module.commit_of(place));
        let _always_fits = writeln!(text, "        {package}:\n          ref: {commit}");
    }
}

fn components(name: &str, module: &Module, text: &mut String) {
    if places(module).is_empty() {
        return;
    }
    text.push_str("  components:\n    rpms:\n");
    for place in places(module) {
        let (package, buildorder) = (module.package(place), batch_of(place) - 2);
        let _always_fits = write!(
            text,
            "      {package}:\n        rationale: Needed by {name}.\n        \
             repository: https://src.fedoraproject.org/rpms/{package}\n        ref: master\n        \
             buildorder: {buildorder}\n        arches: [aarch64, x86_64]\n"
        );
    }
}
