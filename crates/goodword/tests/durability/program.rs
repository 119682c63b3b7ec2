//! The program as people run it: `goodword serve`, started, spoken to over HTTP, stopped or killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running `goodword serve`.
pub struct Program {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Program {
    /// Starts it on a free port.
    pub fn start(url: &str) -> Self {
        Self::start_under(url, &[])
    }

    /// As [`Program::start`], through a command that ends by becoming it.
    pub fn start_under(url: &str, command: &[&str]) -> Self {
        let ours = [env!("CARGO_BIN_EXE_goodword"), "serve", "--listen", "127.0.0.1:0", "--database", url];
        let all = [command, &ours].concat();
        let mut child = Command::new(all[0])
            .args(&all[1..])
            .env("GOODWORD_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.ok()?.strip_prefix("listening on http://").and_then(|a| a.parse().ok()))
            .expect("the program says where it listens");
        // Whatever else it prints is read, or it would wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as a service manager does.
    pub fn stop(mut self) {
        // It says where it listens once it also listens to signals.
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(self.child.wait().unwrap().success(), "it stops when asked to");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The `location` header.
    pub location: String,
    /// The head, in lower case.
    pub head: String,
    /// The body as far as it is text.
    pub body: String,
}

/// One request on a connection of its own; `None` where no whole answer came.
pub fn ask(address: SocketAddr, path: &str, token: &str, form: Option<&str>) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let (method, body) = form.map_or(("GET", ""), |form| ("POST", form));
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncookie: __Host-session={token}\r\n\
         sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let location = head.lines().find_map(|l| l.strip_prefix("location: ")).unwrap_or_default().to_owned();
    Some(Answer { status, location, head: head.to_lowercase(), body: body.to_owned() })
}

/// A new database on a PostgreSQL server.
pub fn new_database(server: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("d{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    let mut admin = postgres::Client::connect(server, postgres::NoTls).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    format!("{host}/{name}?{query}")
}
