//! The RAM policy language: parse, validate, compile, decide, explain, compare; maker of the proof of permission.
