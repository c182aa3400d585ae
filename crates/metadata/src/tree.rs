//! The tree of items below `meta-data/`.

/// A directory or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Children by name, in the order of listings.
    Directory(Vec<(String, Node)>),
    /// A value, without a newline at its end.
    Text(String),
}

impl Node {
    /// An empty directory.
    pub(crate) fn directory() -> Self {
        Self::Directory(Vec::new())
    }

    /// Puts a value at a path, making directories on the way.
    pub(crate) fn put(&mut self, path: &str, value: impl Into<String>) {
        self.graft(path, Self::Text(value.into()));
    }

    /// Puts a value or a directory at a path, making directories on the way.
    pub(crate) fn graft(&mut self, path: &str, node: Self) {
        let (first, rest) =
            path.split_once('/').map_or((path, None), |(it, rest)| (it, Some(rest)));
        let Self::Directory(children) = self else { return };
        let index = children.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
            children.push((first.to_owned(), Self::directory()));
            children.len().saturating_sub(1)
        });
        let Some((_, child)) = children.get_mut(index) else { return };
        match rest {
            Some(rest) => child.graft(rest, node),
            None => *child = node,
        }
    }

    /// What stands at a path; segments are compared whatever their case, and one that is there as
    /// it is written comes before others.
    pub(crate) fn find(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let Self::Directory(children) = self else { return None };
        let exact = children.iter().find(|(name, _)| name == first);
        let folded = || children.iter().find(|(name, _)| name.eq_ignore_ascii_case(first));
        let (_, child) = exact.or_else(folded)?;
        child.find(rest)
    }

    /// The lines of a directory.
    pub(crate) fn lines(&self) -> Vec<String> {
        let Self::Directory(children) = self else { return Vec::new() };
        children
            .iter()
            .map(|(name, child)| match child {
                Self::Directory(_) => format!("{name}/"),
                Self::Text(_) => name.clone(),
            })
            .collect()
    }

    /// The whole tree as JSON; lines of a value are joined as the live service joins them.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.replace('\n', "\r\n").into(),
            Self::Directory(children) => children
                .iter()
                .map(|(name, child)| (name.clone(), child.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_lists_finds_and_prints() {
        let mut tree = Node::directory();
        tree.put("instance-id", "i-1");
        tree.put("dns-conf/nameservers", "1\n2");
        assert_eq!(tree.lines(), ["instance-id", "dns-conf/"]);
        assert_eq!(tree.find(&["Instance-ID"]), Some(&Node::Text("i-1".to_owned())));
        assert_eq!(tree.find(&["instance-id", "x"]), None);
        assert_eq!(tree.find(&["dns-conf"]).unwrap().lines(), ["nameservers"]);
        assert_eq!(
            tree.to_json().to_string(),
            r#"{"instance-id":"i-1","dns-conf":{"nameservers":"1\r\n2"}}"#
        );
    }
}
