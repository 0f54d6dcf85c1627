//! What an operator had better know about a certificate before clients do.

use super::Certificate;
use crate::report::Notice;

/// Days before its end from which on a certificate is to be renewed.
const RENEWAL_DAYS: i64 = 30;
const DAY_S: i64 = 86_400;

impl Certificate {
    /// What is to be said of it at this time (seconds since 1970): that it is over, soon will be, or comes without its issuers.
    pub fn advice(&self, now_s: i64) -> Vec<Notice> {
        let mut advice = Vec::new();
        let days_left = (self.not_after - now_s).div_euclid(DAY_S);
        if self.not_after < now_s {
            advice.push(Notice::new(&self.name, format!("the certificate expired {} days ago", -days_left)));
        } else if days_left < RENEWAL_DAYS {
            advice.push(Notice::new(&self.name, format!("the certificate expires in {days_left} days")));
        }
        if self.not_before > now_s {
            advice.push(Notice::new(&self.name, "the certificate's time has not come yet"));
        }
        if self.key.cert.len() == 1 && !self.is_self_signed {
            advice.push(Notice::new(
                &self.name,
                "the certificate comes without those of its issuers, so many clients cannot verify it",
            ));
        }
        advice
    }
}
