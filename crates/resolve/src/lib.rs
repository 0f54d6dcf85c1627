//! Names asked of name servers while traffic runs (configuration manual 5.3): `resolvers` sections, who is asked when, and what becomes of
//! answers. A [`Section`] can be asked from any thread; a [`Service`] does the work, in any one thread. Messages are `hickory-proto`'s
//! business. Knows neither proxies nor servers.
#![forbid(unsafe_code)]

mod counters;
mod exchange;
mod families;
mod limit;
mod message;
mod name;
mod outcome;
mod resolution;
mod rounds;
mod section;
mod service;

pub use counters::{Counter, Counters};
pub use families::{Families, Family, FamilyPolicy};
pub use limit::MAX_PAYLOAD;
pub use name::HostName;
pub use outcome::{Failure, Found, Outcome};
pub use section::{Hold, NameServer, Section, Settings, Transport};
pub use service::Service;
