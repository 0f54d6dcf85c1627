//! Listening Unix sockets: in the file system, where a socket takes its path over from an older one only once it listens, and in the
//! abstract name space.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use burdock_model::UnixPermissions;
use nix::unistd::{Gid, Uid, chown};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::net::{bind, listen as listen_on, socket_with};

use super::Fault;

/// A listening, non-blocking socket at `path`, of the owner and mode given. It is made under another name and renamed, so that clients find
/// either the old socket or one that is ready.
pub fn listen(path: &Path, permissions: &UnixPermissions, backlog: i32) -> Result<OwnedFd, Fault> {
    let temporary = temporary_name(path);
    let address = SocketAddrUnix::new(temporary.as_path()).map_err(Fault::of("bind UNIX socket"))?;
    // Left over by a process of the same id that was killed here.
    let _ = fs::remove_file(&temporary);
    let socket = new_socket()?;
    bind(&socket, &address).map_err(Fault::of("bind UNIX socket"))?;
    let ready = prepare(&socket, &temporary, path, permissions, backlog);
    if ready.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    ready.map(|()| socket)
}

/// A listening, non-blocking socket of an abstract name.
pub fn listen_abstract(name: &[u8], padded: bool, backlog: i32) -> Result<OwnedFd, Fault> {
    let address = burdock_os::abstract_address(name, padded).map_err(Fault::of("bind UNIX socket"))?;
    let socket = new_socket()?;
    bind(&socket, &address).map_err(Fault::of("bind UNIX socket"))?;
    listen_on(&socket, backlog).map_err(Fault::of("listen to UNIX socket"))?;
    Ok(socket)
}

fn prepare(
    socket: &OwnedFd,
    temporary: &Path,
    path: &Path,
    permissions: &UnixPermissions,
    backlog: i32,
) -> Result<(), Fault> {
    if permissions.uid.is_some() || permissions.gid.is_some() {
        chown(temporary, permissions.uid.map(Uid::from_raw), permissions.gid.map(Gid::from_raw))
            .map_err(Fault::of("change UNIX socket ownership"))?;
    }
    if let Some(mode) = permissions.mode {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(temporary, mode).map_err(Fault::of("change UNIX socket mode"))?;
    }
    listen_on(socket, backlog).map_err(Fault::of("listen to UNIX socket"))?;
    fs::rename(temporary, path).map_err(Fault::of("switch final and temporary UNIX sockets"))
}

fn new_socket() -> Result<OwnedFd, Fault> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(Fault::of("create UNIX socket"))
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn an_older_socket_is_replaced_when_the_new_one_listens() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let old = UnixListener::bind(&path).unwrap();
        let permissions = UnixPermissions { mode: Some(0o620), ..UnixPermissions::default() };
        let socket = UnixListener::from(listen(&path, &permissions, 4).unwrap());
        let _client = UnixStream::connect(&path).unwrap();
        assert!(socket.accept().is_ok(), "the new one is reached");
        old.set_nonblocking(true).unwrap();
        assert_eq!(old.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn what_cannot_be_made_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let missing = listen(&dir.path().join("none/s"), &UnixPermissions::default(), 4).unwrap_err();
        assert_eq!(missing.to_string(), "cannot bind UNIX socket (No such file or directory)");
        // A directory in the way lets everything succeed but the last step.
        let path = dir.path().join("d");
        fs::create_dir(&path).unwrap();
        let taken = listen(&path, &UnixPermissions::default(), 4).unwrap_err();
        assert!(taken.to_string().starts_with("cannot switch final and temporary UNIX sockets"), "{taken}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn abstract_names() {
        let name = format!("burdock-test-{}", std::process::id());
        let _socket = listen_abstract(name.as_bytes(), true, 4).unwrap();
        assert_eq!(
            listen_abstract(name.as_bytes(), true, 4).unwrap_err().to_string(),
            "cannot bind UNIX socket (Address already in use)"
        );
        listen_abstract(name.as_bytes(), false, 4).unwrap();
    }
}
