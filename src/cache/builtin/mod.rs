//! A cache server inside this process that speaks the Redis protocol.
