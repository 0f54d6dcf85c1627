use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use burdock_model::Level;
use burdock_state::{AdminFlag, CheckStatus};
use burdock_testkit::net::Reserved;
use tokio::sync::mpsc;

use super::*;
use crate::testing::model;

/// Keeps what it is told: `level text` for log targets, `! text` for standard error.
#[derive(Default)]
struct Recorder(RefCell<Vec<String>>);

impl EventLog for Recorder {
    fn event(&self, _proxy: &Proxy, level: Level, text: &str) {
        self.0.borrow_mut().push(format!("{} {text}", level as u8));
    }

    fn notice(&self, _level: Level, text: &str) {
        self.0.borrow_mut().push(format!("! {text}"));
    }
}

/// The checks of a model, concluded by hand.
struct Bench {
    subjects: Vec<Subject>,
    told: Rc<Recorder>,
}

impl Bench {
    fn new(lines: &str) -> Self {
        let told = Rc::new(Recorder::default());
        let log: Rc<dyn EventLog> = Rc::clone(&told) as _;
        let model = model(lines);
        let models = Arc::new(ArcSwap::new(Arc::clone(&model)));
        Self { subjects: Subject::all(&models, &model, None, &log), told }
    }

    /// Plays results on one server: `+` connected, `-` refused, `~` good for known visitors alone, `5` refused by a status, `t` timed out. Returns what was told to log targets.
    fn play(&self, server: usize, results: &str) -> Vec<String> {
        for result in results.chars() {
            let (status, duration_ms, info) = match result {
                '+' => (CheckStatus::Layer4Passed, 0, ""),
                '-' => (CheckStatus::Layer4Problem, 1, "ECONNREFUSED returned by OS (Connection refused)"),
                '~' => (CheckStatus::Layer7Conditional, 0, ""),
                '5' => (CheckStatus::Layer7Status, 1, "Bad \"thing\" é"),
                _ => (CheckStatus::Layer4Timeout, 700, ""),
            };
            let report = CheckReport { status, duration_ms: Some(duration_ms), code: 404, info: info.to_owned() };
            self.subjects[server].conclude(report);
        }
        self.told.0.take().into_iter().filter(|line| !line.starts_with('!')).collect()
    }

    fn backend(&self) -> &Backend {
        self.subjects[0].backend().unwrap()
    }
}

const REFUSED: &str = "reason: Layer4 connection problem, info: \"ECONNREFUSED returned by OS (Connection refused)\", check duration: 1ms";
const TWO: &str = " server A 127.0.0.1:81 check\n server B 127.0.0.1:82 check backup\n";

/// Lines seen from HAProxy 3.5.
#[test]
fn changes_are_told_in_haproxys_words() {
    let bench = Bench::new(TWO);
    assert_eq!(bench.play(0, "++"), [""; 0]);
    assert_eq!(bench.play(1, "++"), [""; 0]);
    assert_eq!(
        bench.play(0, "---"),
        [format!(
            "1 Server be/A is DOWN, {REFUSED}. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 \
         remaining in queue."
        )]
    );
    assert_eq!(
        bench.play(1, "ttt"),
        [
            "1 Backup Server be/B is DOWN, reason: Layer4 timeout, check duration: 700ms. 0 active and 0 backup servers left. 0 sessions \
         active, 0 requeued, 0 remaining in queue.",
            "0 backend be has no server available!"
        ]
    );
    assert_eq!(
        bench.play(1, "++"),
        [
            "5 Backup Server be/B is UP, reason: Layer4 check passed, check duration: 0ms. 0 active and 1 backup servers online. Running on \
         backup. 0 sessions requeued, 0 total in queue."
        ]
    );
    assert_eq!(
        bench.play(0, "-++"),
        [
            "5 Server be/A is UP, reason: Layer4 check passed, check duration: 0ms. 1 active and 1 backup servers online. 0 sessions \
         requeued, 0 total in queue."
        ]
    );
    assert_eq!(bench.backend().state.downs(), 1);
}

/// Lines seen from HAProxy 3.5.
#[test]
fn log_health_checks_tells_of_every_step() {
    let bench = Bench::new(&format!(" option log-health-checks\n{TWO}"));
    let passed = "5 Health check for server be/A succeeded, reason: Layer4 check passed, check duration: 0ms, status:";
    assert_eq!(bench.play(0, "+++"), [format!("{passed} 1/2 DOWN."), format!("{passed} 3/3 UP.")]);
    let failed = format!("5 Health check for server be/A failed, {REFUSED}, status:");
    assert_eq!(bench.play(0, "-----"), [
        format!("{failed} 2/3 UP."),
        format!("{failed} 1/3 UP."),
        format!("{failed} 0/2 DOWN."),
        "1 Server be/A is DOWN. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in \
         queue."
            .to_owned(),
    ]);
    assert_eq!(
        bench.play(1, "+"),
        [
            "5 Health check for backup server be/B succeeded, reason: Layer4 check passed, check duration: 0ms, status: 1/2 DOWN."
        ]
    );
}

