use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use rusqlite::Connection;

use super::*;
use crate::progress::{Progress, ignore};

fn catalog(home: &Path) -> Catalog {
    Catalog::new(&Dirs::under(home))
}

fn ensure(catalog: &Catalog, seed: u64) -> Result<Built, Error> {
    let spec = catalog.find("shop").unwrap();
    catalog.ensure(&spec, Scale::Tiny, seed, &Interrupt::new(), &mut ignore)
}

/// The files of the shelf but locks, by their extensions.
fn extensions(built: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(built.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.split_once('.')?.1.to_owned()))
        .filter(|extension| extension != "lock")
        .collect();
    names.sort();
    names
}

fn orders_in(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let count = connection.query_row("SELECT count(*) FROM orders", [], |row| row.get(0));
    count.unwrap()
}

#[test]
fn a_dataset_is_built_once() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let spec = catalog.find("shop").unwrap();
    assert_eq!(catalog.built(&spec, Scale::Tiny, 1), None);
    let first = ensure(&catalog, 1).unwrap();
    assert_eq!(orders_in(&first.path), 200);
    assert_eq!(extensions(&first.path), ["db", "json"]);
    let again = catalog
        .ensure(&spec, Scale::Tiny, 1, &Interrupt::new(), &mut |progress| {
            panic!("built again: {progress:?}")
        })
        .unwrap();
    assert_eq!(again, first);
    assert_ne!(ensure(&catalog, 2).unwrap().path, first.path);
    let sum: u64 = first.tables.iter().map(|table| table.rows).sum();
    assert_eq!(first.rows(), sum);
}

#[test]
fn a_mistyped_name_is_told_the_nearest() {
    let catalog = catalog(Path::new("/nowhere"));
    assert!(catalog.names().contains(&"shop".to_owned()));
    let error = catalog.find("shpo").unwrap_err().to_string();
    assert_eq!(error, "unknown dataset shpo; did you mean shop?");
    let error = catalog.find("q").unwrap_err().to_string();
    assert_eq!(error, "unknown dataset q");
}

#[test]
fn what_is_not_whole_is_built_again() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let first = ensure(&catalog, 1).unwrap();
    let whole = fs::read(&first.path).unwrap();
    let record = first.path.with_extension("json");
    let damages: [&dyn Fn(); 6] = [
        &|| fs::remove_file(&first.path).unwrap(),
        &|| fs::remove_file(&record).unwrap(),
        &|| fs::write(&first.path, &whole[..whole.len() / 2]).unwrap(),
        &|| fs::write(&first.path, vec![b'x'; whole.len()]).unwrap(),
        &|| fs::write(&record, "{\"name\": \"shop@t").unwrap(),
        &|| {
            let other = fs::read_to_string(&record).unwrap();
            fs::write(&record, other.replace("@tiny", "@small")).unwrap();
        },
    ];
    for damage in damages {
        damage();
        let spec = catalog.find("shop").unwrap();
        assert_eq!(catalog.built(&spec, Scale::Tiny, 1), None);
        assert_eq!(ensure(&catalog, 1).unwrap(), first);
        assert_eq!(
            fs::read(&first.path).unwrap(),
            whole,
            "the same bytes again"
        );
    }
}

/// A build that is killed leaves its parts and its lock file.
#[test]
fn what_a_killed_build_left_is_not_trusted_but_removed() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let other = ensure(&catalog, 2).unwrap();
    let spec = catalog.find("shop").unwrap();
    let item = catalog.shelf.item(&spec, Scale::Tiny, 1);
    let killed_other = catalog.shelf.item(&spec, Scale::Large, 1);
    for part in [item.part("db"), item.part("json"), killed_other.part("db")] {
        fs::copy(&other.path, part).unwrap();
    }
    fs::write(item.lock(), "").unwrap();
    // The last thing it did was to put the record in place.
    let record = fs::read_to_string(other.path.with_extension("json")).unwrap();
    fs::write(item.record(), record.replace("\"seed\": 2", "\"seed\": 1")).unwrap();
    assert_eq!(catalog.built(&spec, Scale::Tiny, 1), None);
    let built = ensure(&catalog, 1).unwrap();
    assert_eq!(orders_in(&built.path), 200);
    assert_eq!(extensions(&built.path), ["db", "db", "json", "json"]);
}

#[test]
fn parts_that_somebody_is_writing_are_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let spec = catalog.find("shop").unwrap();
    let other = catalog.shelf.item(&spec, Scale::Large, 1);
    fs::create_dir_all(catalog.shelf.folder()).unwrap();
    let _lock = lock::Lock::try_take(&other.lock()).unwrap().unwrap();
    fs::write(other.part("db"), "half").unwrap();
    ensure(&catalog, 1).unwrap();
    assert_eq!(fs::read(other.part("db")).unwrap(), b"half");
}

