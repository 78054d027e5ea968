//! Whole sessions: a host that does as the script says, and takes all there is to take behind every step.

mod host;

use super::cuts::Cut;
use super::{Checked, Hex};
use crate::vectors::bytes::sessions::compressed::Session as Compressed;
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
        differences(&self.steps, |cut| Player::new(&self.settings, &self.entropy_hex, cut))
    }
}

impl Checked for Compressed {
    fn id(&self) -> &str {
        &self.id
    }

    fn steps(&self) -> usize {
        self.steps.len()
    }

    fn difference(&self) -> Option<String> {
        let Self { settings, compression, agreed, entropy_hex, .. } = self;
        differences(&self.steps, |cut| Player::compressing(settings, compression, *agreed, entropy_hex, cut))
    }
}

/// The first difference, however what is received is cut.
fn differences(steps: &[Step], host: impl Fn(Cut) -> Player) -> Option<String> {
    let longest = steps.iter().map(|step| step.input.received().len()).max().unwrap_or(0);
    Cut::all(longest.min(LONG)).find_map(|cut| {
        let mut host = host(cut);
        steps.iter().enumerate().find_map(|(number, step)| {
            let what = difference(&mut host, step)?;
            Some(format!("step {}, cut {cut:?}: {what}", number + 1))
        })
    })
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
