//! The edge over real sockets: what it takes for one request, what it refuses, and when it closes.

#[cfg(test)]
mod framing;
#[cfg(test)]
mod life;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod support;
