//! Version numbers as conditions compare them (configuration manual 2.4).

use std::cmp::Ordering;

/// A HAProxy version such as `3.5-dev5` or `3.4.2-17`, ordered by age. Missing components are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    numbers: [u32; 3],
    stage: Stage,
    commits: u32,
}

/// How far a version is from its release; development snapshots come before the release they lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Development(u32),
    Candidate(u32),
    #[default]
    Release,
}

impl Version {
    /// Reads a version. Like in HAProxy a text that is none is older than any, further numbers are passed over, and a
    /// commit that is no number counts as zero: `3.5-dev5-50872daa6` is `3.5-dev5`.
    pub fn parse(text: &str) -> Version {
        const OLDEST: Version = Version { numbers: [0; 3], stage: Stage::Development(0), commits: 0 };
        Version::parse_whole(text.trim_start()).unwrap_or(OLDEST)
    }

    fn parse_whole(text: &str) -> Option<Version> {
        let (release, suffix) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = [0; 3];
        for (index, part) in release.split('.').enumerate() {
            let (number, rest) = leading_number(part);
            if !rest.is_empty() {
                return None;
            }
            if let Some(slot) = numbers.get_mut(index) {
                *slot = number;
            }
        }
        let (stage, commits) = suffix.split_once('-').unwrap_or((suffix, ""));
        let development = stage.strip_prefix("dev").map(|number| (Stage::Development as fn(u32) -> Stage, number));
        let candidate = || stage.strip_prefix("rc").map(|number| (Stage::Candidate as fn(u32) -> Stage, number));
        let (stage, commits) = match development.or_else(candidate) {
            Some((kind, number)) => {
                let (number, rest) = leading_number(number);
                if !rest.is_empty() {
                    return None;
                }
                (kind(number), commits)
            }
            None => (Stage::Release, stage),
        };
        Some(Version { numbers, stage, commits: commits.parse().unwrap_or(0) })
    }
}

/// A version of the OpenSSL interface such as `1.1.1w`, `3.0.22` or `3.5.0-beta1`, ordered by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpensslVersion {
    numbers: [u32; 3],
    /// Patch letters of the 1.x series as a number: none 0, `a` 1, … `z` 26, `za` 27.
    letters: u32,
    pre_release: Option<(PreRelease, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PreRelease {
    Dev,
    Alpha,
    Beta,
}

impl OpensslVersion {
    /// Reads `major.minor.fix`, patch letters and a pre-release suffix. All three numbers are needed. `None` if it is
    /// not of that form.
    pub fn parse(text: &str) -> Option<OpensslVersion> {
        let (release, suffix) = match text.split_once('-') {
            Some((release, suffix)) => (release, Some(suffix)),
            None => (text, None),
        };
        let mut parts = release.splitn(3, '.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        let last = parts.next()?;
        let (fix, letters) = leading_number(last);
        let digits = last.len() - letters.len();
        if digits == 0 || letters.len() > 2 || !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        let letters = letters
            .bytes()
            .fold(0, |sum, letter| if letter == b'z' { sum + 26 } else { sum + u32::from(letter - b'a') + 1 });
        let pre_release = suffix.map(parse_pre_release);
        if pre_release == Some(None) {
            return None;
        }
        Some(OpensslVersion { numbers: [major, minor, fix], letters, pre_release: pre_release.flatten() })
    }
}

impl Ord for OpensslVersion {
    fn cmp(&self, other: &OpensslVersion) -> Ordering {
        let release = |version: &OpensslVersion| (version.numbers, version.letters);
        release(self).cmp(&release(other)).then_with(|| match (self.pre_release, other.pre_release) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(&b),
        })
    }
}

impl PartialOrd for OpensslVersion {
    fn partial_cmp(&self, other: &OpensslVersion) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parse_pre_release(suffix: &str) -> Option<(PreRelease, u32)> {
    for (name, kind) in [("dev", PreRelease::Dev), ("alpha", PreRelease::Alpha), ("beta", PreRelease::Beta)] {
        if let Some(number) = suffix.strip_prefix(name) {
            let (number, rest) = leading_number(number);
            return rest.is_empty().then_some((kind, number));
        }
    }
    None
}

/// The digits a text begins with as a number (the largest one if they overflow), and what follows them.
fn leading_number(text: &str) -> (u32, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let number = if number.is_empty() { 0 } else { number.parse().unwrap_or(u32::MAX) };
    (number, rest)
}
