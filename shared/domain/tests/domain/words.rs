//! Ids, texts and times at their borders.

use domain::{AccountId, Text, Timestamp};

#[test]
fn an_id_has_one_to_sixty_four_plain_characters() {
    for id in ["a", "cz-576", "A.b_c:d-9", &"x".repeat(64)] {
        assert_eq!(id.parse::<AccountId>().unwrap().as_str(), id);
    }
    for id in ["", " ", "a b", "a/b", "ä", "a\n", &"x".repeat(65)] {
        assert!(id.parse::<AccountId>().is_err(), "{id:?}");
    }
}

#[test]
fn a_text_is_one_line_of_up_to_140_characters() {
    for text in ["a", "송금 ✓", &"ü".repeat(140)] {
        assert!(Text::try_from(text.to_owned()).is_ok(), "{text:?}");
    }
    for text in ["", "   ", "two\nlines", "a\0", &"x".repeat(141)] {
        assert!(Text::try_from(text.to_owned()).is_err(), "{text:?}");
    }
}

#[test]
fn a_time_is_kept_to_the_microsecond_in_utc() {
    let time: Timestamp = "2026-11-24T10:30:00.123456789+01:00".parse().unwrap();
    assert_eq!(time.to_string(), "2026-11-24T09:30:00.123456Z");
    assert!("2026-11-24".parse::<Timestamp>().is_err());
    assert!("2026-02-30T00:00:00Z".parse::<Timestamp>().is_err());
}

#[test]
fn the_next_time_is_later_whatever_the_clock_says() {
    let (early, late): (Timestamp, Timestamp) =
        ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-01-01T00:00:01Z".parse().unwrap());
    assert_eq!(late.after(early), late);
    assert_eq!(early.after(late).to_string(), "2026-01-01T00:00:01.000001Z");
    assert_eq!(late.after(late).to_string(), "2026-01-01T00:00:01.000001Z");
}

#[test]
fn days_are_counted_in_utc_before_1970_too() {
    let day = |time: &str| time.parse::<Timestamp>().unwrap().day();
    assert_eq!((day("1970-01-01T23:59:59Z"), day("1970-01-02T00:00:00Z")), (0, 1));
    assert_eq!((day("1969-12-31T23:59:59Z"), day("1969-12-31T00:00:00Z")), (-1, -1));
}
