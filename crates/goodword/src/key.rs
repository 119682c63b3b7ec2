//! Ids in URLs: a UUID as 26 letters and digits (Crockford's base 32), and secret tokens.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use store::{Bind, Clock, FromValue, Uuid, Value};

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An id as people see it in a URL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Key(pub Uuid);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.as_u128();
        for i in (0..26).rev() {
            let digit = usize::try_from((bits >> (i * 5)) & 31).unwrap_or(0);
            write!(f, "{}", char::from(DIGITS[digit]))?;
        }
        Ok(())
    }
}

/// The text is no id.
#[derive(Debug, thiserror::Error)]
#[error("not an id")]
pub struct BadKey;

impl FromStr for Key {
    type Err = BadKey;
    fn from_str(text: &str) -> Result<Self, BadKey> {
        if text.len() != 26 {
            return Err(BadKey);
        }
        let mut bits: u128 = 0;
        for (i, c) in text.bytes().enumerate() {
            let digit = DIGITS.iter().position(|d| *d == c.to_ascii_lowercase()).ok_or(BadKey)?;
            if i == 0 && digit > 7 {
                return Err(BadKey);
            }
            bits = (bits << 5) | u128::try_from(digit).unwrap_or(0);
        }
        Ok(Self(Uuid::from_u128(bits)))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Bind for Key {
    fn value(&self) -> Value<'_> {
        Value::Id(self.0)
    }
}

impl FromValue for Key {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        Uuid::from_value(value).map(Key)
    }
}

/// A new secret of 256 bits, as 52 letters and digits.
pub fn new_token(clock: &Clock) -> String {
    let mut bytes = [0u8; 32];
    clock.random(&mut bytes);
    let mut text = String::with_capacity(52);
    let (mut bits, mut have) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(byte);
        have += 8;
        while have >= 5 {
            have -= 5;
            text.push(char::from(DIGITS[usize::try_from((bits >> have) & 31).unwrap_or(0)]));
        }
    }
    text.push(char::from(DIGITS[usize::try_from((bits << (5 - have)) & 31).unwrap_or(0)]));
    text
}

/// What is kept of a secret: its SHA-256.
pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_writes() {
        let clock = Clock::fixed(1_700_000_000_000_000, 7);
        for _ in 0..100 {
            let key = Key(clock.id());
            assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
        }
        for bad in ["", "../../etc/passwd", "zzzzzzzzzzzzzzzzzzzzzzzzzz", "0123456789abcdefghjkmnpqri"] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
    }
}
