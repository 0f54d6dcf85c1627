//! What an authority knows: nonces, accounts, orders, and what it answers about them.

use std::collections::{HashMap, HashSet};

use rcgen::{CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, KeyPair, SanType};
use rustls::pki_types::CertificateSigningRequestDer;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::jose::{self, Signed};
use super::{Behaviour, Check, Failure, Reply};

/// The name that the authority goes by in records that last.
const ISSUER: &str = "ca.test";

#[derive(Debug)]
pub(super) struct Ledger {
    pub behaviour: Behaviour,
    pub accounts: Vec<Account>,
    pub orders: Vec<Order>,
    /// TXT records by their name.
    pub records: HashMap<String, String>,
    /// The challenge that the last request asks to be checked.
    pub to_check: Option<Check>,
    nonces: HashSet<String>,
    drawn: u64,
    root: String,
}

#[derive(Debug)]
pub(super) struct Account {
    pub key: Value,
    pub thumbprint: String,
    pub contact: String,
}

#[derive(Debug)]
pub(super) struct Order {
    pub account: usize,
    pub profile: String,
    pub names: Vec<Name>,
    pub status: &'static str,
    pub certificate: Option<String>,
}

#[derive(Debug)]
pub(super) struct Name {
    identifier: Value,
    status: &'static str,
    token: String,
    error: Option<Value>,
    /// The challenge that was answered.
    kind: Option<String>,
}

impl Ledger {
    pub fn new(behaviour: Behaviour, port: u16) -> Self {
        Self {
            behaviour,
            accounts: Vec::new(),
            orders: Vec::new(),
            records: HashMap::new(),
            to_check: None,
            nonces: HashSet::new(),
            drawn: 0,
            root: format!("https://127.0.0.1:{port}"),
        }
    }

    /// A new nonce, good once.
    pub fn nonce(&mut self) -> String {
        let nonce = self.draw("nonce");
        self.nonces.insert(nonce.clone());
        nonce
    }

    fn draw(&mut self, what: &str) -> String {
        self.drawn += 1;
        jose::digest(&format!("{what} {} {}", self.root, self.drawn))
    }

    pub fn directory(&self) -> Reply {
        if self.behaviour.fault == Some(Failure::Broken) {
            return Reply { status: 500, body: "<html>out of order</html>".to_owned(), ..Reply::default() };
        }
        let root = &self.root;
        let external = self.behaviour.external.is_some();
        let urls = json!({
            "newNonce": format!("{root}/nonce"),
            "newAccount": format!("{root}/account"),
            "newOrder": format!("{root}/order"),
            "meta": { "externalAccountRequired": external, "profiles": { "shortlived": "a few days" } }
        });
        Reply::json(200, &urls)
    }

    /// A request that is signed as it has to be: by an account, or by a new account's own key.
    pub fn opened(&mut self, target: &str, body: &[u8]) -> Result<(Signed, Option<usize>), Reply> {
        let malformed = |detail: &str| Reply::problem(400, "malformed", detail);
        let value: Value = serde_json::from_slice(body).map_err(|_| malformed("no JSON"))?;
        let signed = Signed::parse(&value).ok_or_else(|| malformed("no signed text"))?;
        if signed.text("url") != format!("{}{target}", self.root) {
            return Err(malformed("signed for another URL"));
        }
        let is_fresh = self.nonces.remove(signed.text("nonce"));
        let is_refused = self.behaviour.fault == Some(Failure::BadNonceOnce);
        if !is_fresh || is_refused {
            self.behaviour.fault = self.behaviour.fault.filter(|_| !is_refused);
            return Err(Reply::problem(400, "badNonce", "not a nonce of ours"));
        }
        let (key, account) = match signed.header.get("jwk") {
            Some(key) if target == "/account" => (key.clone(), None),
            Some(_) => return Err(malformed("only new accounts show their key")),
            None => {
                let number = signed.text("kid").strip_prefix(&format!("{}/account/", self.root));
                let number = number.and_then(|number| number.parse::<usize>().ok());
                let account = number.and_then(|number| self.accounts.get(number).map(|account| (number, account)));
                let (number, account) =
                    account.ok_or_else(|| Reply::problem(400, "accountDoesNotExist", "no such account"))?;
                (account.key.clone(), Some(number))
            }
        };
        if !signed.is_signed_by(&key) {
            return Err(Reply::problem(401, "unauthorized", "the signature is wrong"));
        }
        Ok((signed, account))
    }

