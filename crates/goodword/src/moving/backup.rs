//! A backup is one file: a SQLite database as it is, or PostgreSQL's rows as lines of JSON. Either restores into either.

use super::{copy, export, import, open_existing, total};
use crate::config;
use crate::schema::MIGRATIONS;
use anyhow::{Context, bail};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use store::{Clock, Db};

/// `goodword backup`: also while the network runs. The file appears whole and on disk, or not at all.
///
/// # Errors
/// A database that cannot be read, a file that cannot be written or is there already.
pub fn backup(config: &config::Backup) -> anyhow::Result<()> {
    let db = open_existing(&config.database)?;
    if config.to.exists() && !config.replace {
        bail!("{} is there already; name another file, or add --replace", config.to.display());
    }
    write_backup(&db, &config.to)?;
    println!("Backed up to {}, {} bytes.", config.to.display(), fs::metadata(&config.to)?.len());
    Ok(())
}

/// Writes the backup beside its place, makes it durable, and only then gives it its name.
///
/// # Errors
/// As [`backup`].
pub fn write_backup(db: &Db, to: &Path) -> anyhow::Result<()> {
    let part = beside(to, "part");
    let _ = fs::remove_file(&part);
    let done = if db.is_embedded() {
        db.copy_file(&part).map_err(anyhow::Error::from)
    } else {
        File::create(&part).map_err(anyhow::Error::from).and_then(|file| export(db, file)).map(drop)
    };
    let kept = done.and_then(|()| {
        private(&part)?;
        File::open(&part)?.sync_all()?;
        fs::rename(&part, to)?;
        // The name is durable when its folder is.
        File::open(folder(to))?.sync_all()?;
        Ok(())
    });
    if kept.is_err() {
        let _ = fs::remove_file(&part);
    }
    kept.with_context(|| format!("no backup was made at {}", to.display()))
}

/// `goodword restore`: into a database that is not there yet, or empty.
///
/// # Errors
/// A file that is no backup or not sound; a database in use.
pub fn restore(config: &config::Restore) -> anyhow::Result<()> {
    let (file, url) = (&config.file, &config.database);
    let target = url.strip_prefix("sqlite:").map(|path| PathBuf::from(path.strip_prefix("//").unwrap_or(path)));
    for end in ["", "-wal", "-shm"] {
        // What SQLite keeps beside a database that was killed would be taken for the new one's.
        let there = target.as_deref().map(|path| PathBuf::from(format!("{}{end}", path.display())));
        if let Some(there) = there.filter(|there| there.exists()) {
            bail!("{} is there already: move it away first, or name another database", there.display());
        }
    }
    if !is_sqlite(file)? {
        let census = import(file, url)?;
        target.as_deref().map_or(Ok(()), private)?;
        println!("Restored and verified: {}.", total(&census));
        return Ok(());
    }
    match target {
        Some(path) => {
            let new = beside(&path, "new");
            let copied = with_copy(file, &beside(&path, "part"), |db| Ok(db.copy_file(&new)?));
            if let Err(error) = copied {
                let _ = fs::remove_file(&new);
                return Err(error.context("this backup is not sound; nothing was restored"));
            }
            private(&new)?;
            File::open(&new)?.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(folder(&path))?.sync_all()?;
            Db::open(url, Clock::real(), 1)?.migrate(MIGRATIONS)?;
            println!("Restored to {}.", path.display());
        }
        None => {
            let scratch = std::env::temp_dir().join(format!("goodword-restore-{}.db", std::process::id()));
            let census = with_copy(file, &scratch, |db| copy(db, url))?;
            println!("Restored and verified: {}.", total(&census));
        }
    }
    Ok(())
}

/// It holds every secret of the network: its owner alone reads it.
fn private(file: &Path) -> std::io::Result<()> {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

/// Opening a database writes to it, so a copy of the backup is opened and the backup stays untouched.
fn with_copy<T>(file: &Path, scratch: &Path, work: impl FnOnce(&Db) -> anyhow::Result<T>) -> anyhow::Result<T> {
    fs::copy(file, scratch).with_context(|| file.display().to_string())?;
    let done = open_existing(&format!("sqlite:{}", scratch.display())).and_then(|db| work(&db));
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", scratch.display()));
    }
    done
}

fn is_sqlite(file: &Path) -> anyhow::Result<bool> {
    let mut start = [0u8; 16];
    let mut input = File::open(file).with_context(|| file.display().to_string())?;
    Ok(input.read_exact(&mut start).is_ok() && &start == b"SQLite format 3\0")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", path.display()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
