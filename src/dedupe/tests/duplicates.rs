//! The same article once, and look-alikes apart.

use super::texts::{DAM, DAM_ARABIC, LIBRARY, first_sentence, half};
use super::*;

/// Whether the later of two articles is the earlier one again, and why. Which one comes first must not matter.
fn compared(name: &str, one: Article, other: Article) -> (bool, Vec<Finding>) {
    let there = one_by_one(&[one, other], Aliases::default());
    let back = one_by_one(&[other, one], Aliases::default());
    let merged = |resolutions: &[Resolution]| resolutions[1].duplicate_of.is_some();
    assert_eq!(merged(&there), merged(&back), "{name}: the order matters");
    let compared = &there[1].compared;
    let findings = compared.iter().map(|known| known.texts.finding).collect();
    (merged(&there), findings)
}

#[test]
fn the_same_article_again_is_one_item() {
    let teaser = format!("{} Read more...", first_sentence(DAM));
    let teaser_arabic = format!("{} المزيد", first_sentence(DAM_ARABIC));
    let signed = format!(
        "SIDI KHALIFA, Nov 24 (Maghreb Wire) - {DAM}\n(Reporting by A. Writer; editing by B. Editor)"
    );
    let led = format!("The long wait of three villages is over: the water runs again below the wall.\n{DAM}");
    let led_arabic =
        format!("انتهى انتظار القرى الثلاث أخيرا وعادت المياه إلى مجاريها أسفل الجدار.\n{DAM_ARABIC}");
    let cases = [
        (
            "syndicated under another headline",
            "Spillway reopens after repairs",
            DAM,
            "Three villages can go home",
            DAM,
        ),
        (
            "syndicated with dateline and credits",
            "Spillway reopens",
            DAM,
            "Repairs done",
            &signed,
        ),
        (
            "cut after half",
            "Spillway reopens after repairs",
            DAM,
            "Gates replaced in nine days",
            half(DAM),
        ),
        (
            "with a new lead",
            "Spillway reopens after repairs",
            DAM,
            "Water runs again",
            &led,
        ),
        (
            "a teaser",
            "Spillway reopens after repairs",
            DAM,
            "Spillway reopens after repairs",
            &teaser,
        ),
        (
            "Arabic, another headline",
            "إعادة فتح مفيض السد",
            DAM_ARABIC,
            "العائلات تعود إلى القرى",
            DAM_ARABIC,
        ),
        (
            "Arabic, cut",
            "إعادة فتح مفيض السد",
            DAM_ARABIC,
            "استبدال بوابتين",
            half(DAM_ARABIC),
        ),
        (
            "Arabic, new lead",
            "إعادة فتح مفيض السد",
            DAM_ARABIC,
            "عودة المياه",
            &led_arabic,
        ),
        (
            "Arabic, a teaser",
            "إعادة فتح مفيض السد",
            DAM_ARABIC,
            "إعادة فتح مفيض السد",
            &teaser_arabic,
        ),
    ];
    for (name, title, text, other_title, other_text) in cases {
        let one = article(0, "wire.example", title, text);
        let other = article(5, "paper.example", other_title, other_text);
        let (merged, findings) = compared(name, one, other);
        assert!(merged, "{name}: {findings:?}");
    }
}

#[test]
fn a_repost_is_one_item() {
    for (name, title, text) in [
        ("English", "Library opens", LIBRARY),
        ("Arabic", "مفيض السد", DAM_ARABIC),
    ] {
        let one = at(
            "https://paper.example/a/1",
            article(0, "paper.example", title, text),
        );
        let other = at(
            "https://paper.example/b/2",
            article(30, "paper.example", title, text),
        );
        let (merged, findings) = compared(name, one, other);
        assert!(merged, "{name}: {findings:?}");
    }
}

#[test]
fn variants_of_a_page_are_one_item() {
    let page = "https://www.paper.example/2026/spillway.html";
    let title = "Spillway reopens after repairs";
    for variant in [
        "https://amp.paper.example/2026/spillway.html",
        "https://www.paper.example/amp/2026/spillway.html",
        "https://m.paper.example/2026/spillway.html",
        "https://www.paper.example/2026/spillway.html?print=1",
    ] {
        // The variant shows a few words only.
        let one = at(page, article(0, "paper.example", title, DAM));
        let other = at(
            variant,
            article(1, "paper.example", title, "Engineers reopened the spillway."),
        );
        let (merged, findings) = compared(variant, one, other);
        assert!(merged, "{variant}: {findings:?}");
    }
}

