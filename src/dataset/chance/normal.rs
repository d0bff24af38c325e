//! The normal distribution, from one word.

/// The quantile function of the standard normal distribution for `p` in (0, 1),
/// with a relative error of about 1e-16.
///
/// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal
/// Distribution", Applied Statistics 37 (1988), routine PPND16.
#[expect(
    clippy::excessive_precision,
    reason = "the coefficients as they were published"
)]
pub fn inverse_normal(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(
            r,
            [
                2.5090809287301226727e3,
                3.3430575583588128105e4,
                6.7265770927008700853e4,
                4.5921953931549871457e4,
                1.3731693765509461125e4,
                1.9715909503065514427e3,
                1.3314166789178437745e2,
                3.3871328727963666080e0,
            ],
            [
                5.2264952788528545610e3,
                2.8729085735721942674e4,
                3.9307895800092710610e4,
                2.1213794301586595867e4,
                5.3941960214247511077e3,
                6.8718700749205790830e2,
                4.2313330701600911252e1,
                1.0,
            ],
        );
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= 5.0 {
        ratio(
            r - 1.6,
            [
                7.74545014278341407640e-4,
                2.27238449892691845833e-2,
                2.41780725177450611770e-1,
                1.27045825245236838258e0,
                3.64784832476320460504e0,
                5.76949722146069140550e0,
                4.63033784615654529590e0,
                1.42343711074968357734e0,
            ],
            [
                1.05075007164441684324e-9,
                5.47593808499534494600e-4,
                1.51986665636164571966e-2,
                1.48103976427480074590e-1,
                6.89767334985100004550e-1,
                1.67638483018380384940e0,
                2.05319162663775882187e0,
                1.0,
            ],
        )
    } else {
        ratio(
            r - 5.0,
            [
                2.01033439929228813265e-7,
                2.71155556874348757815e-5,
                1.24266094738807843860e-3,
                2.65321895265761230930e-2,
                2.96560571828504891230e-1,
                1.78482653991729133580e0,
                5.46378491116411436990e0,
                6.65790464350110377720e0,
            ],
            [
                2.04426310338993978564e-15,
                1.42151175831644588870e-7,
                1.84631831751005468180e-5,
                7.86869131145613259100e-4,
                1.48753612908506148525e-2,
                1.36929880922735805310e-1,
                5.99832206555887937690e-1,
                1.0,
            ],
        )
    };
    if q < 0.0 { -size } else { size }
}

/// One polynomial over another, the highest power first.
fn ratio(x: f64, over: [f64; 8], under: [f64; 8]) -> f64 {
    // Multiply, then add: a fused operation would round differently.
    let value = |coefficients: [f64; 8]| coefficients.into_iter().fold(0.0, |sum, c| sum * x + c);
    value(over) / value(under)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R's `qnorm`, which is AS 241 as well, and the tables of any book.
    #[test]
    fn known_quantiles() {
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959963984540054),
            (0.025, -1.959963984540054),
            (0.8413447460685429, 1.0),
            (0.99, 2.3263478740408408),
            (1e-10, -6.361340902404056),
            (1e-16, -8.222082216130435),
        ] {
            assert!((inverse_normal(p) - z).abs() < 1e-13, "{p}");
        }
    }

    #[test]
    fn it_undoes_the_distribution_function() {
        for i in 1..1000 {
            let p = f64::from(i) / 1000.0;
            let back = 0.5 * libm::erfc(-inverse_normal(p) / core::f64::consts::SQRT_2);
            assert!((back - p).abs() < 1e-14, "{p}");
        }
    }
}
