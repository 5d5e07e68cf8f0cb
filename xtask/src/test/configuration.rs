//! Every setting of the functions: read by the code, set by the template, and told of in docs/OPERATIONS.md, or none.

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::Path,
    };

    const TEMPLATE: &str = include_str!("../../../template.yaml");
    const DOCS: &str = include_str!("../../../docs/OPERATIONS.md");

    /// What the parts around a handler read, for every function.
    const OF_ALL: [&str; 4] =
        ["METRICS_NAMESPACE", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "RUST_LOG"];

    type Settings = BTreeMap<String, BTreeSet<String>>;

    fn is_variable(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    }

    /// What each function asks `config` for.
    fn read() -> Settings {
        let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
        let of_function = |folder: std::fs::DirEntry| {
            let code = std::fs::read_to_string(folder.path().join("src/main.rs")).unwrap();
            let calls = code.split("config::").skip(1).filter_map(|call| call.split('"').nth(1));
            let names = calls.filter(|name| is_variable(name)).map(str::to_owned).collect();
            (folder.file_name().into_string().unwrap(), names)
        };
        std::fs::read_dir(functions).unwrap().map(|folder| of_function(folder.unwrap())).collect()
    }

    /// What the template gives each function of its own.
    fn set() -> Settings {
        let mut settings = Settings::new();
        for resource in TEMPLATE.split("\n\n") {
            let Some((_, code)) = resource.split_once("CodeUri: target/lambda/") else { continue };
            let function = code.split('/').next().unwrap().to_owned();
            let keys = resource.lines().filter_map(|line| line.trim().split(": ").next());
            settings.insert(function, keys.filter(|key| is_variable(key)).map(str::to_owned).collect());
        }
        settings
    }

    /// The rows of the table: which functions have a setting; `None`: all.
    fn told() -> BTreeMap<String, String> {
        let rows = DOCS.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let rows = rows.filter(|(name, _)| is_variable(name));
        rows.map(|(name, rest)| (name.to_owned(), rest.split(" | ").next().unwrap().to_owned())).collect()
    }

    #[test]
    fn the_template_sets_what_the_functions_read_and_nothing_else() {
        assert_eq!(read(), set());
    }

    #[test]
    fn the_table_of_settings_has_each_with_its_functions() {
        let read = read();
        let all: BTreeSet<&String> = read.values().flatten().collect();
        let told = told();
        let expected: BTreeSet<&str> = all.iter().map(|name| name.as_str()).chain(OF_ALL).collect();
        assert_eq!(told.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
        for name in all {
            let having: Vec<&str> = read
                .iter()
                .filter(|(_, names)| names.contains(name))
                .map(|(function, _)| function.as_str())
                .collect();
            let others: Vec<&str> = read
                .iter()
                .filter(|(_, names)| !names.contains(name))
                .map(|(function, _)| function.as_str())
                .collect();
            let words = [having.join(", "), format!("all but {}", others.join(", "))];
            assert!(words.contains(&told[name]), "{name}: {} or {}, not {}", words[0], words[1], told[name]);
        }
    }
}
