//! Stories: pictures, honest and hostile.

use super::{Of, read};
use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use axum::body::Body;
use axum::http::{Request, header};
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;
use store::sql;
use tower::ServiceExt;

fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, image::Rgb([40, 90, 70])))
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

/// A PNG whose head claims a size its few bytes cannot hold.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = file(1, 1, ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |mut crc, b| {
        crc ^= u32::from(*b);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
        crc
    })
}

/// Sends a file as a browser does, under a name that tries to leave its folder.
fn upload(app: &crate::app::App, path: &str, cookie: &str, sent: &[u8]) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut body =
            b"--X\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"../../etc/passwd\"\r\n\r\n".to_vec();
        body.extend_from_slice(sent);
        body.extend_from_slice(b"\r\n--X--\r\n");
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::HOST, "127.0.0.1:1")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
            .body(Body::from(body))
            .unwrap();
        let response = crate::router::router(app.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    })
}

#[test]
fn pictures_are_made_smaller_and_lose_everything_but_the_picture() {
    let work = read(&file(3_200, 400, ImageFormat::Png), Of::Work).unwrap();
    assert_eq!((work.width, work.height, work.content_type), (1_600, 200, "image/jpeg"));
    let photo = read(&file(400, 300, ImageFormat::WebP), Of::Person).unwrap();
    assert_eq!((photo.width, photo.height), (160, 160));
    // A comment hidden in a JPEG does not come through.
    let mut jpeg = file(20, 20, ImageFormat::Jpeg);
    jpeg.splice(2..2, *b"\xff\xfe\x00\x0ehidden-here!");
    let out = read(&jpeg, Of::Work).unwrap();
    assert!(!out.bytes.windows(11).any(|w| w == b"hidden-here"));
}

#[test]
fn a_strip_takes_no_more_room_than_it_has_pixels() {
    // Scaled to fill the square before it was cut, the first of these would be two thousand million pixels on its way.
    for (width, height) in [(2_000_000, 1), (1, 2_000_000), (3, 2)] {
        let photo = read(&file(width, height, ImageFormat::Png), Of::Person).unwrap();
        assert_eq!((photo.width, photo.height), (160, 160));
        let work = read(&file(width, height, ImageFormat::Png), Of::Work).unwrap();
        assert!(work.width.max(work.height) <= 1_600);
    }
}

#[test]
fn bombs_scripts_and_stumps_are_refused() {
    let jpeg = file(200, 200, ImageFormat::Jpeg);
    for (what, bytes) in [
        ("enormous", bomb(60_000, 60_000)),
        ("just over", bomb(8_000, 7_000)),
        ("wide", bomb(u32::MAX >> 1, 1)),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("gif", b"GIF89a\x01\x00\x01\x00".to_vec()),
        ("empty", Vec::new()),
        ("noise", (0..999u32).map(|n| (n * 7 % 251) as u8).collect()),
        ("head only", jpeg[..20].to_vec()),
    ] {
        assert!(matches!(read(&bytes, Of::Work), Err(crate::error::Error::Invalid(_))), "{what}");
    }
}

#[test]
fn a_photo_is_set_served_to_those_who_may_see_it_and_deleted() {
    on_both(|db| {
        let (ana, eve) = (member(&db, "Ana Reyes"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, eves) = (cookie_of(&app, ana), cookie_of(&app, eve));
        assert_eq!(upload(&app, "/profile/photo", &anas, &file(300, 300, ImageFormat::Png)).0, 303);
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM pictures"), &[])).unwrap().unwrap();
        let path = format!("/pictures/{id}");
        assert!(send(&app, "/people/ana-reyes", "", None).body.contains(&path));
        assert_eq!(send(&app, &path, "", None).status.as_u16(), 200);
        app.db
            .write_here(|tx| tx.execute(sql!("UPDATE profiles SET is_public = FALSE WHERE party_id = $1"), &[&ana]))
            .unwrap();
        assert_eq!(send(&app, &path, "", None).status.as_u16(), 404);
        assert_eq!(send(&app, &path, &eves, None).status.as_u16(), 200);
        assert_eq!(send(&app, &format!("{path}/removal"), &eves, Some("")).status.as_u16(), 404);
        assert_eq!(send(&app, "/profile/photo/removal", &anas, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &path, &anas, None).status.as_u16(), 404);
        for wrong in ["/pictures/..%2F..%2Fetc%2Fpasswd", "/pictures/0", "/pictures/00000000000000000000000000"] {
            assert!(send(&app, wrong, &anas, None).status.is_client_error(), "{wrong}");
        }
    });
}

#[test]
fn what_is_no_picture_is_said_in_a_sentence() {
    on_both(|db| {
        let (ana, eve) = (member(&db, "Ana Reyes"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, eves) = (cookie_of(&app, ana), cookie_of(&app, eve));
        let (status, body) = upload(&app, "/profile/photo", &anas, b"<html>");
        assert!(status == 422 && body.contains("not a JPEG, PNG or WebP"), "{status} {body}");
        let (status, body) = upload(&app, "/profile/photo", &anas, &bomb(60_000, 60_000));
        assert!(status == 422 && body.contains("50 million pixels"), "{status} {body}");
        let (status, body) = upload(&app, "/profile/photo", &anas, &vec![0; 11 * 1024 * 1024]);
        assert!((status == 413 || status == 422) && body.contains("larger"), "{status} {body}");
        assert_eq!(upload(&app, "/profile/photo", "", &file(9, 9, ImageFormat::Png)).0, 303, "to the sign-in page");
        let made = send(&app, "/profile/work/new", &anas, Some("field=27-1023.00&title=Arch"));
        let path = format!("{}/pictures", made.location);
        assert_eq!(upload(&app, &path, &eves, &file(9, 9, ImageFormat::Png)).0, 404, "somebody else's work");
        assert_eq!(upload(&app, &path, &anas, &file(9, 9, ImageFormat::Png)).0, 303);
    });
}
