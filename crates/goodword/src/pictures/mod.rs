//! Pictures: decoded and encoded again by us, so that nothing of the file as sent is ever shown to anybody.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::error::{Error, Result};
use crate::key::Key;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;
use store::{Tx, sql};

/// The largest file taken, bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most pixels decoded: a small file may claim to be enormous.
const MAX_PIXELS: u64 = 50_000_000;
/// The most memory one decoding may take, bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// The longer side of a picture of work, pixels.
const LONGEST: u32 = 1_600;
/// Both sides of a photo of a person, pixels.
const PHOTO: u32 = 160;
/// Pictures of one piece of work.
const MOST: i64 = 8;

/// A picture ready to be stored.
pub struct Picture {
    content_type: &'static str,
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

/// What a picture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A person: cut square, small.
    Person,
    /// A piece of work.
    Work,
}

fn refuse(sentence: &str) -> Error {
    Error::field("picture", sentence)
}

/// Decodes what was sent and makes a picture of ours of it: turned upright, made smaller, without metadata.
///
/// # Errors
/// [`Error::Invalid`] for another format, a damaged file, or one too large once decoded.
pub fn read(sent: &[u8], of: Of) -> Result<Picture> {
    let damaged = |_| refuse("This picture could not be read; it may be damaged. Please try another file.");
    if sent.is_empty() {
        return Err(refuse("Please choose a picture."));
    }
    let mut reader = ImageReader::new(Cursor::new(sent))
        .with_guessed_format()
        .map_err(|_| refuse("This picture could not be read."))?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(refuse("This is not a JPEG, PNG or WebP picture. Please choose one of these."));
    }
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(refuse("This picture has more than 50 million pixels. Please make it smaller first."));
    }
    let upright = decoder.orientation().map_err(damaged)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if of == Of::Work && image.width().max(image.height()) > LONGEST {
        image = image.thumbnail(LONGEST, LONGEST);
    }
    image.apply_orientation(upright);
    if of == Of::Person {
        image = image.resize_to_fill(PHOTO, PHOTO, image::imageops::FilterType::Triangle);
    }
    encode(&image)
}

/// JPEG, or PNG where something shows through.
fn encode(image: &DynamicImage) -> Result<Picture> {
    let clear = image.color().has_alpha() && image.to_rgba8().pixels().any(|p| p.0[3] < 255);
    let mut bytes = Vec::new();
    let written = if clear {
        DynamicImage::ImageRgba8(image.to_rgba8()).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
    } else {
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 82);
        image.to_rgb8().write_with_encoder(encoder)
    };
    written.map_err(|e| Error::Internal(e.into()))?;
    let content_type = if clear { "image/png" } else { "image/jpeg" };
    Ok(Picture { content_type, width: image.width(), height: image.height(), bytes })
}

/// A picture as pages show it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// In its URL.
    pub id: Key,
    /// For people who cannot see it.
    pub alt: String,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
}

/// The pictures of a piece of work, in the order they were added.
///
/// # Errors
/// The database's.
pub fn of_work(tx: &mut Tx<'_>, work: Key) -> Result<Vec<Shown>> {
    Ok(tx.rows(
        sql!("SELECT id, alt, width, height FROM pictures WHERE work_item_id = $1 ORDER BY created_at, id"),
        &[&work],
        |r| Ok(Shown { id: r.get(0)?, alt: r.get(1)?, width: r.get(2)?, height: r.get(3)? }),
    )?)
}

fn keep(tx: &mut Tx<'_>, owner: Key, work: Option<Key>, picture: &Picture, alt: &str) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO pictures (id, party_id, work_item_id, content_type, width, height, alt, bytes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &[
            &id,
            &owner,
            &work,
            &picture.content_type,
            &i64::from(picture.width),
            &i64::from(picture.height),
            &alt,
            &picture.bytes,
            &now,
        ],
    )?;
    Ok(id)
}

/// Adds a picture to one's own piece of work.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::TooMany`] beyond eight.
pub fn add(tx: &mut Tx<'_>, owner: Key, work: Key, picture: &Picture, alt: &str) -> Result<Key> {
    crate::works::own(tx, owner, work)?;
    let have: i64 = tx.value(sql!("SELECT COUNT(*) FROM pictures WHERE work_item_id = $1"), &[&work])?.unwrap_or(0);
    if have >= MOST {
        return Err(Error::TooMany(format!("{MOST} pictures are shown already; take one away first.")));
    }
    keep(tx, owner, Some(work), picture, alt)
}

/// Sets one's own photo; the one before is deleted. Without one the initials stand there.
///
/// # Errors
/// The database's.
pub fn set_photo(tx: &mut Tx<'_>, owner: Key, picture: Option<&Picture>) -> Result<()> {
    let before: Option<Key> =
        tx.value::<Option<Key>>(sql!("SELECT photo_id FROM profiles WHERE party_id = $1"), &[&owner])?.flatten();
    let id = picture.map(|p| keep(tx, owner, None, p, "")).transpose()?;
    tx.execute(sql!("UPDATE profiles SET photo_id = $1 WHERE party_id = $2"), &[&id, &owner])?;
    if let Some(before) = before {
        tx.execute(sql!("DELETE FROM pictures WHERE id = $1 AND party_id = $2"), &[&before, &owner])?;
    }
    Ok(())
}

/// Deletes one's own picture; returns the piece of work it belonged to.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn remove(tx: &mut Tx<'_>, owner: Key, id: Key) -> Result<Option<Key>> {
    let work: Option<Option<Key>> =
        tx.value(sql!("SELECT work_item_id FROM pictures WHERE id = $1 AND party_id = $2"), &[&id, &owner])?;
    let work = work.ok_or(Error::NotFound)?;
    tx.execute(sql!("UPDATE profiles SET photo_id = NULL WHERE photo_id = $1"), &[&id])?;
    tx.execute(sql!("DELETE FROM pictures WHERE id = $1"), &[&id])?;
    Ok(work)
}

/// Type and bytes of a picture this visitor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn open(tx: &mut Tx<'_>, who: &crate::viewer::Who, id: Key) -> Result<(String, Vec<u8>)> {
    let me = who.id();
    let signed_in = who.member.is_some();
    let open = who.open;
    tx.row(
        sql!(
            "SELECT c.content_type, c.bytes FROM pictures c JOIN profiles f ON f.party_id = c.party_id
               LEFT JOIN work_items w ON w.id = c.work_item_id
             WHERE c.id = $1 AND (c.party_id = $2 OR (($3 OR ($4 AND f.is_public)) AND w.deleted_at IS NULL))"
        ),
        &[&id, &me, &signed_in, &open],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?
    .ok_or(Error::NotFound)
}
