//! The object service: buckets, objects, streaming bytes, local files.
