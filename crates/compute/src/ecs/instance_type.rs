//! The types of instances that can be launched: a small part of the vendor's, by their families.

/// A type of instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceType {
    /// Its family, such as `ecs.g6`.
    pub(crate) family: String,
    /// Virtual processors.
    pub(crate) cpus: i64,
    /// Memory in MiB.
    pub(crate) memory_mib: i64,
}

impl InstanceType {
    /// The family without its prefix.
    fn short_family(&self) -> &str {
        self.family.trim_start_matches("ecs.")
    }

    /// Whether several instances share its processors.
    fn is_shared(&self) -> bool {
        OTHERS.iter().any(|(family, ..)| *family == self.short_family())
            && !self.short_family().ends_with("ne")
    }

    /// For whom it is. Source: ECS "Overview of instance families".
    pub(crate) fn level(&self) -> &'static str {
        if self.is_shared() { "EntryLevel" } else { "EnterpriseLevel" }
    }

    /// What it is good at. Source: as above.
    pub(crate) fn category(&self) -> &'static str {
        match self.short_family() {
            _ if self.is_shared() => "Shared",
            family if family.starts_with('c') || family == "sn1ne" => "Compute-optimized",
            family if family.starts_with('r') => "Memory-optimized",
            _ => "General-purpose",
        }
    }

    /// Its generation: by the age of its family, for the vendor has no list.
    pub(crate) fn generation(&self) -> &'static str {
        let family = self.short_family();
        match family.trim_start_matches(|c: char| c.is_ascii_alphabetic()).chars().next() {
            Some('1') if family == "n1" => "ecs-2",
            Some('1' | '2' | '4' | '5') => "ecs-3",
            Some('6') => "ecs-5",
            _ => "ecs-6",
        }
    }
}

/// Families whose types differ in size alone, with their GiB of memory for each processor.
/// Source: ECS "Overview of instance families".
const FAMILIES: &[(&str, i64)] = &[
    ("c5", 2),
    ("c6", 2),
    ("c6e", 2),
    ("c7", 2),
    ("c8i", 2),
    ("g5", 4),
    ("g6", 4),
    ("g6e", 4),
    ("g7", 4),
    ("g8i", 4),
    ("r5", 8),
    ("r6", 8),
    ("r6e", 8),
    ("r7", 8),
    ("r8i", 8),
];

/// The sizes of these families, with their processors.
const SIZES: &[(&str, i64)] =
    &[("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32)];

/// Types of families with few of them: family, size, processors, GiB of memory.
const OTHERS: &[(&str, &str, i64, i64)] = &[
    ("e", "c1m1.large", 2, 2),
    ("e", "c1m2.large", 2, 4),
    ("e", "c1m4.large", 2, 8),
    ("n1", "small", 1, 2),
    ("n1", "medium", 2, 4),
    ("n4", "small", 1, 2),
    ("n4", "large", 2, 4),
    ("n4", "xlarge", 4, 8),
    ("mn4", "small", 1, 4),
    ("mn4", "large", 2, 8),
    ("xn4", "small", 1, 1),
    ("s6", "c1m1.small", 1, 1),
    ("s6", "c1m2.small", 1, 2),
    ("s6", "c1m2.large", 2, 4),
    ("sn1ne", "large", 2, 4),
    ("sn2ne", "large", 2, 8),
    ("t5", "lc1m1.small", 1, 1),
    ("t5", "lc1m2.small", 1, 2),
    ("t5", "lc1m2.large", 2, 4),
    ("t5", "lc1m4.large", 2, 8),
    ("t5", "c1m1.large", 2, 2),
    ("t6", "c1m1.large", 2, 2),
    ("t6", "c1m2.large", 2, 4),
    ("t6", "c1m4.large", 2, 8),
    ("u1", "c1m2.large", 2, 4),
    ("u1", "c1m4.large", 2, 8),
];

/// The type with this id.
pub(crate) fn find(id: &str) -> Option<InstanceType> {
    all().find(|(known, _)| known == id).map(|(_, found)| found)
}

/// The ids of all types.
pub(crate) fn ids() -> Vec<String> {
    all().map(|(id, _)| id).collect()
}

/// All types, with their ids.
pub(crate) fn all() -> impl Iterator<Item = (String, InstanceType)> {
    let regular = FAMILIES.iter().flat_map(|(family, gib_per_cpu)| {
        let sizes = SIZES.iter();
        sizes.map(move |(size, cpus)| (*family, *size, *cpus, cpus.saturating_mul(*gib_per_cpu)))
    });
    regular.chain(OTHERS.iter().copied()).map(|(family, size, cpus, gib)| {
        // `ecs.t5-lc1m1.small`, but `ecs.g6.large`.
        let mark = if size.contains('.') { '-' } else { '.' };
        let family = format!("ecs.{family}");
        let memory_mib = gib.saturating_mul(1024);
        (format!("{family}{mark}{size}"), InstanceType { family, cpus, memory_mib })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str) -> Option<(String, i64, i64)> {
        find(id).map(|found| (found.family, found.cpus, found.memory_mib))
    }

    #[test]
    fn types_by_their_ids() {
        for (id, family, cpus, memory_mib) in [
            ("ecs.g6.large", "ecs.g6", 2, 8192),
            ("ecs.c7.8xlarge", "ecs.c7", 32, 65536),
            ("ecs.t5-lc1m1.small", "ecs.t5", 1, 1024),
            ("ecs.n4.large", "ecs.n4", 2, 4096),
        ] {
            assert_eq!(check(id), Some((family.to_owned(), cpus, memory_mib)), "{id}");
        }
        for wrong in ["", "ecs.g6", "ecs.g6.", "g6.large", "ecs.g6.Large", "ecs.t5.lc1m1.small"] {
            assert_eq!(check(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn types_by_what_they_are_good_at() {
        for (id, level, category, generation) in [
            ("ecs.g6.large", "EnterpriseLevel", "General-purpose", "ecs-5"),
            ("ecs.c7.large", "EnterpriseLevel", "Compute-optimized", "ecs-6"),
            ("ecs.r5.large", "EnterpriseLevel", "Memory-optimized", "ecs-3"),
            ("ecs.sn1ne.large", "EnterpriseLevel", "Compute-optimized", "ecs-3"),
            ("ecs.t5-lc1m1.small", "EntryLevel", "Shared", "ecs-3"),
            ("ecs.n1.small", "EntryLevel", "Shared", "ecs-2"),
        ] {
            let found = find(id).unwrap();
            let told = (found.level(), found.category(), found.generation());
            assert_eq!(told, (level, category, generation), "{id}");
        }
    }

    #[test]
    fn no_id_stands_twice() {
        let ids = ids();
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
