//! The one small derive: field names, docs, limits and secrecy of a type as constants.
