//! What words in dates mean.

/// A word that says something about a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// 1 to 12.
    Month(u32),
    /// Seconds east of UTC.
    Zone(i32),
    /// `pm`, not `am`.
    Afternoon(bool),
    /// A weekday: says nothing that is not known, and is wrong more often.
    Weekday,
}

/// Beginnings of month names, January first: English, French, Spanish, Italian, Portuguese, German, Dutch, Turkish,
/// Indonesian, Polish, Russian, Greek. The longest that fits decides, so that `mart` (Turkish March) and `mar` agree and
/// `mayıs` is not March.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen", "jän", "oca", "stycz", "sty", "янв", "ιαν"],
    &["feb", "fév", "fev", "şub", "lut", "peb", "фев", "φεβ"],
    &["mar", "mär", "maa", "mrz", "mrt", "мар", "μαρ", "μάρ"],
    &["apr", "avr", "abr", "nis", "kwi", "апр", "απρ"],
    &[
        "may", "mai", "mag", "mei", "maj", "мая", "май", "μαι", "μάι", "μαϊ", "μάϊ",
    ],
    &["jun", "juin", "giu", "haz", "cze", "июн", "ιουν", "ιούν"],
    &["jul", "juil", "lug", "tem", "lip", "июл", "ιουλ", "ιούλ"],
    &[
        "aug", "aoû", "aou", "ago", "ağu", "agu", "sie", "авг", "αυγ", "αύγ",
    ],
    &["sep", "set", "eyl", "wrz", "сен", "σεπ"],
    &["oct", "okt", "ott", "out", "eki", "paź", "окт", "οκτ"],
    &["nov", "kas", "lis", "ноя", "νοε", "νοέ"],
    &["dec", "déc", "dic", "dez", "ara", "gru", "des", "дек", "δεκ"],
];

/// Whole month names of these languages and their neighbours. A word that begins like a month and is not the beginning of
/// one of these is another word: Maryam, Marathon, Augsburg.
const WHOLE: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "fevrier",
    "aout",
    "decembre",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "setiembre",
    "gennaio",
    "febbraio",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "settembre",
    "ottobre",
    "dicembre",
    "janeiro",
    "fevereiro",
    "março",
    "marco",
    "maio",
    "junho",
    "julho",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
    "januar",
    "jänner",
    "februar",
    "feber",
    "märz",
    "maerz",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "januari",
    "februari",
    "maart",
    "mei",
    "augustus",
    "augusti",
    "augusts",
    "juuli",
    "ocak",
    "şubat",
    "mart",
    "nisan",
    "mayıs",
    "mayis",
    "haziran",
    "temmuz",
    "ağustos",
    "agustos",
    "eylül",
    "eylul",
    "ekim",
    "kasım",
    "kasim",
    "aralık",
    "aralik",
    "subat",
    "maret",
    "agustus",
    "desember",
    "pebruari",
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
    "styczeń",
    "luty",
    "marzec",
    "kwiecień",
    "maj",
    "czerwiec",
    "lipiec",
    "sierpień",
    "wrzesień",
    "październik",
    "listopad",
    "grudzień",
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
    "ιανουαρίου",
    "φεβρουαρίου",
    "μαρτίου",
    "απριλίου",
    "μαΐου",
    "ιουνίου",
    "ιουλίου",
    "αυγούστου",
    "σεπτεμβρίου",
    "οκτωβρίου",
    "νοεμβρίου",
    "δεκεμβρίου",
    "ιανουάριος",
    "φεβρουάριος",
    "μάρτιος",
    "απρίλιος",
    "μάιος",
    "ιούνιος",
    "ιούλιος",
    "αύγουστος",
    "σεπτέμβριος",
    "οκτώβριος",
    "νοέμβριος",
    "δεκέμβριος",
    "martie",
    "aprilie",
    "iunie",
    "iulie",
    "septembrie",
    "octombrie",
    "noiembrie",
    "decembrie",
    "marts",
    "gener",
    "febrer",
    "març",
    "maig",
    "juny",
    "juliol",
    "agost",
    "setembre",
    "desembre",
];

/// Abbreviations that leave letters out.
const CONTRACTED: &[&str] = &["mrz", "mrt", "jän", "sept", "dz"];

