//! What one learner holds: practice database, cache, settings.
