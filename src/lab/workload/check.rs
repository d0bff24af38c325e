//! Whether a workload's numbers mean something.

use super::{BadWorkload, Load, MOST_CLIENTS, Rate, Spike, Workload};

/// What a full Redis can evict.
const POLICIES: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

impl Workload {
    /// Whether its numbers mean something and agree with each other.
    ///
    /// # Errors
    /// [`BadWorkload::Malformed`], naming what is wrong.
    pub fn check(&self) -> Result<(), BadWorkload> {
        let wrong = self.problem();
        wrong.map_or(Ok(()), |why| {
            Err(BadWorkload::Malformed {
                name: self.name.clone(),
                why,
            })
        })
    }

    fn problem(&self) -> Option<String> {
        if self.reads().next().is_none() {
            return Some("it reads nothing: it needs a [[read]]".to_owned());
        }
        for template in &self.templates {
            if !(template.weight > 0.0 && template.weight.is_finite()) {
                return Some(format!(
                    "a weight is a number above 0, not {}",
                    template.weight
                ));
            }
            let missing = template
                .parameters
                .iter()
                .find(|p| !mentions(&template.sql, p));
            if let Some(parameter) = missing {
                let what = if template.writes { "write" } else { "query" };
                return Some(format!("its {what} has no parameter {parameter}"));
            }
        }
        let clients = self.load.clients();
        if clients == 0 || self.requests == 0 || self.rounds == 0 {
            return Some("it needs at least 1 client, 1 request and 1 round".to_owned());
        }
        if clients > MOST_CLIENTS {
            return Some(format!(
                "{clients} clients are too many: at most {MOST_CLIENTS}"
            ));
        }
        if self.duration.is_some_and(|duration| duration.is_zero()) {
            return Some("a duration is more than 0".to_owned());
        }
        if let Err(contradiction) = self.caching.rules.check() {
            return Some(contradiction.to_string());
        }
        let policy = self.caching.policy.as_str();
        if !POLICIES.contains(&policy) {
            let nearest = crate::sql::nearest(policy, POLICIES).unwrap_or("allkeys-lru");
            return Some(format!(
                "no policy of Redis is called {policy:?}: did you mean {nearest}?"
            ));
        }
        if let Some(recording) = &self.trace
            && !(recording.speed > 0.0 && recording.speed <= 1e9)
        {
            return Some(format!(
                "a speed is a number above 0, not {}",
                recording.speed
            ));
        }
        if let Load::Open { rate, .. } = &self.load {
            return rate_problem(rate);
        }
        None
    }
}

fn rate_problem(rate: &Rate) -> Option<String> {
    const MOST: f64 = 1e7;
    if !(rate.base > 0.0 && rate.base <= MOST) {
        return Some(format!(
            "a rate is above 0 and at most 10M a second, not {}",
            rate.base
        ));
    }
    if let Some(ramp) = rate.ramp
        && !(ramp.from >= 0.0 && ramp.from <= MOST && !ramp.over.is_zero())
    {
        return Some("a ramp starts at 0 or more and takes more than no time".to_owned());
    }
    let bad =
        |spike: &&Spike| !(spike.times > 0.0 && spike.times <= 1e4 && !spike.lasting.is_zero());
    rate.spikes.iter().find(bad).map(|spike| {
        format!(
            "a spike lasts some time and multiplies by more than 0, not {}",
            spike.times
        )
    })
}

/// Whether `sql` has this parameter, and not only a longer one that begins
/// like it.
fn mentions(sql: &str, parameter: &str) -> bool {
    sql.match_indices(parameter).any(|(at, _)| {
        let after = sql[at + parameter.len()..].chars().next();
        !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}
