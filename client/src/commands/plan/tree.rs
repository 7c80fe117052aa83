//! A tree of lines.

/// A line with those below it. Where several beside one another have a second half, these are aligned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Node {
    text: String,
    detail: String,
    below: Vec<Node>,
}

impl Node {
    /// A line.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Its second half.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Those below it.
    pub fn below(mut self, nodes: impl IntoIterator<Item = Self>) -> Self {
        self.below.extend(nodes);
        self
    }

    /// The tree, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.own(0)];
        self.branches("", &mut lines);
        lines
    }

    fn branches(&self, indent: &str, lines: &mut Vec<String>) {
        let with_detail = self.below.iter().filter(|node| !node.detail.is_empty());
        let width = with_detail.map(|node| node.text.chars().count()).max().unwrap_or(0);
        for (place, node) in self.below.iter().enumerate() {
            let is_last = place + 1 == self.below.len();
            let (branch, stem) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            lines.push(format!("{indent}{branch}{}", node.own(width)));
            node.branches(&format!("{indent}{stem}"), lines);
        }
    }

    fn own(&self, width: usize) -> String {
        if self.detail.is_empty() { self.text.clone() } else { format!("{:<width$}  {}", self.text, self.detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_aligned_beside_one_another() {
        let tree = Node::new("top").below([
            Node::new("a").below([
                Node::new("é").detail("1"),
                Node::new("long").detail("2"),
                Node::new("longer still"),
            ]),
            Node::new("b"),
            Node::new("c").below([Node::new("d").below([Node::new("e").detail("x")])]),
        ]);
        let expected = "\
top
├─ a
│  ├─ é     1
│  ├─ long  2
│  └─ longer still
├─ b
└─ c
   └─ d
      └─ e  x";
        assert_eq!(tree.lines().join("\n"), expected);
    }
}
