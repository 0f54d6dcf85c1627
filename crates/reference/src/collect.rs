//! Gathers the items from the tables.

use burdock_balance::Algorithm;
use burdock_config::catalogue::{self, Place};
use burdock_model::logging::LOG_ALGORITHMS;
use burdock_pattern::MatchMethod;
use burdock_rules::action::{self, Parameter};
use burdock_sample::args::ArgSpec;
use burdock_sample::format::alias;
use burdock_sample::{Phase, Validity, convert, fetch};

use crate::item::{Class, Item};
use crate::{difference, example};

/// Everything that can be named, by class and name.
pub fn items() -> Vec<Item> {
    let mut items: Vec<Item> = keywords()
        .chain(action::all().map(of_action))
        .chain(fetch::all().map(of_fetch))
        .chain(convert::all().map(of_converter))
        .chain(acl_keywords())
        .chain(match_methods())
        .chain(log_items())
        .chain(algorithms())
        .chain(commands())
        .collect();
    for item in &mut items {
        item.differs = difference::of(item.class, &item.name);
    }
    items.sort_by(|a, b| (a.class, &a.name).cmp(&(b.class, &b.name)));
    items
}

fn keywords() -> impl Iterator<Item = Item> {
    catalogue::entries().map(|entry| {
        let class = match entry.place {
            Place::Global => Class::Global,
            Place::Proxy => Class::Proxy,
            Place::Ring => Class::Ring,
            Place::LogForward => Class::LogForward,
            Place::LogProfile => Class::LogProfile,
            Place::Acme => Class::Acme,
            Place::Healthcheck => Class::Healthcheck,
            Place::Resolvers => Class::Resolvers,
            Place::FcgiApp => Class::FcgiApp,
            Place::CrtStore | Place::Load => Class::CrtStore,
            Place::Bind => Class::Bind,
            Place::Server => Class::Server,
        };
        let valid = match class {
            _ if entry.place == Place::Load => vec!["load".to_owned()],
            Class::Bind => vec!["bind".to_owned(), "stats socket".to_owned()],
            Class::Server => vec!["server".to_owned(), "default-server".to_owned()],
            _ => entry.sections.names().map(str::to_owned).collect(),
        };
        Item {
            class,
            name: entry.name.to_owned(),
            aliases: Vec::new(),
            usage: joined(entry.name, entry.arguments),
            summary: sentence(entry.summary),
            valid,
            types: None,
            manual: Some(entry.manual),
            example: example::of_keyword(&entry),
            differs: None,
        }
    })
}

fn of_action(action: &'static action::Action) -> Item {
    let name = match action.parameter {
        Parameter::None => action.name.to_owned(),
        Parameter::Required => format!("{}(<name>)", action.name),
        Parameter::Number => format!("{}<number>", action.name),
    };
    Item {
        class: Class::Action,
        name: action.name.to_owned(),
        aliases: Vec::new(),
        usage: joined(&name, action.usage),
        summary: sentence(action.doc),
        valid: action.sets.iter().map(|set| set.keyword().to_owned()).collect(),
        types: None,
        manual: Some("4.4"),
        example: example::of_action(action),
        differs: None,
    }
}

fn of_fetch(fetch: &'static fetch::Fetch) -> Item {
    Item {
        class: Class::Fetch,
        name: fetch.name.to_owned(),
        aliases: fetch.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        usage: with_arguments(fetch.name, &fetch.args),
        summary: sentence(fetch.doc),
        valid: places(fetch.validity),
        types: Some(format!("gives {}", fetch.output.name())),
        manual: Some("7.3"),
        example: example::of_fetch(fetch),
        differs: None,
    }
}

fn of_converter(converter: &'static convert::Converter) -> Item {
    Item {
        class: Class::Converter,
        name: converter.name.to_owned(),
        aliases: Vec::new(),
        usage: with_arguments(converter.name, &converter.args),
        summary: sentence(converter.doc),
        valid: Vec::new(),
        types: Some(format!("takes {}, gives {}", converter.input.name(), converter.output.name())),
        manual: Some("7.3.1"),
        example: example::of_converter(converter),
        differs: None,
    }
}

