//! The way to a provider and back: authorization code with PKCE, by OpenID Connect or plain OAuth 2.

use super::config::Provider;
use super::token::{self, Doubt, Expected};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use outbound::{Answer, Failure, Outbound, Request, Url, header};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A provider's description of itself and its keys are asked for again after this long (µs).
const FRESH: i64 = 3_600 * 1_000_000;
/// One call to a provider takes no longer: a person is waiting.
const PATIENCE: Duration = Duration::from_secs(8);

/// All providers, and what they last said about themselves.
#[derive(Default)]
pub struct Providers {
    all: Vec<Provider>,
    described: Mutex<HashMap<String, (i64, Arc<Described>)>>,
}

/// Where a provider's parts are.
#[derive(Clone, Deserialize)]
struct Described {
    #[serde(default)]
    issuer: String,
    #[serde(rename = "authorization_endpoint")]
    authorize: String,
    #[serde(rename = "token_endpoint")]
    token: String,
    #[serde(rename = "userinfo_endpoint", default)]
    user_info: String,
    #[serde(default)]
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(skip)]
    keys: Value,
}

/// The secrets of one trip.
pub struct Secrets {
    /// Comes back in the address.
    pub state: String,
    /// Comes back in the id token.
    pub nonce: String,
    /// Proves that who asks for the token is who asked for the code.
    pub verifier: String,
}

/// Who came back.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Who vouches for the subject.
    pub issuer: String,
    /// Who it is, there.
    pub subject: String,
    /// What to call them.
    pub name: String,
    /// How the account is called there.
    pub label: String,
    /// Their address, only where the provider says it has checked it.
    pub email: Option<String>,
}

/// Why a sign-in by a provider did not work out.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It did not answer.
    #[error(transparent)]
    Down(#[from] Failure),
    /// Its id token is not to be believed.
    #[error(transparent)]
    Doubt(#[from] Doubt),
    /// It answered, but not as it should have.
    #[error("{0}")]
    Odd(String),
}

fn odd<T>(what: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Odd(what.into()))
}

impl Providers {
    /// Those the operator has set up.
    pub fn new(all: Vec<Provider>) -> Self {
        Self { all, described: Mutex::default() }
    }

    /// In the operator's order.
    pub fn all(&self) -> &[Provider] {
        &self.all
    }

    /// The one with that id.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.all.iter().find(|p| p.id == id)
    }

    /// The address to send the person to.
    ///
    /// # Errors
    /// When the provider does not say where that is.
    pub async fn departure(
        &self,
        out: &Outbound,
        provider: &Provider,
        secrets: &Secrets,
        back: &str,
        now: i64,
    ) -> Result<String, Trouble> {
        let described = self.describe(out, provider, now, false).await?;
        let mut url = out.check(&described.authorize)?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&secrets.verifier));
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", back)
            .append_pair("scope", &provider.scope)
            .append_pair("state", &secrets.state);
        if provider.pkce.unwrap_or(true) {
            query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        }
        if provider.is_oidc() && provider.nonce.unwrap_or(true) {
            query.append_pair("nonce", &secrets.nonce);
        }
        drop(query);
        Ok(url.into())
    }

    /// Exchanges the code that came back for the person it stands for.
    ///
    /// # Errors
    /// When the provider does not answer, or its answer cannot be believed.
    pub async fn arrival(
        &self,
        out: &Outbound,
        provider: &Provider,
        back: &Back<'_>,
        now: i64,
    ) -> Result<Person, Trouble> {
        let described = self.describe(out, provider, now, false).await?;
        // Mix-up: an answer meant for one provider's address must not be taken to another (RFC 9207).
        let from = back.issuer.filter(|_| provider.is_oidc() && !described.issuer.contains("{tenantid}"));
        if from.is_some_and(|iss| iss != described.issuer) {
            return odd("the answer came from another issuer");
        }
        if described.authorization_response_iss_parameter_supported && back.issuer.is_none() {
            return odd("the answer does not say which issuer it came from");
        }
        let tokens = exchange(out, provider, &described, back).await?;
        if !provider.is_oidc() {
            let found = user_info(out, provider, &described.user_info, &tokens).await?;
            return person(provider, provider.id.clone(), &found);
        }
        let Some(id_token) = tokens.get("id_token").and_then(Value::as_str) else { return odd("there is no id token") };
        let nonce = provider.nonce.unwrap_or(true).then_some(back.nonce);
        let expected = |issuer| Expected { issuer, client_id: &provider.client_id, nonce, now: now / 1_000_000 };
        let mut claims = match token::verify(id_token, &described.keys, &expected(&described.issuer)) {
            // Its keys may have changed since they were read.
            Err(Doubt::UnknownKey) => {
                let described = self.describe(out, provider, now, true).await?;
                token::verify(id_token, &described.keys, &expected(&described.issuer))?
            }
            done => done?,
        };
        let known = [&provider.claims.email, &provider.claims.name].iter().all(|name| member(&claims, name).is_some());
        if !(known || described.user_info.is_empty()) {
            let more = user_info(out, provider, &described.user_info, &tokens).await?;
            if more.get("sub") != claims.get("sub") {
                return odd("the person's details are of somebody else");
            }
            if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
                for (name, value) in more {
                    claims.entry(name).or_insert(value);
                }
            }
        }
        let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or(&described.issuer).to_owned();
        person(provider, issuer, &claims)
    }

    async fn describe(
        &self,
        out: &Outbound,
        provider: &Provider,
        now: i64,
        again: bool,
    ) -> Result<Arc<Described>, Trouble> {
        if !provider.is_oidc() {
            return Ok(Arc::new(Described {
                issuer: provider.id.clone(),
                authorize: provider.authorize.clone(),
                token: provider.token.clone(),
                user_info: provider.user_info.clone(),
                jwks_uri: String::new(),
                token_endpoint_auth_methods_supported: Vec::new(),
                authorization_response_iss_parameter_supported: false,
                keys: Value::Null,
            }));
        }
        let known = self.described.lock().unwrap_or_else(|p| p.into_inner()).get(&provider.id).cloned();
        if let Some((_, described)) = known.filter(|(at, _)| !again && (now - at).abs() < FRESH) {
            return Ok(described);
        }
        let base = provider.discovery.trim_end_matches('/');
        let found = get(out, &format!("{base}/.well-known/openid-configuration")).await?;
        let mut described: Described =
            serde_json::from_value(found).or_else(|e| odd(format!("its description cannot be read: {e}")))?;
        if !is_issuer_of(&described.issuer, base) {
            return odd(format!("{base} describes another issuer, {}", described.issuer));
        }
        described.keys = get(out, &described.jwks_uri).await?;
        let described = Arc::new(described);
        let mut all = self.described.lock().unwrap_or_else(|p| p.into_inner());
        all.insert(provider.id.clone(), (now, described.clone()));
        Ok(described)
    }
}

