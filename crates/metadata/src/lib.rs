//! The metadata service inside the instance.
