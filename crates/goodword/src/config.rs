//! The command line, which is also the reference: `goodword --help`.

use clap::{Parser, Subcommand};
use std::net::SocketAddr;

/// Goodword: a self-hosted referral network.
#[derive(Parser)]
#[command(version, about)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Subcommand)]
pub enum Command {
    /// Run the network people use.
    Serve(Serve),
    /// Run an invented network to look around in: no mail leaves, nothing is real.
    Demo(Demo),
    /// Say what is wrong with this installation and what to do about it, from the options of `serve`; exit code 1 if something
    /// does not work.
    Doctor(Serve),
    /// Read needs from standard input, one a line, and print the five likeliest occupations for each, one JSON line each.
    Occupation,
    /// Print the professionals for a need, as one person would see them.
    Recommend(Recommend),
    /// Note a returned letter, read from standard input: for the mail server's pipe behind --mail-bounces.
    Bounce(Bounce),
    /// Bring in what exists already.
    #[command(subcommand)]
    Import(Import),
    /// Write the whole network, or its conversations, to standard output.
    Export(Export),
    /// Copy a whole network into another, empty database, for instance from SQLite to PostgreSQL, and verify every row.
    Copy(Copy),
    /// Write a copy of the network as it is now to one file, also while it runs.
    Backup(Backup),
    /// Make a network out of a backup.
    Restore(Restore),
    /// Print a one-time link that signs a member in: for somebody locked out, and where no mail is set up.
    SignInLink(SignInLink),
}

/// `goodword sign-in-link`.
#[derive(clap::Args)]
pub struct SignInLink {
    /// The member: a handle such as ana-reyes, or an e-mail address.
    pub who: String,
    /// The network.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
    /// The address people type.
    #[arg(long, env = "GOODWORD_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: String,
}

/// `goodword import`.
#[derive(Subcommand)]
pub enum Import {
    /// A web of trust: lines of source,target,rating,time; a rating from 1 to 10 is a vouch, from -10 to -1 a warning.
    Vouches(ImportVouches),
    /// A whole network: a file of `goodword export`, into an empty database.
    Network(ImportNetwork),
    /// Posts, pages and comments of a WordPress export (WXR).
    Wordpress(ImportConversations),
    /// Comments of a Disqus export.
    Disqus(ImportConversations),
}

/// `goodword import wordpress` and `goodword import disqus`.
#[derive(clap::Args)]
pub struct ImportConversations {
    /// The file.
    pub file: std::path::PathBuf,
    /// The network it goes into, made if missing.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
    /// Take back what an interrupted import of this file has brought, and begin again.
    #[arg(long)]
    pub drop: bool,
}

/// `goodword import network`.
#[derive(clap::Args)]
pub struct ImportNetwork {
    /// The file.
    pub file: std::path::PathBuf,
    /// The database it goes into, made if missing, empty in any case.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
}

/// `goodword export`.
#[derive(clap::Args)]
pub struct Export {
    /// What to export; without it, the whole network.
    #[command(subcommand)]
    pub what: Option<What>,
    /// The network.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db", global = true)]
    pub database: String,
}

/// What `goodword export` writes.
#[derive(Subcommand)]
pub enum What {
    /// Everything, one JSON line a row (docs/export.md). Holds every secret of the network: keep it as you keep the database.
    Network,
    /// Conversations as WordPress exports them (WXR), with authors' addresses.
    Wordpress(ExportConversations),
    /// Conversations as one JSON document, with authors' addresses.
    Conversations(ExportConversations),
}

/// `goodword export wordpress` and `goodword export conversations`.
#[derive(clap::Args)]
pub struct ExportConversations {
    /// Where the network is reached: links in the file begin with it.
    #[arg(long, env = "GOODWORD_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: String,
}

/// `goodword copy`.
#[derive(clap::Args)]
pub struct Copy {
    /// The network: sqlite:PATH or postgres://…
    #[arg(long)]
    pub from: String,
    /// The database it goes into, empty or not there yet.
    #[arg(long)]
    pub to: String,
}

/// `goodword backup`.
#[derive(clap::Args)]
pub struct Backup {
    /// The network; it may be running.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
    /// The file to write.
    #[arg(long)]
    pub to: std::path::PathBuf,
    /// Write over a file that is there, once the new one is complete.
    #[arg(long)]
    pub replace: bool,
}

/// `goodword restore`.
#[derive(clap::Args)]
pub struct Restore {
    /// A file of `goodword backup` or `goodword export`.
    pub file: std::path::PathBuf,
    /// The database it becomes, empty or not there yet.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
}