/// The description must name the issuer it was asked for. Microsoft's shared one names a template instead.
fn is_issuer_of(issuer: &str, base: &str) -> bool {
    let origin = |url: &str| Url::parse(url).map(|u| u.origin()).ok();
    issuer.trim_end_matches('/') == base || issuer.contains("{tenantid}") && origin(issuer) == origin(base)
}

/// What came back in the address, and what was kept of the trip.
pub struct Back<'a> {
    /// To be exchanged.
    pub code: &'a str,
    /// `iss`, where the provider sends it.
    pub issuer: Option<&'a str>,
    /// Where it came back to.
    pub to: &'a str,
    /// As sent.
    pub nonce: &'a str,
    /// Of PKCE.
    pub verifier: &'a str,
}

async fn exchange(
    out: &Outbound,
    provider: &Provider,
    described: &Described,
    back: &Back<'_>,
) -> Result<Value, Trouble> {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", back.code), ("redirect_uri", back.to)];
    if provider.pkce.unwrap_or(true) {
        fields.push(("code_verifier", back.verifier));
    }
    let offered = &described.token_endpoint_auth_methods_supported;
    let offers = |method: &str| offered.iter().any(|m| m == method);
    let basic = match provider.auth.as_str() {
        "" => provider.is_oidc() && (offered.is_empty() || offers("client_secret_basic")),
        auth => auth == "basic",
    };
    let (id, secret) = (&provider.client_id, &provider.client_secret);
    if secret.is_empty() || !basic {
        fields.push(("client_id", id));
    }
    if !secret.is_empty() && !basic {
        fields.push(("client_secret", secret));
    }
    let mut request = Request::post_form(&described.token, &fields);
    if !secret.is_empty() && basic {
        let encode = crate::router::url_encode;
        let pair = STANDARD.encode(format!("{}:{}", encode(id), encode(secret)));
        request = request.header(header::AUTHORIZATION, &format!("Basic {pair}"));
    }
    let tokens = read(out.send(request.header(header::ACCEPT, "application/json").within(PATIENCE)).await?)?;
    match tokens.get("error").and_then(Value::as_str) {
        Some(error) => odd(format!("the code was refused: {}", formats::text::clean_line(error))),
        None => Ok(tokens),
    }
}

