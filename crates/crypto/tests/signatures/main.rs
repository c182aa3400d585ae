//! Signatures through the public interface: published vectors, round trips, forgeries, repetitions.

#[cfg(test)]
mod forged;
#[cfg(test)]
mod repeated;
#[cfg(test)]
mod request;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod vectors;
