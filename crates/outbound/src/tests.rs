//! What may be reached, and what a real server on this machine answers.

use super::*;
use std::net::IpAddr;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[test]
fn only_public_addresses_are_public() {
    let public = |ip: &str| ranges::is_public(ip.parse::<IpAddr>().unwrap());
    for ip in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!public(ip), "{ip}");
    }
    for ip in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "3fff:1000::1",
    ] {
        assert!(public(ip), "{ip}");
    }
}

#[test]
fn addresses_are_checked_as_they_are_typed() {
    let out = Outbound::new(Reach::Public);
    for url in [
        "",
        "nonsense",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://10.1.2.3:8443/x",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://intranet/",
        "https://printer.local/",
        "https://db.internal/",
        "https://app.localhost./",
        "https://nas.home.arpa/",
        "https://169.254.169.254/latest/meta-data",
    ] {
        assert!(matches!(out.check(url), Err(Failure::Refused(_))), "{url}");
    }
    assert!(out.check(&format!("https://example.com/{}", "x".repeat(URL_MAX))).is_err());
    for url in ["https://example.com", "https://example.com:8443/a?b#c", "https://bücher.example/"] {
        out.check(url).unwrap_or_else(|e| panic!("{url}: {e}"));
    }
    assert!(Outbound::new(Reach::Nowhere).check("https://example.com").is_err(), "the demo calls nobody");
    assert!(Outbound::new(Reach::Anywhere).check("http://127.0.0.1:1/").is_ok());
}

/// Answers each connection with the next of `answers`, and keeps what was asked.
async fn server(answers: Vec<Vec<u8>>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            while !String::from_utf8_lossy(&text).contains("\r\n\r\n") {
                let mut piece = [0; 1024];
                let read = stream.read(&mut piece).await.unwrap();
                text.extend_from_slice(&piece[..read]);
            }
            kept.lock().unwrap().push(String::from_utf8_lossy(&text).into_owned());
            stream.write_all(&answer).await.unwrap();
        }
        // Further connections are accepted and never answered.
        let mut silent = Vec::new();
        while let Ok(connection) = listener.accept().await {
            silent.push(connection);
        }
    });
    (port, asked)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nx-kind: test\r\n\r\n{body}", body.len()).into_bytes()
}

fn to(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_request_arrives_as_it_was_meant_and_its_answer_comes_back() {
    let (port, asked) = server(vec![ok("hello"), ok("")]).await;
    let out = Outbound::new(Reach::Anywhere);
    let url = format!("http://127.0.0.1:{port}/a/b?c=d#e");
    let request = Request::get(&url).header(header::ACCEPT, "text/html").header(header::AUTHORIZATION, "bad\r\nx: y");
    let answer = out.send(request).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..], &answer.headers["x-kind"]),
        (200, &b"hello"[..], &"test".parse().unwrap())
    );
    out.send(Request::post_form(&url, &[("a", "1 2"), ("b", "&")])).await.unwrap();
    let asked = asked.lock().unwrap();
    assert!(
        asked[0].starts_with("GET /a/b?c=d HTTP/1.1\r\n") && asked[0].contains("accept: text/html"),
        "{}",
        asked[0]
    );
    assert!(
        asked[0].contains(&format!("host: 127.0.0.1:{port}")) && !asked[0].contains("authorization"),
        "{}",
        asked[0]
    );
    assert!(asked[1].starts_with("POST ") && asked[1].contains("application/x-www-form-urlencoded"), "{}", asked[1]);
}

#[tokio::test]
async fn nothing_private_is_called_whatever_the_name() {
    let (port, asked) = server(vec![ok("secret")]).await;
    let out = Outbound::new(Reach::Public);
    let refused = out.send(Request::get(&format!("https://127.0.0.1:{port}/"))).await;
    assert_eq!(refused.unwrap_err(), Failure::Refused(ranges::REFUSAL.into()));
    // What a name resolves to is judged as well, and one private address among public ones is one too many.
    let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), port);
    assert!(out.permit(&[at("8.8.8.8"), at("127.0.0.1")]).is_err());
    assert!(out.permit(&[at("8.8.8.8"), at("::1")]).is_err());
    assert!(out.permit(&[at("8.8.8.8"), at("2606:4700::1111")]).is_ok());
    assert!(asked.lock().unwrap().is_empty(), "no connection was made");
    let resolved = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    assert!(matches!(out.connect(&resolved).await, Err(Failure::Refused(_))), "checked after resolving");
}

