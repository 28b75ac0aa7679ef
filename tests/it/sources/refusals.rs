//! What a connector does not do, whatever a server or a pipeline file asks for.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use undertone::connectors::{Kind, LookUp, SecretFrom, Surroundings};

use super::{
    city::City,
    server::{Answer, Server},
};
use crate::support::Town;

fn redirected(target: String) -> City {
    let mut city =
        City::reading(Kind::Feed, "feed", false, move |asked, _| match asked.path.as_str() {
            "/feed" => Answer::status(302, &format!("location: {target}\r\n")),
            _ => Answer::text("<rss version=\"2.0\"><channel></channel></rss>"),
        });
    city.service().policy.hosts = vec!["127.0.0.1".into()];
    city
}

#[test]
fn redirect_is_followed_only_where_the_rules_lead() {
    assert!(redirected("/elsewhere".into()).run().is_ok());
    for target in [
        "http://localhost/elsewhere",
        "https://example.org/",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1@example.org/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://[::1]/",
        "//example.org/x",
    ] {
        let error = redirected(target.into()).run().unwrap_err().to_string();
        assert!(error.contains("was not asked"), "{target}: {error}");
    }
}

#[test]
fn redirects_without_an_end_end() {
    let city = &mut redirected("/feed".into());
    let error = city.run().unwrap_err().to_string();
    assert!(error.contains("from one address to the next"), "{error}");
    assert_eq!(city.asked().len(), 4);
}

#[test]
fn name_that_leads_into_a_private_network_is_not_connected_to() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let inside = Server::start(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Answer::text("[]")
    });
    let mut city = City::reading(Kind::Discourse, "", true, |_, _| Answer::text("[]"));
    let service = city.service();
    service.url = format!("https://forum.example.gov:{}/", inside.port).parse().unwrap();
    service.policy.hosts = vec![format!("forum.example.gov:{}", inside.port)];
    service.policy.loopback = false;
    let leads_inside: LookUp = Arc::new(|_, port| Ok(vec![([127, 0, 0, 1], port).into()]));
    let error = city.run_with(leads_inside).unwrap_err().to_string();
    assert!(error.contains("private network"), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn name_is_looked_up_for_each_connection_and_that_answer_is_used() {
    let mut city =
        City::reading(Kind::Discourse, "", true, |_, _| Answer::text("{\"latest_posts\":[]}"));
    let port = city.service().url.port().unwrap();
    city.service().url = format!("http://localhost:{port}/").parse().unwrap();
    city.service().policy.hosts = vec!["localhost".into()];
    let names = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&names);
    let look_up: LookUp = Arc::new(move |name, port| {
        seen.lock().unwrap().push(name.to_owned());
        Ok(vec![([127, 0, 0, 1], port).into()])
    });
    city.run_with(look_up).unwrap();
    assert_eq!(*names.lock().unwrap(), ["localhost"]);
}

#[test]
fn token_is_sent_to_its_own_service_alone_and_shown_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "s3cret-marigold\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let other = Server::start(move |asked| {
        seen.lock().unwrap().push(asked.head.clone());
        Answer::status(403, "")
    });
    let city = &mut redirected(format!("http://127.0.0.1:{}/", other.port));
    city.service().token = Some(SecretFrom::File(path.clone()));
    let error = city.run().unwrap_err();
    assert!(city.asked()[0].head.contains("authorization: bearer s3cret-marigold"));
    let heads = heads.lock().unwrap();
    assert!(heads.len() == 1 && !heads[0].contains("marigold"), "{heads:?}");
    assert!(!format!("{error} {error:?}").contains("marigold"));
    assert!(error.to_string().contains("403; it wants a token"), "{error}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = city.run().unwrap_err().to_string();
    assert!(error.contains("chmod 600"), "{error}");
}

#[test]
fn real_surroundings_look_up_and_wait() {
    let surroundings = Surroundings::of_the_machine();
    let found = (surroundings.look_up)("localhost", 7).unwrap();
    assert!(found.iter().all(|address| address.ip().is_loopback()));
    (surroundings.wait)(std::time::Duration::ZERO);
}

/// A pipeline file over the town's, with a service for a source.
fn told_of(source: &str) -> String {
    let town = Town::of(2, 1);
    town.edit_pipeline("kind = \"jsonl\"", source);
    town.edit_pipeline("path = \"comments.jsonl\"\n", "");
    town.edit_pipeline("[neighborhoods]\n", "[neighborhoods]\nmissing = \"east\"\n");
    let ran = town.run().exits(2);
    assert!(!town.data().exists(), "a refused pipeline left a folder");
    ran.stderr
}

#[test]
fn pipeline_file_that_promises_what_its_service_cannot_keep_is_refused() {
    let service = |kind: &str, keys: &str| {
        format!("kind = \"{kind}\"\nservice = {{ url = \"https://x.example\"{keys} }}")
    };
    for (source, said) in [
        (service("open311", ""), "allowed: unit = \"comment\""),
        (service("feed", ""), "do not say who wrote them"),
        (service("regulations", ", comment_on = \"1\""), "do not say who wrote them"),
        (service("open311", ", account_field = \"a\", tag = \"x\""), "source.service.tag"),
        (service("discourse", ", page_rows = 3"), "source.service.page_rows"),
        (service("seeclickfix", ", place = \"x\", page_rows = 101"), "1 to 100"),
        (service("seeclickfix", ""), "source.service.place"),
        (service("bluesky", ""), "no city's"),
        (service("mastodon", ", tag = \"x\""), "timeline = \"hashtag\""),
        (service("mastodon", ", timeline = \"hashtag\", tag = \"#x/y\""), "letters, digits"),
        (service("decidim", ""), "source.service.component"),
        (service("discourse", ", token_env = \"A\", token_file = \"b\""), "one place"),
        (service("discourse", ", token = \"abc\""), "unknown field"),
        (service("discourse", ", token_env = \"UNDERTONE_NO_SUCH\""), "UNDERTONE_NO_SUCH"),
        (service("discourse", "").replace("https", "http"), "not asked over TLS"),
        (service("discourse", ", hosts = [\"y.example\"]"), "source.service.hosts"),
        (service("discourse", "").replace("x.example", "127.0.0.1"), "private network"),
        (service("discourse", "").replace("x.example\"", "x.example/?a=b\""), "holds a query"),
        (service("socrata", ", dataset = \"erm2-nwe9\""), "say who wrote them"),
        ("kind = \"discourse\"".into(), "[source.service]"),
        ("kind = \"jsonl\"\nservice = { url = \"https://x.example\" }".into(), "reads a file"),
    ] {
        let stderr = told_of(&source);
        assert!(stderr.contains(said), "{source}: {stderr}");
    }
}

#[test]
fn service_and_input_do_not_go_together() {
    let town = Town::of(2, 1);
    let source = "kind = \"discourse\"\nservice = { url = \"https://x.example\" }";
    town.edit_pipeline("kind = \"jsonl\"", source);
    town.edit_pipeline("path = \"comments.jsonl\"\n", "");
    town.edit_pipeline("[neighborhoods]\n", "[neighborhoods]\nmissing = \"east\"\n");
    let ran = town.run_command().args(["--input", "x"]).output().unwrap();
    let ran = crate::support::Ran::from(ran).exits(2);
    ran.says("no --input");
}
