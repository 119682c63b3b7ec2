//! A picture as sent, made into one of ours.

use crate::error::{Error, Result};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;

/// The most pixels decoded: a small file may claim to be enormous.
const MAX_PIXELS: u64 = 50_000_000;
/// The most memory one decoding may take, bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// The longer side of a picture of work, pixels.
const LONGEST: u32 = 1_600;
/// Both sides of a photo of a person, pixels.
const PHOTO: u32 = 160;

/// A picture ready to be stored.
pub struct Picture {
    /// `image/jpeg` or `image/png`.
    pub content_type: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What a picture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A person: cut square, small.
    Person,
    /// A piece of work, or something shown in a conversation.
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
        // Cut before it is scaled: a strip one pixel high, scaled to fill the square, would be huge on its way there.
        let side = image.width().min(image.height());
        let (x, y) = ((image.width() - side) / 2, (image.height() - side) / 2);
        image = image.crop_imm(x, y, side, side).resize_exact(PHOTO, PHOTO, image::imageops::FilterType::Triangle);
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