#[tokio::test]
async fn size_and_time_are_limited() {
    let endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        .iter()
        .copied()
        .chain(b"400\r\n".iter().copied())
        .chain(std::iter::repeat_n(b'x', 1024))
        .chain(*b"\r\n400\r\n")
        .collect();
    let answers = vec![ok(&"x".repeat(100)), ok(&"x".repeat(101)), endless, ok("ignored"), b"rubbish\r\n\r\n".to_vec()];
    let (port, _) = server(answers).await;
    let out = Outbound::new(Reach::Anywhere);
    let get = || Request::get(&format!("http://127.0.0.1:{port}/")).at_most(100);
    assert_eq!(out.send(get()).await.unwrap().body.len(), 100);
    assert_eq!(out.send(get()).await.unwrap_err(), Failure::TooLarge("127.0.0.1".into()));
    assert_eq!(out.send(get()).await.unwrap_err(), Failure::TooLarge("127.0.0.1".into()), "no length was given");
    assert!(out.send(get().without_body()).await.unwrap().body.is_empty());
    assert_eq!(out.send(get()).await.unwrap_err(), Failure::Garbled("127.0.0.1".into()));
    let slow = out.send(get().within(Duration::from_millis(50))).await;
    assert_eq!(slow.unwrap_err(), Failure::TooSlow("127.0.0.1".into()));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nobody = out.send(Request::get(&format!("http://127.0.0.1:{closed}/"))).await.unwrap_err();
    assert!(nobody == Failure::Unreachable("127.0.0.1".into()) && nobody.may_pass());
}

#[tokio::test]
async fn redirects_are_answers_unless_followed_and_each_is_checked() {
    let (other, seen) = server(vec![ok("there")]).await;
    let there = format!("http://127.0.0.1:{other}/there");
    let (port, _) = server(vec![to("/b"), to("/b"), to(&there), to("/c"), to("/d"), to("file:///etc/passwd")]).await;
    let out = Outbound::new(Reach::Anywhere);
    let get = || Request::get(&format!("http://127.0.0.1:{port}/a")).header(header::AUTHORIZATION, "Bearer secret");
    assert_eq!(out.send(get()).await.unwrap().status, 302);
    let answer = out.send(get().following(3)).await.unwrap();
    assert_eq!((answer.status, &answer.url, &answer.body[..]), (200, &there, &b"there"[..]));
    assert!(!seen.lock().unwrap()[0].contains("secret"), "another host gets no headers of ours");
    assert_eq!(out.send(get().following(1)).await.unwrap().status, 302, "not further than allowed");
    assert!(matches!(out.send(get().following(1)).await, Err(Failure::Refused(_))), "nor anywhere but the web");
}

#[tokio::test]
async fn a_certificate_has_to_be_good_for_the_name() {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    // Made for this test, good for `localhost` until 2126: openssl req -x509 -newkey ec …
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tests/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tests/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(&ok("by TLS")).await;
            let _ = stream.shutdown().await;
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let known = Outbound::trusting(Reach::Anywhere, roots);
    let by_name = format!("https://localhost:{port}/");
    assert_eq!(&known.send(Request::get(&by_name)).await.unwrap().body[..], b"by TLS");
    let wrong_name = known.send(Request::get(&format!("https://127.0.0.1:{port}/"))).await;
    assert_eq!(wrong_name.unwrap_err(), Failure::Untrusted("127.0.0.1".into()));
    let unknown = Outbound::new(Reach::Anywhere).send(Request::get(&by_name)).await;
    assert_eq!(unknown.unwrap_err(), Failure::Untrusted("localhost".into()));
}
