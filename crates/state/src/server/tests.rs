use super::*;
use crate::queue::Priority;

fn server(checked: bool) -> (Server, Backend) {
    let settings =
        ServerSettings { id: ServerId(0), weight: 1, maxconn: 1, rise: 2, fall: 3, checked, disabled: false };
    (Server::new(&settings, 1), Backend::new(1))
}

#[test]
fn a_checked_server_starts_one_failure_from_down() {
    let (checked, unchecked) = (server(true).0, server(false).0);
    assert_eq!((checked.health().progress(), checked.operational()), ((0, 2), Operational::Running));
    assert_eq!((unchecked.health().progress(), unchecked.operational()), ((0, 2), Operational::Running));
}

/// Values seen from HAProxy 3.5 (`show servers state`, `show stat`).
#[test]
fn maintenance_stops_a_server_and_ends_with_it_running() {
    let at = |ms| Instant::START.after_ms(ms);
    for (checked, suspended, value) in [(true, false, 2), (true, true, 0), (false, false, 0)] {
        let (server, backend) = server(checked);
        server.set_health(4, Operational::Running, at(1), &backend);
        server.check.set_suspended(suspended);
        assert!(server.grant(Wish::Maintenance, at(100), &backend));
        assert!(!server.grant(Wish::Maintenance, at(101), &backend));
        assert_eq!((server.operational(), server.health().value), (Operational::Stopped, 0));
        assert_eq!(server.set_health(4, Operational::Running, at(102), &backend), None);
        assert_eq!(server.operational(), Operational::Stopped);
        server.set_health(0, Operational::Stopped, at(103), &backend);
        assert!(server.grant(Wish::Drain, at(300), &backend));
        assert_eq!((server.operational(), server.health().value), (Operational::Running, value));
        assert!(server.is_draining() && !server.in_maintenance());
        assert_eq!((server.downtime_ms(at(900)), server.counters.get(ServerCounter::Downs)), (200, 1));
    }
}

#[test]
fn a_disabled_server_comes_to_life_as_any_other() {
    let settings =
        ServerSettings { id: ServerId(0), weight: 1, maxconn: 1, rise: 2, fall: 3, checked: true, disabled: true };
    let (server, backend) = (Server::new(&settings, 1), Backend::new(1));
    assert_eq!((server.admin_bits(), server.operational()), (5, Operational::Stopped));
    server.grant(Wish::Ready, Instant::START, &backend);
    assert_eq!((server.admin_bits(), server.accepts_new()), (4, true));
}

#[test]
fn drain_and_weight_zero_keep_bound_visitors() {
    let (server, backend) = server(true);
    server.set_admin(AdminFlag::ForcedDrain, true, Instant::START, &backend);
    assert!(!server.accepts_new() && server.accepts_bound());
    server.set_admin(AdminFlag::ForcedDrain, false, Instant::START, &backend);
    server.set_weight(0, &backend);
    assert!(!server.accepts_new() && server.accepts_bound());
    server.set_admin(AdminFlag::ForcedMaintenance, true, Instant::START, &backend);
    assert!(!server.accepts_bound());
}

#[test]
fn downtime_adds_up() {
    let (server, backend) = server(true);
    let at = |ms| Instant::START.after_ms(ms);
    assert_eq!(server.set_health(0, Operational::Stopped, at(100), &backend), Some(Operational::Running));
    assert_eq!(server.downtime_ms(at(150)), 50);
    server.set_health(4, Operational::Running, at(200), &backend);
    assert_eq!(server.downtime_ms(at(900)), 100);
    assert_eq!(server.counters.get(ServerCounter::Downs), 1);
}

#[test]
fn a_released_slot_goes_to_the_bound_first() {
    let (server, backend) = server(false);
    assert!(server.try_acquire(Instant::START));
    assert!(!server.try_acquire(Instant::START));
    let unbound = backend.queue.join(0, Priority::new(0, 0, Instant::START)).unwrap();
    let bound = server.queue.join(0, Priority::new(0, 0, Instant::START)).unwrap();
    server.release(&backend);
    assert!(bound.abandon().is_some());
    assert!(unbound.abandon().is_none());
    assert_eq!(server.sessions.get(), 1);
}
