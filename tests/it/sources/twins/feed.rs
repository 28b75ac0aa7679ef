//! A feed, in both formats.

use undertone::connectors::Kind;

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World},
};

pub struct Feed {
    pub atom: bool,
}

impl Twin for Feed {
    fn name(&self) -> &'static str {
        if self.atom { "feed, Atom" } else { "feed, RSS" }
    }

    fn kind(&self) -> Kind {
        Kind::Feed
    }

    fn path(&self) -> &'static str {
        "comments/feed"
    }

    fn names_accounts(&self) -> bool {
        false
    }

    /// RSS has no date of an edit.
    fn shows_edits(&self) -> bool {
        self.atom
    }

    fn shows_deletions(&self) -> bool {
        false
    }

    fn forgets(&self) -> bool {
        false
    }

    /// A feed is one page.
    fn breaks_at(&self) -> usize {
        0
    }

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        assert_eq!(asked.path, "/comments/feed");
        let posts = world.standing(|post| std::cmp::Reverse(post.posted_at));
        let (head, tail, entry): (_, _, fn(&Post) -> String) = match self.atom {
            true => (
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>Comments</title>\
                 <updated>2026-01-06T00:00:00Z</updated>",
                "</feed>",
                atom,
            ),
            false => (
                "<rss version=\"2.0\"><channel><title>Comments</title><link>https://x.example</link>\
                 <description>d</description>",
                "</channel></rss>",
                rss,
            ),
        };
        let entries: String = posts.into_iter().map(entry).collect();
        Answer::text(&format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{head}{entries}{tail}"))
    }
}

fn atom(post: &Post) -> String {
    format!(
        "<entry><id>tag:x.example,2026:{}</id><title></title><author><name>Marigold</name></author>\
         <published>{}</published><updated>{}</updated>\
         <content type=\"html\">&lt;p&gt;{}&lt;/p&gt;</content></entry>",
        post.id,
        post.posted_at,
        post.changed_at(),
        post.text
    )
}

fn rss(post: &Post) -> String {
    let zone = jiff::tz::TimeZone::UTC;
    let date = jiff::fmt::rfc2822::to_string(&post.posted_at.to_zoned(zone)).unwrap();
    format!(
        "<item><guid isPermaLink=\"false\">{}</guid><author>m@x.example (Marigold)</author>\
         <pubDate>{date}</pubDate><description><![CDATA[<p>{}</p>]]></description></item>",
        post.id, post.text
    )
}