/// `goodword import vouches`.
#[derive(clap::Args)]
pub struct ImportVouches {
    /// The file.
    pub file: std::path::PathBuf,
    /// The network it goes into, made if missing.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
    /// The field everybody in the file works in: an occupation code, or general.
    #[arg(long, default_value = "general")]
    pub field: String,
    /// Forget what an interrupted import of this file has staged, instead of going on with it.
    #[arg(long)]
    pub drop: bool,
}

/// `goodword bounce`.
#[derive(clap::Args)]
pub struct Bounce {
    /// The network.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
}

/// `goodword recommend`.
#[derive(clap::Args)]
pub struct Recommend {
    /// The need in plain words.
    pub need: String,
    /// Whose view: a handle such as ana-reyes or 1810, or an id. Without it: as seen signed out.
    #[arg(long = "as")]
    pub viewer: Option<String>,
    /// An occupation code, or general; otherwise read from the need.
    #[arg(long)]
    pub field: Option<String>,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
    /// The network.
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
}

/// `goodword serve`.
#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    pub listen: Listen,
    /// Where the network is kept: sqlite:PATH or postgres://…
    #[arg(long, env = "GOODWORD_DATABASE", default_value = "sqlite:goodword.db")]
    pub database: String,
    /// The address people type, e.g. https://goodword.example; links in letters start with it.
    #[arg(long, env = "GOODWORD_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Let people look around without signing in (people who made their profile public, and voices whose givers agreed).
    #[arg(long, env = "GOODWORD_OPEN")]
    pub open: bool,
    /// Who may become a member.
    #[arg(long, env = "GOODWORD_JOIN", value_enum, default_value = "invitation")]
    pub join: Join,
    /// Where letters go: smtps://user:password@host (TLS) or smtp://user:password@host (STARTTLS; to this machine without).
    /// After a ?: tls=required|opportunistic|none, auth=plain,login,xoauth2, timeout=SECONDS, ca=FILE.
    /// Without it none leave and the admin is told.
    #[arg(long, env = "GOODWORD_SMTP", hide_env_values = true)]
    pub smtp: Option<String>,
    /// Whom letters come from.
    #[arg(long, env = "GOODWORD_MAIL_FROM", default_value = "Goodword <goodword@localhost>")]
    pub mail_from: String,
    /// Accounts people may sign in with (Google, your own OpenID Connect server, …): a JSON file, or the list itself; see
    /// docs/running.md.
    #[arg(long, env = "GOODWORD_PROVIDERS", hide_env_values = true)]
    pub providers: Option<String>,
    /// Also call private and loopback addresses, and http: for tests, or for services of your own network.
    #[arg(long, env = "GOODWORD_ALLOW_PRIVATE_OUTBOUND")]
    pub allow_private_outbound: bool,
    /// Where undeliverable letters return to, e.g. bounces@goodword.example: sent as bounces+ID@…, for goodword bounce.
    #[arg(long, env = "GOODWORD_MAIL_BOUNCES")]
    pub mail_bounces: Option<String>,
    /// Let programs ask the API as often as they like, instead of ten times a second for each token.
    #[arg(long, env = "GOODWORD_NO_API_LIMIT")]
    pub no_api_limit: bool,
    /// Lets whoever sends this as a bearer token read /metrics; without it, only this machine may.
    #[arg(long, env = "GOODWORD_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,
    /// The network's time zone for dates on pages and in letters.
    #[arg(long, env = "GOODWORD_TIME_ZONE", default_value = "UTC")]
    pub time_zone: String,
}

/// Who may become a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Join {
    /// Whoever a member invites.
    Invitation,
    /// Whoever has an e-mail address.
    Open,
}

/// `goodword demo`.
#[derive(clap::Args)]
pub struct Demo {
    #[command(flatten)]
    pub listen: Listen,
    /// Keep the demo network here; without it it is thrown away at the end.
    #[arg(long)]
    pub database: Option<String>,
    /// Accounts people may sign in with, as for `serve`.
    #[arg(long)]
    pub providers: Option<String>,
    /// Let the demo, which otherwise calls nobody, call any address, loopback included: for tests.
    #[arg(long)]
    pub allow_private_outbound: bool,
}

/// Where to listen.
#[derive(clap::Args)]
pub struct Listen {
    /// Address and port; port 0 picks a free one and prints it.
    #[arg(long, env = "GOODWORD_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// Logs go to standard error: JSON lines when `GOODWORD_LOG_FORMAT=json`, filtered by `GOODWORD_LOG`.
pub fn start_logging(command: &Command) {
    let usual = match command {
        Command::Serve(_) | Command::Demo(_) => "info",
        _ => "warn",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("GOODWORD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    // Colours are for people who watch; a journal keeps the bytes.
    let watched = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(watched).with_writer(std::io::stderr);
    if std::env::var("GOODWORD_LOG_FORMAT").is_ok_and(|f| f == "json") {
        logs.json().init();
    } else {
        logs.compact().init();
    }
}
