//! One row of the command table.

use super::call::Call;
use super::error::CommandError;

/// What a command is, apart from what it does. Bits, as in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// With their names in `COMMAND INFO`, in the order it lists them.
    const NAMES: [(Flags, &'static str); 14] = [
        (Flags::WRITE, "write"),
        (Flags::READONLY, "readonly"),
        (Flags::DENYOOM, "denyoom"),
        (Flags::ADMIN, "admin"),
        (Flags::PUBSUB, "pubsub"),
        (Flags::NOSCRIPT, "noscript"),
        (Flags::BLOCKING, "blocking"),
        (Flags::LOADING, "loading"),
        (Flags::STALE, "stale"),
        (Flags::SKIP_SLOWLOG, "skip_slowlog"),
        (Flags::FAST, "fast"),
        (Flags::NO_AUTH, "no_auth"),
        (Flags::ALLOW_BUSY, "allow_busy"),
        (Flags::MOVABLEKEYS, "movablekeys"),
    ];
    pub(super) const NONE: Flags = Flags(0);
    pub(super) const WRITE: Flags = Flags(1);
    pub(super) const READONLY: Flags = Flags(1 << 1);
    /// Refused when memory is full.
    pub(super) const DENYOOM: Flags = Flags(1 << 2);
    pub(super) const ADMIN: Flags = Flags(1 << 3);
    pub(super) const NOSCRIPT: Flags = Flags(1 << 4);
    pub(super) const LOADING: Flags = Flags(1 << 5);
    pub(super) const STALE: Flags = Flags(1 << 6);
    pub(super) const FAST: Flags = Flags(1 << 7);
    /// Allowed before the password.
    pub(super) const NO_AUTH: Flags = Flags(1 << 8);
    pub(super) const PUBSUB: Flags = Flags(1 << 9);
    /// May wait.
    pub(super) const BLOCKING: Flags = Flags(1 << 10);
    /// Its arguments say where the keys are.
    pub(super) const MOVABLEKEYS: Flags = Flags(1 << 11);
    pub(super) const SKIP_SLOWLOG: Flags = Flags(1 << 12);
    /// Redis runs it even while a script runs.
    pub(super) const ALLOW_BUSY: Flags = Flags(1 << 13);

    pub(super) const fn and(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub(super) fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        let set = Flags::NAMES.into_iter();
        set.filter(move |(flag, _)| self.has(*flag))
            .map(|(_, name)| name)
    }
}

/// What runs a command.
pub type Handler = fn(&mut Call<'_>) -> Result<(), CommandError>;

/// A command, or a subcommand of a container such as `CONFIG`.
#[derive(Debug)]
pub struct Command {
    /// In lower case; for a subcommand without its container.
    pub name: &'static str,
    /// The container's name.
    pub container: Option<&'static str>,
    /// How many arguments, with the name; negative for "at least".
    pub arity: i32,
    /// What it is apart from what it does: writes, reads, is quick.
    pub flags: Flags,
    /// The first key's position, the last one's (negative from the end) and
    /// the step; zeros without keys.
    pub keys: (i32, i32, i32),
    /// What runs it. A container's own handler is never called.
    pub(super) run: Handler,
    /// The subcommands of a container.
    pub subcommands: &'static [Command],
}

impl Command {
    /// A command without keys.
    pub(super) const fn new(name: &'static str, arity: i32, flags: Flags, run: Handler) -> Command {
        Command {
            name,
            container: None,
            arity,
            flags,
            keys: (0, 0, 0),
            run,
            subcommands: &[],
        }
    }

    /// A command whose first argument is a subcommand.
    pub(super) const fn container(name: &'static str, subcommands: &'static [Command]) -> Command {
        let mut command = Command::new(name, -2, Flags::NONE, no_subcommand);
        command.subcommands = subcommands;
        command
    }

    /// As a subcommand of `container`.
    pub(super) const fn of(mut self, container: &'static str) -> Command {
        self.container = Some(container);
        self
    }

    /// With keys.
    pub(super) const fn keys(mut self, first: i32, last: i32, step: i32) -> Command {
        self.keys = (first, last, step);
        self
    }

    /// `config|get`, as messages name it.
    pub fn full_name(&self) -> String {
        match self.container {
            None => self.name.to_owned(),
            Some(container) => format!("{container}|{}", self.name),
        }
    }

    /// Whether it only reads keys.
    pub fn reads(&self) -> bool {
        self.flags.has(Flags::READONLY)
    }

    /// Whether it writes keys.
    pub fn writes(&self) -> bool {
        self.flags.has(Flags::WRITE)
    }

    /// The keys among the words of a request for it; none for those whose
    /// arguments say where the keys are.
    pub fn keys_in<'a>(&self, words: &'a [Vec<u8>]) -> impl Iterator<Item = &'a [u8]> {
        let (first, last, step) = self.keys;
        let end = match last {
            0.. => last as usize + 1,
            _ => (words.len() + 1).saturating_sub(last.unsigned_abs() as usize),
        };
        let first = match usize::try_from(first) {
            Ok(0) | Err(_) => words.len(),
            Ok(first) => first.min(words.len()),
        };
        words[first..end.clamp(first, words.len())]
            .iter()
            .step_by(step.max(1) as usize)
            .map(Vec::as_slice)
    }

    /// Whether it takes `count` arguments, with its name.
    pub fn takes(&self, count: usize) -> bool {
        let wanted = self.arity.unsigned_abs() as usize;
        if self.arity < 0 {
            count >= wanted
        } else {
            count == wanted
        }
    }
}

/// A container by itself: dispatch asks for its subcommand first.
fn no_subcommand(_: &mut Call<'_>) -> Result<(), CommandError> {
    Err(CommandError::Syntax)
}
