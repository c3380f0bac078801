//! Shared parts of the tests and examples of `tasker-span`.
