//! Which providers there are: a JSON list from `--providers`, with presets for the well-known ones.

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

/// One provider, as the operator wrote it; a preset fills in what is left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Provider {
    /// `google`, `microsoft`, `linkedin`, `github` or `wordpress`.
    pub preset: String,
    /// In URLs and in the database; must not change once people have signed in.
    pub id: String,
    /// On the button.
    pub name: String,
    /// What we are to the provider.
    pub client_id: String,
    /// The secret itself …
    pub client_secret: String,
    /// … or a file that holds it.
    pub client_secret_file: String,
    /// OpenID Connect: the issuer; `/.well-known/openid-configuration` is added.
    pub discovery: String,
    /// OAuth 2: where people say yes.
    pub authorize: String,
    /// OAuth 2: where a code becomes a token.
    pub token: String,
    /// OAuth 2: where a token becomes a person.
    pub user_info: String,
    /// OAuth 2: a list of `{email, primary, verified}`, as GitHub has one.
    pub emails: String,
    /// What is asked for.
    pub scope: String,
    /// Where each thing stands in the answer.
    pub claims: Claims,
    /// The operator knows that this provider hands out only addresses it has checked.
    pub email_is_verified: bool,
    /// Proof Key for Code Exchange; off only for providers that stumble over it.
    pub pkce: Option<bool>,
    /// Whether the id token repeats our nonce; off only for providers that leave it out.
    pub nonce: Option<bool>,
    /// `basic` or `post`: how the secret is sent. Left out: as the provider's own description says.
    pub auth: String,
}

/// Names of members in the answer; a dot goes one level down (`user.mail`).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Claims {
    /// Who: never changes, never given to anybody else.
    pub subject: String,
    /// What to call them.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether the provider has checked that address.
    pub email_verified: String,
    /// How the account is called there.
    pub login: String,
}

impl Default for Claims {
    fn default() -> Self {
        let own = str::to_owned;
        Self {
            subject: own("sub"),
            name: own("name"),
            email: own("email"),
            email_verified: own("email_verified"),
            login: own("preferred_username"),
        }
    }
}

impl Provider {
    /// Reads `--providers`: a file, or the list itself where it begins with `[`.
    ///
    /// # Errors
    /// What is wrong, and with which provider.
    pub fn read_all(given: &str) -> anyhow::Result<Vec<Self>> {
        let text = if given.trim_start().starts_with('[') {
            given.to_owned()
        } else {
            std::fs::read_to_string(given).with_context(|| given.to_owned())?
        };
        let listed: Vec<Self> = serde_json::from_str(&text)?;
        let mut all: Vec<Self> = Vec::new();
        for (n, provider) in listed.into_iter().enumerate() {
            let provider = provider.complete().with_context(|| format!("provider {}", n + 1))?;
            ensure!(all.iter().all(|p| p.id != provider.id), "two providers are called {}", provider.id);
            all.push(provider);
        }
        Ok(all)
    }

    /// Whether it speaks OpenID Connect.
    pub fn is_oidc(&self) -> bool {
        !self.discovery.is_empty()
    }

