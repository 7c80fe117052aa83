//! The release suffix of a module's packages, which tells builds of one module apart.

use crate::Nsvc;
use crate::contexts::sha1;

/// The disttag without its dot, e.g. `module+f28+8+d91f8491`: prefix (`scrmod+` for scratch builds), marking of the base module,
/// `index` (the smallest id among all contexts of the submission), and a hash over the whole identity.
pub fn disttag(nsvc: &Nsvc, index: i32, marking: Option<&str>, scratch: bool, prefix: &str) -> String {
    let prefix = if scratch { "scrmod+" } else { prefix };
    let marking = marking.map(|marking| format!("{marking}+")).unwrap_or_default();
    let identity = format!("{}.{}.{}.{}", nsvc.name, nsvc.stream, nsvc.version, nsvc.context);
    format!("{prefix}{marking}{index}+{}", &sha1(&identity)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_disttag() {
        let nsvc = Nsvc::new("app", "1", "20190401120000", "9c690d0e");
        assert_eq!(disttag(&nsvc, 8, Some("f28"), false, "module+"), "module+f28+8+d91f8491");
    }
}
