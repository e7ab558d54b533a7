//! Keys held in this process, read from encrypted files.
