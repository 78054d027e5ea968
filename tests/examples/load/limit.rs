//! How many files this process may have open: the soft limit is raised as far as the connections need.

use std::io;

/// Files beside the sockets: the poll, the waker, input and output.
const OTHERS: usize = 64;

/// Makes room for so many sockets, or says what stands in the way.
pub(crate) fn raise(connections: usize) -> io::Result<()> {
    let wanted = (connections + OTHERS) as u64;
    let allowed = rlimit::increase_nofile_limit(wanted)?;
    if allowed < wanted {
        return Err(io::Error::other(format!(
            "{connections} connections need {wanted} open files, but the limit is {allowed} (see `ulimit -Hn`)"
        )));
    }
    Ok(())
}
