//! One comparison: an operator and a version, of which the last numbers may be left open.

use super::super::Precedence;

/// Names a relation between a version and a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

/// Says how many numbers of the bound are given; the others are 0 and stand for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    Nothing,
    Major,
    Minor,
    All,
}

/// Compares versions to a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparator {
    pub(super) operator: Operator,
    pub(super) bound: Precedence,
    pub(super) given: Given,
}

impl Comparator {
    /// Tells whether the relation holds; whether pre-releases count is the group's affair.
    pub(super) fn holds_for(&self, version: &Precedence) -> bool {
        match self.operator {
            Operator::Equal if self.given == Given::All => *version == self.bound,
            Operator::Equal | Operator::Tilde => self.is_near(version),
            Operator::NotEqual => self.differs_from(version),
            Operator::Greater => self.is_below(version),
            Operator::GreaterOrEqual => *version >= self.bound,
            Operator::Less => *version < self.bound,
            Operator::LessOrEqual => self.is_not_below(version),
            Operator::Caret => self.is_compatible(version),
        }
    }

    /// `~1.2.3` is at least 1.2.3 and within 1.2; `~1` within 1; `~0.0.0` and `*` hold for all.
    fn is_near(&self, version: &Precedence) -> bool {
        let [major, minor, _] = version.numbers;
        let open =
            matches!(self.given, Given::Nothing | Given::All) && self.bound.numbers == [0; 3];
        *version >= self.bound
            && (open
                || major == self.bound.numbers[0]
                    && (minor == self.bound.numbers[1] || self.given == Given::Major))
    }

    /// `!=1.2` holds for all that is not within 1.2. A bound without numbers counts as 0.0.0.
    fn differs_from(&self, version: &Precedence) -> bool {
        let [major, minor, _] = version.numbers;
        let [bound_major, bound_minor, _] = self.bound.numbers;
        match self.given {
            Given::Nothing | Given::All => *version != self.bound,
            Given::Major => major != bound_major,
            Given::Minor if major != bound_major || minor != bound_minor => true,
            // Only the pre-releases are compared: that is what Masterminds does.
            Given::Minor => {
                let prereleases = version.is_prerelease() || self.bound.is_prerelease();
                prereleases && version.prerelease != self.bound.prerelease
            }
        }
    }

    /// `>1.2` holds from 1.3 on, `>1` from 2 on.
    fn is_below(&self, version: &Precedence) -> bool {
        let [major, minor, _] = version.numbers;
        let [bound_major, bound_minor, _] = self.bound.numbers;
        match self.given {
            Given::All => *version > self.bound,
            _ if major != bound_major => major > bound_major,
            Given::Nothing => *version > self.bound,
            Given::Major => false,
            Given::Minor => minor > bound_minor,
        }
    }

    /// `<=1.2` holds for all within 1.2, `<=1` for all within 1.
    fn is_not_below(&self, version: &Precedence) -> bool {
        let [major, minor, _] = version.numbers;
        let [bound_major, bound_minor, _] = self.bound.numbers;
        match self.given {
            Given::All => *version <= self.bound,
            _ if major != bound_major => major < bound_major,
            Given::Major => true,
            Given::Nothing | Given::Minor => minor <= bound_minor,
        }
    }

    /// `^1.2.3` is at least 1.2.3 and changes no number up to the first that is not 0.
    fn is_compatible(&self, version: &Precedence) -> bool {
        let [major, minor, patch] = version.numbers;
        let [bound_major, bound_minor, bound_patch] = self.bound.numbers;
        if *version < self.bound || major != bound_major {
            return false;
        }
        if bound_major > 0 || self.given == Given::Major {
            return true;
        }
        if bound_minor > 0 || self.given == Given::Minor {
            return minor == bound_minor;
        }
        minor == 0 && patch == bound_patch
    }
}
