//! The inkan command.

fn main() {}
