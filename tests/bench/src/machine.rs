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

/// Keeps the calling thread on one core, where the system can. Which: counted from the last one.
#[cfg(target_os = "linux")]
pub(crate) fn pin(from_last: usize) {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else { return };
    let cores: Vec<usize> =
        (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false)).collect();
    let Some(core) = cores.iter().rev().nth(from_last) else { return };
    let mut one = CpuSet::new();
    if one.set(*core).is_ok() {
        // One who may not is measured all the same.
        let _ = sched_setaffinity(this, &one);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_from_last: usize) {}
