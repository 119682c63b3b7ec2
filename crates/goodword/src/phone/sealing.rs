//! Web Push as bytes: a message only the browser can read (RFC 8291), and our signature for its push service (RFC 8292).
//!
//! The primitives are ring's, which speaks TLS here already. Its key agreement makes its own randomness, as it should.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

/// The size of the one record; push services take 4096 bytes.
const RECORD: u32 = 4096;
/// What fits into it: less its head, its end mark and the tag.
const MOST: usize = 4096 - 86 - 1 - 16;

/// Something about a key, or the machine's randomness, is broken.
#[derive(Debug, thiserror::Error)]
#[error("the message could not be sealed")]
pub(super) struct Broken;

impl From<ring::error::Unspecified> for Broken {
    fn from(_: ring::error::Unspecified) -> Self {
        Self
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF (RFC 5869): extracts from `secret` and expands to `N` bytes.
fn derive<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; N], Broken> {
    let mut out = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(info, Length(N))?.fill(&mut out)?;
    Ok(out)
}

/// Encrypts `text` for the browser that holds the private half of `public_key`. `salt` is fresh randomness.
pub(super) fn seal(text: &[u8], public_key: &[u8], auth: &[u8], salt: [u8; 16]) -> Result<Vec<u8>, Broken> {
    if text.len() > MOST {
        return Err(Broken);
    }
    let mine = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())?;
    let my_public = mine.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, public_key);
    let shared: [u8; 32] = agree_ephemeral(mine, &theirs, |secret| {
        derive(auth, secret, &[b"WebPush: info\0", public_key, my_public.as_ref()])
    })??;
    let key: [u8; 16] = derive(&salt, &shared, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derive(&salt, &shared, &[b"Content-Encoding: nonce\0"])?;
    // RFC 8188: salt, record size, length of the key's name, the name (our public key), then the one record.
    let mut out = salt.to_vec();
    out.extend_from_slice(&RECORD.to_be_bytes());
    out.push(u8::try_from(my_public.as_ref().len()).map_err(|_| Broken)?);
    out.extend_from_slice(my_public.as_ref());
    let mut record = text.to_vec();
    record.push(2);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    out.extend_from_slice(&record);
    Ok(out)
}

/// The key by which push services know this network.
pub(super) struct Identity(EcdsaKeyPair);

impl Identity {
    /// A new one, as it is kept.
    pub fn make() -> Result<String, Broken> {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
        Ok(BASE64.encode(key.as_ref()))
    }

    /// Reads what [`Identity::make`] returned.
    pub fn read(kept: &str) -> Result<Self, Broken> {
        let bytes = BASE64.decode(kept).map_err(|_| Broken)?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes, &SystemRandom::new());
        key.map(Self).map_err(|_| Broken)
    }

    /// The public half, as browsers take it.
    pub fn public(&self) -> String {
        BASE64.encode(self.0.public_key())
    }

    /// The `Authorization` for a push service at `origin`, good until `until` (seconds since 1970); `contact` is whom
    /// its operator may ask.
    pub fn authorise(&self, origin: &str, until: i64, contact: &str) -> Result<String, Broken> {
        let part = |value: serde_json::Value| BASE64.encode(value.to_string());
        let head = part(serde_json::json!({"typ": "JWT", "alg": "ES256"}));
        let body = part(serde_json::json!({"aud": origin, "exp": until, "sub": contact}));
        let text = format!("{head}.{body}");
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes())?;
        Ok(format!("vapid t={text}.{}, k={}", BASE64.encode(signature), self.public()))
    }
}

/// Reads base64url as browsers write keys, with or without padding.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_signature_is_good_for_its_public_key_and_its_text_alone() {
        let identity = Identity::read(&Identity::make().unwrap()).unwrap();
        let header = identity.authorise("https://push.example", 1_800_000_000, "https://goodword.example").unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (text, signature) = token.rsplit_once('.').unwrap();
        let key = bytes(key).unwrap();
        assert_eq!((key.len(), key[0]), (65, 4));
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
        let signature = bytes(signature).unwrap();
        assert!(public.verify(text.as_bytes(), &signature).is_ok());
        assert!(public.verify(format!("{text}x").as_bytes(), &signature).is_err());
        let body = text.split('.').nth(1).unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&bytes(body).unwrap()).unwrap()["aud"],
            "https://push.example"
        );
        assert!(Identity::read("AAAA").is_err());
    }

    #[test]
    fn what_is_no_key_is_refused_and_a_message_is_one_record() {
        let other = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = other.compute_public_key().unwrap();
        let sealed = seal(&[b'x'; MOST], public.as_ref(), &[1; 16], [7; 16]).unwrap();
        assert_eq!((sealed.len(), &sealed[..16], &sealed[16..21]), (4096, &[7; 16][..], &[0, 0, 16, 0, 65][..]));
        assert!(seal(&[b'x'; MOST + 1], public.as_ref(), &[1; 16], [7; 16]).is_err());
        assert!(seal(b"x", &[4; 65], &[1; 16], [7; 16]).is_err(), "not a point of the curve");
    }
}
