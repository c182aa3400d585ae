//! The road of every request and who calls: principals, keys, sessions, the compiled snapshot, the audit port.
