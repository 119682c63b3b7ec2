//! What a page and a durable write cost at least: axum and rusqlite alone. For bench/pages.py to compare with.
//!
//! usage: bare FOLDER PAGE-BYTES: `GET /page` reads one row and answers with so many bytes, `POST /insert` adds a row that is
//! on disk when it is answered (WAL, `synchronous=FULL`, one writer).

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use rusqlite::Connection;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

thread_local! {
    static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

#[derive(Clone)]
struct Bare {
    file: Arc<PathBuf>,
    writer: Arc<Mutex<Connection>>,
    page: Arc<String>,
}

fn open(file: &PathBuf) -> rusqlite::Result<Connection> {
    let db = Connection::open(file)?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;")?;
    Ok(db)
}

fn read(bare: &Bare) -> rusqlite::Result<String> {
    READER.with_borrow_mut(|reader| {
        if reader.is_none() {
            *reader = Some(open(&bare.file)?);
        }
        let Some(db) = reader else { return Ok(String::new()) };
        let name: String = db.prepare_cached("SELECT name FROM people WHERE id = ?1")?.query_row([1], |r| r.get(0))?;
        Ok(bare.page.replacen("NAME", &name, 1))
    })
}

async fn page(State(bare): State<Bare>) -> Html<String> {
    let text = tokio::task::spawn_blocking(move || read(&bare)).await;
    Html(text.ok().and_then(Result::ok).unwrap_or_default())
}

async fn insert(State(bare): State<Bare>, body: String) -> Result<&'static str, String> {
    let done = tokio::task::spawn_blocking(move || {
        let writer = bare.writer.lock().map_err(|e| e.to_string())?;
        let mut statement =
            writer.prepare_cached("INSERT INTO vouches (words) VALUES (?1)").map_err(|e| e.to_string())?;
        statement.execute([&body]).map_err(|e| e.to_string())
    });
    done.await.map_err(|e| e.to_string())?.map(|_| "ok")
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().unwrap_or_else(|| ".".into())).join("bare.db");
    let bytes: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let db = open(&file)?;
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE IF NOT EXISTS vouches (id INTEGER PRIMARY KEY, words TEXT);
         INSERT OR IGNORE INTO people VALUES (1, 'Ana Reyes');",
    )?;
    let page = format!("<!doctype html><p>NAME{}", "x".repeat(bytes.saturating_sub(30)));
    let bare = Bare { file: Arc::new(file), writer: Arc::new(Mutex::new(db)), page: Arc::new(page) };
    let routes = Router::new().route("/page", get(self::page)).route("/insert", post(insert)).with_state(bare);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}
