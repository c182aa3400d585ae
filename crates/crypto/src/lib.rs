//! Request signatures verified and made; the key ring; sealed records and session tokens.