#[test]
fn two_first_builds_wait_for_one_another() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let spec = catalog.find("shop").unwrap();
    let building = Mutex::new(0);
    let told: Mutex<Vec<String>> = Mutex::default();
    let build = || {
        let mut began = false;
        catalog
            .ensure(&spec, Scale::Small, 1, &Interrupt::new(), &mut |progress| {
                if progress.what.starts_with("building") && !began {
                    began = true;
                    *building.lock().unwrap() += 1;
                }
                let mut told = told.lock().unwrap();
                if told.last().is_none_or(|last| last != progress.what) {
                    told.push(progress.what.to_owned());
                }
            })
            .unwrap()
    };
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(build);
        let other = scope.spawn(build);
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(one, other);
    assert_eq!(*building.lock().unwrap(), 1, "{told:?}");
}

#[test]
fn whoever_waits_is_told_so_and_can_leave() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let spec = catalog.find("shop").unwrap();
    let item = catalog.shelf.item(&spec, Scale::Tiny, 1);
    fs::create_dir_all(catalog.shelf.folder()).unwrap();
    let _lock = lock::Lock::try_take(&item.lock()).unwrap().unwrap();
    let interrupt = Interrupt::new();
    let mut told = String::new();
    let error = catalog
        .ensure(&spec, Scale::Tiny, 1, &interrupt, &mut |progress| {
            told = progress.what.to_owned();
            interrupt.raise();
        })
        .unwrap_err();
    assert!(matches!(error, Error::Interrupted));
    assert_eq!(told, "waiting for another build of shop@tiny");
}

#[test]
fn an_interrupted_build_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let spec = catalog.find("shop").unwrap();
    let interrupt = Interrupt::new();
    let mut reports = 0;
    let mut stop_half_way = |progress: Progress<'_>| {
        reports += 1;
        if progress.done > 80_000 {
            interrupt.raise();
        }
    };
    let error = catalog
        .ensure(&spec, Scale::Small, 1, &interrupt, &mut stop_half_way)
        .unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert!((70..90).contains(&reports), "{reports}");
    let left = extensions(&catalog.shelf.item(&spec, Scale::Small, 1).database());
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_place_that_cannot_be_written_is_named() {
    let home = tempfile::tempdir().unwrap();
    // A file where the folder should be: root, too, fails to write there.
    fs::write(home.path().join("cache"), "").unwrap();
    let error = ensure(&catalog(home.path()), 1).unwrap_err();
    assert!(matches!(error, Error::File { .. }));
    let text = error.to_string();
    assert!(text.starts_with("could not make the folder "), "{text}");
    assert!(text.contains("cache/datasets: "), "{text}");
}

#[test]
fn a_folder_of_ones_own_goes_before_the_embedded_one() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    let own = home.path().join("data/datasets");
    let copy = |name: &str, story: &str| {
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/shop");
        fs::create_dir_all(own.join(name).join("texts")).unwrap();
        for entry in fs::read_dir(shop.join("texts")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(
                entry.path(),
                own.join(name).join("texts").join(entry.file_name()),
            )
            .unwrap();
        }
        fs::copy(shop.join("schema.sql"), own.join(name).join("schema.sql")).unwrap();
        let toml = fs::read_to_string(shop.join("dataset.toml")).unwrap();
        let toml = toml.replace("You look after", story);
        fs::write(own.join(name).join("dataset.toml"), toml).unwrap();
    };
    let embedded = catalog.find("shop").unwrap();
    copy("shop", "I look after");
    copy("store", "We look after");
    let named_s: Vec<String> = (catalog.names().into_iter())
        .filter(|name| name.starts_with("sh") || name.starts_with("st"))
        .collect();
    assert_eq!(named_s, ["shop", "store"]);
    let spec = catalog.find("shop").unwrap();
    assert!(spec.story().starts_with("I look after"));
    assert_ne!(spec.fingerprint(), embedded.fingerprint());
    let error = catalog.find("store").unwrap_err().to_string();
    assert!(
        error.contains("is shop, but the folder is store"),
        "{error}"
    );
}

#[test]
fn what_is_removed_frees_the_disk_and_is_built_again() {
    let home = tempfile::tempdir().unwrap();
    let catalog = catalog(home.path());
    assert_eq!(catalog.disk_used(), 0);
    let remove = |name: &str, scale| {
        let removed = catalog.remove(name, scale, &Interrupt::new(), &mut ignore);
        removed.unwrap().iter().map(|r| r.bytes).sum::<u64>()
    };
    let (one, two) = (ensure(&catalog, 1).unwrap(), ensure(&catalog, 2).unwrap());
    // Of a generator that is long gone, and of a dataset that is, too.
    let folder = one.path.parent().unwrap();
    fs::write(folder.join("shop-tiny-1-0123456789ab-0.db"), "old").unwrap();
    fs::write(folder.join("my-shop-tiny-1-0123456789ab-0.db"), "gone").unwrap();
    assert_eq!(catalog.disk_used(), one.bytes + two.bytes + 7);
    assert_eq!(remove("shop", Some(Scale::Small)), 0);
    assert_eq!(remove("shop", Some(Scale::Tiny)), one.bytes + two.bytes + 3);
    assert_eq!(catalog.disk_used(), 4);
    assert_eq!(extensions(&one.path), ["db"]);
    assert!(catalog.knows("my-shop").is_ok());
    assert_eq!(remove("my-shop", None), 4);
    assert!(catalog.knows("my-shop").is_err());
    assert_eq!(ensure(&catalog, 1).unwrap(), one);
}