    fn complete(mut self) -> anyhow::Result<Self> {
        match self.preset.as_str() {
            "" => {}
            "google" => self.oidc("Google", "https://accounts.google.com"),
            "microsoft" => {
                self.oidc("Microsoft", "https://login.microsoftonline.com/common/v2.0");
                // Microsoft's `email` can be typed in by the owner of any tenant; only this optional claim vouches for it.
                self.claims.email_verified = "xms_edov".into();
            }
            "linkedin" => {
                self.oidc("LinkedIn", "https://www.linkedin.com/oauth");
                // It refuses a code verifier and leaves the nonce out of its tokens.
                self.pkce.get_or_insert(false);
                self.nonce.get_or_insert(false);
                fill(&mut self.auth, "post");
            }
            "github" => {
                self.plain(
                    "GitHub",
                    "https://github.com/login/oauth/authorize",
                    "https://github.com/login/oauth/access_token",
                );
                fill(&mut self.user_info, "https://api.github.com/user");
                fill(&mut self.emails, "https://api.github.com/user/emails");
                fill(&mut self.scope, "read:user user:email");
                self.claims.subject = "id".into();
                self.claims.login = "login".into();
            }
            "wordpress" => {
                let base = "https://public-api.wordpress.com/oauth2";
                self.plain("WordPress.com", &format!("{base}/authorize"), &format!("{base}/token"));
                fill(&mut self.user_info, "https://public-api.wordpress.com/rest/v1.1/me");
                fill(&mut self.scope, "auth");
                self.claims.subject = "ID".into();
                self.claims.name = "display_name".into();
                self.claims.login = "username".into();
            }
            other => bail!("there is no preset {other}; there are google, microsoft, linkedin, github and wordpress"),
        }
        if self.id.is_empty() {
            self.id.clone_from(&self.preset);
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ensure!(!self.id.is_empty() && self.id.chars().all(plain), "its id needs small letters, digits and dashes");
        ensure!(!self.name.is_empty(), "its name is missing");
        ensure!(!self.client_id.is_empty(), "its client_id is missing");
        let by_urls = [&self.authorize, &self.token, &self.user_info].iter().all(|url| !url.is_empty());
        ensure!(self.is_oidc() != by_urls, "it needs either discovery, or authorize, token and user_info");
        ensure!(matches!(self.auth.as_str(), "" | "basic" | "post"), "auth is basic or post");
        if self.is_oidc() {
            fill(&mut self.scope, "openid email profile");
        }
        if !self.client_secret_file.is_empty() {
            let secret = std::fs::read_to_string(&self.client_secret_file);
            secret.with_context(|| self.client_secret_file.clone())?.trim().clone_into(&mut self.client_secret);
        }
        Ok(self)
    }

    fn oidc(&mut self, name: &str, issuer: &str) {
        fill(&mut self.name, name);
        fill(&mut self.discovery, issuer);
    }

    fn plain(&mut self, name: &str, authorize: &str, token: &str) {
        fill(&mut self.name, name);
        fill(&mut self.authorize, authorize);
        fill(&mut self.token, token);
    }
}

fn fill(field: &mut String, value: &str) {
    if field.is_empty() {
        value.clone_into(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_need_only_what_is_ours() {
        let list = r#"[{"preset":"google","client_id":"g","client_secret":"s"},{"preset":"microsoft","client_id":"m"},
            {"preset":"linkedin","client_id":"l"},{"preset":"github","client_id":"h"},{"preset":"wordpress","client_id":"w"},
            {"id":"club","name":"Club","client_id":"c","discovery":"https://id.club.example"},
            {"id":"forum","name":"Forum","client_id":"f","authorize":"https://f.example/a","token":"https://f.example/t",
             "user_info":"https://f.example/me","claims":{"subject":"user.id"}}]"#;
        let all = Provider::read_all(list).unwrap();
        let ids: Vec<&str> = all.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids, ["google", "microsoft", "linkedin", "github", "wordpress", "club", "forum"]);
        assert!(all.iter().all(|p| p.is_oidc() != p.authorize.starts_with("https://")));
        assert_eq!(all[1].claims.email_verified, "xms_edov");
        assert_eq!((all[6].claims.subject.as_str(), all[6].claims.email.as_str()), ("user.id", "email"));
    }

    #[test]
    fn mistakes_are_named() {
        for (list, said) in [
            ("[{}]", "its id needs"),
            (r#"[{"preset":"myspace"}]"#, "no preset myspace"),
            (r#"[{"preset":"google"}]"#, "client_id is missing"),
            (r#"[{"id":"x","name":"X","client_id":"c"}]"#, "either discovery"),
            (r#"[{"preset":"github","client_id":"c","discovery":"https://x.example"}]"#, "either discovery"),
            (r#"[{"preset":"google","client_id":"c"},{"preset":"google","client_id":"c"}]"#, "two providers"),
            (r#"[{"preset":"google","client_id":"c","clientsecret":"s"}]"#, "unknown field"),
            ("/nowhere/providers.json", "/nowhere/providers.json"),
        ] {
            let error = format!("{:#}", Provider::read_all(list).unwrap_err());
            assert!(error.contains(said), "{list}: {error}");
        }
    }
}
