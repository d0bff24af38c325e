//! A connection to each node of a cluster, opened when it is first needed.
//!
//! Nothing is tried again: a command that fails fails, as on one server. Only
//! a redirection is followed, because the command was not carried out.

use redis::{Arg, Cmd, Value};

use super::Fault;
use super::node::Node;
use super::slots::{self, slot_of};
use crate::cache::builtin::commands::Table;
use crate::cache::resilience::Timeouts;
use crate::cache::server::url::{Endpoint, Place};
use crate::clock::Clock;

/// More redirections than this are a circle.
const MOST_REDIRECTIONS: usize = 5;

/// Commands that may name keys of several nodes, and whose replies are sums.
const SUMS: [&[u8]; 4] = [b"DEL", b"UNLINK", b"EXISTS", b"TOUCH"];

/// A cluster, connected.
pub(super) struct Cluster {
    endpoint: Endpoint,
    timeouts: Timeouts,
    clock: Clock,
    commands: Table,
    /// Those with slots, in the order of the first slot of each.
    nodes: Vec<Member>,
    /// First and last slot, and the node that has them.
    owners: Vec<(u16, u16, usize)>,
}

struct Member {
    place: Place,
    node: Option<Node>,
}

impl Cluster {
    /// Asks the first seed that answers who the others are.
    pub(super) fn open(
        seeds: &[Place],
        endpoint: &Endpoint,
        timeouts: Timeouts,
        clock: &Clock,
    ) -> Result<Cluster, Fault> {
        let mut cluster = Cluster {
            endpoint: endpoint.clone(),
            timeouts,
            clock: clock.clone(),
            commands: Table::new(),
            nodes: Vec::new(),
            owners: Vec::new(),
        };
        let mut first = None;
        for seed in seeds {
            let learned = Node::open(seed, endpoint, timeouts, clock)
                .and_then(|mut node| cluster.learn(seed, &mut node));
            match learned {
                Ok(()) => return Ok(cluster),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.unwrap_or_else(|| Fault::Broken("the cluster has no seeds".to_owned())))
    }

    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn ask(&mut self, command: &Cmd) -> Result<Value, Fault> {
        let words: Vec<&[u8]> = command
            .args_iter()
            .filter_map(|arg| match arg {
                Arg::Simple(word) => Some(word),
                _ => None,
            })
            .collect();
        let Some(name) = words.first() else {
            return self.routed(None, command);
        };
        if SUMS.iter().any(|sum| sum.eq_ignore_ascii_case(name)) && words.len() > 2 {
            return self.summed(name, &words[1..]);
        }
        if [&b"MULTI"[..], b"WATCH"]
            .iter()
            .any(|one| one.eq_ignore_ascii_case(name))
        {
            return Err(Fault::Refused(
                "transactions need one node; this connection goes to all of a cluster".to_owned(),
            ));
        }
        let slot = self.first_key(&words).map(slot_of);
        self.routed(slot, command)
    }

    pub(super) fn ask_node(&mut self, node: usize, command: &Cmd) -> Result<Value, Fault> {
        let (endpoint, timeouts, clock) = (&self.endpoint, self.timeouts, &self.clock);
        let Some(member) = self.nodes.get_mut(node) else {
            return Err(Fault::Broken("the cluster has no such node".to_owned()));
        };
        let node = match &mut member.node {
            Some(node) => node,
            none => none.insert(Node::open(&member.place, endpoint, timeouts, clock)?),
        };
        node.ask(command)
    }

    /// The first key of a command, if it has one where the table says.
    fn first_key<'a>(&self, words: &[&'a [u8]]) -> Option<&'a [u8]> {
        let command = self.commands.find(words.first()?)?;
        let sub = |word: &&[u8]| {
            let mut all = command.subcommands.iter();
            all.find(|one| one.name.as_bytes().eq_ignore_ascii_case(word))
        };
        let command = words.get(1).and_then(sub).unwrap_or(command);
        match usize::try_from(command.keys.0) {
            Ok(at @ 1..) => words.get(at).copied(),
            _ => None,
        }
    }

    /// Asks for the keys of each slot by themselves, and adds the replies up.
    fn summed(&mut self, name: &[u8], keys: &[&[u8]]) -> Result<Value, Fault> {
        let mut by_slot: Vec<(u16, &[u8])> = keys.iter().map(|key| (slot_of(key), *key)).collect();
        by_slot.sort_by_key(|(slot, _)| *slot);
        let mut sum = 0;
        for group in by_slot.chunk_by(|(a, _), (b, _)| a == b) {
            let mut command = Cmd::new();
            command.arg(name);
            for (_, key) in group {
                command.arg(*key);
            }
            match self.routed(Some(group[0].0), &command)? {
                Value::Int(n) => sum += n,
                other => return Ok(other),
            }
        }
        Ok(Value::Int(sum))
    }

    /// Sends `command` to the node of `slot`, any without one, and follows
    /// where it is sent on to.
    fn routed(&mut self, slot: Option<u16>, command: &Cmd) -> Result<Value, Fault> {
        let mut node = self.owner(slot)?;
        let mut asking = false;
        for _ in 0..MOST_REDIRECTIONS {
            if asking {
                self.ask_node(node, &redis::cmd("ASKING"))?;
            }
            let words = match self.ask_node(node, command) {
                Err(Fault::Refused(words)) => words,
                done => return done,
            };
            let Some(redirection) = Redirection::read(&words) else {
                return Err(Fault::Refused(words));
            };
            asking = redirection.for_once;
            node = self.node_at(redirection.host, redirection.port, node);
            if !asking {
                // The slots have moved: learn the new map from who knows it.
                let place = self.nodes[node].place.clone();
                let mut fresh = Node::open(&place, &self.endpoint, self.timeouts, &self.clock)?;
                self.learn(&place, &mut fresh)?;
                node = self.owner(redirection.slot.or(slot))?;
            }
        }
        Err(Fault::Broken("its nodes send each other's way".to_owned()))
    }

    fn owner(&self, slot: Option<u16>) -> Result<usize, Fault> {
        let Some(slot) = slot else { return Ok(0) };
        self.owners
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&slot))
            .map(|(_, _, node)| *node)
            .ok_or_else(|| Fault::Refused(format!("CLUSTERDOWN no node has slot {slot}")))
    }

    /// The node at this address, which is new if a redirection names it first.
    /// Without a host it is that of the node that said so.
    fn node_at(&mut self, host: &str, port: u16, from: usize) -> usize {
        let host = match host {
            "" => self.nodes[from].place.host().to_owned(),
            host => host.to_owned(),
        };
        let place = Place::at(&host, port);
        match self.nodes.iter().position(|one| one.place.is(&place)) {
            Some(node) => node,
            None => {
                self.nodes.push(Member { place, node: None });
                self.nodes.len() - 1
            }
        }
    }

    /// Learns from `node` who has which slots. Open connections are kept.
    fn learn(&mut self, asked: &Place, node: &mut Node) -> Result<(), Fault> {
        let reply = node.ask(redis::cmd("CLUSTER").arg("SLOTS"))?;
        let mut ranges = slots::ranges(&reply)
            .ok_or_else(|| Fault::Broken("its reply to CLUSTER SLOTS makes no sense".to_owned()))?;
        if ranges.is_empty() {
            return Err(Fault::Broken("no node of the cluster has slots".to_owned()));
        }
        ranges.sort_by_key(|range| range.first);
        let mut known = std::mem::take(&mut self.nodes);
        self.owners.clear();
        for range in ranges {
            let host = range.host.as_deref().unwrap_or(asked.host());
            let place = Place::at(host, range.port);
            let node = match self.nodes.iter().position(|one| one.place.is(&place)) {
                Some(node) => node,
                None => {
                    let old = known.iter_mut().find(|one| one.place.is(&place));
                    let node = old.and_then(|one| one.node.take());
                    self.nodes.push(Member { place, node });
                    self.nodes.len() - 1
                }
            };
            self.owners.push((range.first, range.last, node));
        }
        Ok(())
    }
}

/// `MOVED 3999 127.0.0.1:6381`, `ASK 3999 127.0.0.1:6381`.
struct Redirection<'a> {
    /// Only for this command.
    for_once: bool,
    slot: Option<u16>,
    host: &'a str,
    port: u16,
}

impl Redirection<'_> {
    fn read(words: &str) -> Option<Redirection<'_>> {
        let mut words = words.split(' ');
        let for_once = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let slot = words.next()?.parse().ok();
        let (host, port) = words.next()?.rsplit_once(':')?;
        Some(Redirection {
            for_once,
            slot,
            host,
            port: port.parse().ok()?,
        })
    }
}
