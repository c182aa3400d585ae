//! The independent policy oracle, conformance suites, generators; shares no code with policy.
