//! Rules: lines of words become compiled actions and conditions.

use burdock_model::{Mode, Rules};
use burdock_rules::{AclTable, Rule, RulePlace};
use burdock_sample::Scope;
use burdock_syntax::{Diagnostic, Word};

use super::{Resolver, switch};
use crate::draft::{ProxyDraft, RuleLine, SetExt};
use crate::ignored;

impl Resolver<'_> {
    /// The rules of a section: those of its `defaults` section come first.
    pub(super) fn rules(
        &mut self,
        draft: &ProxyDraft,
        defaults: &[ProxyDraft],
        acls: &AclTable<'_>,
        scope: Scope<'_>,
    ) -> Rules {
        let mut rules = Rules::default();
        let http = draft.settings.mode.value().unwrap_or_default() == Mode::Http || switch::has_rule(draft, defaults);
        if let Some(base) = draft.base.and_then(|base| defaults.get(base)).filter(|base| !base.rules.is_empty()) {
            // Lines of the defaults section are faulty once, not in every section that starts from it.
            let mut findings = burdock_syntax::Diagnostics::new();
            let scope = Scope { inherited: true, ..scope };
            let inherited = AclTable::parse(base.acls.iter().map(Vec::as_slice), scope, &mut findings);
            self.add_rules(draft, http, &base.rules, &inherited, &mut rules);
        }
        let mut lines: Vec<_> = draft.rules.iter().collect();
        lines.sort_by_key(|line| line.order);
        self.add_rules(draft, http, lines, acls, &mut rules);
        rules
    }

    fn add_rules<'d>(
        &mut self,
        draft: &ProxyDraft,
        http: bool,
        lines: impl IntoIterator<Item = &'d RuleLine>,
        acls: &AclTable<'_>,
        rules: &mut Rules,
    ) {
        for line in lines {
            if line.kind.is_http() && !http {
                if draft.says(line.span) {
                    self.findings.push(
                        Diagnostic::warning(format!(
                            "'{}' is ignored because '{}' is not in mode http",
                            line.kind.keyword(),
                            draft.display_name()
                        ))
                        .code("mode-mismatch")
                        .at(line.span, "")
                        .help("say 'mode http' in this section"),
                    );
                }
                continue;
            }
            let phase = line.kind.phase(!draft.kind.has_backend());
            let place = self.rule_place(line);
            let rule = Rule::parse(line.kind, &line.words, place, acls.before(line.known_acls), phase, self.findings);
            if let Some(rule) = &rule
                && let Some(ignored) = ignored::find_action(rule.action.name)
                && draft.says(line.span)
            {
                self.findings.push(ignored.advice(rule.action.name, line.span));
            }
            rules.of_mut(line.kind).rules.extend(rule);
        }
    }

    fn rule_place(&self, line: &RuleLine) -> RulePlace {
        let words: Vec<_> = line.words.iter().map(Word::display).collect();
        let text = format!("{} {}", line.kind.keyword(), words.join(" ")).into();
        match self.sources.locate(line.span) {
            Some((name, position)) => RulePlace { file: name.into(), line: position.line, text },
            None => RulePlace { text, ..RulePlace::default() },
        }
    }
}
