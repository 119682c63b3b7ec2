//! The id token of OpenID Connect: its signature and what it claims (OpenID Connect Core 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

/// Clocks may differ by this much (s).
const LEEWAY: i64 = 120;

/// What a token must say.
pub struct Expected<'a> {
    /// Who made it; `{tenantid}` stands for the token's own `tid` (Microsoft).
    pub issuer: &'a str,
    /// Whom it is for: us.
    pub client_id: &'a str,
    /// What we sent along; `None` where the provider does not repeat it.
    pub nonce: Option<&'a str>,
    /// Seconds since 1970.
    pub now: i64,
}

/// Why a token is not believed: for the log, not for the person.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Not three parts of base64 and JSON.
    #[error("the id token cannot be read")]
    Unreadable,
    /// No key of the provider fits: it may have new ones.
    #[error("the id token is signed by a key the provider does not list")]
    UnknownKey,
    /// An algorithm we do not accept.
    #[error("the id token is signed in a way that is not accepted")]
    Algorithm,
    /// Forged or damaged.
    #[error("the id token's signature is wrong")]
    Signature,
    /// Genuine, but not for this sign-in.
    #[error("the id token's {0} is not as it has to be")]
    Claim(&'static str),
}

/// Checks signature and claims, and returns the claims.
///
/// # Errors
/// The first [`Doubt`].
pub fn verify(token: &str, keys: &Value, expected: &Expected<'_>) -> Result<Value, Doubt> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Doubt::Unreadable)?;
    let (head, body) = signed.split_once('.').ok_or(Doubt::Unreadable)?;
    let head = json(head)?;
    let signature = BASE64.decode(signature).map_err(|_| Doubt::Unreadable)?;
    let algorithm = text(&head, "alg").ok_or(Doubt::Unreadable)?;
    let key = key_for(keys, algorithm, text(&head, "kid"))?;
    check_signature(algorithm, key, signed.as_bytes(), &signature)?;
    let claims = json(body)?;
    check_claims(&claims, expected)?;
    Ok(claims)
}

fn json(part: &str) -> Result<Value, Doubt> {
    let bytes = BASE64.decode(part).map_err(|_| Doubt::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| Doubt::Unreadable)
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// The key with that id and of the kind the algorithm needs; without an id, the only one of that kind.
fn key_for<'v>(keys: &'v Value, algorithm: &str, kid: Option<&str>) -> Result<&'v Value, Doubt> {
    let kind = match algorithm {
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => "RSA",
        "ES256" | "ES384" => "EC",
        "EdDSA" | "Ed25519" => "OKP",
        // Never `none`, and never HS256, for which the provider's public key would be the secret.
        _ => return Err(Doubt::Algorithm),
    };
    let fits = |key: &&Value| {
        text(key, "kty") == Some(kind)
            && text(key, "use").is_none_or(|purpose| purpose == "sig")
            && text(key, "alg").is_none_or(|alg| alg == algorithm)
            && kid.is_none_or(|kid| text(key, "kid") == Some(kid))
    };
    let mut fitting = keys.get("keys").and_then(Value::as_array).into_iter().flatten().filter(fits);
    match (fitting.next(), kid, fitting.next()) {
        (Some(key), Some(_), _) | (Some(key), None, None) => Ok(key),
        _ => Err(Doubt::UnknownKey),
    }
}

