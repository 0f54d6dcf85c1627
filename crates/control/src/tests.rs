//! Whole conversations over real sockets; unless a test says otherwise, the answers are those of HAProxy 3.5.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Duration;

use burdock_base::product;
use burdock_config::{CommandLine, Host, LoadOptions, Sealed, System};
use burdock_model::{Level, Proxy, StatsLevel};
use burdock_syntax::{Environment, Facts};
use tokio::sync::oneshot;

use super::*;

mod acme;
mod dynamic;
mod proxy;
mod reference;
mod server;
mod ssl;
mod variable;

/// Keeps what log targets are told: level and text.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl EventLog for Recorder {
    fn event(&self, _proxy: &Proxy, level: Level, text: &str) {
        self.0.lock().unwrap().push(format!("{} {text}", level as u8));
    }

    fn notice(&self, _level: Level, _text: &str) {}
}

/// A runtime API that serves until the test ends.
struct Served {
    tcp: SocketAddr,
    unix: PathBuf,
    model: ModelHandle,
    told: Arc<Recorder>,
    _stop: oneshot::Sender<()>,
    _directory: tempfile::TempDir,
    _thread: JoinHandle<()>,
}

fn model(text: &str) -> Model {
    model_on(text, &Sealed)
}

fn model_on(text: &str, host: &dyn Host) -> Model {
    let options = LoadOptions {
        files: &[],
        environment: &Environment::empty(),
        facts: &Facts::default(),
        command_line: &CommandLine::default(),
        host,
        previous: None,
    };
    let loaded = burdock_config::load_text("test.cfg", text, &options);
    loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

impl Served {
    fn new(configuration: &str) -> Served {
        Served::of(model(configuration))
    }

    /// With the files that the configuration names.
    fn with_files(configuration: &str) -> Served {
        Served::of(model_on(configuration, &System))
    }

    fn of(model: Model) -> Served {
        let directory = tempfile::tempdir().unwrap();
        let unix = directory.path().join("admin.sock");
        let unix_listener = UnixListener::bind(&unix).unwrap();
        let tcp_listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = tcp_listener.local_addr().unwrap();
        let settings = |address, level| StatsSocket {
            address,
            level,
            tls: None,
            permissions: Default::default(),
            inherited: None,
            expose_listeners: false,
            position: String::new(),
        };
        let sockets = vec![
            (Listener::Unix(unix_listener), settings(burdock_model::Address::Unix(unix.clone()), StatsLevel::Admin)),
            (Listener::Tcp(tcp_listener), settings(burdock_model::Address::Inherited(7), StatsLevel::Operator)),
        ];
        let model: ModelHandle = Arc::new(ArcSwap::from_pointee(model));
        let told = Arc::new(Recorder::default());
        let control = Control::new(Arc::clone(&model), Arc::clone(&told) as _, sockets);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    served = control.serve() => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Served { tcp, unix, model, told, _stop: stop, _directory: directory, _thread: thread }
    }

    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.unix).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    /// Sends, ends its own side, and reads until the other side ends.
    fn ask(&self, input: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(input.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_to_end(&mut stream)
    }
}

fn read_to_end(stream: &mut impl Read) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Reads exactly what is expected.
fn expect(stream: &mut impl Read, expected: &str) {
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8(answer).unwrap(), expected);
}

/// `V` stands for the version in inputs' answers.
fn with_version(expected: &str) -> String {
    expected.replace('V', product::VERSION)
}

#[test]
fn conversations_that_end_with_the_client() {
    let served = Served::new("");
    let check = |input: &str, expected: &str| assert_eq!(served.ask(input), with_version(expected), "{input:?}");
    check("show version\n", "V\n\n");
    check("show version", "");
    check("", "");
    check("\n", "\n");
    check(" show \t version \n", "V\n\n");
    check("show version;show cli level\n", "V\n\nadmin\n\n");
    check("show version;\n", "V\n\n\n");
    check(";show version\n", "\nV\n\n");
    check("show version\nshow cli level\n", "V\n\n");
    check("show version extra\n", "V\n\n");
    check("quit\n", "");
    check("show version;quit;show version\n", "V\n\n");
    check("echo a\\;b c\\ d \"e f\"\n", "a;b c d \"e f\"\n\n");
    check("prompt\nshow version\nquit\nshow version\n", "\n> V\n\n> ");
    check("prompt;show version\nshow version\n", "\nV\n\n> V\n\n> ");
    check("prompt i\nshow version\nshow cli level;show version\n", "\nV\n\nadmin\n\nV\n\n");
    check("prompt n\nshow version\n", "\n");
    check("prompt p\nshow version\nprompt\nshow version\n", "\n> V\n\n> \n");
    check("prompt\nshow version", "\n> ");
    check(
        "operator;show cli level;user;show cli level;operator;show cli level\n",
        "\noperator\n\n\nuser\n\nPermission denied\n\nuser\n\n",
    );
    check("set timeout cli\n", "Expects an integer value.\n\n");
    check("set timeout cli 10\n", "\n");
    check("set timeout cli 900ms\n", "\n");
    check("set timeout cli 10x\n", "Invalid timeout value.\n\n");
    check("set timeout cli -1\n", "Invalid timeout value.\n\n");
    check("set timeout foo 10\n", "'set timeout' only supports 'cli'.\n\n");
    check("set severity-output number;show version\n", "\n[6]: V\n\n");
    check("set severity-output string;set timeout cli 10x\n", "\n[err]: Invalid timeout value.\n\n");
    check("set severity-output foo\n", "one of 'none', 'number', 'string' is a required argument\n\n");
    check("show stat x 4 1\n", "No such proxy.\n\n");
    check("show stat domain foo\n", "Invalid statistics domain.\n\n");
    check(&format!("echo{}\n", " a".repeat(100)), "Too many arguments. Commands must have at most 64 arguments.\n\n");
}

