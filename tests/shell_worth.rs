//! `.worth` as a person at a terminal meets it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod terminal;

use terminal::{PROMPT, start};

#[test]
fn it_asks_where_the_keys_come_from_and_ctrl_c_gives_it_up() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell
        .send_line("select total from orders where customer_id = 7;")
        .unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".worth").unwrap();
    shell
        .exp_string("values of :customer_id? SELECT or list")
        .unwrap();
    shell
        .exp_string("sampled from orders.customer_id): ")
        .unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".worth").unwrap();
    shell.exp_string("customer_id): ").unwrap();
    shell.send_line("3, 4, 5").unwrap();
    shell.exp_string("3: :customer_id is ").unwrap();
    shell.exp_string("verdict").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // One value is refused, and the session goes on.
    shell.send_line(".worth").unwrap();
    shell.exp_string("customer_id): ").unwrap();
    shell.send_line("3").unwrap();
    shell.exp_string("a workload of one key").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".share card.md").unwrap();
    shell.exp_string("the card is in").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}
