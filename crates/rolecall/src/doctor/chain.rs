//! The links of the chain, and what was found of each.

use std::fmt;

use rolecall_types::legible;
use serde::Serialize;

/// A link, in the order of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Link {
    /// The server answers.
    Server,
    /// The instance runs and can be entered.
    Fabric,
    /// Names of the API resolve to the service inside.
    Dns,
    /// Programs inside trust the certificates of the API.
    Ca,
    /// The metadata service answers.
    Metadata,
    /// The instance wears a role that exists.
    Role,
    /// The role lets ECS wear it, so that there are credentials.
    Trust,
    /// The role's policies allow what was asked.
    Policy,
    /// A call with the credentials is answered.
    Target,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Server => "server",
            Self::Fabric => "fabric",
            Self::Dns => "dns",
            Self::Ca => "ca",
            Self::Metadata => "metadata",
            Self::Role => "role",
            Self::Trust => "trust",
            Self::Policy => "policy",
            Self::Target => "target",
        })
    }
}

/// What was found of a link.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(crate) enum State {
    /// It holds.
    Ok {
        /// What was seen.
        seen: String,
    },
    /// It does not.
    Broken(Broken),
    /// It was not looked at.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// A link that does not hold.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Broken {
    /// What was seen.
    pub(crate) seen: String,
    /// What to do about it.
    pub(crate) next: String,
}

/// A link and what was found of it.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    link: Link,
    #[serde(flatten)]
    state: State,
}

/// What was found so far.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Chain {
    links: Vec<Finding>,
}

impl Chain {
    /// Looks at a link, where those hold that it hangs on.
    pub(crate) fn look(
        &mut self,
        link: Link,
        hangs_on: &[Link],
        how: impl FnOnce() -> Result<String, Broken>,
    ) {
        let missing = hangs_on.iter().find(|needed| !self.holds(**needed));
        let state = match missing {
            Some(missing) => State::Skipped { reason: format!("it hangs on {missing}") },
            None => match how() {
                Ok(seen) => State::Ok { seen },
                Err(broken) => State::Broken(broken),
            },
        };
        self.links.push(Finding { link, state });
    }

    /// Passes a link by.
    pub(crate) fn skip(&mut self, link: Link, reason: &str) {
        self.links.push(Finding { link, state: State::Skipped { reason: reason.to_owned() } });
    }

    /// Whether a link was looked at and holds.
    pub(crate) fn holds(&self, link: Link) -> bool {
        let found = self.links.iter().find(|finding| finding.link == link);
        found.is_some_and(|finding| matches!(finding.state, State::Ok { .. }))
    }

    /// Whether no link is broken.
    pub(crate) fn is_whole(&self) -> bool {
        !self.links.iter().any(|finding| matches!(finding.state, State::Broken(_)))
    }
}

/// A line for each link, with more below it where there is more to say.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { link, state } in &self.links {
            let (word, text) = match state {
                State::Ok { seen } => ("ok", seen),
                State::Broken(broken) => ("broken", &broken.seen),
                State::Skipped { reason } => ("skipped", reason),
            };
            let mut lines = text.lines();
            let first = lines.next().unwrap_or_default();
            writeln!(f, "{word:7}  {link:8}  {}", legible(first))?;
            for line in lines {
                writeln!(f, "{:19}{}", "", legible(line))?;
            }
            if let State::Broken(broken) = state {
                writeln!(f, "{:19}next: {}", "", legible(&broken.next))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_on_a_broken_link_is_not_looked_at() {
        let mut chain = Chain::default();
        chain.look(Link::Server, &[], || Ok("it answers".to_owned()));
        assert!(chain.is_whole() && chain.holds(Link::Server));
        chain.look(Link::Fabric, &[Link::Server], || {
            Err(Broken { seen: "it stands\nstill".to_owned(), next: "start it".to_owned() })
        });
        chain.look(Link::Dns, &[Link::Fabric], || panic!("it hangs on a broken link"));
        chain.look(Link::Ca, &[Link::Dns], || panic!("it hangs on a skipped link"));
        chain.skip(Link::Policy, "nothing was asked");
        assert!(!chain.is_whole() && !chain.holds(Link::Dns));
        assert_eq!(
            chain.to_string(),
            "ok       server    it answers\n\
             broken   fabric    it stands\n                   still\n\
             \u{20}                  next: start it\n\
             skipped  dns       it hangs on fabric\n\
             skipped  ca        it hangs on dns\n\
             skipped  policy    nothing was asked\n"
        );
        let json = serde_json::to_value(&chain).unwrap();
        assert_eq!(json["links"][1]["state"], "broken");
        assert_eq!(json["links"][1]["link"], "fabric");
        assert_eq!(json["links"][1]["next"], "start it");
    }

    #[test]
    fn what_is_passed_by_breaks_nothing() {
        let mut chain = Chain::default();
        chain.skip(Link::Policy, "nothing was asked");
        assert!(chain.is_whole() && !chain.holds(Link::Policy));
    }
}
