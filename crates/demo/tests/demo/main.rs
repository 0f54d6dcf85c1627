//! The demo from outside: its applications, its desk, and a crowd of visitors.

// Marked so that the lints know even the helpers as test code, where a failed expectation is the report.
#[cfg(test)]
mod applications;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod support;