#[test]
fn after_the_window_a_text_is_new() {
    let one = article(0, "wire.example", "Library opens", LIBRARY);
    let other = article(24 * 15, "paper.example", "Library opens", LIBRARY);
    assert_eq!(compared("window", one, other), (false, vec![Finding::FarApart]));
}

#[test]
fn look_alikes_stay_apart() {
    for (name, same_host, hours, one, other) in LOOK_ALIKES {
        let host = if *same_host {
            "paper.example"
        } else {
            "wire.example"
        };
        let one = article(0, "paper.example", one.0, one.1);
        let other = article(*hours, host, other.0, other.1);
        let (merged, findings) = compared(name, one, other);
        assert!(!merged, "{name}: {findings:?}");
    }
}

#[test]
fn a_long_article_that_says_the_opposite_stays_apart() {
    let changed = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let cases = [
        (
            "not",
            DAM,
            changed(DAM, "Engineers reopened", "Engineers have not reopened"),
        ),
        (
            "denied",
            DAM,
            changed(
                DAM,
                "Engineers reopened",
                "The authority denied that engineers reopened",
            ),
        ),
        (
            "not, further down",
            DAM,
            changed(DAM, "told residents", "did not tell residents"),
        ),
        (
            "not, in Arabic",
            DAM_ARABIC,
            changed(DAM_ARABIC, "أعاد مهندسون فتح", "لم يعد مهندسون فتح"),
        ),
        (
            "denied, in Arabic",
            DAM_ARABIC,
            changed(DAM_ARABIC, "أعاد مهندسون", "نفت الهيئة أن مهندسين أعادوا"),
        ),
    ];
    let mut merged = Vec::new();
    for (name, text, other) in &cases {
        for host in ["wire.example", "paper.example"] {
            let one = article(0, "wire.example", "Qattara spillway", text);
            let other = article(5, host, "Qattara spillway", other);
            if let (true, findings) = compared(name, one, other) {
                merged.push((name, host, findings));
            }
        }
    }
    assert!(merged.is_empty(), "{merged:#?}");
}

type Look = (&'static str, &'static str);

