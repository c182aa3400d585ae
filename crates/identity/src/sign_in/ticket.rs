//! What stands for a code at a browser's next sign-ins.

use rolecall_crypto::sha256_hex;
use rolecall_types::Secret;

use super::SignInAttempt;
use super::settle::Settling;
use crate::record::{MAX_TICKETS, SecurityPreference, SignInRecord, TicketRecord};

/// How long a browser is remembered, in seconds. Source: `SetSecurityPreference`, seven days.
const TICKET_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The characters of a ticket, and how many there are: 256 random bits.
const TICKET_ALPHABET: &[u8] = b"0123456789abcdef";
const TICKET_LENGTH: usize = 64;

impl Settling<'_> {
    /// Whether the browser gave a code within the last seven days.
    pub(super) fn is_remembered(
        &self,
        preference: &SecurityPreference,
        known: &SignInRecord,
        attempt: &SignInAttempt,
    ) -> bool {
        let Some(ticket) = &attempt.ticket else { return false };
        let sha256 = sha256_hex(ticket.expose().as_bytes());
        let void = preference.mfa_tickets_void_until.unwrap_or(i64::MIN);
        let good = |it: &TicketRecord| {
            let given_at = it.expires_at.saturating_sub(TICKET_SECONDS);
            it.sha256 == sha256 && it.expires_at > self.now.as_second() && given_at > void
        };
        preference.enable_save_mfa_ticket && known.tickets.iter().any(good)
    }

    /// Remembers the browser, if the account wants that.
    pub(super) fn remember(
        &self,
        preference: &SecurityPreference,
        known: &mut SignInRecord,
    ) -> Option<Secret<String>> {
        if !preference.enable_save_mfa_ticket {
            return None;
        }
        let ticket = Secret::new(self.random.text(TICKET_ALPHABET, TICKET_LENGTH));
        let now = self.now.as_second();
        known.tickets.retain(|ticket| ticket.expires_at > now);
        known.tickets.insert(
            0,
            TicketRecord {
                sha256: sha256_hex(ticket.expose().as_bytes()),
                expires_at: now.saturating_add(TICKET_SECONDS),
            },
        );
        known.tickets.truncate(MAX_TICKETS);
        Some(ticket)
    }
}
