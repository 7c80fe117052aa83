//! The text format of Prometheus, read strictly: whatever a scraper might stumble over fails the test.

use std::collections::BTreeMap;

/// What was scraped, by name of the family.
#[derive(Debug, Default)]
pub struct Metrics(BTreeMap<String, Family>);

/// A family.
#[derive(Debug)]
pub struct Family {
    /// Its meaning.
    pub help: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// Values by name and labels, as written: `x_count{job="advance"}`.
    samples: BTreeMap<String, f64>,
}

impl Metrics {
    /// Reads a whole answer.
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has no end");
        let (mut metrics, mut current) = (Self::default(), String::new());
        let mut lines = text.lines().filter(|line| !line.is_empty());
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let kind = lines.next().expect("a TYPE after a HELP");
                current = metrics.begin(rest, kind);
            } else {
                metrics.add(&current, line);
            }
        }
        metrics.0.iter().for_each(|(name, family)| family.check(name));
        metrics
    }

    /// A family of this name.
    pub fn family(&self, name: &str) -> &Family {
        self.0.get(name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Names of all families.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A value by name and labels, as written; 0 where there is none.
    pub fn value(&self, series: &str) -> f64 {
        self.0.values().find_map(|family| family.samples.get(series).copied()).unwrap_or(0.0)
    }

    /// The sum of all series of a name that have these labels, each written `job="advance"`.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let samples = self.0.values().flat_map(|family| &family.samples);
        let fits = |series: &str| {
            let (of, rest) = series.split_once('{').unwrap_or((series, ""));
            of == name && labels.iter().all(|label| rest.contains(label))
        };
        samples.filter(|(series, _)| fits(series)).map(|(_, value)| value).sum()
    }

    fn begin(&mut self, help: &str, kind: &str) -> String {
        let (name, help) = help.split_once(' ').expect("a HELP has a name and a text");
        assert!(is_name(name), "{name}");
        let kind = kind.strip_prefix("# TYPE ").and_then(|rest| rest.strip_prefix(name)).expect("the TYPE of the HELP");
        let kind = kind.trim();
        assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{name} is a {kind}");
        let family = Family { help: help.to_owned(), kind: kind.to_owned(), samples: BTreeMap::new() };
        assert!(self.0.insert(name.to_owned(), family).is_none(), "{name} is there twice");
        name.to_owned()
    }

    fn add(&mut self, current: &str, line: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("an open brace: {line}"));
        check_labels(labels, line);
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        let family = self.0.get_mut(current).unwrap_or_else(|| panic!("a sample before any family: {line}"));
        let suffix = name.strip_prefix(current).unwrap_or_else(|| panic!("{line} is below {current}"));
        match family.kind.as_str() {
            "histogram" => assert!(matches!(suffix, "_bucket" | "_sum" | "_count"), "{line}"),
            _ => assert_eq!(suffix, "", "{line}"),
        }
        assert!(value.is_finite() && (value >= 0.0 || family.kind == "gauge"), "{line}");
        assert!(family.samples.insert(series.to_owned(), value).is_none(), "twice: {line}");
    }
}

impl Family {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether nothing was seen yet.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The values of a label.
    pub fn label_values(&self, label: &str) -> Vec<&str> {
        let start = format!("{label}=\"");
        let mut values: Vec<_> =
            self.samples.keys().filter_map(|series| series.split_once(&start)?.1.split('"').next()).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The buckets of a histogram grow up to the number of all.
    fn check(&self, name: &str) {
        if self.kind != "histogram" {
            return;
        }
        let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, value) in &self.samples {
            let Some(labels) = series.strip_prefix(&format!("{name}_bucket{{")) else { continue };
            let (rest, bound) = labels.trim_end_matches('}').rsplit_once("le=\"").expect("a bucket has a bound");
            let bound = bound.trim_end_matches('"').parse().expect("a bound is a number");
            let rest = rest.trim_end_matches(',');
            let labels = if rest.is_empty() { String::new() } else { format!("{{{rest}}}") };
            buckets.entry(labels).or_default().push((bound, *value));
        }
        let counts = self.samples.keys().filter(|series| series.starts_with(&format!("{name}_count"))).count();
        assert_eq!(buckets.len(), counts, "{name}: one count a series");
        for (labels, mut buckets) in buckets {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(buckets.is_sorted_by(|one, other| one.1 <= other.1), "{name}{labels}: {buckets:?}");
            let (bound, all) = buckets.last().expect("a bucket");
            assert!(bound.is_infinite(), "{name}{labels} has no bucket for everything");
            assert_eq!(Some(all), self.samples.get(&format!("{name}_count{labels}")), "{name}{labels}");
            assert!(self.samples.contains_key(&format!("{name}_sum{labels}")), "{name}{labels}");
        }
    }
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    name.starts_with(|c: char| !c.is_ascii_digit()) && !name.is_empty() && name.chars().all(fits)
}

/// `a="b",c="d"`; none of ours needs an escape.
fn check_labels(labels: &str, line: &str) {
    for label in labels.split(',').filter(|_| !labels.is_empty()) {
        let (name, value) = label.split_once('=').unwrap_or_else(|| panic!("no label: {line}"));
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let value = value.unwrap_or_else(|| panic!("no quotes: {line}"));
        assert!(is_name(name) && !value.contains(['"', '\\', '\n']), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# HELP a A.\n# TYPE a counter\na 1\n\n# HELP h H.\n# TYPE h histogram\n\
                        h_bucket{j=\"x\",le=\"1\"} 1\nh_bucket{j=\"x\",le=\"+Inf\"} 2\nh_sum{j=\"x\"} 3\nh_count{j=\"x\"} 2\n";

    #[test]
    fn values_are_found() {
        let metrics = Metrics::parse(GOOD);
        let found = (metrics.value("a"), metrics.value("nothing"), metrics.sum("h_count", &["j=\"x\""]));
        assert_eq!(found, (1.0, 0.0, 2.0));
        assert_eq!(metrics.family("h").label_values("j"), ["x"]);
    }

    #[test]
    fn what_is_wrong_is_noticed() {
        let spoilt = [
            ("a 1\n", "a 1\na 2\n"),
            ("a 1\n", "a one\n"),
            ("a 1\n", "b 1\n"),
            ("a 1\n", "a -1\n"),
            ("# TYPE a counter\n", ""),
            ("# TYPE a counter", "# TYPE a tally"),
            ("# HELP h H.\n# TYPE h ", "# HELP a H.\n# TYPE a "),
            ("le=\"1\"} 1", "le=\"1\"} 3"),
            ("h_count{j=\"x\"} 2", "h_count{j=\"x\"} 3"),
            ("h_sum{j=\"x\"} 3\n", ""),
            ("{j=\"x\",le=\"1\"}", "{j=x,le=\"1\"}"),
        ];
        for (good, bad) in spoilt {
            let text = GOOD.replacen(good, bad, 1);
            assert!(std::panic::catch_unwind(|| Metrics::parse(&text)).is_err(), "{text}");
        }
    }
}