/// Lines seen from HAProxy 3.5.
#[test]
fn answers_are_told_with_their_codes() {
    let bench = Bench::new(TWO);
    bench.play(0, "++");
    let left =
        "0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.";
    assert_eq!(
        bench.play(0, "~"),
        [
            "5 Server be/A is stopping, reason: Layer7 check conditionally passed, code: 404, check duration: 0ms. 0 active and 1 backup \
             servers online. Running on backup. 0 sessions requeued, 0 total in queue."
        ]
    );
    assert_eq!(bench.subjects[0].server.state.operational(), Operational::Stopping);
    let reason = "reason: Layer7 wrong status, code: 404, info: \"Bad <22>thing<22> <C3><A9>\", check duration: 1ms";
    assert_eq!(bench.play(0, "555"), [format!("5 Server be/A is DOWN, {reason}. {left}")]);
}

#[test]
fn standard_error_hears_of_changes_too() {
    let bench = Bench::new(" server A 127.0.0.1:81 check\n");
    bench.subjects[0].conclude(CheckReport { status: CheckStatus::Layer4Timeout, ..CheckReport::default() });
    let told = bench.told.0.take();
    assert!(told.iter().any(|line| line.starts_with("! Server be/A is DOWN, reason: Layer4 timeout.")), "{told:?}");
    assert!(told.contains(&"! backend 'be' has no server available!".to_owned()), "{told:?}");
}

#[test]
fn a_server_that_took_nobody_new_is_no_alert() {
    let bench = Bench::new(TWO);
    let state = &bench.subjects[0].server.state;
    let now = bench.subjects[0].model.process.clock.now();
    state.set_admin(AdminFlag::ForcedDrain, true, now, &bench.backend().state);
    assert!(bench.play(0, "-")[0].starts_with("5 Server be/A is DOWN"));
}

#[test]
fn statistics_can_be_read() {
    let bench = Bench::new(TWO);
    let state = &bench.subjects[0].server.state;
    assert_eq!(state.check.last().status, CheckStatus::Initializing);
    bench.play(0, "++---");
    let last = state.check.last();
    assert_eq!((last.status.code(), last.duration_ms), ("L4CON", Some(1)));
    assert_eq!(last.info, "ECONNREFUSED returned by OS (Connection refused)");
    assert_eq!((state.counters.get(ServerCounter::FailedChecks), state.counters.get(ServerCounter::Downs)), (3, 1));
    assert_eq!(state.operational(), Operational::Stopped);
}

#[test]
fn intervals_follow_the_state() {
    let bench = Bench::new(" server A 127.0.0.1:81 check inter 1s fastinter 100 downinter 300\n");
    let mut intervals = vec![bench.subjects[0].interval_ms()];
    for result in ["+", "+", "-", "-", "-", "+", "+"] {
        bench.play(0, result);
        intervals.push(bench.subjects[0].interval_ms());
    }
    assert_eq!(intervals, [100, 100, 1000, 100, 100, 300, 100, 1000]);
}

/// Those who wait for a server that goes down choose anew with `option redispatch` and stay without.
#[test]
fn waiting_requests_move_only_with_redispatch() {
    for (option, requeued, remaining) in [(" option redispatch\n", 1, 0), (" no option redispatch\n", 0, 1)] {
        let bench = Bench::new(&format!("{option}{TWO}"));
        let mut waiter = bench.subjects[0]
            .server
            .state
            .queue
            .join(0, burdock_state::Priority::new(0, 0, burdock_base::Instant::START))
            .unwrap();
        let line = bench.play(0, "-").remove(0);
        assert!(line.contains(&format!("{requeued} requeued, {remaining} remaining in queue.")), "{line}");
        let dismissed = waiter.poll_granted(&mut Context::from_waker(Waker::noop())) == Poll::Ready(None);
        assert_eq!(dismissed, requeued == 1);
    }
}

/// Tells a channel.
struct Sender(mpsc::UnboundedSender<String>);

impl EventLog for Sender {
    fn event(&self, _proxy: &Proxy, _level: Level, text: &str) {
        self.0.send(text.to_owned()).unwrap();
    }

    fn notice(&self, _level: Level, _text: &str) {}
}

