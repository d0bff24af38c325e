//! `.quit`.

use super::{Argument, DotCommand, Flow};

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".quit",
    aliases: &[".exit", ".q"],
    arguments: "",
    completes: Argument::Nothing,
    summary: "leave; your copy of the data goes with you",
    details: ".quit    what you changed in the practice database is not kept",
    run: |_, _| Ok(Flow::Leave),
};
