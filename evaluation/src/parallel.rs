//! Independent work on all processors; the answers keep the order of the questions.

use std::sync::{Mutex, PoisonError};

/// What `work` makes of each item.
pub fn each<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let waiting = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((n, item)) = next() {
                    let answer = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((n, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|answer| answer.0);
    done.into_iter().map(|answer| answer.1).collect()
}
