//! `INFO`.

use std::fmt::Write;

use super::call::Call;
use super::command::{Command, Flags};
use super::connection::COMPATIBLE_WITH;
use super::error::CommandError;

pub(super) const COMMANDS: &[Command] = &[Command::new(
    "info",
    -1,
    Flags::LOADING.and(Flags::STALE),
    info,
)];

type Section = fn(&Call<'_>, &mut String) -> std::fmt::Result;

/// In the order they are shown.
const SECTIONS: [(&str, Section); 5] = [
    ("Server", server),
    ("Clients", clients),
    ("Memory", memory),
    ("Stats", stats),
    ("Keyspace", keyspace),
];

fn info(call: &mut Call<'_>) -> Result<(), CommandError> {
    let asked: Vec<Vec<u8>> = call.args.from(1).map(<[u8]>::to_ascii_lowercase).collect();
    let everything = asked.is_empty()
        || asked
            .iter()
            .any(|name| matches!(name.as_slice(), b"default" | b"all" | b"everything"));
    let mut text = String::new();
    for (title, write) in SECTIONS {
        if everything
            || asked
                .iter()
                .any(|name| title.as_bytes().eq_ignore_ascii_case(name))
        {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            // Writing to a String does not fail.
            let _ = write!(text, "# {title}\r\n").and_then(|()| write(call, &mut text));
        }
    }
    call.reply.text(&text);
    Ok(())
}

fn server(call: &Call<'_>, out: &mut String) -> std::fmt::Result {
    let up = call.now.time.since(call.server.started.time).as_secs();
    write!(out, "server_name:dbdojo-builtin\r\n")?;
    write!(out, "server_version:{}\r\n", env!("CARGO_PKG_VERSION"))?;
    write!(out, "redis_version:{COMPATIBLE_WITH}\r\n")?;
    write!(out, "redis_mode:standalone\r\n")?;
    write!(
        out,
        "os:{} {}\r\n",
        std::env::consts::OS,
        std::env::consts::ARCH
    )?;
    write!(out, "process_id:{}\r\n", std::process::id())?;
    write!(out, "tcp_port:{}\r\n", call.server.settings.port)?;
    write!(out, "uptime_in_seconds:{up}\r\n")?;
    write!(out, "uptime_in_days:{}\r\n", up / 86_400)
}

fn clients(call: &Call<'_>, out: &mut String) -> std::fmt::Result {
    write!(out, "connected_clients:{}\r\n", call.server.clients)?;
    write!(out, "blocked_clients:{}\r\n", call.server.waiters.clients)?;
    write!(out, "maxclients:{}\r\n", crate::cache::builtin::MAX_CLIENTS)
}

fn memory(call: &Call<'_>, out: &mut String) -> std::fmt::Result {
    let used = call.keyspace.used_memory();
    let limit = call.server.settings.maxmemory.unwrap_or(0);
    write!(out, "used_memory:{used}\r\n")?;
    write!(out, "used_memory_human:{}\r\n", human(used))?;
    write!(out, "used_memory_dataset:{used}\r\n")?;
    write!(out, "mem_clients_normal:{}\r\n", call.server.buffered)?;
    write!(out, "maxmemory:{limit}\r\n")?;
    write!(out, "maxmemory_human:{}\r\n", human(limit))?;
    write!(out, "maxmemory_policy:{}\r\n", call.server.settings.policy)
}

/// As Redis writes it: `1.50M`, in powers of 1024.
fn human(bytes: u64) -> String {
    let n = bytes as f64;
    match bytes {
        0..0x400 => format!("{bytes}B"),
        0x400..0x10_0000 => format!("{:.2}K", n / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.2}M", n / 1_048_576.0),
        _ => format!("{:.2}G", n / 1_073_741_824.0),
    }
}

fn stats(call: &Call<'_>, out: &mut String) -> std::fmt::Result {
    let stats = call.keyspace.stats();
    let server = &call.server;
    write!(out, "total_connections_received:{}\r\n", server.connections)?;
    write!(out, "total_commands_processed:{}\r\n", server.commands)?;
    write!(out, "rejected_connections:{}\r\n", server.rejected)?;
    write!(out, "expired_keys:{}\r\n", stats.expired)?;
    write!(out, "evicted_keys:{}\r\n", stats.evicted)?;
    write!(out, "evicted_clients:{}\r\n", server.cut_off)?;
    write!(out, "keyspace_hits:{}\r\n", stats.hits)?;
    write!(out, "keyspace_misses:{}\r\n", stats.misses)?;
    write!(out, "total_error_replies:{}\r\n", server.errors)
}

fn keyspace(call: &Call<'_>, out: &mut String) -> std::fmt::Result {
    match call.keyspace.len() {
        0 => Ok(()),
        keys => {
            let volatile = call.keyspace.volatile();
            write!(out, "db0:keys={keys},expires={volatile},avg_ttl=0\r\n")
        }
    }
}
