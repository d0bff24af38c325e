//! Distances on the Earth.

/// The mean radius of the Earth (IUGG) in kilometres.
const RADIUS: f64 = 6371.0088;

/// The great circle between two places, each latitude and longitude in degrees:
/// the haversine formula. Less than 0.6 % off, as the Earth is no sphere.
pub fn kilometres(from: [f64; 2], to: [f64; 2]) -> f64 {
    let radians = |degrees: f64| degrees * (core::f64::consts::PI / 180.0);
    let half_sine = |angle: f64| {
        let sine = libm::sin(radians(angle) / 2.0);
        sine * sine
    };
    let chord = half_sine(to[0] - from[0])
        + libm::cos(radians(from[0])) * libm::cos(radians(to[0])) * half_sine(to[1] - from[1]);
    2.0 * RADIUS * libm::asin(libm::sqrt(chord.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::kilometres;

    #[test]
    fn known_distances() {
        // Airport to airport, as route planners tell them.
        for (from, to, expected) in [
            ([48.3538, 11.7861], [48.3538, 11.7861], 0.0),
            ([51.4706, -0.4619], [40.6398, -73.7789], 5540.0),
            ([-33.9461, 151.177], [-41.3272, 174.805], 2225.0),
        ] {
            let found = kilometres(from, to);
            assert!((found - expected).abs() <= 0.006 * expected, "{found}");
        }
        let half = kilometres([0.0, 0.0], [0.0, 180.0]);
        assert!((half - 20_015.1).abs() < 0.1, "{half}");
    }
}