/// Name, whether both are of one site, hours between them, and two titles with their texts.
const LOOK_ALIKES: &[(&str, bool, i64, Look, Look)] = &[
    (
        "a weekly column under one title",
        true,
        168,
        (
            "The Gardener's Week",
            "Prune the vines before the sap rises and burn what is diseased. My neighbour swears by \
            ash around the roses; I prefer compost that has slept for a year. Sow broad beans under glass now.",
        ),
        (
            "The Gardener's Week",
            "Snails came with the rain. Go out with a lamp after supper and gather them in a bucket, as \
            my aunt did. Lift the dahlias, label every tuber, and store them in dry sand until spring.",
        ),
    ),
    (
        "the weather of two days",
        true,
        24,
        (
            "Weather for Tuesday",
            "Sunny along the coast with light winds from the northwest on Tuesday. Inland it will be \
            dry and hot in the afternoon, and the sea will be calm to slight for fishing boats.",
        ),
        (
            "Weather for Wednesday",
            "Sunny along the coast with light winds from the northwest on Wednesday. Inland it will be \
            dry and hot in the afternoon, and the sea will be calm to slight for fishing boats.",
        ),
    ),
    (
        "the weather of two days, the days in the titles alone",
        true,
        24,
        (
            "Weather for Tuesday",
            "Sunny along the coast with light winds from the northwest. Inland it will be dry and hot \
            in the afternoon, and the sea will be calm to slight for fishing boats.",
        ),
        (
            "Weather for Wednesday",
            "Sunny along the coast with light winds from the northwest. Inland it will be dry and hot \
            in the afternoon, and the sea will be calm to slight for fishing boats.",
        ),
    ),
    (
        "the weather of two days, in Arabic",
        true,
        24,
        (
            "طقس الثلاثاء",
            "أجواء مشمسة على طول الساحل ورياح شمالية غربية خفيفة يوم الثلاثاء، وفي المناطق الداخلية تكون الأجواء جافة وحارة بعد \
            الظهر والبحر هادئا إلى خفيف الموج أمام قوارب الصيد.",
        ),
        (
            "طقس الأربعاء",
            "أجواء مشمسة على طول الساحل ورياح شمالية غربية خفيفة يوم الأربعاء، وفي المناطق الداخلية تكون الأجواء جافة وحارة بعد \
            الظهر والبحر هادئا إلى خفيف الموج أمام قوارب الصيد.",
        ),
    ),
    (
        "two matches",
        false,
        3,
        (
            "Madina beat Hilal 2-1",
            "Madina beat Hilal 2-1 at the Olympic stadium in the ninth round of the league. Omar Zwai \
            scored the first goal after 20 minutes with a header, and the visitors could not find a way back before the \
            final whistle.",
        ),
        (
            "Nasr beat Tahaddy 3-0",
            "Nasr beat Tahaddy 3-0 at the Olympic stadium in the ninth round of the league. Ali Maatoug \
            scored the first goal after 55 minutes with a header, and the visitors could not find a way back before the \
            final whistle.",
        ),
    ),
    (
        "two matches, in Arabic",
        false,
        3,
        (
            "فوز المدينة على الهلال",
            "فاز المدينة على الهلال بهدفين لهدف على الملعب الأولمبي في الجولة التاسعة من الدوري، وسجل عمر الزوي \
            الهدف الأول في الدقيقة 20 بضربة رأس ولم يتمكن الضيوف من العودة قبل صافرة النهاية.",
        ),
        (
            "فوز النصر على التحدي",
            "فاز النصر على التحدي بهدفين لهدف على الملعب الأولمبي في الجولة التاسعة من الدوري، وسجل علي المعتوق \
            الهدف الأول في الدقيقة 55 بضربة رأس ولم يتمكن الضيوف من العودة قبل صافرة النهاية.",
        ),
    ),
    (
        "exchange rates in one form",
        true,
        24,
        (
            "Dinar exchange rates",
            "The dollar was traded at 7.58 dinars in the parallel market this morning, the euro at 8.21 \
            and the pound at 9.66. A gram of gold of 18 carats cost 702 dinars in the old city, dealers said.",
        ),
        (
            "Dinar exchange rates",
            "The dollar was traded at 7.61 dinars in the parallel market this morning, the euro at 8.24 \
            and the pound at 9.66. A gram of gold of 18 carats cost 705 dinars in the old city, dealers said.",
        ),
    ),
    (
        "exchange rates that differ in one number",
        false,
        24,
        (
            "Dinar exchange rates",
            "The dollar was traded at 7.58 dinars in the parallel market this morning, and a gram of \
            gold of 18 carats cost 702 dinars in the old city, dealers said after the first hour of trade.",
        ),
        (
            "Dinar exchange rates",
            "The dollar was traded at 7.61 dinars in the parallel market this morning, and a gram of \
            gold of 18 carats cost 702 dinars in the old city, dealers said after the first hour of trade.",
        ),
    ),
    (
        "exchange rates in Arabic digits",
        true,
        24,
        (
            "أسعار الصرف",
            "بلغ سعر الدولار في السوق الموازي صباح اليوم ٧٫٥٨ دينار واليورو ٨٫٢١ دينار والجنيه ٩٫٦٦ دينار، وسجل غرام الذهب \
            عيار ١٨ في المدينة القديمة ٧٠٢ دينار بحسب المتعاملين.",
        ),
        (
            "أسعار الصرف",
            "بلغ سعر الدولار في السوق الموازي صباح اليوم ٧٫٦١ دينار واليورو ٨٫٢٤ دينار والجنيه ٩٫٦٦ دينار، وسجل غرام الذهب \
            عيار ١٨ في المدينة القديمة ٧٠٥ دينار بحسب المتعاملين.",
        ),
    ),
    (
        "two meetings of the same people months apart",
        true,
        24 * 70,
        (
            "Bunwara meets Ashour",
            "Salem Bunwara received Huda Ashour in his office to discuss the works at the dam, the budget \
            of the water authority and the return of families to the villages below the wall.",
        ),
        (
            "Bunwara meets Ashour",
            "Salem Bunwara received Huda Ashour in his office to discuss the works at the dam, the budget \
            of the water authority and the return of families to the villages below the wall.",
        ),
    ),
    (
        "a correction that says not",
        false,
        5,
        (
            "Port of Zuwara to close",
            "The port of Zuwara will close for dredging next month, the harbour master said, and \
            ferries to Malta will leave from the fishing quay until the work is finished in spring.",
        ),
        (
            "Port of Zuwara to close",
            "The port of Zuwara will not close for dredging next month, the harbour master said, and \
            ferries to Malta will leave from the fishing quay until the work is finished in spring.",
        ),
    ),
    (
        "a minister who denies what another confirmed",
        false,
        5,
        (
            "Minister on fuel prices",
            "The minister of economy confirmed that petrol prices will change before the end of the \
            year, and he asked drivers to be patient while stations on the coast are supplied by tanker.",
        ),
        (
            "Minister on fuel prices",
            "The minister of economy denied that petrol prices will change before the end of the \
            year, and he asked drivers to be patient while stations on the coast are supplied by tanker.",
        ),
    ),
    (
        "a denial in Arabic",
        false,
        5,
        (
            "إغلاق ميناء زوارة",
            "أكد مدير ميناء زوارة إغلاق الميناء الشهر المقبل لأعمال التعميق، وقال إن العبارات المتجهة إلى مالطا ستغادر من \
            رصيف الصيد حتى تنتهي الأعمال في الربيع.",
        ),
        (
            "إغلاق ميناء زوارة",
            "نفى مدير ميناء زوارة إغلاق الميناء الشهر المقبل لأعمال التعميق، وقال إن العبارات المتجهة إلى مالطا ستغادر من \
            رصيف الصيد حتى تنتهي الأعمال في الربيع.",
        ),
    ),
    (
        "two posts of a liveblog",
        true,
        1,
        (
            "Storm on the coast: live",
            "10:40 The coast guard has called off the search for the night; two boats are still \
            missing off Khoms and their crews have not answered the radio since the afternoon.",
        ),
        (
            "Storm on the coast: live",
            "12:15 Schools in Misrata stay shut tomorrow. The municipality is handing out blankets \
            in the sports hall, and bakers have been asked to work through until morning.",
        ),
    ),
    (
        "short texts",
        false,
        1,
        ("Council meets", "The council met on Sunday."),
        ("Council meets", "The council met on Sunday."),
    ),
    (
        "headlines of two words",
        false,
        1,
        ("Breaking news", ""),
        ("Breaking news", ""),
    ),
    ("nothing at all", false, 0, ("", ""), ("", "")),
];

