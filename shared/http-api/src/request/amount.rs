//! Amounts as clients write them.

use domain::Decimal;

/// The most digits that an amount may have, before and after the point.
const DIGITS_MAX: usize = domain::AMOUNT_DIGITS_MAX as usize;

/// What a client is told that an amount has to be.
pub(crate) const WHAT_IT_IS: &str = "has to be an amount like 250.00, of at most 18 digits";

const _: () = assert!(DIGITS_MAX == 18, "WHAT_IT_IS says 18");

/// Digits, and perhaps a point with digits after it: no sign, no exponent, no spaces, no more than the ledger takes.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_amount = are_digits(whole) && are_digits(fraction) && digits <= DIGITS_MAX;
    is_amount.then(|| Decimal::from_str_exact(text).ok()).flatten()
}
