//! A statement's text, written once for both engines.

/// A statement made by [`sql!`](crate::sql!). Parameters are `$1`, `$2`, …; `$list` stands for the list of
/// [`Tx::rows_in`](crate::Tx::rows_in).
#[derive(Clone, Copy, Debug)]
pub struct Sql(&'static str);

impl Sql {
    /// Called by [`sql!`](crate::sql!) alone, so that the test that prepares all statements finds each of them.
    #[doc(hidden)]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The statement as written.
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// A statement that both engines understand: `sql!("SELECT name FROM parties WHERE id = $1")`.
///
/// Only literals: a test reads the sources, finds each call and prepares it on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! sql {
    ($text:literal) => {
        $crate::Sql::new($text)
    };
}

/// Replaces `$list` by `n` placeholders that start after `fixed` others.
pub(crate) fn expand(text: &str, fixed: usize, n: usize) -> String {
    let mut places = String::with_capacity(n * 5);
    for i in 0..n {
        if i > 0 {
            places.push(',');
        }
        places.push('$');
        places.push_str(&(fixed + i + 1).to_string());
    }
    text.replace("$list", &places)
}
