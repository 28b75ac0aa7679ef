//! Whole runs and rules about the source, in one test binary.
