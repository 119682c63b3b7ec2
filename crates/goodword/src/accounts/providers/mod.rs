//! Signing in with an account one already has: any OpenID Connect or OAuth 2 provider the operator has set up.

mod config;
mod flow;
mod pages;
#[cfg(test)]
mod tests;
mod token;
mod trips;

pub use config::Provider;
pub use flow::Providers;
pub use pages::routes;
pub use trips::{Connected, connected, disconnect};

/// A provider as a button shows it.
#[derive(Clone, Debug)]
pub struct Button {
    /// In the form's address.
    pub id: String,
    /// What it is called.
    pub name: String,
}

impl Button {
    /// The letter in its round mark: we draw nobody's trade mark.
    pub fn mark(&self) -> String {
        self.name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default()
    }
}

impl Providers {
    /// One button for each, for `accounts/buttons.html`.
    pub fn buttons(&self) -> Vec<Button> {
        self.all().iter().map(|p| Button { id: p.id.clone(), name: p.name.clone() }).collect()
    }

    /// What a provider is called; its id where it is no longer set up.
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.get(id).map_or(id, |p| &p.name)
    }
}
