//! Checks by a program of the operator's (configuration manual 4.2 `option external-check`). What it is told was measured.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{ffi::OsStr, io};

use burdock_model::{Address, ExternalCheck, Mode};
use burdock_state::{CheckReport, CheckStatus};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::Interest;

use crate::attempt::{Occasion, limit_ms};

/// Runs the program, and says what came of it.
pub(crate) async fn run(occasion: Occasion<'_>, check: &ExternalCheck) -> CheckReport {
    let began = Instant::now();
    let limit = Duration::from_millis(occasion.settings.timeout_ms.unwrap_or_else(|| limit_ms(occasion.settings)));
    let (status, code) = match start(occasion, check) {
        Err(_not_to_be_had) => (CheckStatus::ProgramError, NOT_STARTED),
        Ok(mut program) => match tokio::time::timeout(limit, ended(&mut program.0)).await {
            Err(_elapsed) => (CheckStatus::ProgramTimeout, 0),
            Ok(Err(_)) => (CheckStatus::ProgramError, NOT_STARTED),
            Ok(Ok(exit)) if exit.success() => (CheckStatus::ProgramPassed, 0),
            Ok(Ok(exit)) => (CheckStatus::ProgramError, exit.code().unwrap_or(KILLED)),
        },
    };
    let duration_ms = Some(u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX));
    CheckReport { status, duration_ms, code, info: String::new() }
}

/// What is told of a program that could not be run.
const NOT_STARTED: i32 = 255;
/// What is told of one that a signal ended.
const KILLED: i32 = -1;

/// A program that does not outlive its check.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended is reaped already, and cannot be killed any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(occasion: Occasion<'_>, check: &ExternalCheck) -> io::Result<Program> {
    let mut command = Command::new(program(check));
    command.stdin(Stdio::null());
    if !check.keeps_environment {
        command.env_clear();
    }
    let facts = facts(occasion);
    let said = |text: &String| if text.is_empty() { "NOT_USED".to_owned() } else { text.clone() };
    let [proxy_address, proxy_port, server_address, server_port] =
        ["PROXY_ADDR", "PROXY_PORT", "SERVER_ADDR", "SERVER_PORT"]
            .map(|name| facts.iter().find(|(known, _)| *known == name).map(|(_, text)| said(text)).unwrap_or_default());
    command.args([proxy_address, proxy_port, server_address, server_port]);
    command.envs(facts.iter().map(|(name, text)| (format!("HAPROXY_{name}"), text)));
    command.env("PATH", check.path.as_deref().unwrap_or(OsStr::new("")));
    command.spawn().map(Program)
}

/// The program's file. A name without a slash is looked for in the directories of `external-check path`.
fn program(check: &ExternalCheck) -> std::path::PathBuf {
    if check.command.as_os_str().as_encoded_bytes().contains(&b'/') {
        return check.command.clone();
    }
    let directories = check.path.as_deref().map(std::env::split_paths).into_iter().flatten();
    let found = directories.map(|directory| directory.join(&check.command)).find(|file| file.is_file());
    found.unwrap_or_else(|| Path::new("/nonexistent").join(&check.command))
}

/// What the program is told in its environment, behind `HAPROXY_`.
fn facts(occasion: Occasion<'_>) -> Vec<(&'static str, String)> {
    let Occasion { proxy, server, .. } = occasion;
    let bind = proxy.frontend.as_ref().and_then(|frontend| frontend.binds.first());
    let (proxy_address, proxy_port) = bind.map(|bind| place(&bind.address)).unwrap_or_default();
    let (server_address, server_port) = place(&server.address);
    let protocol = if proxy.mode == Mode::Http { "h1" } else { "tcp" };
    vec![
        ("PROXY_NAME", proxy.name.clone()),
        ("PROXY_ID", proxy.numeric_id.to_string()),
        ("PROXY_ADDR", proxy_address),
        ("PROXY_PORT", proxy_port),
        ("SERVER_NAME", server.name.clone()),
        ("SERVER_ID", server.numeric_id.to_string()),
        ("SERVER_ADDR", server_address),
        ("SERVER_PORT", server_port),
        ("SERVER_MAXCONN", server.state.maxconn().to_string()),
        ("SERVER_CURCONN", server.state.sessions.get().to_string()),
        ("SERVER_SSL", u8::from(server.tls.is_some()).to_string()),
        ("SERVER_PROTO", protocol.to_owned()),
    ]
}

fn place(address: &Address) -> (String, String) {
    match address {
        Address::Tcp(address) => (address.ip().to_string(), address.port().to_string()),
        Address::Unix(path) => (path.display().to_string(), String::new()),
        other => (other.to_string(), String::new()),
    }
}

/// Waits for a program's end.
async fn ended(program: &mut Child) -> io::Result<ExitStatus> {
    let pid = i32::try_from(program.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    let end = burdock_os::join_event_loop(pidfd_open(pid, PidfdFlags::NONBLOCK)?, Interest::READABLE)?;
    loop {
        if let Some(status) = program.try_wait()? {
            return Ok(status);
        }
        end.readable().await?.clear_ready();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model_with;

    /// Runs a shell script and says what the check comes to.
    async fn check(script: &str, lines: &str, expected: (&str, i32)) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("check.sh");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let lines = lines.replace('@', &file.display().to_string());
        let lines = format!(
            " option external-check\n timeout check 2s\n timeout connect 2s\n {lines}\n server s 127.0.0.1:81 check inter 2s maxconn 7\n"
        );
        let model = model_with("global\n external-check\n insecure-fork-wanted", &lines);
        let proxy = &model.proxies[0];
        let server = proxy.backend.as_ref().unwrap().servers.iter().next().unwrap();
        let settings = server.check.as_ref().unwrap();
        let burdock_model::CheckKind::External(external) = &settings.kind else { panic!("{:?}", settings.kind) };
        let report = run(Occasion { model: &model, proxy, server, settings }, external).await;
        assert_eq!((report.status.code(), report.code), expected, "{script}");
    }

    #[tokio::test]
    async fn programs_decide() {
        check("exit 0", "external-check command @", ("PROCOK", 0)).await;
        check("exit 7", "external-check command @", ("PROCERR", 7)).await;
        check("kill -9 $$", "external-check command @", ("PROCERR", -1)).await;
        check("exit 0", "external-check command /nonexistent", ("PROCERR", 255)).await;
        check("exec /bin/sleep 9", "timeout check 50ms\n external-check command @", ("PROCTOUT", 0)).await;
    }

    /// What HAProxy 3.5 tells them.
    #[tokio::test]
    async fn programs_are_told_of_the_server() {
        let told = "[ \"$*\" = 'NOT_USED NOT_USED 127.0.0.1 81' ] && \
                    [ \"$HAPROXY_PROXY_NAME/$HAPROXY_SERVER_NAME:$HAPROXY_SERVER_MAXCONN $PATH\" = 'be/s:7 /a:/b' ]";
        check(told, "external-check command @\n external-check path /a:/b", ("PROCOK", 0)).await;
    }
}
