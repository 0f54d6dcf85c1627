use std::thread;

use burdock_base::Instant;
use burdock_state::{AdminFlag, Server, ServerSettings};

use super::*;
use crate::HashKey;

/// A farm of idle servers, `A` the first.
struct TestFarm {
    balancer: Balancer,
    backend: Arc<Backend>,
    servers: Vec<Arc<Server>>,
}

impl TestFarm {
    fn new(algorithm: Algorithm, weights: &[u32]) -> Self {
        Self::with_backups(algorithm, false, weights, &[])
    }

    fn with_backups(algorithm: Algorithm, all_backups: bool, weights: &[u32], backup_weights: &[u32]) -> Self {
        Self::with_method(Method { all_backups, ..algorithm.into() }, weights, backup_weights)
    }

    fn with_method(method: Method, weights: &[u32], backup_weights: &[u32]) -> Self {
        let backend = Arc::new(Backend::new(1));
        let all_weights = weights.iter().chain(backup_weights);
        let servers: Vec<_> = (0..).zip(all_weights).map(|(id, &weight)| server(id, weight)).collect();
        let is_backup = (0..servers.len()).map(|index| index >= weights.len());
        let candidate = |(server, backup): (Arc<Server>, _)| Candidate {
            numeric_id: server.id.0 + 1,
            first_place: HashKey::Id.first_place(server.id.0 + 1, None),
            maxqueue: 1,
            server,
            backup,
        };
        let candidates = servers.iter().cloned().zip(is_backup).map(candidate).collect();
        let balancer = Balancer::new(method, Arc::clone(&backend), candidates);
        Self { balancer, backend, servers }
    }

    fn pick(&self) -> Pick {
        self.balancer.pick(0, None, None)
    }

    /// Whom keys lead to.
    fn led(&self, keys: std::ops::Range<u32>) -> String {
        keys.map(|key| letter(self.balancer.pick(0, Some(key), None))).collect()
    }

    fn picks(&self, count: usize) -> String {
        (0..count).map(|_| letter(self.pick())).collect()
    }

    fn server(&self, letter: u8) -> &Server {
        &self.servers[usize::from(letter - b'A')]
    }

    /// Plays a script: letters are the picks expected, `-A` takes a server out, `+A` brings it back, `=A3` changes its weight.
    fn play(&self, script: &str) {
        for step in script.split_ascii_whitespace() {
            match step.as_bytes() {
                [b'-', name] => self.set_maintenance(*name, true),
                [b'+', name] => self.set_maintenance(*name, false),
                [b'=', name, ..] => self.server(*name).set_weight(step[2..].parse().unwrap(), &self.backend),
                _ => assert_eq!(self.picks(step.len()), step, "in {script}"),
            }
        }
    }

    fn set_maintenance(&self, name: u8, on: bool) {
        self.server(name).set_admin(AdminFlag::ForcedMaintenance, on, Instant::START, &self.backend);
    }
}

fn server(id: u32, weight: u32) -> Arc<Server> {
    let settings =
        ServerSettings { id: ServerId(id), weight, maxconn: 1, rise: 2, fall: 3, checked: false, disabled: false };
    Arc::new(Server::new(&settings, 1))
}

fn letter(pick: Pick) -> char {
    match pick {
        Pick::Server(ServerId(seat)) => (b'A' + seat as u8) as char,
        Pick::Full(ServerId(seat)) => (b'a' + seat as u8) as char,
        Pick::AllBusy => '*',
        Pick::NoneUsable => '!',
    }
}

