//! Conversations come in and go out by the commands, on a database that is not there yet; what is exported stands alone on
//! standard output.

use super::program::{Program, ask};
use super::urls;
use std::process::{Command, Output};

#[test]
fn a_network_that_is_no_demo_shows_no_letters_and_moves_no_clock() {
    let folder = tempfile::tempdir().unwrap();
    for url in urls(folder.path()) {
        let program = Program::start(&url);
        for path in ["/dev/mailbox", "/dev/mailbox.json", "/dev/clock", "/dev/tour"] {
            assert_eq!(ask(program.address, path, "", None).unwrap().status, 404, "{path}");
        }
        program.stop();
    }
}

#[test]
fn conversations_come_in_and_go_out_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../formats/tests/files/");
    for url in urls(folder.path()) {
        let run = |arguments: &[&str]| -> Output {
            let done = Command::new(env!("CARGO_BIN_EXE_goodword"))
                .args(arguments)
                .args(["--database", &url])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "{arguments:?}: {said}");
            done
        };
        let export =
            || String::from_utf8(run(&["export", "wordpress", "--public-url", "https://x.example"]).stdout).unwrap();
        let comments = |xml: &str| xml.matches("<wp:comment_id>").count();
        run(&["import", "wordpress", &format!("{files}wordpress-com.xml")]);
        let once = export();
        assert!(once.starts_with("<?xml") && once.trim_end().ends_with("</rss>"), "nothing but the file: {once}");
        assert_eq!(comments(&once), 4);
        // Twice is once.
        run(&["import", "wordpress", &format!("{files}wordpress-com.xml")]);
        assert_eq!(comments(&export()), 4);
        // Another source beside it; and what was exported comes in elsewhere.
        run(&["import", "disqus", &format!("{files}disqus.xml")]);
        let both = export();
        assert!(comments(&both) > 4);
        let json = run(&["export", "conversations", "--public-url", "https://x.example"]).stdout;
        assert!(json.starts_with(b"{\"goodword\":\"conversations\""));
        let (file, other) =
            (folder.path().join("out.xml"), format!("sqlite:{}", folder.path().join("other.db").display()));
        std::fs::write(&file, &both).unwrap();
        let moved = Command::new(env!("CARGO_BIN_EXE_goodword"))
            .args(["import", "wordpress", file.to_str().unwrap(), "--database", &other])
            .status()
            .unwrap();
        assert!(moved.success());
        std::fs::remove_file(folder.path().join("other.db")).unwrap();
    }
}
