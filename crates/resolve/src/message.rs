//! Queries and answers (RFC 1035 section 4). Answers come from whoever can send to us: they are read with suspicion, and only what answers
//! the very question counts (RFC 5452 section 9.1).

use std::net::IpAddr;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query as Asked, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};

use crate::counters::Counter;
use crate::families::Family;
use crate::limit::{MAX_ADDRESSES, MAX_ALIASES};
use crate::name::HostName;
use crate::outcome::Failure;

/// A query with a number of its own.
#[derive(Debug)]
pub(crate) struct Query {
    id: u16,
    asked: Asked,
    bytes: Vec<u8>,
}

/// What a message is to a query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No answer to it, whoever sent that.
    Foreign(Counter),
    /// An answer that is not whole.
    Truncated,
    /// Addresses, at least one.
    Addresses(Vec<IpAddr>),
    /// There are none.
    Nothing(Failure, Counter),
}

impl Query {
    /// A query for the addresses of a name. None where there is no random number to be had, or the name cannot be put on the wire.
    pub(crate) fn new(name: &HostName, family: Family, payload_bytes: u16) -> Option<Self> {
        let id = getrandom::u32().ok()? as u16;
        Self::numbered(id, name, family, payload_bytes)
    }

    fn numbered(id: u16, name: &HostName, family: Family, payload_bytes: u16) -> Option<Self> {
        let mut absolute = Name::from_ascii(name.as_str()).ok()?;
        absolute.set_fqdn(true);
        let kind = match family {
            Family::V4 => RecordType::A,
            Family::V6 => RecordType::AAAA,
        };
        let asked = Asked::query(absolute, kind);
        let mut message = Message::new(id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(asked.clone());
        let mut edns = Edns::new();
        edns.set_max_payload(payload_bytes).set_version(0);
        message.set_edns(edns);
        let bytes = message.to_vec().ok()?;
        Some(Self { id, asked, bytes })
    }

    /// What is sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a message is to this query.
    pub(crate) fn judge(&self, bytes: &[u8]) -> Verdict {
        let Ok(message) = Message::from_vec(bytes) else { return Verdict::Foreign(Counter::Invalid) };
        let said = &message.metadata;
        if said.id != self.id {
            return Verdict::Foreign(Counter::Outdated);
        }
        if said.message_type != MessageType::Response || said.op_code != OpCode::Query || !self.is_asked(&message) {
            return Verdict::Foreign(Counter::Invalid);
        }
        if said.truncation {
            return Verdict::Truncated;
        }
        match said.response_code {
            ResponseCode::NoError => self.addresses(&message),
            ResponseCode::NXDomain => Verdict::Nothing(Failure::NoSuchName, Counter::NoSuchName),
            ResponseCode::Refused => Verdict::Nothing(Failure::Refused, Counter::Refused),
            _ => Verdict::Nothing(Failure::Other, Counter::Other),
        }
    }

    fn is_asked(&self, message: &Message) -> bool {
        // Names are compared without regard to case.
        matches!(&message.queries[..], [asked] if *asked == self.asked)
    }

    /// The addresses of the name, or of the one that it is an alias of.
    fn addresses(&self, message: &Message) -> Verdict {
        if message.answers.is_empty() {
            return Verdict::Nothing(Failure::Other, Counter::Empty);
        }
        let records = || message.answers.iter().filter(|record| record.dns_class == DNSClass::IN);
        let mut owner = self.asked.name();
        let mut aliases = 0;
        loop {
            let alias = records().find_map(|record| match &record.data {
                RData::CNAME(target) if record.name == *owner => Some(&target.0),
                _ => None,
            });
            let Some(alias) = alias else { break };
            aliases += 1;
            if aliases > MAX_ALIASES {
                return Verdict::Nothing(Failure::Other, Counter::AliasErrors);
            }
            owner = alias;
        }
        let found: Vec<IpAddr> = records()
            .filter(|record| record.name == *owner)
            .filter_map(|record| match (&record.data, self.asked.query_type()) {
                (RData::A(address), RecordType::A) => Some(IpAddr::V4(address.0)),
                (RData::AAAA(address), RecordType::AAAA) => Some(IpAddr::V6(address.0)),
                _ => None,
            })
            // No address stands for another one, and the connection to it would lead to this very machine.
            .filter(|address| !address.is_unspecified())
            .take(MAX_ADDRESSES)
            .collect();
        match (found.is_empty(), aliases) {
            (false, _) => Verdict::Addresses(found),
            (true, 0) => Verdict::Nothing(Failure::Other, Counter::Other),
            (true, _) => Verdict::Nothing(Failure::Other, Counter::Aliases),
        }
    }
}

#[cfg(test)]
mod tests;