async fn user_info(out: &Outbound, provider: &Provider, url: &str, tokens: &Value) -> Result<Value, Trouble> {
    let Some(token) = tokens.get("access_token").and_then(Value::as_str) else {
        return odd("there is no access token");
    };
    let ask = |url: &str| {
        let request = Request::get(url).header(header::AUTHORIZATION, &format!("Bearer {token}"));
        out.send(request.header(header::ACCEPT, "application/json").within(PATIENCE))
    };
    let mut found = read(ask(url).await?)?;
    if !provider.emails.is_empty() {
        let listed = read(ask(&provider.emails).await?)?;
        let is = |entry: &Value, what: &str| entry.get(what).and_then(Value::as_bool) == Some(true);
        let main = listed.as_array().into_iter().flatten().find(|e| is(e, "primary") && is(e, "verified"));
        let address = main.and_then(|e| e.get("email")).cloned();
        found["email_verified"] = Value::Bool(address.is_some());
        found["email"] = address.unwrap_or(Value::Null);
    }
    Ok(found)
}

async fn get(out: &Outbound, url: &str) -> Result<Value, Trouble> {
    read(out.send(Request::get(url).header(header::ACCEPT, "application/json").within(PATIENCE)).await?)
}

fn read(answer: Answer) -> Result<Value, Trouble> {
    let value: Result<Value, _> = serde_json::from_slice(&answer.body);
    match value {
        Ok(value @ (Value::Object(_) | Value::Array(_))) if answer.status < 500 => Ok(value),
        _ => odd(format!("{} answered {} and no JSON", answer.url, answer.status)),
    }
}

/// A member by name, or by `names.with.dots`, as text.
fn member(value: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(value, |value, name| value.get(name))?;
    let text = match found {
        Value::String(text) => formats::text::clean_line(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn person(provider: &Provider, issuer: String, found: &Value) -> Result<Person, Trouble> {
    let of = |path: &str| member(found, path);
    let Some(subject) = of(&provider.claims.subject).filter(|s| s.len() <= 255) else { return odd("nobody is named") };
    let address = of(&provider.claims.email);
    let said = of(&provider.claims.email_verified);
    let verified = provider.email_is_verified || said.is_some_and(|s| s == "true" || s == "1");
    let login = of(&provider.claims.login);
    let name = of(&provider.claims.name).or_else(|| login.clone()).unwrap_or_default();
    let label = address.clone().or(login).unwrap_or_else(|| name.clone());
    let short = |text: String| text.chars().take(120).collect::<String>();
    let email = address.filter(|_| verified).map(|a| a.to_lowercase());
    Ok(Person { issuer, subject, name: short(name), label: short(label), email })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_counts_only_where_the_provider_vouches_for_it() {
        let provider = Provider::default();
        let email = |found: &Value| person(&provider, "i".into(), found).unwrap().email;
        let said = |verified: Value| json!({"sub": "1", "email": "Ana@Example.org", "email_verified": verified});
        assert_eq!(email(&said(json!(true))).as_deref(), Some("ana@example.org"));
        assert_eq!(email(&said(json!("true"))).as_deref(), Some("ana@example.org"));
        for no in [json!(false), json!("false"), json!("yes"), json!(0), Value::Null, json!([true])] {
            assert_eq!(email(&said(no.clone())), None, "{no}");
        }
        assert_eq!(email(&json!({"sub": "1", "email": "ana@example.org"})), None);
        let sure = Provider { email_is_verified: true, ..Provider::default() };
        assert!(person(&sure, "i".into(), &said(Value::Null)).unwrap().email.is_some());
        assert!(person(&provider, "i".into(), &json!({"name": "Nobody"})).is_err());
    }

    #[test]
    fn a_claim_map_reaches_into_the_answer() {
        let list = r#"[{"id":"f","name":"F","client_id":"c","authorize":"https://f.example/a","token":"https://f.example/t",
            "user_info":"https://f.example/me","claims":{"subject":"user.id","name":"user.full","email":"user.mail"}}]"#;
        let provider = &Provider::read_all(list).unwrap()[0];
        let found = json!({"user": {"id": 42, "full": " Ana\n Reyes ", "mail": "a@x.example"}, "email_verified": true});
        let person = person(provider, "f".into(), &found).unwrap();
        assert_eq!((person.subject.as_str(), person.name.as_str()), ("42", "Ana Reyes"));
        assert_eq!(person.email.as_deref(), Some("a@x.example"));
    }

    #[test]
    fn a_description_has_to_be_of_the_issuer_asked() {
        assert!(is_issuer_of("https://id.example/", "https://id.example"));
        assert!(!is_issuer_of("https://evil.example", "https://id.example"));
        let common = "https://login.microsoftonline.com/common/v2.0";
        assert!(is_issuer_of("https://login.microsoftonline.com/{tenantid}/v2.0", common));
        assert!(!is_issuer_of("https://evil.example/{tenantid}/v2.0", common));
    }
}
