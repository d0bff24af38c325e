//! Workloads, and what happens to them with and without a cache: on the wall clock and in virtual time.