/// Courses of events recorded from HAProxy 3.5.
#[test]
fn round_robin_follows_haproxy_through_changes() {
    for (weights, script) in [
        (&[1, 1][..], "ABA -A BBBBB +A BABABABABABA"),
        (&[1, 1, 1], "ABCA -B CACACA +B CABCABCABCABCABCABCABCABCABCABCABCABCABCABCABCABCABCABCABCAB"),
        (&[4, 2, 1], "AABACABAA -A BBCBBCBBCBBC +A BACABAABACABAABACABAABACABAABACABAABACABAABACABAABACABAABACA"),
        (
            &[3, 5, 7, 4, 3],
            "CBDCABCDE -C BABDEBA -A DBDEBDBED -D BBEBBEBEBBEBBE +C CBECBCBECCBCEBCCBECBCBECCBCE -C BBBEBBEBBEBEBBEBBEBEBBEB",
        ),
        (
            &[1, 3, 7],
            "CCBCCBCCACBCCBCCBCCACBCCBCCBCCACBCCBCCBC -C ABBBABBBABBBABBBABBBABBBBBAB +C BCACBCCBCCCBCAC -A \
             BCCBCCCBCCBCCBCCCBCCBCCBCCCBCC -C BBBBBBBB",
        ),
        (
            &[4, 1, 5],
            "CACACBCACACACACBCACACACAC -A BCCCCCBCCCCCBCCCCCBCCCCCBCCCCCBCCCCCB +A CAC -B ACACCACACACACCACACACACCACACACA -C \
             AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA +B AAABAAAABAAAABAAAABAAAABAAAABAAAAABAAAABAAAABAAAABAAAABAAAAB",
        ),
        (
            &[8, 1],
            "AAAAAAAABAAAAAAAABAAAAAAAABAA -A BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB +A BAAAAAAAAAAAAAAAB",
        ),
        (
            &[5, 4, 1, 7],
            "DADBADCDBADABDDABDADBADCDBAD =B4 ABDDABDAD =A3 BDCBDADBDADBDDABDCBDADBD =C1 ADBDDABDCBDADBDADBDDABDCBDADBD =A7 ADBADADBADCBADADBADADBADADBADCBADA \
             =D7 DBADADBADADBADCBADADBADADBADADBADCBADADBADADBADADBADCBADADBA",
        ),
        (
            &[4, 2],
            "AABAABAABAABAABAABAABAABAABAABAABAABA =A1 ABBBABBABBBBABBA =A7 BAAABAAAABAAABAA =B5 AABABABAABABAABABABAABABAA =B3 \
             AABAAABAABAABAAABAABAABAAABAABAABAAABAA =B3 BAABAAABAABAABAAABAABAABAAABAABAABAAABAAB",
        ),
        (
            &[1, 1, 2, 2],
            "CDACDBCDACDBCDACDBCDACDBCDAC =D4 DBCDA =B7 DBCBDBBDACBDBBDBCBDBBDACBDBBDBCBDBBDAC =D4 BDBBDBCBD =C1 BBDABDBBDCBBDBBDAB =A7 \
             BDABADBACBADBABDABABDABADBACBADBABDABABDABADBACB",
        ),
    ] {
        TestFarm::new(Algorithm::RoundRobin, weights).play(script);
    }
}

/// Courses of events recorded from HAProxy 3.5.
#[test]
fn static_round_robin_follows_haproxy_through_changes() {
    for (weights, script) in [
        (&[1, 1][..], "ABA -A BBBBB +A BABABABABABA"),
        (&[1, 1, 1], "ABCA -B CACACA +B BCABCABCABCABCABCA"),
        (&[1, 1, 1], "ABCAB -B ACACACACACACACACACACACACACACACACACACACACACACACACACACACACACAC +B CABCABCABCABCAB"),
        (&[4, 2, 1], "AABABACAA -A CBBCBBCBBCBB +A BABACAABABACAABABACAABABACAABABACA"),
    ] {
        TestFarm::new(Algorithm::StaticRoundRobin, weights).play(script);
    }
}

#[test]
fn backups_serve_only_where_no_active_server_is_usable() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::StaticRoundRobin, Algorithm::Random] {
        let farm = TestFarm::with_backups(algorithm, false, &[1], &[3, 5]);
        farm.play("AA -A BBB -B CCC -C !! +C C +A AA -A C +B B");
    }
    TestFarm::with_backups(Algorithm::RoundRobin, true, &[4, 2], &[3, 5]).play("-A -B DDCDCDDCDDCD -C DDDDD");
}