fn check_signature(algorithm: &str, key: &Value, signed: &[u8], signature: &[u8]) -> Result<(), Doubt> {
    let part = |name| text(key, name).and_then(|t| BASE64.decode(t).ok()).ok_or(Doubt::UnknownKey);
    let rsa = |parameters| {
        RsaPublicKeyComponents { n: part("n")?, e: part("e")? }
            .verify(parameters, signed, signature)
            .map_err(|_| Doubt::Signature)
    };
    let unparsed = |parameters: &'static dyn signature::VerificationAlgorithm, key: Vec<u8>| {
        UnparsedPublicKey::new(parameters, key).verify(signed, signature).map_err(|_| Doubt::Signature)
    };
    let point = |curve| match text(key, "crv") == Some(curve) {
        true => Ok([vec![4], part("x")?, part("y")?].concat()),
        false => Err(Doubt::UnknownKey),
    };
    match algorithm {
        "RS256" => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => rsa(&signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => rsa(&signature::RSA_PSS_2048_8192_SHA384),
        "PS512" => rsa(&signature::RSA_PSS_2048_8192_SHA512),
        "ES256" => unparsed(&signature::ECDSA_P256_SHA256_FIXED, point("P-256")?),
        "ES384" => unparsed(&signature::ECDSA_P384_SHA384_FIXED, point("P-384")?),
        _ if text(key, "crv") == Some("Ed25519") => unparsed(&signature::ED25519, part("x")?),
        _ => Err(Doubt::Algorithm),
    }
}

