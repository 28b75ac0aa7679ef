//! Bodies, held in bounded memory: read in time, unpacked no further than a bound.

use std::{future::Future, io::Read, sync::Arc};

use axum::{
    body::{Body, HttpBody},
    http::{HeaderMap, header},
};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::problem::Problem;
use crate::config::Bounds;

/// Memory is counted in pieces of so many bytes.
const PIECE_BYTES: usize = 16 << 10;

/// A compressed body may always unpack to so much, however short it is.
const UNPACKED_BYTES_MIN: usize = 4 << 10;

/// The memory that bodies share.
#[derive(Clone)]
pub(super) struct Shelf(Arc<Semaphore>);

/// A body, and the room that it takes until it is dropped; zeroed then.
pub(super) struct Held {
    pub bytes: Zeroizing<Vec<u8>>,
    room: Option<OwnedSemaphorePermit>,
}

impl Shelf {
    pub fn new(bytes_max: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes_max / PIECE_BYTES)))
    }

    fn hold(&self) -> Held {
        Held { bytes: Zeroizing::new(Vec::new()), room: None }
    }

    /// Holds a body that is there already.
    #[cfg(any(test, fuzzing))]
    pub fn put(&self, bytes: &[u8], bytes_max: usize) -> Result<Held, Problem> {
        let mut held = self.hold();
        held.push(self, bytes, bytes_max)?;
        Ok(held)
    }

    /// Bytes that still find room.
    pub fn free_bytes(&self) -> usize {
        self.0.available_permits() * PIECE_BYTES
    }
}

impl Held {
    /// Adds `more`, up to `bytes_max` in all; the buffer never moves without being zeroed.
    fn push(&mut self, shelf: &Shelf, more: &[u8], bytes_max: usize) -> Result<(), Problem> {
        let length = self.bytes.len() + more.len();
        if length > bytes_max {
            return Err(too_long(bytes_max));
        }
        if length > self.bytes.capacity() {
            let pieces = length.max(2 * self.bytes.capacity()).min(bytes_max).div_ceil(PIECE_BYTES);
            let pieces = u32::try_from(pieces).map_err(|_| Problem::full())?;
            // The old buffer is alive while the new one is filled, so both are counted.
            let room = Arc::clone(&shelf.0).try_acquire_many_owned(pieces);
            let room = room.map_err(|_| Problem::full())?;
            let mut wider = Zeroizing::new(Vec::with_capacity(pieces as usize * PIECE_BYTES));
            wider.extend_from_slice(&self.bytes);
            self.bytes = wider;
            self.room = Some(room);
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }
}

fn too_long(bytes_max: usize) -> Problem {
    Problem::too_large("body_too_long", format!("A body may hold {bytes_max} bytes; send less."))
}

/// Reads a body as it was sent, before `too_late`.
pub(super) async fn read(
    mut body: Body,
    shelf: &Shelf,
    bounds: &Bounds,
    too_late: impl Future<Output = ()>,
) -> Result<Held, Problem> {
    let bytes_max = bounds.body_bytes_max;
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_long(bytes_max));
    }
    let reading = async {
        let mut held = shelf.hold();
        while let Some(frame) = body.frame().await {
            let broken = || Problem::malformed("body_broken_off", "The body ended too early.");
            let frame = frame.map_err(|_| broken())?;
            if let Some(data) = frame.data_ref() {
                held.push(shelf, data, bytes_max)?;
            }
        }
        Ok(held)
    };
    tokio::select! {
        biased; // what has arrived in the same instant is not too late
        held = reading => held,
        () = too_late => Err(Problem::slow()),
    }
}

/// Unpacks a body, by its headers.
pub(super) fn unpack(
    held: Held,
    headers: &HeaderMap,
    shelf: &Shelf,
    bounds: &Bounds,
) -> Result<Held, Problem> {
    let coding = headers.get(header::CONTENT_ENCODING).map(|coding| coding.to_str());
    match coding {
        None | Some(Ok("identity")) => Ok(held),
        Some(Ok("gzip" | "x-gzip")) => gunzip(&held, shelf, bounds),
        Some(_) => Err(Problem::not_spoken("Content-Encoding may be gzip, identity or left out.")),
    }
}