/// These answers are our own.
#[test]
fn commands_that_do_not_exist() {
    let served = Served::new("");
    let check = |input: &str, expected: &str| {
        let answer = served.ask(input);
        assert!(answer.contains(expected) && answer.ends_with("\n\n"), "{input:?}: {answer}");
        assert!(!answer.trim_end().contains("\n\n"), "an empty line would end the answer: {answer:?}");
    };
    check("show sess\n", "'show sess' is not supported by this version of Burdock.\n");
    check(
        "shwo version\n",
        "Unknown command: 'shwo', but maybe one of the following ones is a better match:\n  show version",
    );
    check(
        "show\n",
        "Unknown command: 'show', but maybe one of the following ones is a better match:\n  show cli level",
    );
    check(
        "qqqqqqqqqq\n",
        "Unknown command: 'qqqqqqqqqq'. Please enter one of the following commands only:\n  echo <text>",
    );
    check("help\n", "The following commands are valid at this level:\n  echo <text>                             : ");
    check("help show stat\n", "at this level:\n  show stat [desc|json|no-maint|typed|up]*: ");
    check("show version <<\nx\n\n", "'show version' takes no payload.");
    check("prompt x\n", "Usage: prompt [help | n | i | p | timed]*\n");
}

#[test]
fn conversations_go_on_in_interactive_mode() {
    let served = Served::new("");
    let mut stream = served.connect();
    stream.write_all(b"prompt\n").unwrap();
    expect(&mut stream, "\n> ");
    stream.write_all(b"show ver").unwrap();
    stream.write_all(b"sion; show cli level\n;\n").unwrap();
    expect(&mut stream, &with_version("V\n\nadmin\n\n> \n\n> "));
    stream.write_all(b"echo x <<END\n").unwrap();
    expect(&mut stream, "+ ");
    stream.write_all(b"\nEND\n").unwrap();
    expect(&mut stream, "+ 'echo' takes no payload.\n\n> ");
    stream.write_all(b"prompt timed\n").unwrap();
    expect(&mut stream, "\n[0:00:00:");
    stream.write_all(b"quit\n").unwrap();
    assert!(read_to_end(&mut stream).ends_with("]> "));
}

#[test]
fn a_line_is_answered_and_the_connection_closed_without_half_close() {
    let served = Served::new("");
    let mut stream = served.connect();
    stream.write_all(b"show version\nleft over\n").unwrap();
    assert_eq!(read_to_end(&mut stream), with_version("V\n\n"));
}

#[test]
fn several_sockets_with_levels_of_their_own() {
    let served = Served::new("");
    let mut stream = TcpStream::connect(served.tcp).unwrap();
    stream.write_all(b"show cli level;show cli sockets\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let expected = format!(
        "operator\n\n# socket lvl processes\nunix@{} admin all\nipv4@{} operator all\n\n",
        served.unix.display(),
        served.tcp
    );
    assert_eq!(read_to_end(&mut stream), expected);
}

#[test]
fn lines_are_bounded() {
    let served = Served::new("");
    let mut stream = served.connect();
    stream.write_all(&[b'a'; 40_000]).unwrap();
    let answer = read_to_end(&mut stream);
    assert!(answer.starts_with("The command line is longer than a buffer."), "{answer}");
    let answer = served.ask(&format!("echo x <<\n{}\n\n", "y".repeat(200_000)));
    assert_eq!(answer, "The payload is too long.\n");
}

#[test]
fn silence_ends_a_connection() {
    let served = Served::new("global\nstats timeout 100ms\n");
    let mut stream = served.connect();
    stream.write_all(b"prompt\n").unwrap();
    assert_eq!(read_to_end(&mut stream), "\n> ");
}

#[test]
fn more_connections_than_allowed_wait() {
    let served = Served::new("global\nstats maxconn 1\n");
    let mut first = served.connect();
    first.write_all(b"prompt i\n").unwrap();
    expect(&mut first, "\n");
    let mut second = served.connect();
    second.write_all(b"show cli level\n").unwrap();
    second.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(second.read(&mut [0]).is_err(), "there is no room");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(read_to_end(&mut second), "admin\n\n");
}

