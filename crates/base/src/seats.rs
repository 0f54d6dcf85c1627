//! A list whose positions stay: what is taken out of it leaves an empty seat, so that ids which are positions go on meaning what they meant.

/// Things by position; some positions are empty.
#[derive(Clone, Debug)]
pub struct Seats<T>(Vec<Option<T>>);

impl<T> Seats<T> {
    /// What sits there.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index)?.as_ref()
    }

    /// Everything, in the order of the positions.
    pub fn iter(&self) -> Iter<'_, T> {
        self.0.iter().flatten()
    }

    /// Every position, the empty ones too.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = Option<&T>> {
        self.0.iter().map(Option::as_ref)
    }

    /// What becomes of each thing, in the same seats.
    pub fn map<U>(&self, make: impl Fn(&T) -> U) -> Seats<U> {
        Seats(self.positions().map(|thing| thing.map(&make)).collect())
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Puts something at a position, in the place of whatever is there.
    pub fn put(&mut self, index: usize, thing: T) {
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(thing);
    }

    /// Takes out what sits at a position.
    pub fn take(&mut self, index: usize) -> Option<T> {
        self.0.get_mut(index)?.take()
    }
}

/// What there is in [`Seats`].
pub type Iter<'a, T> = std::iter::Flatten<std::slice::Iter<'a, Option<T>>>;

impl<T> Default for Seats<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FromIterator<T> for Seats<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        Self(things.into_iter().map(Some).collect())
    }
}

impl<'a, T> IntoIterator for &'a Seats<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_outlive_what_sits_there() {
        let mut seats: Seats<char> = "abc".chars().collect();
        assert_eq!(seats.take(1), Some('b'));
        assert_eq!((seats.get(1), seats.get(2), seats.get(9)), (None, Some(&'c'), None));
        assert_eq!((seats.iter().collect::<String>(), seats.len()), ("ac".to_owned(), 2));
        seats.put(4, 'e');
        seats.put(1, 'x');
        let shown: String = seats.positions().map(|thing| thing.map_or('-', |thing| *thing)).collect();
        assert_eq!(shown, "axc-e");
    }
}
