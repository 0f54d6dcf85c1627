//! What `stick` rules would look for and take down. Tables know nothing where there is no traffic: a request is told the key, and that
//! nothing is known of it.

use burdock_model::{StickKind, StickRule};
use burdock_sample::table::key_of;
use burdock_sample::{Input, Phase};

use super::Walk;
use crate::account::{Stage, Step};

impl Walk<'_> {
    /// The rules of the backend that look at requests. `bound`: the request has its server by then.
    pub(super) fn stick(&mut self, bound: bool) {
        let Some(side) = &self.backend.backend else { return };
        let of_requests = |rule: &&StickRule| rule.kind != StickKind::StoreResponse;
        let steps: Vec<_> =
            side.stick_rules.iter().filter(of_requests).map(|rule| self.stick_rule(rule, bound)).collect();
        if !steps.is_empty() {
            self.stages.push(Stage { title: "stick tables".into(), steps });
        }
    }

    fn stick_rule(&self, rule: &StickRule, bound: bool) -> Step {
        let table = rule.table.name();
        let text = match rule.kind {
            StickKind::Match => format!("stick match, table '{table}'"),
            StickKind::StoreRequest => format!("stick store-request, table '{table}'"),
            StickKind::On | StickKind::StoreResponse => format!("stick on, table '{table}'"),
        };
        let mut step = self.tried(&rule.condition, Phase::UseServer, self.backend.position.clone(), text);
        if !step.applies {
            return step;
        }
        let Some(key) = self.stick_key(rule) else {
            step.effects.push("the request has no such key".into());
            return step;
        };
        if rule.kind.matches() {
            step.effects.push(match bound {
                true => format!("the key is '{key}'; the request is bound already"),
                false => format!("the key is '{key}', of which a table without traffic knows no server"),
            });
        }
        if rule.kind.stores_request() {
            step.effects.push(format!("the server that answers is taken down under '{key}'"));
        }
        step
    }

    fn stick_key(&self, rule: &StickRule) -> Option<String> {
        let (world, scratch) = (&self.model.directory, &self.scratch);
        let input = Input { txn: &self.txn, world, now: self.now, phase: Phase::UseServer, scratch };
        let keys = rule.table.settings().key;
        let key = key_of(rule.key.evaluate(&input)?, keys, scratch)?;
        let mut shown = String::new();
        keys.show(key, &mut shown);
        Some(shown)
    }
}
