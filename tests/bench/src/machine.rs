//! Where and when it was measured, and on which core.

use std::fs::read_to_string;

/// The day, in UTC.
pub(crate) fn date() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The processor, how many of it there are, and the system.
pub(crate) fn name() -> String {
    let cpuinfo = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let model = model.map_or("an unknown processor", |(_, model)| model);
    format!("{model}, {cores} cores, {} {}", std::env::consts::OS, kernel.trim())
}

/// Where a thread may run again when this is dropped.
#[cfg(target_os = "linux")]
pub(crate) struct Pinned(Option<nix::sched::CpuSet>);

/// Keeps the calling thread, and those that it starts, on the last core, where the system lets it.
#[cfg(target_os = "linux")]
pub(crate) fn pin() -> Pinned {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else { return Pinned(None) };
    let last = (0..CpuSet::count()).rev().find(|core| allowed.is_set(*core).unwrap_or(false));
    let mut one = CpuSet::new();
    let pinned = last.is_some_and(|core| one.set(core).is_ok() && sched_setaffinity(this, &one).is_ok());
    Pinned(pinned.then_some(allowed))
}

#[cfg(target_os = "linux")]
impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(allowed) = &self.0 {
            // It was allowed before.
            let _ = nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), allowed);
        }
    }
}

/// Keeps the calling thread, and those that it starts, on the first core that it may use and is not on. It stays where it is
/// if there is no other.
#[cfg(target_os = "linux")]
pub(crate) fn pin_elsewhere() {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this = Pid::from_raw(0);
    let Ok(here) = sched_getaffinity(this) else { return };
    // The system refuses what this process may not use.
    let _ = (0..CpuSet::count()).filter(|core| !here.is_set(*core).unwrap_or(true)).find(|core| {
        let mut one = CpuSet::new();
        one.set(*core).is_ok() && sched_setaffinity(this, &one).is_ok()
    });
}

/// Other systems decide themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) struct Pinned;

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin_elsewhere() {}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin() -> Pinned {
    Pinned
}

/// Allows so many open files, or as many as the system lets us.
#[cfg(unix)]
pub(crate) fn allow_files(count: u64) -> Result<(), String> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| error.to_string())?;
    let wanted = count.max(soft).min(hard);
    setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
pub(crate) fn allow_files(_count: u64) -> Result<(), String> {
    Ok(())
}
