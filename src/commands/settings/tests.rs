use std::fs;

use proptest::prelude::*;

use super::file::{parse, with_setting};
use super::*;

#[test]
fn a_file_says_what_it_wants_and_is_told_what_is_wrong() {
    let (settings, problems) = parse(
        "# mine\neditor = \"vi\"\ncompletion = false\nrows = 1_000\n\
         edtor = \"vi\"\ntimer = \"of\"\ncolor = 3\n[font]\nx = 1\n",
    );
    assert_eq!(
        settings,
        Settings {
            editor: EditorKeys::Vi,
            completion: false,
            rows: Some(1000),
            ..Settings::default()
        }
    );
    let told: Vec<_> = problems.iter().map(|(l, m)| format!("{l}: {m}")).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    5: there is no setting edtor; did you mean editor?
    6: timer is on or off, not of; did you mean off?
    7: color is auto, always or never, not 3
    8: there is no setting font; there are editor, completion, color, plain, ascii, timer, rows, auto-explain, pager
    ");
    assert_eq!(parse("rows = \"all\"").0.rows, None);
    assert_eq!(parse(""), (Settings::default(), Vec::new()));
    for wrong in ["rows = 0", "rows = -1", "rows = \"some\"", "editor = true"] {
        assert_eq!(parse(wrong).0, Settings::default(), "{wrong}");
        assert_eq!(parse(wrong).1.len(), 1, "{wrong}");
    }
}

#[test]
fn a_broken_file_is_named_with_its_line_and_not_written_to() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, "timer = true\nrows = = 3\n").unwrap();
    let (settings, problems) = read(&path);
    assert_eq!(settings, Settings::default());
    let told = problems[0].to_string();
    assert!(told.contains("config.toml, line 2: not TOML: "), "{told}");
    let saved = save(&path, &settings, Setting::Rows);
    assert!(
        saved
            .unwrap_err()
            .to_string()
            .ends_with("nothing was saved")
    );
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "timer = true\nrows = = 3\n"
    );
}

#[test]
fn saving_keeps_what_else_the_file_says() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config").join("config.toml");
    let mut settings = Settings::default();
    settings.set(Setting::Rows, "100").unwrap();
    save(&path, &settings, Setting::Rows).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "rows = 100\n");

    fs::write(&path, "# mine\nrows = 10 # a few\nother = 1").unwrap();
    save(&path, &settings, Setting::Rows).unwrap();
    settings.set(Setting::Timer, "off").unwrap();
    save(&path, &settings, Setting::Timer).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "# mine\nrows = 100 # a few\nother = 1\ntimer = false\n"
    );
    assert_eq!(read(&path).0, settings);
    // Nothing else is left behind in the folder.
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

    // A table of that name cannot be overwritten by a value.
    let table = "[other]\nx = 1\n[rows]\nx = 1\n";
    assert_eq!(
        with_setting(table, &settings, Setting::Rows).unwrap_err().0,
        3
    );
    let text = with_setting("[other]\nx = 1\n", &settings, Setting::Rows).unwrap();
    assert_eq!(text, "rows = 100\n[other]\nx = 1\n");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let home = tempfile::tempdir().unwrap();
    let (real, link) = (
        home.path().join("real.toml"),
        home.path().join("config.toml"),
    );
    fs::write(&real, "timer = false\n").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    save(&link, &Settings::default(), Setting::Timer).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "timer = true\n");
}

#[test]
fn every_value_that_is_offered_is_taken_and_comes_back() {
    for setting in Setting::ALL {
        assert_eq!(Setting::find(setting.name()), Ok(setting));
        for value in setting.values() {
            let mut settings = Settings::default();
            settings.set(setting, value).unwrap();
            assert_eq!(settings.value(setting), *value);
            let text = with_setting("", &settings, setting).unwrap();
            assert_eq!(parse(&text), (settings, Vec::new()), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn any_file_is_read(text in "([a-z]{1,6} = (true|[0-9]{1,3}|\"[a-z]*\")\n|\\PC|[\\[\\]=\"#.\n])*") {
        let (settings, _) = parse(&text);
        if let Ok(saved) = with_setting(&text, &settings, Setting::Timer) {
            prop_assert_eq!(parse(&saved).0, settings);
        }
    }
}

#[test]
fn a_pager_is_named_with_or_without_quotes() {
    for written in ["cat -n", "'cat -n'", "\"cat -n\"", " ' cat -n ' "] {
        let mut settings = Settings::default();
        settings.set(Setting::Pager, written).unwrap();
        assert_eq!(
            settings.pager,
            Pager::Command("cat -n".to_owned()),
            "{written}"
        );
    }
    assert_eq!(unquoted("'my less' -R 'x'"), "'my less' -R 'x'");
}
