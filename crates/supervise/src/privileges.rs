//! Giving up rights once all sockets are open: `chroot`, then the group, then the user.

use burdock_model::{Global, Level};
use burdock_observe::notice;
use nix::unistd::{Gid, Uid, chdir, chroot, geteuid, setgid, setgroups, setuid};

use crate::failure::Failure;

/// Enters the root directory, the group and the user of the global section. Sub-groups are given up with the group or the user.
///
/// # Errors
/// The kernel refuses one of them: going on with more rights than asked for is no option.
pub fn drop_privileges(global: &Global) -> Result<(), Failure> {
    if let Some(root) = &global.chroot {
        let entered = chroot(root.as_path()).and_then(|()| chdir("/"));
        entered.map_err(|errno| Failure::new(format!("Cannot chroot({}): {}", root.display(), errno.desc())))?;
    }
    if (global.gid.is_some() || global.uid.is_some()) && geteuid().is_root() {
        let given_up = setgroups(&global.gid.map(Gid::from_raw).into_iter().collect::<Vec<_>>());
        given_up.map_err(|errno| Failure::new(format!("Cannot give up further groups: {}", errno.desc())))?;
    }
    if let Some(gid) = global.gid {
        let entered = setgid(Gid::from_raw(gid));
        entered.map_err(|errno| Failure::new(format!("Cannot set gid {gid}: {}", errno.desc())))?;
    }
    if let Some(uid) = global.uid {
        let entered = setuid(Uid::from_raw(uid));
        entered.map_err(|errno| Failure::new(format!("Cannot set uid {uid}: {}", errno.desc())))?;
    }
    Ok(())
}

/// Says what is missing where the process keeps the rights of root.
pub fn advise(global: &Global) {
    if !geteuid().is_root() {
        return;
    }
    if global.chroot.is_none() {
        notice(
            Level::Warning,
            "started as root without 'chroot': an intruder would see the whole file system. 'chroot' with an empty directory in the \
             'global' section confines the process; 'chroot /' says that this is meant",
        );
    }
    if global.uid.is_none() {
        notice(
            Level::Warning,
            "started as root without 'user' or 'uid': the process keeps all rights. Name an unprivileged user in the 'global' section; \
             'uid 0' says that this is meant",
        );
    }
}
