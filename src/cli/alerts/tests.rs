//! Alerts and their webhooks, over releases whose numbers are chosen: no noise was drawn for them.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::{
    receiver::{Receiver, SECRET, write_secret},
    *,
};
use crate::{
    config::{Overrides, Pipeline, load},
    domain::FixedClock,
    estimate::known::{release, sides},
    ledger::SigningKey,
    release::{Envelope, ReleaseFile},
};

const PIPELINE: &str = r#"
[pipeline]
id = "town"
title = "Town"
data = "data"
[source]
kind = "jsonl"
name = "forum"
unit = "resident"
[schedule]
starts_on = 2026-03-02
window_days = 7
windows = 3
period_windows = 3
zone = "UTC"
[neighborhoods]
list = [{ id = "east", name = "East" }, { id = "west", name = "West" }]
[topics]
builtin = ["streets", "noise"]
[budget]
epsilon = 2.0
[[family]]
id = "by-ns"
name = "mood by neighbourhood"
by = ["neighborhood", "sentiment"]
windows_max = 3
share_percent = 100
[[alert]]
id = "mood"
family = "by-ns"
webhook = { url = "URL", loopback = true, secret_file = "hook" }
"#;

/// A town with an alert and a webhook.
pub(in crate::cli) struct Town {
    folder: tempfile::TempDir,
    pub pipeline: Arc<Pipeline>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Town {
    pub fn telling(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("town.toml");
        fs::write(&file, PIPELINE.replace("URL", url)).unwrap();
        write_secret(&folder.path().join("hook"), 0o600);
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let overrides = Overrides { models: Some(models), ..Overrides::default() };
        let pipeline = Arc::new(load(&file, overrides).unwrap());
        Self { folder, pipeline, waits: Arc::default() }
    }

    /// A clock that stands, and patience that is written down.
    pub fn surroundings(&self) -> Surroundings {
        let waits = Arc::clone(&self.waits);
        Surroundings {
            clock: Arc::new(FixedClock("2026-03-30T00:00:00Z".parse().unwrap())),
            wait: Arc::new(move |pause| waits.lock().unwrap().push(pause)),
            ..Surroundings::of_the_machine()
        }
    }

    fn tell(&self, visible: &[ReleaseFile]) -> Told {
        tell(&self.pipeline, visible, &self.surroundings(), &|| true).unwrap()
    }

    fn secret(&self) -> PathBuf {
        self.folder.path().join("hook")
    }

    fn told(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("data/alerts/mood.jsonl"));
        text.unwrap_or_default().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// So many weeks in which East swings from one side to the other, each week.
pub(in crate::cli) fn weeks(count: u32) -> Vec<ReleaseFile> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let week = |week: u32| {
        let document = release("ns", week, move |place, _, tone| match (place, week % 2) {
            (Some("east"), 0) => sides(500.0, 100.0)(tone),
            (Some("east"), _) => sides(100.0, 500.0)(tone),
            _ => sides(300.0, 300.0)(tone),
        });
        ReleaseFile { name: format!("week-{week}"), envelope: Envelope::seal(document, &key) }
    };
    (0..count).map(week).collect()
}

#[test]
fn alert_is_sent_once_signed_and_says_what_its_file_says() {
    let receiver = Receiver::start(|_| 200);
    let town = Town::telling(&receiver.url());
    let told = town.tell(&weeks(3));
    assert_eq!((told.new.len(), told.delivered, told.undelivered), (2, 2, 0));
    let (came, lines) = (receiver.came(), town.told());
    assert_eq!((came.len(), lines.len()), (2, 2));
    assert_ne!(came[0].id, came[1].id);
    for (message, line) in came.iter().zip(&lines) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(SECRET).unwrap()).unwrap();
        mac.update(format!("{}.{}.{}", message.id, message.at, message.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(message.signature, expected);
        assert_eq!(message.at, "1774828800");
        let body: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(
            (&body["type"], &body["data"]["title"]),
            (&"undertone.alert".into(), &"Town".into())
        );
        for (key, value) in line.as_object().unwrap() {
            assert_eq!(&body["data"][key], value, "{key}");
        }
        assert!(body["data"]["says"]["es"].as_str().unwrap().starts_with("East: "), "{body}");
        // What fired, and whose it is; nothing else.
        let known = line.as_object().unwrap().len() + 3;
        assert_eq!(body["data"].as_object().unwrap().len(), known);
    }
    let again = town.tell(&weeks(3));
    assert_eq!((again.new.len(), again.delivered, receiver.came().len()), (0, 0, 2));
}

#[test]
fn message_that_was_not_taken_is_sent_again_under_its_id_and_kept_until_it_is() {
    let receiver = Receiver::start(|before| if before < 6 { 503 } else { 204 });
    let town = Town::telling(&receiver.url());
    let told = town.tell(&weeks(2));
    assert_eq!((told.new.len(), told.delivered, told.undelivered), (1, 0, 1));
    assert!(
        told.faults[0].contains("alert `mood`: 127.0.0.1 answered with status 503"),
        "{:?}",
        told.faults
    );
    assert_eq!(receiver.came().len(), 4, "a few times, and then at the next round");
    assert_eq!(*town.waits.lock().unwrap(), [1, 2, 4].map(Duration::from_secs));
    let told = town.tell(&weeks(2));
    assert_eq!((told.new.len(), told.delivered, told.undelivered), (0, 1, 0));
    let came = receiver.came();
    assert!(came.iter().all(|message| message.id == came[0].id && message.body == came[0].body));
    assert_eq!((came.len(), receiver.taken().len()), (7, 1));
}

#[test]
fn message_that_is_refused_holds_up_no_other_and_a_receiver_that_is_gone_is_not_asked_for_each() {
    let receiver = Receiver::start(|before| if before == 0 { 400 } else { 202 });
    let town = Town::telling(&receiver.url());
    let told = town.tell(&weeks(4));
    assert_eq!((told.new.len(), told.delivered, told.undelivered), (3, 2, 1));
    assert_eq!(receiver.came().len(), 3);
    let gone = Town::telling("http://127.0.0.1:9/");
    let told = gone.tell(&weeks(4));
    assert_eq!((told.new.len(), told.delivered, told.undelivered, told.faults.len()), (3, 0, 3, 1));
    assert_eq!(gone.waits.lock().unwrap().len(), 3);
    assert_eq!(gone.told().len(), 3, "the file is told all the same");
}

#[test]
fn redirect_is_not_followed_and_whoever_ends_is_not_waited_for() {
    let receiver = Receiver::start(|_| 307);
    let town = Town::telling(&receiver.url());
    let told = town.tell(&weeks(2));
    assert_eq!((told.undelivered, receiver.came().len()), (1, 1));
    let busy = Receiver::start(|_| 503);
    let town = Town::telling(&busy.url());
    let told = tell(&town.pipeline, &weeks(3), &town.surroundings(), &|| false).unwrap();
    assert_eq!((told.new.len(), told.undelivered, busy.came().len()), (2, 2, 0));
    let busy = Receiver::start(|_| 503);
    let town = Town::telling(&busy.url());
    let none_came = || busy.came().is_empty();
    let told = tell(&town.pipeline, &weeks(3), &town.surroundings(), &none_came).unwrap();
    assert_eq!((told.undelivered, busy.came().len()), (2, 1), "nor tried again");
}

#[test]
fn whoever_ends_sends_no_further_message_to_a_receiver_that_takes_them() {
    let receiver = Receiver::start(|_| 200);
    let town = Town::telling(&receiver.url());
    let none_came = || receiver.came().is_empty();
    let told = tell(&town.pipeline, &weeks(4), &town.surroundings(), &none_came).unwrap();
    assert_eq!((told.delivered, told.undelivered, receiver.came().len()), (1, 2, 1));
}

#[test]
fn secret_that_others_can_read_or_that_is_none_sends_nothing_and_loses_nothing() {
    let receiver = Receiver::start(|_| 200);
    let town = Town::telling(&receiver.url());
    fs::set_permissions(town.secret(), fs::Permissions::from_mode(0o644)).unwrap();
    let told = town.tell(&weeks(2));
    assert!(told.faults[0].contains("chmod 600") && !told.faults[0].contains(SECRET));
    for secret in ["whsec_", "whsec_c2hvcnQ=", SECRET, "whsec_not base64 at all, is it?"] {
        fs::write(town.secret(), secret).unwrap();
        fs::set_permissions(town.secret(), fs::Permissions::from_mode(0o600)).unwrap();
        let told = town.tell(&weeks(2));
        assert_eq!(told.undelivered, 1, "{secret}");
        assert!(told.faults[0].contains("signing secret"), "{:?}", told.faults);
    }
    assert!(receiver.came().is_empty());
    write_secret(&town.secret(), 0o600);
    assert_eq!(town.tell(&weeks(2)).delivered, 1);
}
