/// The numbers of one example of a batch.
pub(super) fn part<T>(all: &[T], size: usize, index: usize) -> &[T] {
    let length = all.len() / size.max(1);
    all.get(index * length..(index + 1) * length)
        .unwrap_or_default()
}
