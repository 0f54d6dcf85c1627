//! What comes of a test while more may be received: there is a third outcome, "not yet". Knows nothing of what is tested.

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds, and will.
    Holds,
    /// It does not hold, and will not.
    Fails,
    /// More has to come before anybody can tell.
    Undecided,
}

impl Verdict {
    /// Whether one of them holds. Nothing behind the first that does is looked at.
    pub(crate) fn any(verdicts: impl Iterator<Item = Self>) -> Self {
        let mut outcome = Self::Fails;
        for verdict in verdicts {
            match verdict {
                Self::Holds => return Self::Holds,
                Self::Undecided => outcome = Self::Undecided,
                Self::Fails => {}
            }
        }
        outcome
    }

    /// Whether all of them hold. Nothing behind the first that fails is looked at.
    pub(crate) fn all(verdicts: impl Iterator<Item = Self>) -> Self {
        Self::any(verdicts.map(|verdict| verdict.negated_if(true))).negated_if(true)
    }

    /// The opposite, where there is one and it is asked for.
    pub(crate) const fn negated_if(self, negated: bool) -> Self {
        match (self, negated) {
            (Self::Holds, true) => Self::Fails,
            (Self::Fails, true) => Self::Holds,
            (same, _) => same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Fails, Holds, Undecided};

    #[test]
    fn what_decides_decides_whatever_is_undecided() {
        for (verdicts, any, all) in [
            (&[][..], Fails, Holds),
            (&[Holds, Undecided], Holds, Undecided),
            (&[Undecided, Holds], Holds, Undecided),
            (&[Undecided, Fails], Undecided, Fails),
            (&[Fails, Fails], Fails, Fails),
            (&[Holds, Holds], Holds, Holds),
        ] {
            assert_eq!(Verdict::any(verdicts.iter().copied()), any, "any of {verdicts:?}");
            assert_eq!(Verdict::all(verdicts.iter().copied()), all, "all of {verdicts:?}");
        }
        assert_eq!(Undecided.negated_if(true), Undecided);
    }
}
