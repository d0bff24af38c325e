//! Which node of a cluster has which keys.

use redis::Value;

/// How many slots keys are spread over.
const SLOTS: u16 = 16384;

/// The slot of `key`: the CRC16 of what stands between the first `{` and the
/// next `}`, else of all of it, modulo 16384 (Redis cluster specification).
pub(super) fn slot_of(key: &[u8]) -> u16 {
    let tag = key
        .iter()
        .position(|c| *c == b'{')
        .and_then(|open| {
            let rest = &key[open + 1..];
            let close = rest.iter().position(|c| *c == b'}')?;
            (close > 0).then(|| &rest[..close])
        })
        .unwrap_or(key);
    crc16(tag) % SLOTS
}

/// CRC16-XMODEM: polynomial 0x1021, from zero.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        let at = usize::from((crc >> 8) as u8 ^ byte);
        (crc << 8) ^ CRC16[at]
    })
}

const CRC16: [u16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = (at as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

/// A range of slots, and where its primary listens. `None` for a host that
/// the node does not know itself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) host: Option<String>,
    pub(super) port: u16,
}

/// The ranges in a reply to `CLUSTER SLOTS`; `None` if it is none.
pub(super) fn ranges(reply: &Value) -> Option<Vec<Range>> {
    let Value::Array(items) = reply else {
        return None;
    };
    items.iter().map(range).collect()
}

fn range(item: &Value) -> Option<Range> {
    let Value::Array(parts) = item else {
        return None;
    };
    let [
        Value::Int(first),
        Value::Int(last),
        Value::Array(primary),
        ..,
    ] = parts.as_slice()
    else {
        return None;
    };
    let [host, Value::Int(port), ..] = primary.as_slice() else {
        return None;
    };
    let host = match host {
        Value::BulkString(name) => String::from_utf8(name.clone()).ok(),
        Value::SimpleString(name) => Some(name.clone()),
        _ => None,
    };
    Some(Range {
        first: u16::try_from(*first).ok().filter(|slot| *slot < SLOTS)?,
        last: u16::try_from(*last).ok().filter(|slot| *slot < SLOTS)?,
        host: host.filter(|name| !name.is_empty() && name != "?"),
        port: u16::try_from(*port).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the cluster specification, and CLUSTER KEYSLOT of Redis 7.0.15.
    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot_of(b"foo"), 12182);
        assert_eq!(slot_of(b""), 0);
        assert_eq!(slot_of(b"{user1000}.following"), slot_of(b"user1000"));
        assert_eq!(slot_of(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(slot_of(b"foo{{bar}}zap"), slot_of(b"{bar"));
        assert_eq!(slot_of(b"foo{bar}{zap}"), slot_of(b"bar"));
    }

    #[test]
    fn a_reply_that_is_none_is_no_map() {
        assert_eq!(ranges(&Value::Nil), None);
        assert_eq!(ranges(&Value::Array(vec![Value::Int(1)])), None);
        let slot = |last| {
            Value::Array(vec![Value::Array(vec![
                Value::Int(0),
                Value::Int(last),
                Value::Array(vec![Value::BulkString(b"?".to_vec()), Value::Int(7000)]),
            ])])
        };
        assert_eq!(ranges(&slot(20_000)), None);
        assert_eq!(ranges(&slot(5)).map(|all| all[0].host.clone()), Some(None));
    }
}