#[test]
fn drain_and_weight_zero_take_nobody_new() {
    let farm = TestFarm::new(Algorithm::RoundRobin, &[1, 1]);
    farm.server(b'A').set_admin(AdminFlag::ForcedDrain, true, Instant::START, &farm.backend);
    farm.play("BBB =B0 !!");
}

/// A server without room is passed over and its turn is lost.
#[test]
fn busy_servers_are_passed_over() {
    let farm = TestFarm::new(Algorithm::RoundRobin, &[1, 1, 1]);
    farm.play("ABC");
    assert!(farm.server(b'A').try_acquire(Instant::START));
    farm.play("BCBCB");
    farm.server(b'A').release(&farm.backend);
    farm.play("CABCABCABCAB");
    for server in &farm.servers {
        assert!(server.try_acquire(Instant::START));
    }
    farm.play("***");
    farm.server(b'B').release(&farm.backend);
    farm.play("BBB");
}

/// However many turns busy servers have in a row, one with room is found.
#[test]
fn a_heavy_busy_server_hides_nobody() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::StaticRoundRobin, Algorithm::Random] {
        let farm = TestFarm::new(algorithm, &[256, 1]);
        assert!(farm.server(b'A').try_acquire(Instant::START));
        farm.play("BBBB");
        assert!(farm.server(b'B').try_acquire(Instant::START));
        farm.play("**");
    }
}

#[test]
fn a_redispatch_leaves_its_server_where_it_can() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::StaticRoundRobin, Algorithm::Random] {
        let farm = TestFarm::new(algorithm, &[1, 1]);
        for random in 0..4 {
            assert_eq!(farm.balancer.pick(random << 62, None, Some(ServerId(0))), Pick::Server(ServerId(1)));
        }
        farm.set_maintenance(b'B', true);
        assert_eq!(farm.balancer.pick(0, None, Some(ServerId(0))), Pick::Server(ServerId(0)));
        farm.set_maintenance(b'A', true);
        assert_eq!(farm.balancer.pick(0, None, Some(ServerId(0))), Pick::NoneUsable);
    }
    // A lone backup is left for nothing.
    let farm = TestFarm::with_backups(Algorithm::RoundRobin, false, &[1], &[1]);
    assert_eq!(farm.balancer.pick(0, None, Some(ServerId(0))), Pick::Server(ServerId(0)));
}

#[test]
fn random_prefers_the_less_loaded_and_the_heavier() {
    let farm = TestFarm::new(Algorithm::Random, &[1, 1]);
    farm.server(b'A').set_maxconn(10, &farm.backend);
    assert!(farm.server(b'A').try_acquire(Instant::START));
    let both = u64::from(u32::MAX) << u32::BITS;
    assert_eq!(letter(farm.balancer.pick(both, None, None)), 'B');
    assert_eq!(letter(farm.balancer.pick(0, None, None)), 'A');

    let farm = TestFarm::new(Algorithm::Random, &[3, 1]);
    let draws = (0..256u64).map(|n| (n << 24) * ((1 << u32::BITS) | 1));
    let first = draws.filter(|&random| letter(farm.balancer.pick(random, None, None)) == 'A').count();
    assert_eq!(first, 192);
}

