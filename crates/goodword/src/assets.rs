//! Style, scripts and icons, embedded in the binary and named by their content, so that browsers keep them for ever.

use crate::path::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::{LazyLock, OnceLock};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

static ASSETS: [Asset; 10] = [
    Asset { name: "style.css", content_type: "text/css; charset=utf-8", bytes: include_bytes!("../assets/style.css") },
    Asset {
        name: "goodword.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/goodword.js"),
    },
    // One request instead of two where both are needed.
    Asset {
        name: "conversations.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: concat!(include_str!("../assets/goodword.js"), include_str!("../assets/conversations.js")).as_bytes(),
    },
    Asset {
        name: "htmx.min.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/htmx.min.js"),
    },
    Asset {
        name: "passkeys.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/passkeys.js"),
    },
    Asset {
        name: "phone.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/phone.js"),
    },
    Asset { name: "icon-192.png", content_type: "image/png", bytes: include_bytes!("../assets/icon-192.png") },
    Asset { name: "icon-512.png", content_type: "image/png", bytes: include_bytes!("../assets/icon-512.png") },
    Asset {
        name: "icon-maskable-512.png",
        content_type: "image/png",
        bytes: include_bytes!("../assets/icon-maskable-512.png"),
    },
    Asset { name: "favicon.svg", content_type: "image/svg+xml", bytes: include_bytes!("../assets/favicon.svg") },
];

/// A short digest of all assets: the URL changes when any of them does.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    // The worker is served elsewhere, and keeps what is here by this version.
    let mut all = include_bytes!("../assets/worker.js").to_vec();
    for asset in &ASSETS {
        all.extend_from_slice(asset.bytes);
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    crate::key::hash_token(&text)[..4].iter().map(|b| format!("{b:02x}")).collect()
});

/// The version in the URLs.
pub fn version() -> &'static str {
    &VERSION
}

/// The URL of an asset, for templates: `{{ crate::assets::url("style.css") }}`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`.
pub async fn show(Path((_, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(at) = ASSETS.iter().position(|a| a.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let asset = &ASSETS[at];
    let kept =
        [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    let taken = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let takes_brotli = taken.split(',').any(|one| one.trim() == "br");
    if !takes_brotli || asset.content_type == "image/png" {
        return (kept, asset.bytes).into_response();
    }
    // The first who asks waits a moment for it, off the async threads.
    let small = tokio::task::spawn_blocking(move || SMALL[at].get_or_init(|| brotli(asset.bytes)).as_slice()).await;
    let encoding = [(header::CONTENT_ENCODING, "br"), (header::VARY, "accept-encoding")];
    (kept, encoding, small.unwrap_or_default()).into_response()
}

/// Each asset as small as it gets: that takes too long to be done at every request.
static SMALL: [OnceLock<Vec<u8>>; 10] = [const { OnceLock::new() }; 10];

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut small = Vec::new();
    let how = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    // Writing into memory does not fail.
    let _ = brotli::BrotliCompress(&mut &bytes[..], &mut small, &how);
    small
}
