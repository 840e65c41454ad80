//! Lines of text that a task holds until its stage has succeeded.

use std::sync::Arc;

use crate::exec::errors::OverBudget;
use crate::exec::memory::{Accountant, Charge};

/// The least room that is made.
const ROOM: usize = 4096;

/// Lines, charged while they are held.
#[derive(Debug)]
pub struct Lines {
    text: Vec<u8>,
    charge: Charge,
}

impl Lines {
    /// No lines.
    pub fn new(accountant: &Arc<Accountant>) -> Self {
        Self { text: Vec::new(), charge: accountant.nothing() }
    }

    /// Lines as [`Lines::text`] gives them.
    ///
    /// # Errors
    /// The budget of memory would be exceeded.
    pub fn of(text: Vec<u8>, accountant: &Arc<Accountant>) -> Result<Self, OverBudget> {
        Ok(Self { charge: accountant.charge(text.capacity())?, text })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// The budget of memory would be exceeded; the line is not added then.
    pub fn push(&mut self, line: &[u8]) -> Result<(), OverBudget> {
        let wanted = self.text.len() + line.len() + 1;
        if wanted > self.text.capacity() {
            let room = wanted.max(self.text.capacity() * 2).max(ROOM);
            self.charge.set(room)?;
            self.text.reserve_exact(room - self.text.len());
        }
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        Ok(())
    }

    /// The lines, each with its end.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_charged_while_they_are_held() {
        let accountant = Accountant::new(10_000);
        let mut lines = Lines::new(&accountant);
        lines.push(b"one").unwrap();
        assert_eq!((lines.text(), accountant.held()), (&b"one\n"[..], ROOM));
        let over = lines.push(&[b'x'; 20_000]).unwrap_err();
        assert_eq!((over.wanted, lines.text()), (20_005, &b"one\n"[..]));
        drop(lines);
        assert_eq!(accountant.held(), 0);
    }
}
