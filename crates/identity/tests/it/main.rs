//! RAM and STS through the gate: signed requests in, answers out, over a store in memory.

#[cfg(test)]
mod attachments;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod control;
#[cfg(test)]
mod denials;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod idp;
#[cfg(test)]
mod instance;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod members;
#[cfg(test)]
mod names;
#[cfg(test)]
mod oidc_providers;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod preferences;
#[cfg(test)]
mod renames;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod role_sso;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod saml;
#[cfg(test)]
mod saml_forged;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod simulations;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tags;
#[cfg(test)]
mod users;
