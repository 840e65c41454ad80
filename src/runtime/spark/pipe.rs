//! `pipe`: the lines of a partition through a command of the system, as `pyspark.RDD.pipe` does it.
//!
//! ```text
//! pipe(["a", "b"], "tr a-z A-Z", {}, false) = ["A", "B"]
//! ```
//!
//! The command is split as Python's `shlex.split` splits it, and started with the variables of the table and no others;
//! without `PATH` among them it is looked for in the system's own directories. Its standard error is the job's. It and what it
//! starts are a process group, which ends with the job ([`end_commands`]).

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Value, str_list};

/// Writes lines to a command and reads those that it writes; `check` makes another exit code than 0 a row error.
pub fn pipe(cx: &Cx, lines: Value<'_>, command: &str, env: Value<'_>, check: bool) -> Res<ObjRef> {
    let mut input = String::new();
    for line in lines.items() {
        input += line.str().trim_end_matches('\n');
        input.push('\n');
    }
    let (mut child, running) = start(command, env)?;
    let output = exchange(&mut child, input.as_bytes());
    let status = child.wait();
    drop(running);
    let output = output.map_err(|cause| wrong(command, format!("cannot be read: {cause}")))?;
    let status = status.map_err(|cause| wrong(command, format!("cannot be waited for: {cause}")))?;
    if check && !status.success() {
        return Err(wrong(command, format!("ended with exit code {}", code(status))));
    }
    let text = std::str::from_utf8(&output).map_err(|error| {
        let detail = format!("`pipe`: byte {} of what `{command}` wrote is no UTF-8", error.valid_up_to());
        Trap::new(Reason::Utf8, detail)
    })?;
    let text = cx.arena.str(text);
    Ok(ObjRef(str_list(&cx.arena, text.strip_suffix('\n').unwrap_or(text).split('\n').filter(|_| !text.is_empty()))))
}

/// The commands that run, and whether the process is on its way out.
struct Commands {
    closed: bool,
    groups: Vec<Pid>,
}

static COMMANDS: Mutex<Commands> = Mutex::new(Commands { closed: false, groups: Vec::new() });

fn commands() -> MutexGuard<'static, Commands> {
    // The list is valid between any two statements, so a panic elsewhere does not spoil it.
    COMMANDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills all commands and what they have started, and starts no more; for the end of a process whose job does not end.
pub fn end_commands() {
    let mut commands = commands();
    commands.closed = true;
    for group in commands.groups.drain(..) {
        // A group that has ended by itself is what is wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// A command that runs, in the list of those.
struct Running(Pid);

impl Drop for Running {
    fn drop(&mut self) {
        commands().groups.retain(|group| *group != self.0);
    }
}

fn wrong(command: &str, what: String) -> Trap {
    Trap::new(Reason::Command, format!("`pipe`: `{command}` {what}"))
}

/// As Python says it: negative for a signal.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

fn start(command: &str, env: Value<'_>) -> Res<(Child, Running)> {
    let words = split(command).map_err(|why| wrong(command, why.into()))?;
    let [program, args @ ..] = &words[..] else {
        return Err(Trap::new(Reason::Command, "`pipe` takes a command, and this is empty"));
    };
    if let Some((name, _)) = env.entries().find(|(name, _)| name.str().contains('=')) {
        let detail = format!("`pipe` takes variables whose names have no `=`, found {:?}", name.str());
        return Err(Trap::new(Reason::Command, detail));
    }
    let vars = env.entries().map(|(name, value)| (name.str(), value.str()));
    let mut started = Command::new(program);
    started.args(args).env_clear().envs(vars).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
    let mut commands = commands();
    if commands.closed {
        return Err(wrong(command, "is not started, as the job ends".into()));
    }
    let child = started.spawn().map_err(|cause| wrong(command, format!("cannot be started: {cause}")))?;
    let group = Pid::from_child(&child);
    commands.groups.push(group);
    Ok((child, Running(group)))
}

/// Writes and reads at once: either side may wait for the other.
fn exchange(child: &mut Child, input: &[u8]) -> std::io::Result<Vec<u8>> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command need not read all of its input: what it does not want is no error, as in PySpark.
            let written = stdin.map(|mut stdin| stdin.write_all(input));
            drop(written);
        });
        let mut output = Vec::new();
        if let Some(mut stdout) = stdout {
            stdout.read_to_end(&mut output)?;
        }
        Ok(output)
    })
}

/// Python's `shlex.split`. The crates `shlex` and `shell-words` split by POSIX instead: `#` begins a comment, `"\$"` is `$`,
/// a backslash takes a line break away. Of 1,207 recorded command lines `shlex` 2.0 splits 183 in another way, and
/// `shell-words` 1.1 splits 227.
fn split(command: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => quoted(&mut chars, '\'', word.get_or_insert_default())?,
            '"' => quoted(&mut chars, '"', word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next().ok_or("ends in a backslash")?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// The text between quotes; in double ones a backslash protects itself and the quote.
fn quoted(chars: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Result<(), &'static str> {
    const OPEN: &str = "has a quote that is not closed";
    loop {
        match chars.next().ok_or(OPEN)? {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => {
                let next = chars.next().ok_or(OPEN)?;
                if !matches!(next, '"' | '\\') {
                    word.push('\\');
                }
                word.push(next);
            }
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;

    #[test]
    fn commands_are_split_as_by_shlex() {
        recorded::check("command_lines", |_, args| {
            split(args.str(0)).map(Into::into).map_err(|why| Trap::new(Reason::Value, why))
        });
    }
}
