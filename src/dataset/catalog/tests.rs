use super::*;
use crate::progress::ignore;

#[test]
fn quick() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::new(&Dirs::under(home.path()));
    let spec = catalog.find("shop").unwrap_or_else(|e| panic!("{e}"));
    for scale in [Scale::Tiny, Scale::Small] {
        let built = catalog
            .ensure(&spec, scale, 1, &Interrupt::new(), &mut ignore)
            .unwrap_or_else(|e| panic!("{e}"));
        fs::copy(&built.path, format!("/tmp/shop-{scale}.db")).unwrap();
        eprintln!(
            "{:#?} {} {:?}",
            built.tables,
            built.bytes,
            spec.estimate(scale)
        );
    }
}