#[test]
fn boilerplate_of_a_site_makes_nothing_one() {
    let about = "The Coast Courier has told its readers what happens between Zuwara and Derna since 1958. Subscribe to our \
        morning letter, and write to the editors at the harbour office about anything you saw.\n\
        Copyright of all words and pictures lies with the Coast Courier and those who made them.";
    let bodies = [
        (
            "Bakers raise the price of bread",
            "A loaf costs a quarter more after the mill stopped.",
        ),
        (
            "Swimmers reach the island",
            "Four friends swam to Farwa before breakfast on a bet.",
        ),
        (
            "Museum shows old radios",
            "A collector has lent ninety sets, some still humming.",
        ),
        (
            "Goats block the railway",
            "Herders took an hour to clear the track near the bridge.",
        ),
        (
            "Choir tours the south",
            "Forty singers travel by lorry with a piano under canvas.",
        ),
    ];
    let texts: Vec<String> = bodies
        .iter()
        .map(|(_, body)| format!("{body}\n{about}"))
        .collect();
    let articles: Vec<Article> = bodies
        .iter()
        .zip(&texts)
        .map(|((title, _), text)| article(0, "courier.example", title, text))
        .collect();
    let mut index = Index::new(Settings::default(), Aliases::default());
    let together = add(&mut index, &numbered(&articles));
    for resolutions in [together, one_by_one(&articles, Aliases::default())] {
        for (resolution, (title, _)) in resolutions.iter().zip(bodies) {
            assert_eq!(resolution.duplicate_of, None, "{title}");
            assert_eq!(resolution.story, None, "{title}");
        }
    }
}