/// The whole against real ports: a dead server is found, a server in maintenance is left alone, a server that comes to life is used.
#[tokio::test]
async fn real_servers_come_and_go() {
    let (dead, other) = (Reserved::new(), Reserved::new());
    let model = model(&format!(
        " server A 127.0.0.1:{0} disabled check inter 10\n server B 127.0.0.1:{0} check inter 10\n server C 127.0.0.1:81 check inter 10 \
         port {1}\n",
        dead.port(),
        other.port()
    ));
    let _alive = other.listen();
    let (sender, mut events) = mpsc::unbounded_channel();
    let local = tokio::task::LocalSet::new();
    let course = async {
        let checks = crate::start(&Arc::new(ArcSwap::new(Arc::clone(&model))), Rc::new(Sender(sender)));
        let servers: Vec<_> = model.proxies[0].backend.as_ref().unwrap().servers.iter().collect();
        assert!(events.recv().await.unwrap().starts_with("Server be/B is DOWN, reason: Layer4 connection problem"));
        let _alive = dead.listen();
        assert!(events.recv().await.unwrap().starts_with("Server be/B is UP, reason: Layer4 check passed"));
        assert_eq!(servers[0].state.check.last().status, CheckStatus::Initializing);
        assert_eq!(servers[2].state.check.last().status, CheckStatus::Layer4Passed);
        drop(checks);
        assert!(events.recv().await.is_none(), "no task is left to tell of anything");
    };
    tokio::time::timeout(Duration::from_secs(20), local.run_until(course)).await.unwrap();
}

/// Agents in words, on a server that its checks find good.
#[test]
fn an_agent_has_its_say() {
    let bench =
        Bench::new(" server A 127.0.0.1:81 check weight 100 agent-check agent-port 1\n server B 127.0.0.1:82\n");
    bench.play(0, "++");
    let (check, agent) = (&bench.subjects[0], &bench.subjects[1]);
    let state = &check.server.state;
    let say = |line: &str| {
        let info = line.to_owned();
        let report =
            CheckReport { status: CheckStatus::Layer7Passed, duration_ms: Some(2), info, ..CheckReport::default() };
        agent.conclude(report);
        bench.told.0.take().into_iter().filter(|line| !line.starts_with('!')).collect::<Vec<_>>()
    };
    assert_eq!(say("50%,maxconn:30"), [""; 0]);
    assert_eq!((state.weight(), state.maxconn(), state.agent.last().status.code()), (50, 30, "CHECKED"));
    assert_eq!(say("weight:20"), [""; 0]);
    assert_eq!(state.weight(), 20);
    let left = "1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
    let reason = "reason: Layer7 wrong status, code: 0, info: \"via agent : down (broken)\", check duration: 2ms";
    assert_eq!(say("down #broken"), [format!("1 Server be/A is DOWN, {reason}. {left}")]);
    assert_eq!(bench.play(0, "-+++"), [""; 0], "only the agent takes it back");
    assert_eq!(state.operational(), Operational::Stopped);
    assert_eq!(say("ready"), [""; 0]);
    assert!(
        say("up")[0].starts_with("5 Server be/A is UP, reason: Layer7 check passed, code: 0, info: \"via agent : up\"")
    );
    assert!(say("drain")[0].starts_with("5 Server be/A enters drain state."));
    assert!(say("maint")[0].starts_with("5 Server be/A is going DOWN for maintenance."));
    assert!(say("ready up")[0].starts_with("5 Server be/A is UP/READY"));
    assert_eq!(state.operational(), Operational::Running);
}

/// Lines seen from HAProxy 3.5.
#[test]
fn errors_of_traffic_stand_for_checks() {
    let play = |words: &str, start: &str| {
        let bench = Bench::new(&format!(" server A 127.0.0.1:81 check observe layer7 error-limit 3 {words}\n"));
        bench.play(0, start);
        bench.subjects[0].heed(TrafficError::Response);
        let state = &bench.subjects[0].server.state;
        let lines = bench.told.0.take().into_iter().filter(|line| line.starts_with("1 "));
        (state.health().value, state.operational() == Operational::Stopped, lines.collect::<Vec<_>>())
    };
    let down = "1 Server be/A is DOWN, reason: Health analyze, info: \"Detected 3 consecutive errors, last one was: Wrong http response\". 0 \
                active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
    let down = vec![down.to_owned()];
    assert_eq!(play("on-error mark-down", "++"), (0, true, down.clone()));
    assert_eq!(play("on-error mark-down", "+"), (0, true, down.clone()));
    assert_eq!(play("on-error sudden-death", "++"), (2, false, vec![]));
    assert_eq!(play("on-error sudden-death", "+"), (0, true, down));
    assert_eq!(play("", "++"), (3, false, vec![]));
    assert_eq!(play("on-error fail-check", "+"), (1, false, vec![]));
    assert_eq!(play("on-error fastinter", "++"), (4, false, vec![]));
}
