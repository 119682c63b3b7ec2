//! What a browser carries from one page to the next: a sentence to show once, and where to go back to. Both come back as
//! anybody may have written them.

/// A sentence shown once on the next page, with a way to undo where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub words: String,
    /// Where a POST takes it back.
    pub undo: Option<String>,
}

impl Notice {
    /// As the cookie carries it.
    pub fn to_cookie(&self) -> String {
        let text = format!("{}\n{}", self.undo.as_deref().unwrap_or(""), self.words);
        text.bytes().map(|b| format!("{b:02x}")).collect()
    }

    /// Reads what [`Notice::to_cookie`] wrote; anything else is no notice.
    pub fn from_cookie(value: &str) -> Option<Self> {
        if value.len() > 2_000 || !value.is_ascii() {
            return None;
        }
        let bytes: Option<Vec<u8>> =
            value.as_bytes().chunks(2).map(|c| u8::from_str_radix(std::str::from_utf8(c).ok()?, 16).ok()).collect();
        let text = String::from_utf8(bytes?).ok()?;
        let (undo, words) = text.split_once('\n')?;
        // Only a path of ours: never a way to post elsewhere.
        let undo = (undo.starts_with('/') && !undo.starts_with("//")).then(|| undo.to_owned());
        Some(Self { words: words.to_owned(), undo })
    }
}

/// A path of this site given by a visitor (`?next=`), or `/`.
pub fn own_path(path: &str) -> &str {
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_survives_its_cookie_and_cannot_point_elsewhere() {
        let notice =
            Notice { words: "“Größe” gespeichert; 100 %".into(), undo: Some("/vouches/x/renewal".into()) };
        assert_eq!(Notice::from_cookie(&notice.to_cookie()), Some(notice));
        let elsewhere = Notice { words: "x".into(), undo: Some("//evil.example".into()) };
        assert_eq!(Notice::from_cookie(&elsewhere.to_cookie()).unwrap().undo, None);
        for bad in ["zz", "0", "ff", "é"] {
            assert_eq!(Notice::from_cookie(bad), None, "{bad}");
        }
        assert_eq!(own_path("//evil.example/x"), "/");
        assert_eq!(own_path("/people?x=1"), "/people?x=1");
    }
}