fn check_claims(claims: &Value, expected: &Expected<'_>) -> Result<(), Doubt> {
    let demand = |fine: bool, claim| if fine { Ok(()) } else { Err(Doubt::Claim(claim)) };
    let tenant = text(claims, "tid").unwrap_or_default();
    let plain = !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let issuer = if plain { expected.issuer.replace("{tenantid}", tenant) } else { expected.issuer.to_owned() };
    demand(text(claims, "iss") == Some(&issuer), "iss")?;
    let for_us = |value: &Value| value.as_str() == Some(expected.client_id);
    let audience = claims.get("aud").unwrap_or(&Value::Null);
    demand(for_us(audience) || audience.as_array().is_some_and(|all| all.iter().any(for_us)), "aud")?;
    // Where others may use it too, it has to be issued to us.
    let shared = audience.as_array().is_some_and(|all| all.len() > 1);
    demand(claims.get("azp").map_or(!shared, for_us), "azp")?;
    let time = |name| claims.get(name).and_then(Value::as_f64);
    // Seconds since 1970 fit a double exactly.
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a double exactly")]
    let (now, leeway) = (expected.now as f64, LEEWAY as f64);
    demand(time("exp").is_some_and(|at| now < at + leeway), "exp")?;
    demand(time("iat").is_some_and(|at| at < now + leeway), "iat")?;
    demand(time("nbf").is_none_or(|at| at < now + leeway), "nbf")?;
    demand(expected.nonce.is_none_or(|nonce| text(claims, "nonce") == Some(nonce)), "nonce")?;
    demand(text(claims, "sub").is_some_and(|s| !s.is_empty() && s.len() <= 255), "sub")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
    use serde_json::json;

    const NOW: i64 = 1_800_000_000;

    struct Signer(EcdsaKeyPair, SystemRandom);

    impl Signer {
        fn new() -> Self {
            let chance = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).unwrap();
            Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &chance).unwrap(), chance)
        }

        fn keys(&self) -> Value {
            let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
            json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": BASE64.encode(x), "y": BASE64.encode(y)}]})
        }

        fn token(&self, head: &Value, claims: &Value) -> String {
            let signed = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
            let signature = self.0.sign(&self.1, signed.as_bytes()).unwrap();
            format!("{signed}.{}", BASE64.encode(signature))
        }
    }

    fn expected() -> Expected<'static> {
        Expected { issuer: "https://id.example", client_id: "us", nonce: Some("n"), now: NOW }
    }

    fn good() -> Value {
        json!({"iss": "https://id.example", "aud": "us", "sub": "ana", "nonce": "n", "exp": NOW + 60, "iat": NOW - 5})
    }

    #[test]
    fn a_genuine_token_for_this_sign_in_is_believed_and_no_other() {
        let signer = Signer::new();
        let head = json!({"alg": "ES256", "kid": "k"});
        let check = |claims: &Value| verify(&signer.token(&head, claims), &signer.keys(), &expected());
        assert_eq!(check(&good()).unwrap(), good());
        let with = |name: &str, value: Value| {
            let mut claims = good();
            claims[name] = value;
            claims
        };
        for (name, value, refused) in [
            ("iss", json!("https://evil.example"), "iss"),
            ("iss", Value::Null, "iss"),
            ("aud", json!("somebody else"), "aud"),
            ("aud", json!([]), "aud"),
            ("aud", json!(["us", "them"]), "azp"),
            ("azp", json!("them"), "azp"),
            ("exp", json!(NOW - 121), "exp"),
            ("exp", json!("tomorrow"), "exp"),
            ("iat", json!(NOW + 121), "iat"),
            ("nbf", json!(NOW + 121), "nbf"),
            ("nonce", json!("of another sign-in"), "nonce"),
            ("nonce", Value::Null, "nonce"),
            ("sub", json!(""), "sub"),
            ("sub", json!("x".repeat(256)), "sub"),
        ] {
            assert_eq!(check(&with(name, value.clone())), Err(Doubt::Claim(refused)), "{name}: {value}");
        }
        let mut shared = with("aud", json!(["them", "us"]));
        shared["azp"] = json!("us");
        assert!(check(&shared).is_ok() && check(&with("exp", json!(NOW - 60))).is_ok());
    }

    #[test]
    fn a_tenant_stands_in_the_issuer_only_where_the_provider_says_so() {
        let signer = Signer::new();
        let head = json!({"alg": "ES256", "kid": "k"});
        let check = |iss: &str, tid: &str| {
            let mut claims = good();
            (claims["iss"], claims["tid"]) = (json!(iss), json!(tid));
            let issuer = "https://id.example/{tenantid}/v2.0";
            verify(&signer.token(&head, &claims), &signer.keys(), &Expected { issuer, ..expected() }).is_ok()
        };
        assert!(check("https://id.example/abc-1/v2.0", "abc-1"));
        assert!(!check("https://id.example/abc-1/v2.0", "other"));
        assert!(!check("https://id.example/a/../b/v2.0", "a/../b"));
        assert!(!check("https://id.example/{tenantid}/v2.0", "abc"));
    }

    #[test]
    fn signatures_are_checked() {
        let (signer, other) = (Signer::new(), Signer::new());
        let head = json!({"alg": "ES256", "kid": "k"});
        let token = signer.token(&head, &good());
        assert_eq!(verify(&token, &other.keys(), &expected()), Err(Doubt::Signature));
        let mut claims = good();
        claims["sub"] = json!("ben");
        let (start, end) = (token.split('.').next().unwrap(), token.rsplit('.').next().unwrap());
        let forged = format!("{start}.{}.{end}", BASE64.encode(claims.to_string()));
        assert_eq!(verify(&forged, &signer.keys(), &expected()), Err(Doubt::Signature));
        for (head, refused) in [
            (json!({"alg": "none"}), Doubt::Algorithm),
            (json!({"alg": "HS256", "kid": "k"}), Doubt::Algorithm),
            (json!({"alg": "RS256", "kid": "k"}), Doubt::UnknownKey),
            (json!({"alg": "ES256", "kid": "unknown"}), Doubt::UnknownKey),
            (json!({"alg": "ES384", "kid": "k"}), Doubt::UnknownKey),
            (json!({"kid": "k"}), Doubt::Unreadable),
        ] {
            assert_eq!(verify(&signer.token(&head, &good()), &signer.keys(), &expected()), Err(refused), "{head}");
        }
        assert!(verify(&signer.token(&json!({"alg": "ES256"}), &good()), &signer.keys(), &expected()).is_ok());
        for rubbish in ["", "a", "a.b", "a.b.c", "..", "e30.e30.e30", "e30.e30."] {
            assert!(verify(rubbish, &signer.keys(), &expected()).is_err(), "{rubbish}");
        }
    }

    #[test]
    fn ed25519_is_understood() {
        let chance = SystemRandom::new();
        let pair = Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&chance).unwrap().as_ref()).unwrap();
        let signed = format!("{}.{}", BASE64.encode(r#"{"alg":"EdDSA"}"#), BASE64.encode(good().to_string()));
        let token = format!("{signed}.{}", BASE64.encode(pair.sign(signed.as_bytes())));
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(pair.public_key())}]});
        assert!(verify(&token, &keys, &expected()).is_ok());
    }
}
