//! The process: where and as whom it runs.

use std::path::{Path, PathBuf};

use burdock_syntax::{Diagnostic, Parsed};

use crate::args::{Args, set_once};
use crate::draft::{DefaultPath, GlobalDraft, Spanned};
use crate::keyword::bind::{account, clamp};
use crate::keyword::{Keyword, not_yet};

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global("daemon", "", "goes to the background", "3.1", |global, args| {
        args.end()?;
        global.daemon = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::global("external-check", "[preserve-env]", "checks may run programs", "3.1", |global, args| {
        let keeps_environment = args.next_if("preserve-env").is_some();
        args.end()?;
        global.external_check = Some(Spanned::new(keeps_environment, args.name_span));
        Ok(())
    }),
    Keyword::global("pidfile", "<file>", "where the process's number is written", "3.1", |global, args| {
        let path = args.path("the name of a file")?;
        args.end()?;
        set_once(&mut global.pid_file, path, args);
        Ok(())
    }),
    Keyword::global(
        "chroot",
        "<directory>",
        "the directory that becomes the root of the file system",
        "3.1",
        |global, args| {
            let path = args.path("a directory")?;
            args.end()?;
            if path.value == Path::new("auto") {
                return Err(not_yet("chroot auto", path.span));
            }
            set_once(&mut global.chroot, path, args);
            Ok(())
        },
    ),
    Keyword::global("user", "<name>", "the user to run as, by name", "3.1", |global, args| {
        let user = account(args, "user")?;
        args.end()?;
        set_once(&mut global.uid, user, args);
        Ok(())
    }),
    Keyword::global("group", "<name>", "the group to run as, by name", "3.1", |global, args| {
        let group = account(args, "group")?;
        args.end()?;
        set_once(&mut global.gid, group, args);
        Ok(())
    }),
    Keyword::global("uid", "<number>", "the user to run as, by number", "3.1", |global, args| {
        let number = number(args)?;
        set_once(&mut global.uid, number, args);
        Ok(())
    }),
    Keyword::global("gid", "<number>", "the group to run as, by number", "3.1", |global, args| {
        let number = number(args)?;
        set_once(&mut global.gid, number, args);
        Ok(())
    }),
    Keyword::global(
        "default-path",
        "current|config|parent|origin <directory>",
        "where relative file names start from",
        "3.1",
        default_path,
    ),
    Keyword::global("zero-warning", "", "refuses to start where there are warnings", "3.1", |global, args| {
        args.end()?;
        global.zero_warning = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
];

/// HAProxy warns of what is no number and goes on with zero, which would be root; here it is an error.
fn number(args: &mut Args<'_>) -> Parsed<Spanned<u32>> {
    let number = args.number("a number", 0..=i64::from(u32::MAX))?;
    args.end()?;
    Ok(number.map(clamp))
}

fn default_path(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    #[derive(Clone, Copy)]
    enum Start {
        Current,
        Config,
        Parent,
        Origin,
    }
    const STARTS: [(&str, Start); 4] =
        [("current", Start::Current), ("config", Start::Config), ("parent", Start::Parent), ("origin", Start::Origin)];
    let start = args.choice("a way to complete file names", &STARTS)?;
    let path = match start.value {
        Start::Current => DefaultPath::Current,
        Start::Config => DefaultPath::Config,
        Start::Parent => DefaultPath::Parent,
        Start::Origin => {
            let directory = args.path("a directory")?;
            if directory.value == PathBuf::new() {
                return Err(Diagnostic::error("the directory is empty")
                    .code("missing-argument")
                    .at(directory.span, "empty"));
            }
            DefaultPath::Origin(directory.value)
        }
    };
    args.end()?;
    global.default_path = Some(Spanned::new(path, start.span));
    Ok(())
}
