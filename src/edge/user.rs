//! Who runs this process, as the operating system knows.

use std::os::unix::fs::MetadataExt as _;

/// The user's name and number, such as `tanaka (1000)`.
///
/// Where the system shows running processes as files, the owner of this one is whom it runs as, which
/// no variable can change. Elsewhere the name is what the environment says, and that is said.
pub fn name() -> String {
    match std::fs::metadata("/proc/self") {
        Ok(seen) => named(seen.uid(), &std::fs::read_to_string("/etc/passwd").unwrap_or_default()),
        Err(_) => {
            let said = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
            format!("{} (as the environment says)", said.as_deref().unwrap_or("unknown"))
        }
    }
}

/// `name:password:uid:…` on each line of passwd(5).
fn named(uid: u32, passwd: &str) -> String {
    let of = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    };
    match passwd.lines().find_map(of) {
        Some(name) => format!("{name} ({uid})"),
        None => uid.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_by_number_and_by_name_where_there_is_one() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\ntanaka:x:1000:1000::/home/tanaka:\n";
        assert_eq!(named(1000, passwd), "tanaka (1000)");
        assert_eq!(named(1, passwd), "1");
        assert!(!name().is_empty());
    }
}
