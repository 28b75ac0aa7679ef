//! The closed form against least squares done the long way.

use super::*;

type Matrix = Vec<Vec<f64>>;

/// Inverse by Gauss-Jordan elimination with partial pivoting.
fn inverse(mut a: Matrix) -> Matrix {
    let n = a.len();
    let mut out: Matrix =
        (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for column in 0..n {
        let largest = |i: &usize, j: &usize| a[*i][column].abs().total_cmp(&a[*j][column].abs());
        let pivot = (column..n).max_by(largest).unwrap();
        a.swap(column, pivot);
        out.swap(column, pivot);
        let by = a[column][column];
        for j in 0..n {
            a[column][j] /= by;
            out[column][j] /= by;
        }
        for i in (0..n).filter(|i| *i != column) {
            let by = a[i][column];
            for j in 0..n {
                a[i][j] -= by * a[column][j];
                out[i][j] -= by * out[column][j];
            }
        }
    }
    out
}

/// Every measurement as (indicator of the neighbourhoods it sums, variance, value).
fn rows(
    district_of: &[u16],
    noise: LevelNoise,
    values: &(Vec<f64>, Vec<f64>, f64),
) -> Vec<(Vec<f64>, f64, f64)> {
    let n = district_of.len();
    let indicator =
        |of: &dyn Fn(usize) -> bool| (0..n).map(|i| f64::from(u8::from(of(i)))).collect();
    let mut rows: Vec<(Vec<f64>, f64, f64)> =
        (0..n).map(|i| (indicator(&|j| i == j), noise.leaf, values.0[i])).collect();
    if let Some(v1) = noise.district {
        for (d, value) in values.1.iter().enumerate() {
            rows.push((indicator(&|j| usize::from(district_of[j]) == d), v1, *value));
        }
    }
    if let Some(v2) = noise.city {
        rows.push((indicator(&|_| true), v2, values.2));
    }
    rows
}

/// Estimates and covariance of generalised least squares.
fn dense(rows: &[(Vec<f64>, f64, f64)]) -> (Vec<f64>, Matrix) {
    let n = rows[0].0.len();
    let mut normal = vec![vec![0.0; n]; n];
    let mut right = vec![0.0; n];
    for (x, variance, y) in rows {
        for i in 0..n {
            right[i] += x[i] * y / variance;
            (0..n).for_each(|j| normal[i][j] += x[i] * x[j] / variance);
        }
    }
    let covariance = inverse(normal);
    let estimate = |i: usize| (0..n).map(|j| covariance[i][j] * right[j]).sum();
    ((0..n).map(estimate).collect(), covariance)
}

const DISTRICTS: [u16; 9] = [0, 1, 1, 2, 0, 2, 2, 2, 3];

fn noises() -> [LevelNoise; 5] {
    let noise = |leaf, district, city| LevelNoise { leaf, district, city };
    [
        noise(2.0, Some(3.0), Some(7.0)),
        noise(2.0, Some(3.0), None),
        noise(2.0, None, Some(7.0)),
        noise(2.0, None, None),
        noise(0.5, Some(100.0), Some(0.01)),
    ]
}

fn measured(noise: LevelNoise) -> (Vec<f64>, Vec<f64>, f64) {
    let leaf: Vec<f64> = (0..9).map(|i| f64::from((i * 37) % 11) - 3.5).collect();
    let districts = if noise.district.is_some() { vec![4.0, -9.5, 20.25, 1.0] } else { vec![] };
    (leaf, districts, 31.75)
}

fn indicator(tree: &PlaceTree, node: Node) -> Vec<f64> {
    let within = |i: usize| match node {
        Node::Leaf(leaf) => leaf == i,
        Node::District(d) => tree.district_of(i) == d,
        Node::City => true,
    };
    (0..9).map(|i| f64::from(u8::from(within(i)))).collect()
}

fn nodes() -> Vec<Node> {
    let leaves = (0..9).map(Node::Leaf);
    leaves.chain((0..4).map(Node::District)).chain([Node::City]).collect()
}

#[test]
fn estimates_are_those_of_dense_least_squares() {
    for noise in noises() {
        let tree = PlaceTree::new(9, Some(&DISTRICTS), noise).unwrap();
        let values = measured(noise);
        let got = tree.reconcile(&values.0, &values.1, noise.city.map(|_| values.2)).unwrap();
        let (expected, _) = dense(&rows(&DISTRICTS, noise, &values));
        for (got, expected) in got.leaf.iter().zip(&expected) {
            assert!((got - expected).abs() < 1e-9, "{noise:?}: {got} against {expected}");
        }
    }
}

#[test]
fn covariances_of_all_nodes_are_those_of_dense_least_squares() {
    for noise in noises() {
        let tree = PlaceTree::new(9, Some(&DISTRICTS), noise).unwrap();
        let (_, dense) = dense(&rows(&DISTRICTS, noise, &measured(noise)));
        for a in nodes() {
            for b in nodes() {
                let (x, y) = (indicator(&tree, a), indicator(&tree, b));
                let expected: f64 = (0..9)
                    .flat_map(|i| (0..9).map(move |j| (i, j)))
                    .map(|(i, j)| x[i] * dense[i][j] * y[j])
                    .sum();
                let got = tree.covariance(a, b);
                assert!((got - expected).abs() < 1e-9, "{noise:?} {a:?} {b:?}: {got} {expected}");
            }
        }
    }
}

#[test]
fn sums_of_the_estimates_agree_at_every_level() {
    for noise in noises() {
        let tree = PlaceTree::new(9, Some(&DISTRICTS), noise).unwrap();
        let values = measured(noise);
        let got = tree.reconcile(&values.0, &values.1, noise.city.map(|_| values.2)).unwrap();
        for (d, district) in got.districts.iter().enumerate() {
            let within = (0..9).filter(|i| tree.district_of(*i) == d);
            let total: f64 = within.map(|i| got.leaf[i]).sum();
            assert!((total - district).abs() < 1e-9);
        }
        assert!((got.leaf.iter().sum::<f64>() - got.city).abs() < 1e-9);
    }
}

#[test]
fn measurements_that_agree_are_left_as_they_are() {
    let noise = noises()[0];
    let tree = PlaceTree::new(9, Some(&DISTRICTS), noise).unwrap();
    let leaf: Vec<f64> = (1..=9).map(f64::from).collect();
    let got = tree.reconcile(&leaf, &[6.0, 5.0, 25.0, 9.0], Some(45.0)).unwrap();
    assert_eq!((got.leaf, got.city), (leaf, 45.0));
}

/// 40 neighbourhoods in eight districts of five, with 10, 20 and 70 % of one budget: variance goes
/// with one over the share.
#[test]
fn even_city_of_forty_places_gains_what_the_design_says() {
    let noise = LevelNoise { leaf: 1.0 / 0.7, district: Some(1.0 / 0.2), city: Some(1.0 / 0.1) };
    let districts: Vec<u16> = (0..40).map(|i| i / 5).collect();
    let tree = PlaceTree::new(40, Some(&districts), noise).unwrap();
    let against_leaves = |node, leaves: f64| (tree.variance(node) / leaves).sqrt();
    assert!((against_leaves(Node::City, 40.0) - 0.42).abs() < 0.005);
    assert!((against_leaves(Node::District(3), 5.0) - 0.73).abs() < 0.005);
    assert!((against_leaves(Node::Leaf(7), 1.0) - 1.12).abs() < 0.005);
}

#[test]
fn neighbourhoods_of_one_district_are_held_together() {
    let tree = PlaceTree::new(9, Some(&DISTRICTS), noises()[0]).unwrap();
    let within = tree.correlation(Node::Leaf(1), Node::Leaf(2));
    let across = tree.correlation(Node::Leaf(1), Node::Leaf(3));
    assert!(within < across && across < 0.0 && within > -1.0, "{within} {across}");
}

#[test]
fn malformed_trees_and_values_are_refused() {
    use LevelsError as E;
    let noise = noises()[0];
    let new = |leaves, districts: Option<&[u16]>, noise| {
        PlaceTree::new(leaves, districts, noise).unwrap_err()
    };
    assert_eq!(new(0, None, noise), E::Empty);
    assert_eq!(new(2, None, noise), E::NoDistricts);
    assert_eq!(new(2, Some(&[0, 2]), noise), E::DistrictEmpty(1));
    assert!(matches!(new(3, Some(&[0, 1]), noise), E::Length { expected: 3, found: 2, .. }));
    assert_eq!(new(1, Some(&[0]), LevelNoise { leaf: 0.0, ..noise }), E::Variance(0.0));
    let tree = PlaceTree::new(2, Some(&[0, 0]), noise).unwrap();
    assert!(tree.reconcile(&[1.0], &[1.0], Some(1.0)).is_err());
    assert!(tree.reconcile(&[1.0, 1.0], &[], Some(1.0)).is_err());
    assert!(tree.reconcile(&[1.0, 1.0], &[1.0], None).is_err());
}