#[test]
fn statistics() {
    let servers: String = (0..2000).map(|n| format!("server s{n} 127.0.0.1:1\n")).collect();
    let served = Served::new(&format!(
        "defaults\nmode http\ntimeout client 1s\ntimeout connect 1s\ntimeout server 1s\nfrontend fe\nbind 127.0.0.1:1\n\
         backend big\n{servers}backend be\nserver a 127.0.0.1:1 disabled\nserver b 127.0.0.1:2\n"
    ));
    let answer = served.ask("show stat\n");
    assert!(answer.starts_with("# pxname,svname,qcur,") && answer.ends_with(",\n\n"), "{answer}");
    assert_eq!(answer.lines().count(), 1 + 1 + 2001 + 3 + 1);
    let names = |input: &str| {
        let answer = served.ask(input);
        let rows = answer.lines().skip(1).filter(|line| !line.is_empty());
        rows.map(|row| row.splitn(3, ',').take(2).collect::<Vec<_>>().join("/")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("show stat be -1 -1\n"), "be/a be/b be/BACKEND");
    assert_eq!(names("show stat -1 1 -1\n"), "fe/FRONTEND");
    assert_eq!(names("show stat be 4 2\n"), "be/b");
    assert_eq!(names("show stat be 4 -1 no-maint\n"), "be/b");
    assert_eq!(names("show stat domain proxy be 2 -1\n"), "be/BACKEND");
    assert!(served.ask("show stat be 4 1 typed\n").starts_with("S.4.1.0.pxname.1:KNSV:str:be\n"));
    assert!(served.ask("show stat be 4 1 json\n").starts_with("[[{\"objType\":\"Server\","));
    assert!(
        served.ask("show stat be 4 1 typed desc\n").starts_with("S.4.1.0.pxname.1:KNSV:str:be:\"the proxy's name\"\n")
    );
}

#[test]
fn a_new_model_shows_at_once() {
    let served = Served::new("global\nnode one\n");
    assert!(served.ask("show info\n").contains("\nnode: one\n"));
    served.model.store(Arc::new(model("global\nnode two\n")));
    assert!(served.ask("show info\n").contains("\nnode: two\n"));
    assert!(served.ask("show info typed\n").starts_with("0.Name.1:POSV:str:HAProxy\n"));
    assert!(served.ask("show info desc\n").starts_with("Name: HAProxy:\"the product's name\"\n"));
    assert!(served.ask("show info json\n").starts_with("[{\"field\":{\"pos\":0,\"name\":\"Name\"},"));
}

/// A reader that takes nothing holds a piece of the answer in memory, not the whole, and is let go.
#[test]
fn slow_readers_are_given_up() {
    let servers: String = (0..3000).map(|n| format!("server s{n} 127.0.0.1:1\n")).collect();
    let served = Served::new(&format!("global\nstats timeout 100ms\nstats maxconn 1\nbackend big\n{servers}"));
    let mut lazy = served.connect();
    lazy.write_all(b"show stat;show stat;show stat\n").unwrap();
    let answer = served.ask("show cli level\n");
    assert_eq!(answer, "admin\n\n", "the only place is free again");
}

#[test]
fn events_of_rings() {
    let served = Served::new("ring one\n description \"the first\"\nring a-longer-name\n size 2k\n");
    let push = |ring: usize, line: &[u8]| served.model.load().logging.rings[ring].live.push(line);
    for line in [&b"line 1"[..], b"line 2", b"not \xff UTF-8"] {
        push(0, line);
    }
    let check = |input: &str, expected: &str| assert_eq!(served.ask(input), expected, "{input:?}");
    check(
        "show events\n",
        "Supported events sinks are listed below. Add -0(zero), -w(wait), -n(new). Any key to stop.\n    \
         one        : type=buffer, 0 dropped, the first\n    \
         a-longer-name : type=buffer, 0 dropped, a-longer-name\n\n",
    );
    check("show events two\n", "No such event sink\n\n");
    check("show events one -x\n", "unknown option\n\n");
    check("show events one x\n", "unknown option\n\n");
    check("show events one -n\n", "\n");
    check("show events a-longer-name\n", "\n");
    check("show events one -nw\n", "\n");
    let mut stream = served.connect();
    stream.write_all(b"prompt i\nshow events one -0\nshow events one -w\n").unwrap();
    let mut expect_bytes = |expected: &[u8]| {
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, expected);
    };
    expect_bytes(b"\nline 1\0line 2\0not \xff UTF-8\0\n");
    expect_bytes(b"line 1\nline 2\nnot \xff UTF-8\n");
    push(0, b"line 4");
    expect_bytes(b"line 4\n");
    stream.write_all(b"show version\n").unwrap();
    expect(&mut stream, "\n");
    stream.write_all(b"show version\n").unwrap();
    expect(&mut stream, &with_version("V\n\n"));
}
