//! The voices of Riverton, the invented city of the fixtures, as public sizes to simulate with.

/// Windows in [`PLACES`].
pub(super) const WINDOWS: usize = 4;

/// True voices of each place and window: negative, neutral, positive, unread.
///
/// # Units
/// 60ths of a voice.
pub(super) const PLACES: [[[i64; 4]; WINDOWS]; 8] = [
    [
        [1084, 1681, 3977, 1012],
        [964, 1854, 3961, 952],
        [1324, 916, 4328, 840],
        [967, 1814, 3337, 572],
    ],
    [
        [3600, 2047, 1205, 645],
        [3596, 1568, 1617, 1120],
        [3134, 1467, 2107, 1175],
        [2627, 1845, 1989, 810],
    ],
    [
        [1706, 1892, 2796, 543],
        [1744, 2020, 3035, 630],
        [2401, 1530, 2932, 630],
        [1855, 1881, 3436, 660],
    ],
    [
        [2405, 1924, 2627, 865],
        [2400, 2316, 3144, 1070],
        [2272, 1341, 3233, 1080],
        [2342, 2207, 2533, 820],
    ],
    [
        [2294, 1695, 2846, 910],
        [3495, 1735, 1824, 870],
        [3354, 1589, 2314, 870],
        [2994, 2052, 2522, 492],
    ],
    [
        [1841, 1439, 3316, 945],
        [2198, 1925, 2761, 660],
        [2382, 1428, 1864, 900],
        [3664, 1333, 1620, 672],
    ],
    [
        [1270, 1730, 3950, 591],
        [1459, 1673, 3611, 818],
        [1744, 1402, 3537, 790],
        [2473, 1191, 3239, 570],
    ],
    [
        [5158, 1215, 1561, 792],
        [4103, 1594, 1024, 840],
        [4282, 1526, 707, 660],
        [3532, 2106, 1102, 744],
    ],
];

/// True voices of each topic in all windows together: negative, neutral, positive.
///
/// # Units
/// 60ths of a voice.
pub(super) const TOPICS: [[i64; 3]; 21] = [
    [4430, 2204, 3448],
    [4724, 2970, 3225],
    [4401, 2489, 4523],
    [3418, 2622, 4053],
    [3595, 2461, 2809],
    [2365, 2181, 4870],
    [3729, 2369, 3229],
    [3651, 2538, 3761],
    [4972, 2700, 2402],
    [4152, 1942, 2962],
    [4216, 2164, 3390],
    [3607, 2525, 3795],
    [4070, 2785, 2930],
    [3350, 2210, 4041],
    [3096, 1914, 3003],
    [3806, 3119, 4709],
    [3264, 3017, 3891],
    [4066, 2541, 4061],
    [2364, 3148, 6595],
    [3632, 2051, 4574],
    [5757, 3986, 7785],
];

/// Districts invented for the eight places, of unequal sizes.
pub(super) const DISTRICTS: [u16; 8] = [0, 0, 1, 1, 2, 1, 2, 2];

#[cfg(test)]
mod tests {
    use super::*;

    fn units(voices: &serde_json::Value, tone: &str) -> f64 {
        voices["voices"][tone].as_f64().unwrap() * 60.0
    }

    #[test]
    fn sizes_are_those_of_the_fixture() {
        let truth = include_str!("../../../fixtures/riverton/truth.json");
        let truth: serde_json::Value = serde_json::from_str(truth).unwrap();
        let tones = ["negative", "neutral", "positive", "unread"];
        for (p, place) in PLACES.iter().enumerate() {
            for (w, window) in place.iter().enumerate() {
                for (tone, found) in tones.iter().zip(window) {
                    let truth = units(&truth["neighborhoods"][p]["windows"][w], tone);
                    assert!((truth - *found as f64).abs() <= 0.51, "{p} {w} {tone}");
                }
            }
        }
        for (t, topic) in TOPICS.iter().enumerate() {
            for (tone, found) in tones.iter().zip(topic) {
                let windows = truth["topics"][t]["windows"].as_array().unwrap();
                let truth: f64 = windows.iter().map(|window| units(window, tone)).sum();
                assert!((truth - *found as f64).abs() <= 0.51, "{t} {tone}");
            }
        }
    }
}