#[test]
fn keys_lead_to_servers() {
    let farm = TestFarm::new(Algorithm::Uri, &[3, 1, 2]);
    assert_eq!(farm.led(0..8), "AACABCAA");
    // Without a key they take turns, which keys do not use up.
    assert_eq!(farm.picks(3), "AAC");
    farm.play("-C");
    assert_eq!(farm.led(0..8), "AAABAAAB");
    // Who is at the limit is waited for.
    assert!(farm.server(b'B').try_acquire(Instant::START));
    assert_eq!(farm.led(0..4), "AAAb");
    let redispatched = |key| letter(farm.balancer.pick(0, Some(key), Some(ServerId(1))));
    assert_eq!(redispatched(3), 'A');
    // Weights of a map are those of the configuration.
    farm.play("+C =A1");
    assert_eq!(farm.led(0..6), "AACAbC");
    farm.play("-A -B -C");
    assert_eq!(farm.led(0..1), "!");
    assert_eq!(TestFarm::with_backups(Algorithm::Source, false, &[], &[1, 1]).led(0..2), "AA");
    assert_eq!(TestFarm::with_backups(Algorithm::Source, true, &[], &[1, 1]).led(0..2), "AB");
}

#[test]
fn a_ring_follows_weights() {
    let method = Method { is_consistent: true, ..Algorithm::Hash.into() };
    let farm = TestFarm::with_method(method, &[1, 1], &[]);
    let share = || {
        let keys = (0..4096_u32).map(|n| n << 20);
        keys.filter(|&key| farm.balancer.pick(0, Some(key), None) == Pick::Server(ServerId(0))).count()
    };
    let before = share();
    farm.play("=A16");
    assert!(share() > before + 500, "{} of 4096 keys, {before} before", share());
    farm.play("-A");
    assert_eq!(share(), 0);
    assert!(!farm.balancer.has_static_weights());
    assert!(TestFarm::new(Algorithm::Hash, &[1]).balancer.has_static_weights());
}

#[test]
fn the_least_loaded_for_its_weight() {
    let farm = TestFarm::new(Algorithm::LeastConnections, &[1, 2, 1]);
    assert_eq!(farm.picks(6), "ABCABC", "idle servers take turns");
    for server in &farm.servers {
        server.set_maxconn(10, &farm.backend);
    }
    assert!(farm.server(b'A').try_acquire(Instant::START));
    assert_eq!(farm.picks(4), "BCBC");
    assert!(farm.server(b'B').try_acquire(Instant::START) && farm.server(b'C').try_acquire(Instant::START));
    assert_eq!(farm.picks(3), "BBB", "one request of two is less than one of one");
    farm.server(b'B').set_maxconn(1, &farm.backend);
    assert_eq!(farm.picks(2), "CA", "who has no room is passed over");
    assert_eq!(letter(farm.balancer.pick(0, None, Some(ServerId(0)))), 'C');
    for server in &farm.servers {
        server.set_maxconn(1, &farm.backend);
    }
    farm.play("* -A -B -C !");
}

#[test]
fn the_first_with_room() {
    let farm = TestFarm::new(Algorithm::First, &[1, 5, 9]);
    assert_eq!(farm.picks(3), "AAA");
    assert!(farm.server(b'A').try_acquire(Instant::START));
    assert_eq!(farm.picks(2), "BB");
    assert_eq!(letter(farm.balancer.pick(0, None, Some(ServerId(1)))), 'C');
    farm.play("-B CC -C ** -A !");
}

#[test]
fn more_draws_find_the_least_loaded() {
    let farm = TestFarm::with_method(Method { draws: 64, ..Algorithm::Random.into() }, &[1, 1, 1, 1], &[]);
    for name in *b"ABD" {
        farm.server(name).set_maxconn(10, &farm.backend);
        assert!(farm.server(name).try_acquire(Instant::START));
    }
    assert!((0..50).all(|random| letter(farm.balancer.pick(random, None, None)) == 'C'));
}

#[test]
fn strength_counts_what_is_in_use() {
    fn check(farm: &TestFarm, active: u32, backup: u32, weight: u32) {
        assert_eq!(farm.balancer.strength(), Strength { active, backup, weight });
    }
    for (all_backups, weight) in [(false, 3), (true, 8)] {
        let farm = TestFarm::with_backups(Algorithm::RoundRobin, all_backups, &[4, 2], &[3, 5]);
        check(&farm, 2, 2, 6);
        farm.play("-A");
        check(&farm, 1, 2, 2);
        farm.play("-B");
        check(&farm, 0, 2, weight);
        farm.play("-C");
        check(&farm, 0, 1, 5);
        farm.play("-D");
        check(&farm, 0, 0, 0);
    }
}