fn gunzip(packed: &Held, shelf: &Shelf, bounds: &Bounds) -> Result<Held, Problem> {
    let allowed = packed.bytes.len().saturating_mul(bounds.expansion_max).max(UNPACKED_BYTES_MIN);
    let allowed = allowed.min(bounds.body_bytes_max);
    let mut unpacked = shelf.hold();
    let mut decoder = MultiGzDecoder::new(packed.bytes.as_slice());
    let mut piece = Zeroizing::new([0; PIECE_BYTES]);
    loop {
        let broken = |_| Problem::malformed("bad_gzip", "The body is not gzip all through.");
        let read = decoder.read(&mut piece[..]).map_err(broken)?;
        if read == 0 {
            return Ok(unpacked);
        }
        if unpacked.bytes.len() + read > allowed {
            let detail = "The body unpacks to more than a compressed body may; send it unpacked \
                          or in parts.";
            return Err(Problem::too_large("expands_too_far", detail));
        }
        unpacked.push(shelf, &piece[..read], allowed)?;
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, time::Duration};

    use axum::http::{HeaderValue, StatusCode};
    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::server::tests::bounds;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn gunzipped(bytes: Vec<u8>) -> Result<Vec<u8>, StatusCode> {
        let (shelf, bounds) = (Shelf::new(8 << 20), bounds());
        let held = read(Body::from(bytes), &shelf, &bounds, std::future::pending()).await;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let unpacked = unpack(held.map_err(|p| p.status())?, &headers, &shelf, &bounds);
        unpacked.map(|held| held.bytes.to_vec()).map_err(|problem| problem.status())
    }

    #[tokio::test]
    async fn gzip_is_unpacked_and_a_bomb_is_not() {
        assert_eq!(gunzipped(packed(b"more trees")).await.unwrap(), b"more trees");
        let two = [packed(b"more "), packed(b"trees")].concat();
        assert_eq!(gunzipped(two).await.unwrap(), b"more trees");
        let bomb = packed(&vec![b'x'; 50 << 20]);
        assert!(bomb.len() < 100 << 10);
        assert_eq!(gunzipped(bomb).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        let mut cut = packed(b"more trees");
        cut.truncate(12);
        assert_eq!(gunzipped(cut).await, Err(StatusCode::BAD_REQUEST));
        let trailed = [packed(b"more trees"), b"and more".to_vec()].concat();
        assert_eq!(gunzipped(trailed).await, Err(StatusCode::BAD_REQUEST));
    }

    #[tokio::test]
    async fn body_over_its_bound_is_refused_and_the_shelf_is_free_again() {
        let (shelf, bounds) = (Shelf::new(4 << 20), bounds());
        let free = shelf.free_bytes();
        for bytes in [bounds.body_bytes_max + 1, 3 * bounds.body_bytes_max] {
            let body = Body::from(vec![b'x'; bytes]);
            let refused = read(body, &shelf, &bounds, std::future::pending()).await;
            assert_eq!(refused.err().unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
        }
        let body = Body::from(vec![b'x'; bounds.body_bytes_max]);
        let held = read(body, &shelf, &bounds, std::future::pending()).await.ok().unwrap();
        assert!(shelf.free_bytes() <= free - bounds.body_bytes_max);
        drop(held);
        assert_eq!(shelf.free_bytes(), free);
    }

    #[tokio::test]
    async fn body_without_room_is_told_to_come_again() {
        let (shelf, bounds) = (Shelf::new(PIECE_BYTES), bounds());
        let body = Body::from(vec![b'x'; 2 * PIECE_BYTES]);
        let refused = read(body, &shelf, &bounds, std::future::pending()).await;
        assert_eq!(refused.err().unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    }

    #[tokio::test(start_paused = true)]
    async fn body_that_never_ends_is_given_up_in_time() {
        let (sender, receiver) = tokio::sync::mpsc::channel::<()>(1);
        let body = Body::new(Waiting(receiver));
        let (shelf, bounds) = (Shelf::new(1 << 20), bounds());
        let refused =
            read(body, &shelf, &bounds, tokio::time::sleep(Duration::from_secs(30))).await;
        assert_eq!(refused.err().unwrap().status(), StatusCode::REQUEST_TIMEOUT);
        drop(sender);
    }

    /// A body whose next byte does not come.
    struct Waiting(tokio::sync::mpsc::Receiver<()>);

    impl HttpBody for Waiting {
        type Data = axum::body::Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            self.0.poll_recv(context).map(|_| None)
        }
    }
}
