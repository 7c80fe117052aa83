//! Build requirements that RPM's database does not satisfy: a mistake, or something the host has without RPM knowing?
//!
//! On a host made of RPMs the database knows everything, so whatever is missing is missing. On Debian it knows the packages of
//! the module only; `gcc` is there, but not as a package. There a missing requirement is taken for something of the host, unless
//! the module itself makes it, and then it has to be in the buildroot.

use crate::{Failure, FailureKind, Phase};

/// What a module build knows about packages.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    /// The component that is built.
    pub package: &'a str,
    /// RPM's database is complete.
    pub host_has_rpms: bool,
    /// Names of the packages in the buildroot.
    pub in_buildroot: &'a [String],
    /// Components whose packages are not in the buildroot, with the names of their packages as far as known.
    pub not_in_buildroot: Vec<(String, Vec<String>)>,
}

/// What to do about missing requirements.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The component cannot be built.
    Fail(Failure),
    /// The host has them, as far as anybody can know.
    OfHost(Vec<String>),
}

/// Ends of names that packages of a component usually have.
const SUBPACKAGES: [&str; 9] =
    ["-devel", "-libs", "-lib", "-static", "-common", "-tools", "-utils", "-headers", "-doc"];

/// The requirements that `rpmbuild` names as missing, and whether it found conflicts, in its output.
pub(super) fn missing(output: &str) -> Vec<String> {
    output
        .lines()
        .skip_while(|line| !line.contains("Failed build dependencies:"))
        .skip(1)
        .map_while(|line| line.strip_prefix('\t'))
        .map(|line| line.rsplit_once(" is needed by ").map_or(line, |(what, _)| what).trim().to_owned())
        .collect()
}

/// Decides about missing requirements.
pub(super) fn decide(missing: Vec<String>, known: &Known<'_>) -> Verdict {
    let mut of_host = Vec::new();
    let mut reasons = Vec::new();
    for requirement in missing {
        match reason(&requirement, known) {
            Some(reason) => reasons.push(reason),
            None => of_host.push(requirement),
        }
    }
    if reasons.is_empty() {
        return Verdict::OfHost(of_host);
    }
    let message = format!("{} {}", known.package, reasons.join("; "));
    Verdict::Fail(Failure { kind: FailureKind::Dependency, phase: Phase::BuildRequires, message, log_line: None })
}

fn reason(requirement: &str, known: &Known<'_>) -> Option<String> {
    let name = bare_name(requirement);
    let unbuilt = known.not_in_buildroot.iter().filter(|(component, _)| component != known.package);
    let maker = unbuilt.clone().find(|(_, packages)| packages.iter().any(|package| package == name));
    if let Some((component, _)) = maker.or_else(|| unbuilt.clone().find(|(component, _)| may_make(component, name))) {
        return Some(format!(
            "needs {requirement}, which component {component} of this module makes, but that is not in the buildroot yet; \
             give {component} a lower buildorder or name it in buildafter"
        ));
    }
    if requirement.contains(" conflicts with ") {
        return Some(requirement.to_owned());
    }
    if known.in_buildroot.iter().any(|package| package == name) {
        return Some(format!("needs {requirement}, but the buildroot has another version of {name}"));
    }
    known
        .host_has_rpms
        .then(|| format!("needs {requirement}, which is neither installed on the builder nor made by this module"))
}

/// `pkgconfig(foo) >= 1` is about `foo`, `(foo if bar)` as well.
fn bare_name(requirement: &str) -> &str {
    let first = requirement.trim_start_matches('(').split_whitespace().next().unwrap_or_default();
    match first.strip_suffix(')').and_then(|first| first.split_once('(')) {
        Some((_, inner)) if !inner.is_empty() => inner,
        _ => first,
    }
}

fn may_make(component: &str, name: &str) -> bool {
    name.strip_prefix(component).is_some_and(|rest| rest.is_empty() || SUBPACKAGES.contains(&rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(host_has_rpms: bool) -> Known<'static> {
        Known {
            package: "app",
            host_has_rpms,
            in_buildroot: &[],
            not_in_buildroot: vec![
                ("libfoo".into(), Vec::new()),
                ("odd".into(), vec!["strange".into()]),
                ("app".into(), Vec::new()),
            ],
        }
    }

    #[test]
    fn reads_what_rpmbuild_says() {
        let output = "x\nerror: Failed build dependencies:\n\tgcc is needed by a-1-1.x86_64\n\tbar >= 2 is needed by a-1-1.x86_64\n\nend\n";
        assert_eq!(missing(output), ["gcc", "bar >= 2"]);
        assert_eq!(missing("fine\n"), Vec::<String>::new());
    }

    #[test]
    fn what_the_module_makes_has_to_be_there() {
        for requirement in ["libfoo", "libfoo-devel >= 1", "pkgconfig(libfoo)", "strange"] {
            let Verdict::Fail(failure) = decide(vec!["gcc".into(), requirement.into()], &known(false)) else {
                panic!("{requirement} was taken from the host");
            };
            assert_eq!(failure.kind, FailureKind::Dependency);
            assert!(
                failure.message.contains(requirement) && failure.message.contains("not in the buildroot yet"),
                "{failure}"
            );
        }
    }

    #[test]
    fn what_nobody_makes_is_of_a_host_without_rpms() {
        let names: Vec<String> = ["gcc", "make", "libfoobar-devel", "app"].map(str::to_owned).to_vec();
        assert_eq!(decide(names.clone(), &known(false)), Verdict::OfHost(names));
    }

    #[test]
    fn a_host_of_rpms_has_to_have_it() {
        let Verdict::Fail(failure) = decide(vec!["gcc".into()], &known(true)) else {
            panic!("gcc was taken from the host")
        };
        assert_eq!(failure.message, "app needs gcc, which is neither installed on the builder nor made by this module");
    }

    #[test]
    fn another_version_is_not_enough() {
        let have = ["libbar".to_owned()];
        let known = Known { in_buildroot: &have, ..known(false) };
        let Verdict::Fail(failure) = decide(vec!["libbar >= 9".into()], &known) else { panic!("taken from the host") };
        assert_eq!(failure.message, "app needs libbar >= 9, but the buildroot has another version of libbar");
    }
}
