//! `docs/COST.md` and its chart say what the command reckons: their tables are made here and compared.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _, path::PathBuf};

use domain::Decimal;

use super::{
    Search,
    bill::{Bill, Cause},
    flow::{Flow, Load},
    prices::Prices,
    report::{HEADINGS, dollars, of_a_million, percent, rows},
    usage::Usage,
};

/// If it is set, both files are written instead of compared.
const WRITE: &str = "PASSBOOK_WRITE_COST";

const BENCHMARKS: &str = include_str!("../../../docs/benchmarks.md");

/// Commands a day.
const SIZES: [u64; 3] = [10_000, 1_000_000, 100_000_000];

/// Queries of each command.
const QUERIES: u64 = 10;

/// Histories of which all stores were measured.
const HISTORIES: [&str; 3] = ["10", "100", "1000"];

/// Services with their colours in the chart.
const SERVICES: [(&str, &str); 8] = [
    ("DynamoDB", "#3b5fc0"),
    ("Lambda", "#e8833a"),
    ("API Gateway", "#8c4fc4"),
    ("CloudWatch", "#c2456b"),
    ("SQS", "#d9b23c"),
    ("S3", "#4f9e57"),
    ("OpenSearch", "#2f9aa0"),
    ("Data transfer", "#8a8f98"),
];

/// Another load in the place of one.
type Change = fn(Load) -> Load;

fn load(commands_per_day: u64) -> Load {
    Load {
        commands_per_day,
        queries_per_day: QUERIES * commands_per_day,
        transfers: Decimal::new(3, 1),
        history: Decimal::new(3, 1),
        search: Search::Domain,
        days: 30,
        kept: 1,
        traced: Decimal::new(1, 1),
        batch: None,
    }
}

fn bill(load: &Load) -> Bill {
    super::bill(load).unwrap()
}

fn count(commands: u64) -> &'static str {
    match commands {
        10_000 => "10 thousand",
        1_000_000 => "1 million",
        _ => "100 million",
    }
}

/// A table of Markdown; all columns but the first `texts` are flush right.
fn table(headings: &[&str], texts: usize, rows: &[Vec<String>]) -> String {
    let rules = headings.iter().enumerate().map(|(column, _)| if column < texts { "---" } else { "---:" });
    let rules: Vec<&str> = rules.collect();
    let rows = rows.iter().map(|row| format!("| {} |\n", row.join(" | ")));
    format!("| {} |\n|{}|\n{}", headings.join(" | "), rules.join("|"), rows.collect::<String>())
}

fn sizes() -> String {
    let row = |commands| {
        let (load, bill) = (load(commands), bill(&load(commands)));
        let (a_million, queries) = of_a_million(&load, &bill);
        let (total, fixed) = (bill.total(), bill.of_cause(Cause::Fixed));
        let cells = [
            count(commands).to_owned(),
            dollars(a_million),
            dollars(queries),
            dollars(total),
            dollars(fixed),
            percent(fixed, total),
            dollars(bill.free),
            Flow::of(&load, &Usage::read().unwrap()).batch.round_dp(1).to_string(),
        ];
        cells.to_vec()
    };
    let headings = [
        "commands a day",
        "a million commands",
        "a million queries",
        "a month",
        "of it fixed",
        "share",
        "of it free",
        "commits a batch",
    ];
    table(&headings, 1, &SIZES.map(row))
}

fn services() -> String {
    let bills = SIZES.map(|size| bill(&load(size)));
    let row = |(service, _): (&str, &str)| {
        let cell = |bill: &Bill| {
            let amount = amount_of(bill, service);
            format!("{} ({})", dollars(amount), percent(amount, bill.total()))
        };
        std::iter::once(service.to_owned()).chain(bills.iter().map(cell)).collect()
    };
    let sizes = SIZES.map(count);
    table(&["USD a month", sizes[0], sizes[1], sizes[2]], 1, &SERVICES.map(row))
}

fn amount_of(bill: &Bill, service: &str) -> Decimal {
    bill.lines.iter().filter(|line| line.price.service == service).map(|line| line.amount).sum()
}

/// The lines of a bill that are worth one.
fn lines() -> String {
    let bill = bill(&load(1_000_000));
    let (least, mut left) = (bill.total() * Decimal::new(5, 3), Bill { lines: Vec::new(), free: bill.free });
    let mut dear = left.clone();
    for line in bill.lines.iter().cloned() {
        let lines = if line.amount < least { &mut left.lines } else { &mut dear.lines };
        lines.push(line);
    }
    // No column for the share, which is one of these lines alone here.
    let cells = rows(&dear).into_iter().map(|cells| cells[..6].to_vec());
    let mut cells: Vec<Vec<String>> =
        cells.map(|cells| [0, 1, 2, 4, 3, 5].map(|column: usize| cells[column].clone()).to_vec()).collect();
    let all_else = format!("{} lines more", left.lines.len());
    cells.push(["", &all_else, "", "", "", &dollars(left.total())].map(str::to_owned).to_vec());
    table(&[0, 1, 2, 4, 3, 5].map(|column: usize| HEADINGS[column]), 4, &cells)
}

/// What is there whether anybody asks or not, by service.
fn fixed() -> String {
    let bill = bill(&load(SIZES[0]));
    let lines = bill.lines.into_iter().filter(|line| line.cause == Cause::Fixed).collect();
    let bill = Bill { lines, free: Decimal::ZERO };
    let mut amounts = BTreeMap::<&str, Decimal>::new();
    for line in &bill.lines {
        *amounts.entry(&line.what).or_default() += line.amount;
    }
    let mut amounts: Vec<_> = amounts.into_iter().collect();
    amounts.sort_by_key(|(_, amount)| Reverse(*amount));
    let rows: Vec<Vec<String>> = amounts
        .into_iter()
        .map(|(what, amount)| vec![what.to_owned(), dollars(amount), percent(amount, bill.total())])
        .collect();
    table(&["fixed", "USD a month", "share"], 1, &rows)
}

