use super::*;

fn pass(progress: &mut Progress, id: &str) {
    progress
        .record(id, |record| record.graded(true, "SELECT 1", 5))
        .unwrap();
}

fn load(path: &Path) -> Progress {
    Progress::load(path).unwrap().0
}

#[test]
fn what_was_passed_stays_passed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/progress.json");
    let mut progress = load(&path);
    assert!(!progress.passed("a/b"));
    progress
        .record("a/b", |r| r.graded(false, "SELECT 0", 3))
        .unwrap();
    assert!(!load(&path).passed("a/b"));
    pass(&mut progress, "a/b");
    // A wrong answer later takes nothing away.
    progress
        .record("a/b", |r| r.graded(false, "SELECT 9", 7))
        .unwrap();
    let again = load(&path);
    let record = again.of("a/b").unwrap();
    assert_eq!(record.passed_at_ms, Some(5));
    assert_eq!(record.answers, 2);
    assert_eq!(record.answer.as_deref(), Some("SELECT 1"));
}

#[test]
fn two_shells_keep_what_both_passed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.json");
    std::thread::scope(|scope| {
        for shell in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut progress = load(path);
                for exercise in 0..10 {
                    pass(&mut progress, &format!("lesson-{shell}/{exercise}"));
                }
            });
        }
    });
    let progress = load(&path);
    for shell in 0..4 {
        for exercise in 0..10 {
            assert!(progress.passed(&format!("lesson-{shell}/{exercise}")));
        }
    }
}

#[test]
fn fields_of_a_later_version_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.json");
    fs::write(
        &path,
        r#"{"schema": 9, "exercises": {"a/b": {"answers": 2, "due": "tomorrow"}}}"#,
    )
    .unwrap();
    pass(&mut load(&path), "a/b");
    let text = fs::read_to_string(&path).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(kept["schema"], 9);
    assert_eq!(kept["exercises"]["a/b"]["due"], "tomorrow");
    assert_eq!(kept["exercises"]["a/b"]["answers"], 3);
}

#[test]
fn a_file_that_is_no_progress_is_put_aside_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.json");
    for (garbage, now) in [
        ("half a fi", "progress.unreadable.json"),
        ("[]", "progress.unreadable-2.json"),
    ] {
        fs::write(&path, garbage).unwrap();
        let (progress, aside) = Progress::load(&path).unwrap();
        assert_eq!(progress.of("a/b"), None);
        let aside = aside.unwrap();
        assert_eq!(aside.now, folder.path().join(now));
        assert_eq!(fs::read_to_string(aside.now).unwrap(), garbage);
        assert!(!path.exists());
    }
}

#[test]
fn a_writer_that_died_leaves_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.json");
    pass(&mut load(&path), "a/b");
    // Its temporary file, and its lock file without a lock on it.
    fs::write(folder.path().join(".tmpAbc123"), "{\"exer").unwrap();
    assert!(folder.path().join("progress.lock").exists());
    pass(&mut load(&path), "a/c");
    assert!(load(&path).passed("a/b") && load(&path).passed("a/c"));
}

#[test]
fn the_tour_is_kept_beside_the_exercises() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.json");
    let mut progress = load(&path);
    assert!(progress.is_untouched());
    progress.record_tour(5).unwrap();
    assert!(!progress.is_untouched());
    pass(&mut progress, "a/b");
    progress.record_tour(9).unwrap();
    let again = load(&path);
    assert!(!again.is_untouched() && again.passed("a/b"));
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("\"tour_at_ms\": 5")
    );
}
