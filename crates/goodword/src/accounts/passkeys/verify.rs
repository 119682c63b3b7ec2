//! Checks what an authenticator says (Web Authentication Level 3, sections 7.1 and 7.2), without attestation: which make of
//! authenticator a member has is none of our business, so its statement is not asked for and there is no CBOR to read.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Who we are to the authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// A host name; passkeys made for it work there and nowhere else.
    pub id: String,
    /// The only origin whose pages may ask.
    pub origin: String,
}

impl Party {
    /// From the public URL. An address in figures has no passkeys, by the standard; loopback stands for `localhost`.
    pub fn of(public_url: &str) -> Option<Self> {
        let url = outbound::Url::parse(public_url).ok()?;
        let host = url.host_str()?;
        let secure = url.scheme() == "https";
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let id = if loopback { "localhost" } else { host };
        let named = id.chars().any(|c| c.is_ascii_alphabetic()) && !id.starts_with('[');
        let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
        (named && (secure || loopback))
            .then(|| Self { id: id.to_owned(), origin: format!("{}://{id}{port}", url.scheme()) })
    }
}

/// Why an authenticator's word is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passkey's {0} is not as it has to be")]
pub struct Refused(pub &'static str);

fn demand(fine: bool, what: &'static str) -> Result<(), Refused> {
    if fine { Ok(()) } else { Err(Refused(what)) }
}

#[derive(Deserialize)]
struct ClientData<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// The challenge that client data answer, for looking it up; nothing is checked yet.
pub fn challenge_of(client_data: &[u8]) -> Option<String> {
    serde_json::from_slice::<ClientData<'_>>(client_data).ok().map(|data| data.challenge)
}

fn check_client_data(client_data: &[u8], kind: &str, party: &Party) -> Result<(), Refused> {
    let data: ClientData<'_> = serde_json::from_slice(client_data).map_err(|_| Refused("client data"))?;
    demand(data.kind == kind, "purpose")?;
    demand(data.origin == party.origin && !data.cross_origin, "origin")
}

/// What stands in authenticator data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// Goes up with each use, or stays 0 where the passkey lives on several devices.
    pub sign_count: u32,
    /// Whether it lives on in the person's keychain when this device is lost.
    pub backed_up: bool,
    /// The new credential's id, when one was made.
    pub credential_id: Option<Vec<u8>>,
}

/// 32 bytes of the hash of our id, a byte of flags, 4 bytes of counter, and with a new credential: 16 bytes of make, 2 of
/// length, the id, its key.
fn read_authenticator(data: &[u8], party: &Party) -> Result<Authenticator, Refused> {
    let (hash, rest) = data.split_at_checked(32).ok_or(Refused("data"))?;
    let ([flags, counter @ ..], rest) = rest.split_first_chunk::<5>().ok_or(Refused("data"))?;
    demand(hash == &Sha256::digest(&party.id)[..], "host")?;
    demand(flags & 0x01 != 0, "presence")?;
    let credential_id = if flags & 0x40 == 0 {
        None
    } else {
        let (_, rest) = rest.split_at_checked(16).ok_or(Refused("data"))?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Refused("data"))?;
        let length = usize::from(u16::from_be_bytes(*length));
        demand((1..=1023).contains(&length), "id")?;
        Some(rest.get(..length).ok_or(Refused("data"))?.to_vec())
    };
    Ok(Authenticator { sign_count: u32::from_be_bytes(*counter), backed_up: flags & 0x10 != 0, credential_id })
}

/// A public key, with its COSE algorithm: -7 ES256, -8 EdDSA, -257 RS256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// How it signs.
    pub algorithm: i64,
    /// As ring takes it: an uncompressed point, 32 bytes, or a PKCS #1 `RSAPublicKey`.
    pub bytes: Vec<u8>,
}

/// What stands before the key in a `SubjectPublicKeyInfo` of each kind. RSA keys of 2048 bits with exponent 65537 only:
/// that is what authenticators make.
const ES256: [u8; 26] =
    *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const EDDSA: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const RS256: [u8; 24] =
    *b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00";

impl PublicKey {
    /// Reads the `SubjectPublicKeyInfo` that browsers give for a new credential.
    ///
    /// # Errors
    /// [`Refused`] for a kind we do not ask for.
    pub fn from_spki(spki: &[u8]) -> Result<Self, Refused> {
        let known = |algorithm, head: &[u8], length: usize| {
            let bytes = spki.strip_prefix(head).filter(|rest| rest.len() == length)?;
            Some(Self { algorithm, bytes: bytes.to_vec() })
        };
        known(-7, &ES256, 65)
            .or_else(|| known(-8, &EDDSA, 32))
            .or_else(|| known(-257, &RS256, 270))
            .ok_or(Refused("key"))
    }

    fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let algorithm: &dyn VerificationAlgorithm = match self.algorithm {
            -7 => &signature::ECDSA_P256_SHA256_ASN1,
            -8 => &signature::ED25519,
            -257 => &signature::RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(Refused("algorithm")),
        };
        UnparsedPublicKey::new(algorithm, &self.bytes).verify(signed, signature).map_err(|_| Refused("signature"))
    }
}

/// A new credential, as the browser hands it over.
pub struct Made<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `getAuthenticatorData()`.
    pub authenticator: &'a [u8],
    /// `getPublicKey()`.
    pub public_key: &'a [u8],
}

/// Checks a new credential. Its challenge is looked up by the caller.
///
/// # Errors
/// The first [`Refused`].
pub fn register(made: &Made<'_>, party: &Party) -> Result<(Authenticator, PublicKey), Refused> {
    check_client_data(made.client_data, "webauthn.create", party)?;
    let authenticator = read_authenticator(made.authenticator, party)?;
    demand(authenticator.credential_id.is_some(), "id")?;
    Ok((authenticator, PublicKey::from_spki(made.public_key)?))
}

/// A use of a credential, as the browser hands it over.
pub struct Used<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator: &'a [u8],
    /// Over both.
    pub signature: &'a [u8],
}

/// Checks a use of a credential whose key and last counter are known. Its challenge is looked up by the caller.
///
/// # Errors
/// The first [`Refused`]; a counter that does not go up says that there is a copy.
pub fn sign_in(used: &Used<'_>, key: &PublicKey, last_count: i64, party: &Party) -> Result<Authenticator, Refused> {
    check_client_data(used.client_data, "webauthn.get", party)?;
    let authenticator = read_authenticator(used.authenticator, party)?;
    let signed = [used.authenticator, &Sha256::digest(used.client_data)[..]].concat();
    key.verify(&signed, used.signature)?;
    let count = i64::from(authenticator.sign_count);
    demand(count > last_count || count == 0 && last_count == 0, "counter")?;
    Ok(authenticator)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
    use serde_json::json;

    /// An authenticator made of software, for the stories too.
    pub(in crate::accounts) struct Soft(EcdsaKeyPair, SystemRandom, pub(in crate::accounts) u32);

    impl Soft {
        pub(in crate::accounts) fn new() -> Self {
            let chance = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &chance).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &chance).unwrap();
            Self(pair, chance, 1)
        }

        pub(in crate::accounts) fn spki(&self) -> Vec<u8> {
            [&ES256[..], self.0.public_key().as_ref()].concat()
        }

        pub(in crate::accounts) fn sign(&self, authenticator: &[u8], client_data: &[u8]) -> Vec<u8> {
            let signed = [authenticator, &Sha256::digest(client_data)[..]].concat();
            self.0.sign(&self.1, &signed).unwrap().as_ref().to_vec()
        }
    }

    pub(in crate::accounts) fn data(host: &str, flags: u8, count: u32, id: Option<&[u8]>) -> Vec<u8> {
        let mut data = Sha256::digest(host).to_vec();
        data.push(flags | if id.is_some() { 0x40 } else { 0 });
        data.extend(count.to_be_bytes());
        if let Some(id) = id {
            data.extend([0; 16]);
            data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
            data.extend(id);
        }
        data
    }

    pub(in crate::accounts) fn client(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false}).to_string().into_bytes()
    }

    fn us() -> Party {
        Party { id: "goodword.example".into(), origin: "https://goodword.example".into() }
    }

    #[test]
    fn passkeys_belong_to_a_name_and_its_secure_origin() {
        let of = |url: &str| Party::of(url).map(|p| (p.id, p.origin));
        let is = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
        assert_eq!(of("https://goodword.example"), is("goodword.example", "https://goodword.example"));
        assert_eq!(of("https://goodword.example:8443"), is("goodword.example", "https://goodword.example:8443"));
        assert_eq!(of("http://127.0.0.1:8080"), is("localhost", "http://localhost:8080"));
        assert_eq!(of("http://localhost:8080"), is("localhost", "http://localhost:8080"));
        for none in ["http://goodword.example", "https://192.0.2.1", "https://[2001:db8::1]", "nonsense"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_new_credential_is_taken_only_for_this_host_by_this_origin() {
        let soft = Soft::new();
        let spki = soft.spki();
        let register = |client_data: &[u8], authenticator: &[u8], public_key: &[u8]| {
            register(&Made { client_data, authenticator, public_key }, &us())
        };
        let good = client("webauthn.create", "c", "https://goodword.example");
        let here = data("goodword.example", 0x11, 0, Some(b"id"));
        let (authenticator, key) = register(&good, &here, &spki).unwrap();
        assert_eq!((authenticator.credential_id.as_deref(), authenticator.backed_up), (Some(&b"id"[..]), true));
        assert_eq!((key.algorithm, key.bytes.len()), (-7, 65));
        let refused = |client_data: &[u8], authenticator: &[u8], spki: &[u8]| {
            register(client_data, authenticator, spki).unwrap_err().0
        };
        assert_eq!(refused(&client("webauthn.get", "c", "https://goodword.example"), &here, &spki), "purpose");
        assert_eq!(refused(&client("webauthn.create", "c", "https://evil.example"), &here, &spki), "origin");
        let framed = String::from_utf8(good.clone()).unwrap().replace("false", "true");
        assert_eq!(refused(framed.as_bytes(), &here, &spki), "origin");
        assert_eq!(refused(b"{}", &here, &spki), "client data");
        assert_eq!(refused(&good, &data("evil.example", 1, 0, Some(b"id")), &spki), "host");
        assert_eq!(refused(&good, &data("goodword.example", 0, 0, Some(b"id")), &spki), "presence");
        assert_eq!(refused(&good, &data("goodword.example", 1, 0, None), &spki), "id");
        assert_eq!(refused(&good, &data("goodword.example", 1, 0, Some(b"")), &spki), "id");
        for cut in [0, 10, 32, 36, 40, 54, 56] {
            assert_eq!(refused(&good, &here[..cut], &spki), "data", "cut at {cut}");
        }
        for spki in [&b""[..], &ES256, &spki[..90], &[spki.as_slice(), b"x"].concat()] {
            assert_eq!(refused(&good, &here, spki), "key");
        }
    }

    #[test]
    fn a_use_needs_the_right_signature_and_a_counter_that_goes_up() {
        let soft = Soft::new();
        let key = PublicKey::from_spki(&soft.spki()).unwrap();
        let client_data = client("webauthn.get", "c", "https://goodword.example");
        let check = |count: u32, last: i64| {
            let authenticator = data("goodword.example", 5, count, None);
            let signature = soft.sign(&authenticator, &client_data);
            sign_in(
                &Used { client_data: &client_data, authenticator: &authenticator, signature: &signature },
                &key,
                last,
                &us(),
            )
        };
        assert_eq!(check(2, 1).unwrap().sign_count, 2);
        assert!(check(0, 0).is_ok(), "one that lives on several devices does not count");
        for (count, last) in [(1, 1), (1, 2), (0, 1)] {
            assert_eq!(check(count, last), Err(Refused("counter")), "{count} after {last}");
        }
        let authenticator = data("goodword.example", 5, 2, None);
        let signature = soft.sign(&authenticator, &client_data);
        let other = client("webauthn.get", "another", "https://goodword.example");
        let used = Used { client_data: &other, authenticator: &authenticator, signature: &signature };
        assert_eq!(sign_in(&used, &key, 0, &us()), Err(Refused("signature")), "it signs the challenge too");
        let stranger = PublicKey::from_spki(&Soft::new().spki()).unwrap();
        let used = Used { client_data: &client_data, authenticator: &authenticator, signature: &signature };
        assert_eq!(sign_in(&used, &stranger, 0, &us()), Err(Refused("signature")));
        let odd = PublicKey { algorithm: -36, ..key };
        assert_eq!(sign_in(&used, &odd, 0, &us()), Err(Refused("algorithm")));
    }

    #[test]
    fn ed25519_is_understood() {
        let chance = SystemRandom::new();
        let pair = Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&chance).unwrap().as_ref()).unwrap();
        let key = PublicKey::from_spki(&[&EDDSA[..], pair.public_key().as_ref()].concat()).unwrap();
        let (client_data, authenticator) =
            (client("webauthn.get", "c", "https://goodword.example"), data("goodword.example", 1, 0, None));
        let signature = pair.sign(&[&authenticator[..], &Sha256::digest(&client_data)[..]].concat());
        let used = Used { client_data: &client_data, authenticator: &authenticator, signature: signature.as_ref() };
        assert!(key.algorithm == -8 && sign_in(&used, &key, 0, &us()).is_ok());
    }
}
