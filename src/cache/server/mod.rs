//! Which cache server answers: one at a URL, one that is spawned, or the built-in one.
