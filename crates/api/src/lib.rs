//! What an operation is: the traits, the permit, the error catalogue, the codecs.
