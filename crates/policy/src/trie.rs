//! A radix trie over bytes: finds, along one text, everything that was put under a beginning of it.

use std::ops::{ControlFlow, Range};

/// Behind the last byte of a text. No UTF-8 text holds it, so a key that ends with it is found by
/// the whole text alone and not by longer ones.
pub(crate) const END: u8 = 0xFF;

/// Items under keys. Keys are in lower case; texts are compared in lower case.
#[derive(Debug)]
pub(crate) struct Trie<T> {
    nodes: Vec<Node>,
    /// The first byte of each node's label, so that a child is found without touching its siblings.
    firsts: Vec<u8>,
    labels: Vec<u8>,
    items: Vec<T>,
}

/// A key and the item under it.
pub(crate) type Entry<T> = (Vec<u8>, T);

/// Ranges of the vectors above.
#[derive(Debug)]
struct Node {
    label: Range<usize>,
    children: Range<usize>,
    items: Range<usize>,
}

impl<T: Copy> Trie<T> {
    /// Builds a trie. Items under one key stay in the order in which they come.
    pub(crate) fn build(mut entries: Vec<Entry<T>>) -> Self {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut trie =
            Self { nodes: Vec::new(), firsts: Vec::new(), labels: Vec::new(), items: Vec::new() };
        // Nodes still to be made, in the order of their numbers: the entries below each, and how
        // many bytes of their keys lie above it.
        let mut pending: Vec<(&[Entry<T>], usize)> = Vec::new();
        if !entries.is_empty() {
            pending.push((&entries, 0));
        }
        let mut number = 0;
        while let Some((mut below, above)) = pending.get(number).copied() {
            number += 1;
            let label = common(below, above);
            let depth = above + label.len();
            let labels_start = trie.labels.len();
            trie.firsts.push(label.first().copied().unwrap_or(END));
            trie.labels.extend_from_slice(label);
            let items_start = trie.items.len();
            // Sorted, the keys that end here come first.
            let own = below.partition_point(|(key, _)| key.len() == depth);
            let (here, deeper) = below.split_at(own);
            trie.items.extend(here.iter().map(|(_, item)| *item));
            below = deeper;
            let children_start = pending.len();
            for child in below.chunk_by(|(a, _), (b, _)| a.get(depth) == b.get(depth)) {
                pending.push((child, depth));
            }
            trie.nodes.push(Node {
                label: labels_start..trie.labels.len(),
                children: children_start..pending.len(),
                items: items_start..trie.items.len(),
            });
        }
        trie
    }

    /// Visits all items under keys with which the text, and [`END`] behind it, begins.
    pub(crate) fn visit(
        &self,
        text: &str,
        visit: &mut impl FnMut(T) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let text = Folded(text.as_bytes());
        let mut at = 0;
        let mut next = self.nodes.first();
        while let Some(node) = next {
            for byte in self.labels.get(node.label.clone()).unwrap_or_default() {
                if text.byte(at) != Some(*byte) {
                    return ControlFlow::Continue(());
                }
                at += 1;
            }
            for item in self.items.get(node.items.clone()).unwrap_or_default() {
                visit(*item)?;
            }
            let children = self.firsts.get(node.children.clone()).unwrap_or_default();
            let child = text.byte(at).and_then(|byte| children.iter().position(|b| *b == byte));
            next = child.and_then(|child| self.nodes.get(node.children.start + child));
        }
        ControlFlow::Continue(())
    }
}

/// What the keys, all of which begin alike, share behind their first `above` bytes.
fn common<T>(entries: &[Entry<T>], above: usize) -> &[u8] {
    let (Some((first, _)), Some((last, _))) = (entries.first(), entries.last()) else {
        return &[];
    };
    // Sorted, the first and the last key differ the most.
    let same = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    first.get(above..same).unwrap_or_default()
}

/// A text in lower case, and [`END`].
struct Folded<'a>(&'a [u8]);

impl Folded<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        match self.0.get(at) {
            Some(byte) => Some(byte.to_ascii_lowercase()),
            None => (at == self.0.len()).then_some(END),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(keys: &[&str], text: &str) {
        let entries = keys.iter().enumerate();
        let entries: Vec<_> = entries.map(|(item, key)| (bytes(key), item)).collect();
        let mut expected: Vec<usize> = keys
            .iter()
            .enumerate()
            .filter(|(_, key)| bytes(&format!("{text}$")).starts_with(&bytes(key)))
            .map(|(item, _)| item)
            .collect();
        let mut found = Vec::new();
        let end = Trie::build(entries).visit(text, &mut |item| {
            found.push(item);
            ControlFlow::Continue(())
        });
        assert_eq!(end, ControlFlow::Continue(()));
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{keys:?} {text:?}");
    }

    /// A key for the tests: `$` stands for the end.
    fn bytes(key: &str) -> Vec<u8> {
        key.bytes().map(|byte| if byte == b'$' { END } else { byte.to_ascii_lowercase() }).collect()
    }

    #[test]
    fn beginnings_are_found() {
        check(&[], "a");
        check(&[""], "");
        check(&["", "a", "ab", "ab$", "b", "abc$"], "ab");
        check(&["bucket-1/", "bucket-10/", "bucket-1$", "bucket-"], "Bucket-1/x");
        check(&["é", "è"], "éa");
    }

    proptest! {
        #[test]
        fn exactly_the_beginnings_are_found(
            keys in proptest::collection::vec("[ab]{0,4}[$]?", 0..12),
            text in "[abA]{0,6}",
        ) {
            check(&keys.iter().map(String::as_str).collect::<Vec<_>>(), &text);
        }
    }
}
