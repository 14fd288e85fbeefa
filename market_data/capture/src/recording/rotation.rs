//! Which segments must go so that all recordings together stay within their bound: the oldest, never the current one.

/// How many of the oldest segments must go. `held` are the sizes of the finished ones, oldest first; `current_bytes` is
/// what the segment being written may yet grow to.
#[must_use]
pub fn surplus(held: &[u64], current_bytes: u64, max_bytes: u64) -> usize {
    let mut total: u64 = current_bytes + held.iter().sum::<u64>();
    let mut gone = 0;
    while total > max_bytes && gone < held.len() {
        total -= held[gone];
        gone += 1;
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_first_and_only_as_many_as_needed() {
        let held = [30, 20, 10];
        for (max, gone) in [
            (100, 0),
            (70, 0),
            (69, 1),
            (40, 1),
            (39, 2),
            (19, 3),
            (0, 3),
        ] {
            assert_eq!(surplus(&held, 10, max), gone, "{max}");
        }
    }
}
