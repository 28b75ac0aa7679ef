//! Bytes of a frame, and the walk over a whole file. No file is opened or changed here.

use std::{
    io::{self, Read},
    path::Path,
};

use super::LogError;

/// The longest body a frame may have.
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// What every log begins with: a magic word, the format version, two zero bytes.
pub(super) const FILE_HEADER: [u8; 8] = *b"UTLOG\x01\x00\x00";

pub(super) const FRAME_HEADER_BYTES: u64 = 12;
const MAGIC_BYTES: usize = 5;

/// Appends the frame of `body` to `bytes`.
pub(super) fn encode(body: &[u8], bytes: &mut Vec<u8>) -> Result<(), LogError> {
    let too_long = || LogError::TooLong { bytes: body.len() };
    let length = u32::try_from(body.len()).map_err(|_| too_long())?;
    if body.len() > BODY_BYTES_MAX {
        return Err(too_long());
    }
    let length = length.to_le_bytes();
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&crc32c::crc32c(&length).to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    bytes.extend_from_slice(body);
    Ok(())
}

/// Hands every whole frame of a file of `file_bytes` to `on_frame` with its offset, and returns
/// the offset behind the last one. Whatever follows that offset is a torn end.
pub(super) fn walk<E: From<LogError>>(
    path: &Path,
    input: &mut impl Read,
    file_bytes: u64,
    mut on_frame: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let mut walk = Walk { path, input, file_bytes, offset: 0, body: Vec::new() };
    if !walk.file_header()? {
        return Ok(0);
    }
    while walk.frame()? {
        on_frame(walk.offset, &walk.body)?;
        walk.offset += FRAME_HEADER_BYTES + walk.body.len() as u64;
    }
    Ok(walk.offset)
}

struct Walk<'a, R> {
    path: &'a Path,
    input: &'a mut R,
    file_bytes: u64,
    /// Where the frame in `body` begins.
    offset: u64,
    body: Vec<u8>,
}

impl<R: Read> Walk<'_, R> {
    /// Reads the file header; `false` when the file ended, torn, before it was complete.
    fn file_header(&mut self) -> Result<bool, LogError> {
        let mut bytes = [0; FILE_HEADER.len()];
        let present = self.file_bytes.min(bytes.len() as u64) as usize;
        self.fill(&mut bytes[..present])?;
        if bytes[..present] == FILE_HEADER[..present] {
            self.offset = present as u64;
            return Ok(present == bytes.len());
        }
        if present < bytes.len() && bytes.iter().all(|b| *b == 0) {
            return Ok(false);
        }
        let is_log = bytes[..MAGIC_BYTES] == FILE_HEADER[..MAGIC_BYTES];
        Err(match is_log {
            true if bytes[MAGIC_BYTES] != FILE_HEADER[MAGIC_BYTES] => {
                LogError::Version { path: self.path.to_owned(), version: bytes[MAGIC_BYTES] }
            }
            _ => LogError::NotALog(self.path.to_owned()),
        })
    }

    /// Reads the next frame into `body`; `false` at the end, whole or torn.
    fn frame(&mut self) -> Result<bool, LogError> {
        let left = self.file_bytes - self.offset;
        if left < FRAME_HEADER_BYTES {
            return Ok(false);
        }
        let mut header = [0; FRAME_HEADER_BYTES as usize];
        self.fill(&mut header)?;
        let word = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
        let length = u32::from_le_bytes(word(0));
        let length_holds = crc32c::crc32c(&word(0)) == u32::from_le_bytes(word(4));
        if !length_holds || length as usize > BODY_BYTES_MAX {
            return self.torn_or_damaged();
        }
        if u64::from(length) > left - FRAME_HEADER_BYTES {
            return Ok(false);
        }
        self.body.resize(length as usize, 0);
        let mut body = std::mem::take(&mut self.body);
        self.fill(&mut body)?;
        self.body = body;
        if crc32c::crc32c(&self.body) == u32::from_le_bytes(word(8)) {
            return Ok(true);
        }
        self.torn_or_damaged()
    }

    /// A bad frame is a torn end when only zeros (a file grown but not yet filled) follow it, or
    /// nothing; else it is damage.
    fn torn_or_damaged(&mut self) -> Result<bool, LogError> {
        if self.only_zeros_follow()? {
            return Ok(false);
        }
        Err(LogError::Damaged { path: self.path.to_owned(), offset: self.offset })
    }

    fn only_zeros_follow(&mut self) -> Result<bool, LogError> {
        let mut chunk = [0; 8192];
        loop {
            match self.input.read(&mut chunk) {
                Ok(0) => return Ok(true),
                Ok(n) if chunk[..n].iter().any(|b| *b != 0) => return Ok(false),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(LogError::io("read", self.path)(e)),
            }
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), LogError> {
        self.input.read_exact(bytes).map_err(LogError::io("read", self.path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::*;

    fn file_of(bodies: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = FILE_HEADER.to_vec();
        bodies.iter().for_each(|body| encode(body, &mut bytes).unwrap());
        bytes
    }

    /// The bodies in `bytes` and the offset behind the last.
    fn walked(mut bytes: &[u8]) -> Result<(Vec<Vec<u8>>, u64), LogError> {
        let (mut bodies, file_bytes) = (Vec::new(), bytes.len() as u64);
        let end = walk(Path::new("x.log"), &mut bytes, file_bytes, |_, body| {
            bodies.push(body.to_vec());
            Ok::<(), LogError>(())
        })?;
        Ok((bodies, end))
    }

    fn some_bodies() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..8)
    }

    fn config() -> ProptestConfig {
        let rng_seed = RngSeed::Fixed(0x10C);
        ProptestConfig { failure_persistence: None, rng_seed, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn file_cut_anywhere_yields_a_prefix_of_its_frames(bodies in some_bodies()) {
            let file = file_of(&bodies);
            for cut in 0..=file.len() {
                let (kept, end) = walked(&file[..cut]).unwrap();
                prop_assert_eq!(&kept[..], &bodies[..kept.len()]);
                let begun = if cut < 8 { 0 } else { file_of(&kept).len() };
                prop_assert_eq!(end, begun as u64);
                let next = bodies.get(kept.len()).map_or(1, |body| 12 + body.len());
                prop_assert!(cut < 8 || cut - begun < next, "a whole frame was passed over");
            }
        }

        #[test]
        fn byte_changed_anywhere_is_refused_or_costs_the_last_frame_only(
            bodies in some_bodies(), change in 1..=255u8,
        ) {
            let file = file_of(&bodies);
            let all_but_last = &bodies[..bodies.len() - 1];
            for at in 0..file.len() {
                let mut changed = file.clone();
                changed[at] ^= change;
                match walked(&changed) {
                    Err(LogError::Damaged { offset, .. }) => prop_assert!(offset <= at as u64),
                    Err(_) => prop_assert!(at < 8),
                    Ok((kept, _)) => {
                        prop_assert!(at >= file_of(all_but_last).len());
                        prop_assert_eq!(&kept[..], all_but_last);
                    }
                }
            }
        }

        #[test]
        fn last_frame_half_filled_with_zeros_is_torn(bodies in some_bodies(), keep in 0..8usize) {
            let file = file_of(&bodies);
            let all_but_last = &bodies[..bodies.len() - 1];
            let mut torn = file[..file_of(all_but_last).len() + keep].to_vec();
            torn.resize(file.len() + 100, 0);
            match walked(&torn) {
                Ok((kept, _)) => prop_assert_eq!(&kept[..], all_but_last),
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }
}
