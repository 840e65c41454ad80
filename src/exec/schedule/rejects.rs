//! Rows that fail and are left out, where the job has a directory for them.

use crate::exec::errors::{RowError, TaskResult};
use crate::exec::io::{Reject, RejectDir};

use super::Exec;

impl Exec {
    /// Writes rejected rows to a directory, if the job has none yet.
    pub fn reject_to(&mut self, rejects: RejectDir) {
        self.rejects.get_or_insert(rejects);
    }

    /// The directory of rejected rows, if the job has one.
    pub fn rejects(&self) -> Option<&RejectDir> {
        self.rejects.as_ref()
    }

    pub(super) fn write_rejects(&mut self, rejects: &[RowError]) -> TaskResult<()> {
        let Some(directory) = self.rejects.as_ref().filter(|_| !rejects.is_empty()) else { return Ok(()) };
        let mut writer = directory.writer(self.next_reject);
        for row in rejects {
            let place = (self.place)(row.span);
            writer.write(&Reject {
                origin: &row.origin,
                place: &place,
                code: row.trap.reason.code().0,
                reason: &row.trap.detail,
                record: row.record.as_bytes(),
            })?;
        }
        writer.finish()?;
        self.next_reject += 1;
        Ok(())
    }

    /// Publishes the directory of rejects, if the job has one.
    ///
    /// # Errors
    /// It cannot be published.
    pub fn commit_rejects(&mut self) -> TaskResult<()> {
        match self.rejects.take() {
            Some(directory) => Ok(directory.into_output().commit()?),
            None => Ok(()),
        }
    }
}