/// What else a month would cost.
fn changes() -> String {
    let changes: [(&str, Change); 7] = [
        ("as it is", |load| load),
        ("`--commits-per-batch 10`", |load| Load { batch: Some(Decimal::TEN), ..load }),
        ("`--commits-per-batch 100`", |load| Load { batch: Some(Decimal::ONE_HUNDRED), ..load }),
        ("`--search none`", |load| Load { search: Search::None, ..load }),
        ("`--search serverless`", |load| Load { search: Search::Serverless, ..load }),
        ("`--traced 0`", |load| Load { traced: Decimal::ZERO, ..load }),
        ("`--kept 12`", |load| Load { kept: 12, ..load }),
    ];
    let row = |(name, change): (&str, Change)| {
        let cells = SIZES.map(|size| dollars(bill(&change(load(size))).total()));
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let sizes = SIZES.map(count);
    table(&["USD a month", sizes[0], sizes[1], sizes[2]], 1, &changes.map(row))
}

/// Read and write units by store and history, out of one table of the benchmarks.
fn units(title: &str) -> BTreeMap<(String, String), (Decimal, Decimal)> {
    let of_title = BENCHMARKS.split_once(&format!("### {title}\n")).unwrap().1;
    let rows = of_title.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let cells = rows.take_while(|line| line.starts_with('|'));
    cells
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let key = (cells[0].to_owned(), cells[1].to_owned());
            (key, (cells[2].parse().unwrap(), cells[3].parse().unwrap()))
        })
        .collect()
}

fn others() -> String {
    let (prices, million) = (Prices::read().unwrap(), Decimal::from(1_000_000));
    let price = |(reads, writes): &(Decimal, Decimal)| {
        let reads = prices.of("dynamodb_reads").unwrap().amount(reads * million);
        dollars(reads + prices.of("dynamodb_writes").unwrap().amount(writes * million))
    };
    let mut rows = Vec::new();
    for (what, title) in [("deposits", "Deposits, one client"), ("transfers", "Transfers, one client")] {
        let units = units(title);
        for store in ["passbook", "cqrs-es + dynamo-es", "event-store-adapter-rs"] {
            let cells = HISTORIES.map(|history| price(&units[&(store.to_owned(), history.to_owned())]));
            rows.push([what, store].map(str::to_owned).into_iter().chain(cells).collect());
        }
    }
    table(&["a million", "store", "10 events", "100 events", "1,000 events"], 2, &rows)
}

/// One bar a size, each service with its share.
fn chart() -> String {
    const WIDTH: u32 = 640;
    const LEFT: u32 = 150;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 190\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>Shares of a month's cost by service</title>\n<rect width=\"820\" \
         height=\"190\" fill=\"#ffffff\"/>\n",
    );
    for (place, size) in (0_u32..).zip(SIZES) {
        let (bill, y) = (bill(&load(size)), 12 + place * 44);
        writeln!(svg, "<text x=\"8\" y=\"{}\">{} a day</text>", y + 13, count(size)).unwrap();
        let total = dollars(bill.total());
        writeln!(svg, "<text x=\"8\" y=\"{}\" fill=\"#555555\">{total} USD</text>", y + 28).unwrap();
        let mut x = Decimal::from(LEFT);
        for (service, colour) in SERVICES {
            let width = (amount_of(&bill, service) / bill.total() * Decimal::from(WIDTH)).round_dp(1);
            writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"32\" fill=\"{colour}\"><title>{service} {}</title></rect>",
                percent(amount_of(&bill, service), bill.total()),
            )
            .unwrap();
            x += width;
        }
    }
    for (place, (service, colour)) in (0_u32..).zip(SERVICES) {
        let x = 8 + place * 101;
        writeln!(svg, "<rect x=\"{x}\" y=\"156\" width=\"10\" height=\"10\" fill=\"{colour}\"/>").unwrap();
        writeln!(svg, "<text x=\"{}\" y=\"165\">{service}</text>", x + 14).unwrap();
    }
    svg + "</svg>\n"
}

/// Everything as it was, but for one section between its marks.
fn replaced(all: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let (before, rest) = all.split_once(&begin).unwrap_or_else(|| panic!("there is no section {name}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("section {name} has no end"));
    format!("{before}{begin}\n{}\n\n{end}{after}", text.trim())
}

fn check(file: &str, is: &str, has_to_be: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, has_to_be).unwrap();
    } else {
        assert!(
            is == has_to_be,
            "docs/{file} is of other figures: {WRITE}=1 cargo test -p passbook cost writes it"
        );
    }
}

#[test]
fn the_document_and_its_chart_say_what_the_command_reckons() {
    let is =
        std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/COST.md")).unwrap();
    let sections = [
        ("sizes", sizes()),
        ("services", services()),
        ("fixed", fixed()),
        ("lines", lines()),
        ("changes", changes()),
        ("others", others()),
    ];
    let has_to_be = sections.iter().fold(is.clone(), |all, (name, text)| replaced(&all, name, text));
    check("COST.md", &is, &has_to_be);
    let is = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/cost.svg"));
    check("cost.svg", &is.unwrap_or_default(), &chart());
}

#[test]
fn every_service_has_a_colour() {
    for search in [Search::Domain, Search::Serverless, Search::None] {
        for (service, _) in bill(&Load { search, ..load(1_000_000) }).services() {
            assert!(SERVICES.iter().any(|(name, _)| *name == service), "{service}");
        }
    }
}