fn acl_keywords() -> impl Iterator<Item = Item> {
    burdock_rules::acl_keywords().filter(|(_, fetch, _)| fetch::find(fetch.as_bytes()).is_some()).map(
        |(name, fetch, method)| Item {
            class: Class::AclKeyword,
            name: name.to_owned(),
            aliases: Vec::new(),
            usage: name.to_owned(),
            summary: format!("The sample fetch {fetch}, compared by the method {method}."),
            valid: vec!["acl".to_owned(), "conditions".to_owned()],
            types: None,
            manual: Some("7.3"),
            example: Some(example::of_acl_keyword(name, fetch, method)),
            differs: None,
        },
    )
}

fn match_methods() -> impl Iterator<Item = Item> {
    MatchMethod::ALL.into_iter().map(|method| Item {
        class: Class::MatchMethod,
        name: method.name().to_owned(),
        aliases: Vec::new(),
        usage: format!("-m {}", method.name()),
        summary: sentence(method.doc()),
        valid: vec!["acl".to_owned(), "conditions".to_owned()],
        types: None,
        manual: Some("7.1"),
        example: example::of_match_method(method.name()),
        differs: None,
    })
}

fn log_items() -> impl Iterator<Item = Item> {
    alias::ALIASES.iter().map(|alias| Item {
        class: Class::LogItem,
        name: format!("%{}", alias.name),
        aliases: Vec::new(),
        usage: format!("%{}", alias.name),
        summary: sentence(alias.doc),
        valid: vec![match alias.valid {
            alias::Valid::Anywhere => "all proxies".to_owned(),
            alias::Valid::Http => "mode http".to_owned(),
        }],
        types: None,
        manual: Some("8.2.6"),
        example: Some(format!("log-format \"%{}\"", alias.name)),
        differs: None,
    })
}

fn algorithms() -> impl Iterator<Item = Item> {
    let of_traffic = Algorithm::ALL.iter().map(|algorithm| (algorithm.name(), algorithm.usage(), algorithm.doc()));
    of_traffic.chain(LOG_ALGORITHMS).map(|(name, usage, doc)| Item {
        class: Class::Balance,
        name: name.to_owned(),
        aliases: Vec::new(),
        usage: format!("balance {usage}"),
        summary: sentence(doc),
        valid: vec!["defaults".to_owned(), "listen".to_owned(), "backend".to_owned()],
        types: None,
        manual: Some("4.2"),
        example: Some(format!("balance {}", example::of_algorithm(usage))),
        differs: None,
    })
}

fn commands() -> impl Iterator<Item = Item> {
    burdock_control::commands().map(|command| Item {
        class: Class::Command,
        name: command.words.join(" "),
        aliases: Vec::new(),
        usage: command.usage.to_owned(),
        summary: sentence(command.doc),
        valid: vec![format!("level {}", format!("{:?}", command.level).to_lowercase())],
        types: None,
        manual: None,
        example: Some(example::of_command(&command.words.join(" "), command.usage)),
        differs: None,
    })
}

/// The points at which a fetch has a value, in words; none: all of them.
fn places(validity: Validity) -> Vec<String> {
    if validity == Validity::ALWAYS {
        return vec!["everywhere".to_owned()];
    }
    Phase::ALL.into_iter().filter(|phase| validity.contains(*phase)).map(|phase| phase.name().to_owned()).collect()
}

fn with_arguments(name: &str, args: &ArgSpec) -> String {
    if args.usage.is_empty() { name.to_owned() } else { format!("{name}({})", args.usage) }
}

fn joined(name: &str, arguments: &str) -> String {
    if arguments.is_empty() { name.to_owned() } else { format!("{name} {arguments}") }
}

/// A summary as a sentence: a capital in front, a full stop behind.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
