//! The binary: configuration, assembly, command line.
