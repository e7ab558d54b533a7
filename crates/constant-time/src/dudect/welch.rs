//! Welch's t-test, with means and variances that are kept up sample by sample (Welford 1962).

/// Two classes of samples.
#[derive(Default)]
pub(super) struct Welch {
    fixed: Moments,
    random: Moments,
}

#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    /// The sum of the squares of the distances from the mean.
    squares: f64,
}

impl Welch {
    /// One sample, and whether it is of the fixed class.
    pub(super) const fn take(&mut self, (value, fixed): (f64, bool)) {
        if fixed { self.fixed.take(value) } else { self.random.take(value) }
    }

    /// The distance of the means in units of its standard error; 0 while nothing can be said.
    pub(super) fn t(&self) -> f64 {
        let error = (self.fixed.error_squared() + self.random.error_squared()).sqrt();
        if error > 0.0 { (self.fixed.mean - self.random.mean) / error } else { 0.0 }
    }
}

impl Moments {
    const fn take(&mut self, value: f64) {
        self.count += 1.0;
        let from_old = value - self.mean;
        self.mean += from_old / self.count;
        self.squares += from_old * (value - self.mean);
    }

    fn error_squared(&self) -> f64 {
        if self.count < 2.0 { 0.0 } else { self.squares / (self.count - 1.0) / self.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(fixed: &[f64], random: &[f64]) -> f64 {
        let mut welch = Welch::default();
        fixed.iter().for_each(|value| welch.take((*value, true)));
        random.iter().for_each(|value| welch.take((*value, false)));
        welch.t()
    }

    #[test]
    fn t_is_that_of_a_worked_example_and_needs_two_of_each() {
        // Means 20 and 22, variances 4 and 16, four of each: -2 / sqrt(4/4 + 16/4).
        let (fixed, random) = ([18.0, 20.0, 20.0, 22.0], [18.0, 20.0, 24.0, 26.0]);
        let variance = |squares: f64| squares / 3.0 / 4.0;
        let expected = -2.0 / (variance(8.0) + variance(40.0)).sqrt();
        assert!((t(&fixed, &random) - expected).abs() < 1e-12);
        assert_eq!(t(&[1.0], &[2.0]), 0.0);
        assert_eq!(t(&fixed, &fixed), 0.0);
    }
}