    /// Answers what was signed.
    pub fn post(
        &mut self,
        target: &str,
        (signed, account): (Signed, Option<usize>),
        issuer: &CertifiedIssuer<'static, KeyPair>,
    ) -> Reply {
        let parts: Vec<_> = target.trim_start_matches('/').split('/').collect();
        let number = |at: usize| parts.get(at).and_then(|part| part.parse::<usize>().ok()).unwrap_or(usize::MAX);
        let Some(account) = account else { return self.open_account(&signed) };
        let is_own = self.orders.get(number(1)).is_some_and(|order| order.account == account);
        match parts.as_slice() {
            ["order"] => self.open_order(account, &signed.payload),
            _ if !is_own => Reply::problem(404, "malformed", "no such order"),
            ["order", _] => Reply::json(200, &self.order(number(1))).with("Retry-After: 0".to_owned()),
            ["authorization", ..] => Reply::json(200, &self.authorization(number(1), number(2))),
            ["challenge", _, _, kind] => self.take_challenge(number(1), number(2), kind),
            ["finalize", _] => self.finalize(number(1), &signed.payload, issuer),
            ["certificate", _] => Reply {
                status: 200,
                fields: vec!["Content-Type: application/pem-certificate-chain".to_owned()],
                body: self.orders[number(1)].certificate.clone().unwrap_or_default(),
            },
            _ => Reply::problem(404, "malformed", "no such resource"),
        }
    }

    fn open_account(&mut self, signed: &Signed) -> Reply {
        let key = signed.header["jwk"].clone();
        let known = self.accounts.iter().position(|account| account.key == key);
        let number = known.unwrap_or(self.accounts.len());
        let status = if known.is_some() { 200 } else { 201 };
        if known.is_none() {
            if let Some((name, mac)) = &self.behaviour.external {
                let Some(binding) = signed.payload.get("externalAccountBinding").and_then(Signed::parse) else {
                    return Reply::problem(403, "externalAccountRequired", "who are you?");
                };
                let is_ours = binding.text("kid") == name && binding.is_vouched_by(mac);
                if !is_ours || binding.payload != key || binding.text("url") != signed.text("url") {
                    return Reply::problem(403, "unauthorized", "the binding is wrong");
                }
            }
            let contact = signed.payload["contact"][0].as_str().unwrap_or_default().to_owned();
            let thumbprint = jose::thumbprint(&key);
            self.accounts.push(Account { key, thumbprint, contact });
        }
        Reply::json(status, &json!({ "status": "valid" })).with(format!("Location: {}/account/{number}", self.root))
    }

    fn open_order(&mut self, account: usize, payload: &Value) -> Reply {
        if let Some(Failure::RateLimited(seconds)) = self.behaviour.fault {
            let reply = Reply::problem(429, "rateLimited", "too many orders");
            return reply.with(format!("Retry-After: {seconds}"));
        }
        let identifiers = payload["identifiers"].as_array().cloned().unwrap_or_default();
        if identifiers.is_empty() {
            return Reply::problem(400, "malformed", "an order of nothing");
        }
        if let Some(name) =
            identifiers.iter().find(|one| one["value"].as_str().is_some_and(|name| name.ends_with(".invalid")))
        {
            return Reply::problem(400, "rejectedIdentifier", &format!("not {name}"));
        }
        let names = identifiers.into_iter().map(|identifier| {
            let token = self.draw("token");
            Name { identifier, status: "pending", token, error: None, kind: None }
        });
        let names = names.collect();
        let profile = payload["profile"].as_str().unwrap_or_default().to_owned();
        self.orders.push(Order { account, profile, names, status: "pending", certificate: None });
        let number = self.orders.len() - 1;
        Reply::json(201, &self.order(number)).with(format!("Location: {}/order/{number}", self.root))
    }

    fn order(&self, number: usize) -> Value {
        let (order, root) = (&self.orders[number], &self.root);
        let authorizations = (0..order.names.len()).map(|name| format!("{root}/authorization/{number}/{name}"));
        let mut value = json!({
            "status": order.status,
            "identifiers": order.names.iter().map(|name| &name.identifier).collect::<Vec<_>>(),
            "authorizations": authorizations.collect::<Vec<_>>(),
            "finalize": format!("{root}/finalize/{number}"),
        });
        if order.certificate.is_some() {
            value["certificate"] = json!(format!("{root}/certificate/{number}"));
        }
        if order.status == "invalid" && self.behaviour.fault == Some(Failure::OrderInvalid) {
            value["error"] = json!({ "type": "urn:ietf:params:acme:error:caa", "detail": "not allowed to issue" });
        }
        value
    }