/// Whole month names in Arabic: as in Egypt and Libya, in the Levant and Iraq, in the Maghreb.
const ARABIC: &[(&str, u32)] = &[
    ("يناير", 1),
    ("جانفي", 1),
    ("فبراير", 2),
    ("شباط", 2),
    ("فيفري", 2),
    ("مارس", 3),
    ("آذار", 3),
    ("اذار", 3),
    ("أبريل", 4),
    ("ابريل", 4),
    ("إبريل", 4),
    ("نيسان", 4),
    ("أفريل", 4),
    ("افريل", 4),
    ("مايو", 5),
    ("أيار", 5),
    ("ايار", 5),
    ("ماي", 5),
    ("يونيو", 6),
    ("يونيه", 6),
    ("حزيران", 6),
    ("جوان", 6),
    ("يوليو", 7),
    ("يوليه", 7),
    ("تموز", 7),
    ("جويلية", 7),
    ("يوليوز", 7),
    ("أغسطس", 8),
    ("اغسطس", 8),
    ("آب", 8),
    ("أوت", 8),
    ("اوت", 8),
    ("غشت", 8),
    ("سبتمبر", 9),
    ("أيلول", 9),
    ("ايلول", 9),
    ("شتنبر", 9),
    ("أكتوبر", 10),
    ("اكتوبر", 10),
    ("نوفمبر", 11),
    ("نونبر", 11),
    ("ديسمبر", 12),
    ("دجنبر", 12),
];

/// Months of the Levant that take two words.
const PAIRS: &[(&str, &str, u32)] = &[
    ("كانون", "ثاني", 1),
    ("تشرين", "أول", 10),
    ("تشرين", "اول", 10),
    ("تشرين", "ثاني", 11),
    ("كانون", "أول", 12),
    ("كانون", "اول", 12),
];

/// Hours east of UTC, in quarters.
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 4),
    ("bst", 4),
    ("cet", 4),
    ("met", 4),
    ("mez", 4),
    ("wat", 4),
    ("cest", 8),
    ("mest", 8),
    ("mesz", 8),
    ("eet", 8),
    ("cat", 8),
    ("sast", 8),
    ("eest", 12),
    ("msk", 12),
    ("eat", 12),
    ("trt", 12),
    ("gst", 16),
    ("pkt", 20),
    ("ist", 22),
    ("hkt", 32),
    ("jst", 36),
    ("kst", 36),
    ("aest", 40),
    ("aedt", 44),
    ("adt", -12),
    ("ast", -16),
    ("edt", -16),
    ("est", -20),
    ("cdt", -20),
    ("cst", -24),
    ("mdt", -24),
    ("mst", -28),
    ("pdt", -28),
    ("pst", -32),
];

/// English, because it is what RFC 822 asks for; in other languages a word that is not known does no harm.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What a lower-case word means; `None` for one that means nothing here.
pub(super) fn meaning(word: &str) -> Option<Word> {
    if let Some((_, quarters)) = ZONES.iter().find(|(name, _)| *name == word) {
        return Some(Word::Zone(quarters * 15 * 60));
    }
    match word {
        "am" | "ص" | "صباحا" | "صباحًا" => return Some(Word::Afternoon(false)),
        "pm" | "م" | "مساء" | "مساءً" => return Some(Word::Afternoon(true)),
        _ => {}
    }
    if word.chars().count() >= 3 && WEEKDAYS.iter().any(|day| word.starts_with(day)) {
        return Some(Word::Weekday);
    }
    month(word).map(Word::Month)
}

/// The month with this name, 1 to 12.
pub(crate) fn month(word: &str) -> Option<u32> {
    if let Some((_, month)) = ARABIC.iter().find(|(name, _)| *name == word) {
        return Some(*month);
    }
    let fits = |prefix: &&&str| word.starts_with(**prefix);
    let longest = |(month, prefixes): (u32, &&[&str])| {
        let length = prefixes.iter().filter(fits).map(|prefix| prefix.len()).max()?;
        Some((length, month))
    };
    let months = (1..).zip(&MONTHS).filter_map(longest);
    let (_, month) = months.max_by_key(|(length, _)| *length)?;
    // Last, because few words come so far.
    let is_name = word.chars().count() >= 3
        && (WHOLE.iter().any(|name| name.starts_with(word)) || CONTRACTED.contains(&word));
    is_name.then_some(month)
}

/// The month whose name these two words are.
pub(super) fn month_of_two(first: &str, second: &str) -> Option<u32> {
    let second = second.strip_prefix("ال").unwrap_or(second);
    let pair = PAIRS.iter().find(|(a, b, _)| *a == first && *b == second)?;
    Some(pair.2)
}
