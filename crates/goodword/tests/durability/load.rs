//! Mixed writes over HTTP by several people at once: a vouch, a need, a referral from the asking to the introduction, a
//! meeting noted, a comment in a conversation, a job won. Each carries words of its own, kept once the server has acknowledged it.

use super::program::{Answer, ask};
use super::seed::Person;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex};

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// A write the server said yes to.
#[derive(Clone, Debug)]
pub enum Done {
    /// A vouch with these words.
    Vouch(String),
    /// A need with these words.
    Need(String),
    /// A referral asked for with these words.
    Asked(String),
    /// The referrer's answer with these words.
    Offered(String),
    /// The professional's yes to the referral asked for with these words.
    Introduced(String),
    /// A meeting with this note.
    Met(String),
    /// A comment with this text.
    Said(String),
    /// A job with this note.
    Won(String),
}

/// What the workers share.
pub struct Load {
    people: Vec<Person>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Where to write; `None` while the server is down.
    address: Option<SocketAddr>,
    ended: bool,
    /// The next round's number.
    round: usize,
    done: Vec<Done>,
    /// Acknowledged when the present server was started.
    before: usize,
    /// What servers said instead of yes.
    refused: Vec<String>,
}

impl Load {
    pub fn new(people: Vec<Person>) -> Self {
        Self { people, state: Mutex::default(), changed: Condvar::new() }
    }

    /// The server is up.
    pub fn go(&self, address: SocketAddr) {
        let mut state = self.state.lock().unwrap();
        state.address = Some(address);
        state.before = state.done.len();
        self.changed.notify_all();
    }

    /// Returns when `n` writes were acknowledged since [`Load::go`].
    pub fn wait_for(&self, n: usize) {
        let mut state = self.state.lock().unwrap();
        while state.done.len() < state.before + n {
            assert!(state.refused.len() < 50, "the server refuses: {:?}", state.refused);
            state = self.changed.wait(state).unwrap();
        }
    }

    /// No new rounds begin; those under way run into the kill.
    pub fn pause(&self) {
        self.state.lock().unwrap().address = None;
    }

    /// The workers end.
    pub fn end(&self) {
        self.state.lock().unwrap().ended = true;
        self.changed.notify_all();
    }

    pub fn acknowledged(&self) -> Vec<Done> {
        self.state.lock().unwrap().done.clone()
    }

    /// One worker: rounds until the end.
    pub fn work(&self) {
        loop {
            let mut state = self.state.lock().unwrap();
            while state.address.is_none() && !state.ended {
                state = self.changed.wait(state).unwrap();
            }
            let Some(address) = state.address.filter(|_| !state.ended) else { return };
            state.round += 1;
            let n = state.round;
            drop(state);
            // A round that breaks off leaves whatever was acknowledged; the next one is another's.
            self.round(address, n);
        }
    }

    fn round(&self, at: SocketAddr, n: usize) -> Option<()> {
        let person = |i: usize| &self.people[(n * 3 + i) % self.people.len()];
        let (referrer, professional, asker) = (person(0), person(1), person(2));
        let words = format!("round+{n}");
        let said = format!("round {n}");
        let vouch = format!("field=27-1023.00&basis=hired&tie=none&confidence=85&words={words}");
        self.send(
            at,
            &format!("/people/{}/vouches/new", professional.handle),
            referrer,
            &vouch,
            Done::Vouch(said.clone()),
        )?;
        let need = format!(
            "need=a+florist+{words}&field=27-1023.00&professional={}&referrer={}",
            professional.key, referrer.key
        );
        let kept = self.send(at, "/needs", asker, &need, Done::Need(said.clone()))?;
        let (_, query) = kept.location.split_once('?')?;
        let asked = self.send(at, "/referrals", asker, &format!("{query}&words={words}"), Done::Asked(said.clone()))?;
        let met = format!("kind=met&happened_on=2026-01-05&note={words}");
        self.send(at, &format!("/people/{}/us", referrer.handle), asker, &met, Done::Met(said.clone()))?;
        // The page's form has a number of its own: sent twice, it is one comment.
        let page = format!("/conversations/{}", super::seed::SLUG);
        let form = ask(at, &page, &asker.token, None)?.body;
        let form = form.split("name=\"form\" value=\"").nth(1)?.split('"').next()?.to_owned();
        let comment = format!("text={words}&action=post&form={}", encoded(&form));
        self.send(at, &format!("{page}/comments"), asker, &comment, Done::Said(said.clone()))?;
        let id = asked.location.rsplit('/').next()?;
        // Every third stays with the referrer, so that there is somebody to remind.
        if !n.is_multiple_of(3) {
            let why = format!("basis=hired&tie=none&confidence=85&words={words}");
            self.send(at, &format!("/answers/{id}/offer"), referrer, &why, Done::Offered(said.clone()))?;
            let yes = format!("/consents/{id}/acceptance");
            self.send(at, &yes, professional, "", Done::Introduced(said.clone()))?;
        }
        let won = format!("source=referral&won_on=2026-01-05&amount=100&note={words}");
        self.send(at, "/profile/jobs", professional, &won, Done::Won(said))?;
        Some(())
    }

    /// Posts; a redirect is the server's yes.
    fn send(&self, at: SocketAddr, path: &str, who: &Person, form: &str, done: Done) -> Option<Answer> {
        let answer = ask(at, path, &who.token, Some(form))?;
        let mut state = self.state.lock().unwrap();
        let is_yes = answer.status == 303 && !answer.location.starts_with("/sign-in");
        if is_yes {
            state.done.push(done);
        } else {
            let text: String = answer.body.chars().take(200).collect();
            state.refused.push(format!("{path}: {} {} {text}", answer.status, answer.location));
        }
        self.changed.notify_all();
        is_yes.then_some(answer)
    }
}