/// Two threads together get each server's exact share, whatever the interleaving.
#[test]
fn threads_share_the_turns() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::StaticRoundRobin] {
        let farm = TestFarm::new(algorithm, &[4, 2, 1]);
        let count = || {
            let mut counts = [0; 3];
            for _ in 0..7_000 {
                let Pick::Server(server) = farm.pick() else { panic!("all servers have room") };
                counts[server.index()] += 1;
            }
            counts
        };
        let (here, there) = thread::scope(|scope| {
            let there = scope.spawn(count);
            (count(), there.join().unwrap())
        });
        let sums: Vec<_> = here.iter().zip(there).map(|(a, b)| a + b).collect();
        assert_eq!(sums, [8_000, 4_000, 2_000], "{algorithm:?}");
    }
}

/// Changes of state while others pick: nobody gets a server that has long been out, and nothing is lost.
#[test]
fn changes_while_threads_pick() {
    let farm = TestFarm::new(Algorithm::RoundRobin, &[1, 1, 1]);
    thread::scope(|scope| {
        let pickers: Vec<_> =
            (0..2).map(|_| scope.spawn(|| (0..20_000).filter(|_| farm.pick() == Pick::NoneUsable).count())).collect();
        for _ in 0..500 {
            farm.set_maintenance(b'B', true);
            farm.set_maintenance(b'B', false);
        }
        assert!(pickers.into_iter().all(|picker| picker.join().unwrap() == 0));
    });
    farm.set_maintenance(b'B', true);
    assert!(!farm.picks(300).contains('B'));
}

/// Where HAProxy 3.5 led one key again and again while no request ended.
#[test]
fn no_server_has_more_than_its_share() {
    for (percent, expected) in [(0, "CCCCCCCCCCCCCC"), (150, "CBCBCBCBCBCBCB"), (125, "CBCBCBACBCBACB")] {
        let method = Method { is_consistent: true, load_percent: percent, ..Algorithm::Hash.into() };
        let farm = TestFarm::with_method(method, &[1, 1, 1], &[]);
        farm.servers.iter().for_each(|server| server.set_maxconn(0, &farm.backend));
        let led = (0..14).map(|_| {
            let name = letter(farm.balancer.pick(0, Some(0), None));
            assert!(farm.server(name as u8).try_acquire(Instant::START));
            name
        });
        assert_eq!(led.collect::<String>(), expected, "{percent}");
    }
}

/// As HAProxy 3.5 led one key where each server takes one request at once.
#[test]
fn keys_lead_past_busy_servers_where_that_is_asked_for() {
    for (affinity, is_consistent, expected) in [
        (Affinity::Always, true, "Ccc"),
        (Affinity::WithRoom, true, "CBAb"),
        (Affinity::WithRoomInQueue, true, "Ccc"),
        (Affinity::WithRoom, false, "Aaa"),
    ] {
        let method = Method { is_consistent, affinity, ..Algorithm::Hash.into() };
        let farm = TestFarm::with_method(method, &[1, 1, 1], &[]);
        farm.servers.iter().for_each(|server| server.set_maxconn(1, &farm.backend));
        let led = expected.chars().map(|_| match farm.balancer.pick(0, Some(0), None) {
            Pick::Server(id) => {
                assert!(farm.servers[id.index()].try_acquire(Instant::START));
                letter(Pick::Server(id))
            }
            Pick::Full(id) => letter(Pick::Server(id)).to_ascii_lowercase(),
            other => panic!("{other:?}"),
        });
        assert_eq!(led.collect::<String>(), expected, "{affinity:?}");
    }
}
