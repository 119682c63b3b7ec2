//! As much of the program's own error as its parsers use. They are included by path: the program is no library.

#[derive(Debug)]
pub enum Error {
    Invalid(Vec<(&'static str, String)>),
    Internal(anyhow::Error),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn field(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(name, sentence.into())])
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.into())
    }
}
