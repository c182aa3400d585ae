//! The backends against the suite that all of them share, and the file against what disks do.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod power;
