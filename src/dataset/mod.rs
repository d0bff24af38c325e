//! The data to practise on: its description, its generator, and the catalog that builds it once and keeps it.
