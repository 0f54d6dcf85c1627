use super::*;

fn parsed(line: &str) -> Result<Invocation, ArgumentFault> {
    let words = line.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace("''", ""));
    parse(std::iter::once("/usr/sbin/burdock".to_owned()).chain(words).map(OsString::from))
}

/// What a command line sets, `-f x` aside.
fn check(line: &str, set: fn(&mut Arguments)) {
    let mut expected = Arguments { files: vec!["x".into()], ..Arguments::default() };
    expected.command_line.program_name = "burdock".to_owned();
    set(&mut expected);
    assert_eq!(parsed(&format!("-f x {line}")), Ok(Invocation::Run(Box::new(expected))), "{line}");
}

#[test]
fn flags_and_values() {
    check("", |_| {});
    check("-f y -- z -c", |to| to.files.extend(["y", "z", "-c"].map(PathBuf::from)));
    check("-c", |to| to.check = true);
    check("-cfoo", |to| to.check = true);
    check("-c -V -q", |to| (to.check, to.verbose, to.quiet) = (true, true, true));
    check("-qc", |to| to.quiet = true);
    check("-fz y", |to| to.files.push("y".into()));
    check("-C dir", |to| to.directory = Some("dir".into()));
    check("-d", |to| to.foreground = true);
    check("-db", |to| to.foreground = true);
    check("-dX", |to| to.foreground = true);
    check("-dWW", |to| to.fatal_warnings = true);
    check("-dM -dI -dW", |to| to.fatal_warnings = true);
    check("-dM0,fail", |_| {});
    check("-dD", |to| to.diagnostic = true);
    check("-dC", |to| to.dump = true);
    check("-dr", |to| to.command_line.ignore_unresolved = true);
    check("-dV", |to| to.command_line.no_server_verification = true);
    check("-dR", |to| to.no_reuse_port = true);
    check("-dF -dS -dT -dZ -dk -dp -dv -4", |_| {});
    check("-D -p pid", |to| {
        to.command_line.daemon = true;
        to.command_line.pid_file = Some("pid".into());
    });
    check("-L name", |to| to.command_line.local_peer = Some("name".to_owned()));
    check("-n 20 -N 30 -m 40", |to| {
        to.command_line.maxconn = Some(20);
        to.command_line.proxy_maxconn = Some(30);
        to.memory_limit_mb = Some(40);
    });
    check("-n 20k", |to| to.command_line.maxconn = Some(20));
    check("-n abc -N 0 -m -", |_| {});
    check("-n 99999999999", |to| to.command_line.maxconn = Some(u32::MAX));
    check("-sf", |to| to.predecessors = old(&[], Parting::Finish));
    check("-sf 12 13 -c", |to| (to.predecessors, to.check) = (old(&[12, 13], Parting::Finish), true));
    check("-sf 12 -st 13 -c", |to| (to.predecessors, to.check) = (old(&[12, 13], Parting::Terminate), true));
    check("-x /dev/null", |_| {});
    check("-cc foo(bar)", |to| to.condition = Some("foo(bar)".to_owned()));
    check("-cc -c", |to| to.condition = Some("-c".to_owned()));
}

#[test]
fn conditions_need_no_file() {
    let Ok(Invocation::Run(arguments)) = parsed("-dM -dI -dW -cc ''") else { panic!("a run") };
    assert_eq!((arguments.condition.as_deref(), arguments.fatal_warnings), (Some(""), true));
}

#[test]
fn what_is_no_flag_asks_for_the_usage() {
    for line in [
        "",
        "-V",
        "-c",
        "-Z -f x",
        "-f x extra",
        "extra",
        "-",
        "'' -f x",
        "-h",
        "--foo",
        "-cc",
        "-f x -cc",
        "-sf",
        "-f x -sf 0",
    ] {
        assert_eq!(parsed(line), Ok(Invocation::Usage), "{line}");
    }
}

#[test]
fn versions_come_first() {
    for (line, form) in [
        ("-v", VersionForm::Short),
        ("-vxyz", VersionForm::Short),
        ("-vv", VersionForm::Long),
        ("-vvv", VersionForm::Long),
        ("-vq", VersionForm::Number),
        ("-vqs", VersionForm::Branch),
        ("-vqb", VersionForm::Branch),
        ("-dM -dI -dW -vv", VersionForm::Long),
        ("-f x -v -Z", VersionForm::Short),
    ] {
        assert_eq!(parsed(line), Ok(Invocation::Version(form)), "{line}");
    }
}

fn old(pids: &[i32], parting: Parting) -> Option<Predecessors> {
    Some(Predecessors { pids: pids.to_vec(), parting })
}

#[test]
fn process_ids_are_numbers() {
    for (line, rest) in [("-sf abc", "abc"), ("-st 12 13x", "x"), ("-sf 1,2", ",2")] {
        let letters = if line.starts_with("-st") { "st" } else { "sf" };
        assert_eq!(parsed(&format!("-f x {line}")), Err(ArgumentFault::NoProcess(letters, rest.to_owned())), "{line}");
    }
}

#[test]
fn faults() {
    for letters in ["f", "C", "L", "m", "n", "N", "p", "x"] {
        assert_eq!(parsed(&format!("-{letters}")), Err(ArgumentFault::MissingValue(letters)));
    }
    for line in ["-W", "-Ws", "-S fd@3", "-x /run/s", "-dA", "-dG", "-dKall", "-dL", "-dc", "-de", "-dt"] {
        let fault = parsed(&format!("-f x {line}")).unwrap_err();
        assert!(
            matches!(fault, ArgumentFault::Unsupported(letters, _) if line[1..].starts_with(letters)),
            "{line}: {fault:?}"
        );
    }
}

#[test]
fn rows_that_share_letters_stand_in_the_right_order() {
    for (index, flag) in FLAGS.iter().enumerate() {
        for later in &FLAGS[index + 1..] {
            assert!(!later.letters.starts_with(flag.letters), "-{} hides -{}", flag.letters, later.letters);
        }
    }
}

#[test]
fn the_usage_lists_what_works() {
    let usage = usage();
    assert!(usage.contains("-f <file|dir>") && usage.contains("-cc <condition>"));
    assert!(!usage.contains("-W "), "what is not supported is not offered");
}
