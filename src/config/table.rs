//! A TOML table read key by key; everything that is wrong is noted and reading goes on.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, nearest};

/// A value and where it stands.
pub(super) struct Placed<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// One table of the file.
pub(super) struct Table<'a> {
    table: &'a DeTable<'a>,
    /// How the operator writes it: `[fetch]`.
    name: &'static str,
    /// Where it begins, for what is missing.
    pub span: Range<usize>,
}

impl<'a> Table<'a> {
    pub(super) fn new(table: &'a DeTable<'a>, name: &'static str, span: Range<usize>) -> Self {
        Self { table, name, span }
    }

    /// Notes keys that are neither known nor `planned` for a later version.
    pub(super) fn check_keys(&self, known: &[&str], planned: &[&str], problems: &mut Problems) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            if planned.contains(&name) {
                let message = format!("`{name}` in {} is planned, but not in this version", self.name);
                problems.advise(key.span(), message, "take it out for now");
                continue;
            }
            let message = format!("unknown key `{name}` in {}", self.name);
            match nearest(name, known.iter().copied()) {
                Some(right) => problems.advise(key.span(), message, format!("did you mean `{right}`?")),
                None => problems.advise(key.span(), message, format!("known keys: {}", known.join(", "))),
            }
        }
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key stands; the beginning of the table if it does not.
    pub(super) fn key_span(&self, key: &str) -> Range<usize> {
        let entry = self.table.get_key_value(key);
        entry.map_or_else(|| self.span.clone(), |(key, _)| key.span())
    }

    /// A table in this one, called `name`.
    pub(super) fn table(&self, key: &str, name: &'static str, problems: &mut Problems) -> Option<Table<'a>> {
        let value = self.get(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, &format!("{name} below the [[source]]"), problems);
            return None;
        };
        Some(Table::new(table, name, value.span()))
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str, problems: &mut Problems) {
        let found = typed(value.get_ref());
        problems.advise(
            value.span(),
            format!("`{key}` in {} is {found}", self.name),
            format!("write {wanted}"),
        );
    }

    /// A non-empty string.
    pub(super) fn text(&self, key: &str, example: &str, problems: &mut Problems) -> Option<Placed<String>> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, example, problems);
            return None;
        };
        if text.trim().is_empty() {
            problems.advise(
                value.span(),
                format!("`{key}` in {} is empty", self.name),
                format!("write {example}"),
            );
            return None;
        }
        Some(Placed {
            value: text.trim().to_owned(),
            span: value.span(),
        })
    }

    /// A string that has to be there.
    pub(super) fn required(
        &self,
        key: &str,
        example: &str,
        problems: &mut Problems,
    ) -> Option<Placed<String>> {
        if self.get(key).is_none() {
            problems.advise(
                self.span.clone(),
                format!("{} has no `{key}`", self.name),
                format!("add {key} = {example}"),
            );
        }
        self.text(key, example, problems)
    }

    /// A list of non-empty strings.
    pub(super) fn texts(&self, key: &str, example: &str, problems: &mut Problems) -> Vec<Placed<String>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, example, problems);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for entry in list {
            match entry.get_ref().as_str().map(str::trim) {
                Some("") => problems.add(entry.span(), format!("an empty entry in `{key}`")),
                Some(text) => texts.push(Placed {
                    value: text.to_owned(),
                    span: entry.span(),
                }),
                None => self.wrong_type(key, entry, example, problems),
            }
        }
        texts
    }

    /// The names and string values of a table in the table.
    pub(super) fn pairs(
        &self,
        key: &str,
        example: &str,
        problems: &mut Problems,
    ) -> Vec<(String, Placed<String>)> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, value, example, problems);
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, value) in table {
            match value.get_ref().as_str() {
                Some(text) => {
                    pairs.push((
                        name.get_ref().to_string(),
                        Placed {
                            value: text.to_owned(),
                            span: value.span(),
                        },
                    ));
                }
                None => self.wrong_type(name.get_ref(), value, "a string", problems),
            }
        }
        pairs
    }

    pub(super) fn flag(&self, key: &str, default: bool, problems: &mut Problems) -> bool {
        let Some(value) = self.get(key) else {
            return default;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, value, "true or false, without quotes", problems);
            default
        })
    }

    pub(super) fn number(
        &self,
        key: &str,
        default: usize,
        range: RangeInclusive<usize>,
        problems: &mut Problems,
    ) -> usize {
        let Some(value) = self.get(key) else {
            return default;
        };
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(
                key,
                value,
                &format!("a whole number, such as {default}"),
                problems,
            );
            return default;
        };
        match i128::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .and_then(|n| usize::try_from(n).ok())
        {
            Some(number) if range.contains(&number) => number,
            _ => {
                let advice = format!("from {} to {}", range.start(), range.end());
                problems.advise(
                    value.span(),
                    format!("`{key}` in {} is out of range", self.name),
                    advice,
                );
                default
            }
        }
    }

    pub(super) fn duration(
        &self,
        key: &str,
        range: RangeInclusive<Duration>,
        problems: &mut Problems,
    ) -> Option<Duration> {
        let placed = self.text(
            key,
            "a duration such as \"15m\", \"1h 30m\" or \"180d\"",
            problems,
        )?;
        let Ok(duration) = humantime::parse_duration(&placed.value) else {
            let message = format!("`{}` is no duration", placed.value);
            problems.advise(
                placed.span,
                message,
                "write \"90s\", \"15m\", \"1h 30m\", \"180d\" or \"2w\"",
            );
            return None;
        };
        if !range.contains(&duration) {
            let show = humantime::format_duration;
            let advice = format!("from {} to {}", show(*range.start()), show(*range.end()));
            problems.advise(
                placed.span,
                format!("`{key}` in {} is out of range", self.name),
                advice,
            );
            return None;
        }
        Some(duration)
    }

    /// Bytes, written as `8MiB` or `500kB`.
    pub(super) fn size(&self, key: &str, range: RangeInclusive<u64>, problems: &mut Problems) -> Option<u64> {
        let placed = self.text(key, "a size such as \"8MiB\" or \"500kB\"", problems)?;
        let Ok(size) = placed.value.parse::<bytesize::ByteSize>() else {
            let message = format!("`{}` is no size", placed.value);
            problems.advise(placed.span, message, "write \"8MiB\" or \"500kB\"");
            return None;
        };
        if !range.contains(&size.as_u64()) {
            let show = |bytes: u64| bytesize::ByteSize(bytes).display().iec().to_string();
            let advice = format!("from {} to {}", show(*range.start()), show(*range.end()));
            problems.advise(
                placed.span,
                format!("`{key}` in {} is out of range", self.name),
                advice,
            );
            return None;
        }
        Some(size.as_u64())
    }
}

/// `a string`, `an integer`.
pub(super) fn typed(value: &DeValue<'_>) -> String {
    let noun = value.type_str();
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
