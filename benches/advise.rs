//! What advice costs on shop@medium: thinking of indexes and pricing them, and
//! all of it as a multiple of building the winner.
//!
//!     cargo bench --bench advise [-- QUERY]

#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::fs;

use dbdojo::clock::Clock;
use dbdojo::dataset::{Catalog, Scale};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::advise;
use dbdojo::progress;
use dbdojo::sandbox::{Practice, Source, Surroundings};

const QUERIES: &[(&str, &str)] = &[
    (
        "equality",
        "select count(*), sum(quantity) from order_items where product_id = 42",
    ),
    (
        "order and limit",
        "select id, created_at from orders where customer_id = 42 order by created_at desc limit 20",
    ),
    (
        "partial",
        "select id, customer_id from orders where status = 'pending' order by created_at limit 50",
    ),
    (
        "expression",
        "select name from customers where lower(email) = 'sven.das@example.net'",
    ),
    (
        "or",
        "select id, total from orders where customer_id = 42 or created_at < '2023-01-02'",
    ),
    (
        "join",
        "select p.name, sum(i.quantity) from products as p join order_items as i \
         on i.product_id = p.id where p.category_id = 12 group by p.id",
    ),
    (
        "group by",
        "select status, count(*), sum(total) from orders group by status",
    ),
    ("wide range", "select * from orders where total > 100"),
];

fn main() {
    let clock = Clock::wall();
    let home = tempfile::tempdir().unwrap();
    // Built once and kept, as the shell would.
    let dirs = Dirs::from_environment().unwrap();
    let catalog = Catalog::new(&dirs);
    let spec = catalog.find("shop").unwrap();
    let interrupt = Interrupt::new();
    let built = catalog
        .ensure(&spec, Scale::Medium, 1, &interrupt, &mut progress::ignore)
        .unwrap();
    fs::create_dir_all(home.path()).unwrap();
    let around = Surroundings {
        sessions: home.path().to_owned(),
        clock: clock.clone(),
        interrupt,
    };
    let mut practice =
        Practice::open(Source::Built(built.path), around, &mut progress::ignore).unwrap();
    practice.make_private(&mut progress::ignore).unwrap();
    println!("shop@medium, median of 5");
    println!("query              thinking, ms   all of it, ms   winner's build, ms   multiple");
    let asked = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let is_asked = |name: &str| asked.as_ref().is_none_or(|it| it == name);
    for (name, sql) in QUERIES.iter().filter(|(name, _)| is_asked(name)) {
        let mut runs: Vec<(f64, f64, f64)> = (0..5)
            .map(|_| {
                let start = clock.now();
                let advice = advise::one(practice.connection(), sql, &[], &clock).unwrap();
                let all = clock.now().since(start).as_secs_f64() * 1e3;
                let build = advice
                    .best()
                    .map_or(f64::NAN, |it| it.build.as_secs_f64() * 1e3);
                (advice.thought.as_secs_f64() * 1e3, all, build)
            })
            .collect();
        runs.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (_, all, build) = runs[2];
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (build, multiple) = if build.is_nan() {
            ("-".to_owned(), "-".to_owned())
        } else {
            (format!("{build:.0}"), format!("{:.1}x", all / build))
        };
        println!(
            "{name:<18} {:>12.1}   {all:>13.0}   {build:>18}   {multiple:>8}",
            runs[2].0
        );
    }
}
