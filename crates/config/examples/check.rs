#![allow(clippy::print_stdout, clippy::unwrap_used)]
use burdock_config::*;
use burdock_syntax::*;
fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mode = if args[0].starts_with("--") { args.remove(0) } else { "--rich".into() };
    if mode == "--batch" {
        // one line a file: <errors> <warnings> <advice> file: first message
        for f in args {
            let files = [std::path::PathBuf::from(&f)];
            let l = go(&files);
            let first = l
                .diagnostics
                .sorted()
                .into_iter()
                .find(|d| d.severity() <= Severity::Warning)
                .map(|d| {
                    let p = d.span().and_then(|s| l.sources.locate(s).map(|(_, p)| p.line)).unwrap_or(0);
                    format!("{p}: {}", d.message())
                })
                .unwrap_or_default();
            println!(
                "{} {} {}\t{f}\t{first}",
                l.diagnostics.count(Severity::Error),
                l.diagnostics.count(Severity::Warning),
                l.diagnostics.count(Severity::Advice)
            );
        }
        return;
    }
    let files: Vec<_> = args.iter().map(Into::into).collect();
    let l = go(&files);
    if mode == "--compat" {
        print!(
            "{}",
            burdock_syntax::render::Compatible { pid: 1, diag: false, advice: false }
                .render(&l.diagnostics, &l.sources)
        );
    } else {
        print!("{}", burdock_syntax::render::Rich::default().render(&l.diagnostics, &l.sources));
    }
    if mode == "--model" {
        println!("{:#?}", l.model);
    }
    println!("{}", if l.model.is_some() { "OK" } else { "FAIL" });
}
fn go(files: &[std::path::PathBuf]) -> Loaded {
    let env = Environment::from_process();
    let facts = Facts::default();
    let cl = CommandLine::default();
    load(&LoadOptions { files, environment: &env, facts: &facts, command_line: &cl, host: &System, previous: None })
}
