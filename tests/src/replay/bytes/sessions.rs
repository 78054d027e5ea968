//! Whole sessions: a host that does as the script says, and takes all there is to take behind every step.

mod host;

use super::cuts::Cut;
use super::{Checked, Hex};
use crate::vectors::bytes::sessions::{Session, Settings, Step};
pub(crate) use host::Player;

/// A message of a script may be cut at every place; of a longer one, at these many.
const LONG: usize = 300;

impl Checked for Session {
    fn id(&self) -> &str {
        &self.id
    }

    fn steps(&self) -> usize {
        self.steps.len()
    }

    fn difference(&self) -> Option<String> {
        let longest = self.steps.iter().map(|step| step.input.received().len()).max().unwrap_or(0);
        Cut::all(longest.min(LONG)).find_map(|cut| {
            let mut host = Player::new(&self.settings, &self.entropy_hex, cut);
            self.steps.iter().enumerate().find_map(|(number, step)| {
                let what = difference(&mut host, step)?;
                Some(format!("step {}, cut {cut:?}: {what}", number + 1))
            })
        })
    }
}

/// Plays one step.
fn difference(host: &mut Player, step: &Step) -> Option<String> {
    match host.play(step.at_ms, &step.input) {
        Ok(played) if played == *step => None,
        Ok(Step { told, host, sent, .. }) => Some(format!(
            "{told:?}, {host:?}, {sent:?} instead of {:?}, {:?}, {:?}",
            step.told, step.host, step.sent
        )),
        Err(error) => Some(error),
    }
}
