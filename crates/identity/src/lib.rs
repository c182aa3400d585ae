//! The operations of RAM and STS, one file each, and the directory that the gate asks.