    fn authorization(&self, order: usize, name: usize) -> Value {
        let Some(one) = self.orders[order].names.get(name) else { return Value::Null };
        let value = one.identifier["value"].as_str().unwrap_or_default();
        let challenges = self.behaviour.challenges.iter().map(|kind| self.challenge(order, name, kind));
        json!({
            "status": one.status,
            "identifier": { "type": one.identifier["type"], "value": value.trim_start_matches("*.") },
            "wildcard": value.starts_with("*."),
            "challenges": challenges.collect::<Vec<_>>(),
        })
    }

    fn challenge(&self, order: usize, name: usize, kind: &str) -> Value {
        let one = &self.orders[order].names[name];
        let status = if one.kind.as_deref() == Some(kind) { one.status } else { "pending" };
        let mut value = json!({
            "type": kind,
            "url": format!("{}/challenge/{order}/{name}/{kind}", self.root),
            "status": status,
        });
        if kind == "dns-persist-01" {
            value["issuer-domain-names"] = json!([ISSUER]);
        } else {
            value["token"] = json!(one.token);
        }
        if let (Some(error), "invalid") = (&one.error, status) {
            value["error"] = error.clone();
        }
        value
    }

    fn take_challenge(&mut self, order: usize, name: usize, kind: &str) -> Reply {
        let reply = Reply::json(200, &self.challenge(order, name, kind));
        let account = self.orders[order].account;
        let thumbprint = self.accounts[account].thumbprint.clone();
        let lasting = format!("{ISSUER}; accounturi={}/account/{account}", self.root);
        let one = &mut self.orders[order].names[name];
        let host = one.identifier["value"].as_str().unwrap_or_default().trim_start_matches("*.").to_owned();
        let is_wildcard = one.identifier["value"].as_str().is_some_and(|name| name.starts_with("*."));
        let expected = match kind {
            "dns-persist-01" if is_wildcard => format!("{lasting}; policy=wildcard"),
            "dns-persist-01" => lasting,
            _ => format!("{}.{thumbprint}", one.token),
        };
        one.kind = Some(kind.to_owned());
        if self.behaviour.fault != Some(Failure::NeverChecks) {
            self.to_check = Some(Check {
                order,
                name,
                kind: kind.to_owned(),
                token: one.token.clone(),
                expected,
                host,
                port: self.behaviour.fetch_port,
                records: self.records.clone(),
            });
        }
        reply
    }

    /// Notes what a check has found.
    pub fn checked(&mut self, check: &Check, found: Result<(), (&'static str, String)>) {
        let order = &mut self.orders[check.order];
        let name = &mut order.names[check.name];
        match found {
            Ok(()) => name.status = "valid",
            Err((kind, detail)) => {
                name.status = "invalid";
                name.error = Some(json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail }));
            }
        }
        if order.names.iter().any(|name| name.status == "invalid") {
            order.status = "invalid";
        } else if order.names.iter().all(|name| name.status == "valid") {
            order.status = "ready";
        }
    }

    fn finalize(&mut self, number: usize, payload: &Value, issuer: &CertifiedIssuer<'static, KeyPair>) -> Reply {
        if self.orders[number].status != "ready" {
            return Reply::problem(403, "orderNotReady", "not all names are proved");
        }
        if self.behaviour.fault == Some(Failure::OrderInvalid) {
            self.orders[number].status = "invalid";
            return Reply::json(200, &self.order(number));
        }
        let request = payload["csr"].as_str().and_then(jose::decode).unwrap_or_default();
        let Ok(mut request) = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(request))
        else {
            return Reply::problem(400, "badCSR", "it cannot be read");
        };
        let asked = names_of(&request.params);
        let proved: HashSet<_> = self.orders[number].names.iter().map(|name| text_of(&name.identifier)).collect();
        if asked != proved {
            return Reply::problem(400, "badCSR", &format!("for {asked:?} instead of {proved:?}"));
        }
        let yesterday = OffsetDateTime::now_utc() - time::Duration::days(1);
        request.params.not_before = yesterday;
        request.params.not_after = yesterday + self.behaviour.lifetime;
        let certificate = if self.behaviour.fault == Some(Failure::WrongKey) {
            request.params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap()
        } else {
            request.signed_by(issuer).unwrap()
        };
        let order = &mut self.orders[number];
        order.certificate = Some(format!("{}{}", certificate.pem(), issuer.pem()));
        order.status = "valid";
        Reply::json(200, &self.order(number))
    }
}

fn text_of(identifier: &Value) -> String {
    identifier["value"].as_str().unwrap_or_default().to_owned()
}

fn names_of(subject: &CertificateParams) -> HashSet<String> {
    let names = subject.subject_alt_names.iter().filter_map(|name| match name {
        SanType::DnsName(name) => Some(name.as_str().to_owned()),
        SanType::IpAddress(address) => Some(address.to_string()),
        _ => None,
    });
    names.collect()
}
