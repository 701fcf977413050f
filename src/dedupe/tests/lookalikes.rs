//! Articles in nearly the same words that are not the same, in forms that no sample of news has shown.

use super::*;

/// Name, whether both are of one site, hours between them, and two titles with their texts.
type Pair = (&'static str, bool, i64, Look, Look);
type Look = (&'static str, &'static str);

const APART: &[Pair] = &[
    (
        "another town in an Arabic form",
        false,
        2,
        (
            "انقطاع الكهرباء",
            "أعلنت الشركة العامة للكهرباء عن انقطاع التيار في مدينة سرت بسبب أعمال الصيانة على الخط الرئيسي ودعت المواطنين إلى ترشيد الاستهلاك.",
        ),
        (
            "انقطاع الكهرباء",
            "أعلنت الشركة العامة للكهرباء عن انقطاع التيار في مدينة درنة بسبب أعمال الصيانة على الخط الرئيسي ودعت المواطنين إلى ترشيد الاستهلاك.",
        ),
    ),
    (
        "two releases in one form that names its subject again and again",
        true,
        24,
        (
            "Central bank unifies the exchange rate",
            "Central bank unifies the exchange rate: paragraph one tells in some detail what was decided, who was in the room, and why it took so long. Central bank unifies the exchange rate: paragraph two tells in some detail what was decided, who was in the room, and why it took so long. Central bank unifies the exchange rate: paragraph three tells in some detail what was decided, who was in the room, and why it took so long. Central bank unifies the exchange rate: paragraph four tells in some detail what was decided, who was in the room, and why it took so long. Central bank unifies the exchange rate: paragraph five tells in some detail what was decided, who was in the room, and why it took so long.",
        ),
        (
            "Port of Misrata expands its container yard",
            "Port of Misrata expands its container yard: paragraph one tells in some detail what was decided, who was in the room, and why it took so long. Port of Misrata expands its container yard: paragraph two tells in some detail what was decided, who was in the room, and why it took so long. Port of Misrata expands its container yard: paragraph three tells in some detail what was decided, who was in the room, and why it took so long. Port of Misrata expands its container yard: paragraph four tells in some detail what was decided, who was in the room, and why it took so long. Port of Misrata expands its container yard: paragraph five tells in some detail what was decided, who was in the room, and why it took so long.",
        ),
    ),
    (
        "two episodes over one blurb",
        true,
        168,
        (
            "The long way home, episode 12: the lighthouse keeper",
            "Our hosts talk about the week that was, read letters from listeners and share a recipe. Subscribe wherever you get your podcasts, and leave a review if you like the show.",
        ),
        (
            "The long way home, episode 13: a night at the opera",
            "Our hosts talk about the week that was, read letters from listeners and share a recipe. Subscribe wherever you get your podcasts, and leave a review if you like the show.",
        ),
    ),
    (
        "a toll that rises, in words",
        false,
        5,
        (
            "Bus falls into ravine near Gharyan",
            "At least three people were killed when a bus left the road near Gharyan and fell into a ravine, the police said. Rescuers worked with ropes and lamps through the night.",
        ),
        (
            "Bus falls into ravine near Gharyan",
            "At least seven people were killed when a bus left the road near Gharyan and fell into a ravine, the police said. Rescuers worked with ropes and lamps through the night.",
        ),
    ),
    (
        "a toll that rises, in Arabic words",
        false,
        5,
        (
            "سقوط حافلة قرب غريان",
            "لقي ثلاثة أشخاص مصرعهم إثر خروج حافلة عن الطريق قرب غريان وسقوطها في واد، وفق ما أفادت به الشرطة، وعملت فرق الإنقاذ طوال الليل على ضوء المصابيح.",
        ),
        (
            "سقوط حافلة قرب غريان",
            "لقي سبعة أشخاص مصرعهم إثر خروج حافلة عن الطريق قرب غريان وسقوطها في واد، وفق ما أفادت به الشرطة، وعملت فرق الإنقاذ طوال الليل على ضوء المصابيح.",
        ),
    ),
    (
        "a guide to two matches, longer than a bulletin",
        true,
        3,
        (
            "How to watch Wanderers v Albion: channel, start and line-ups",
            "Wanderers meet Albion on Saturday in the premier division, and there is more than one way to follow the game. The broadcaster shows all of it on its main sports channel, with a studio programme from half an hour before the start. Subscribers can stream it on the website and in the app, on phones, tablets and most television sets. A day pass costs as much as two cups of coffee and can be cancelled at any time. Those who are at work can listen on the radio, where the commentary begins with the teams and ends with the voices of the managers. We will have a live page from the first whistle, with photographs, figures and letters from our readers. Afterwards you will find the marks for all players here, and on Sunday the highlights are free for everybody to watch. Tickets are sold out, but the club returns some on the day of the game at the office behind the north stand.",
        ),
        (
            "How to watch Rovers v United: channel, start and line-ups",
            "Rovers meet United on Saturday in the premier division, and there is more than one way to follow the game. The broadcaster shows all of it on its main sports channel, with a studio programme from half an hour before the start. Subscribers can stream it on the website and in the app, on phones, tablets and most television sets. A day pass costs as much as two cups of coffee and can be cancelled at any time. Those who are at work can listen on the radio, where the commentary begins with the teams and ends with the voices of the managers. We will have a live page from the first whistle, with photographs, figures and letters from our readers. Afterwards you will find the marks for all players here, and on Sunday the highlights are free for everybody to watch. Tickets are sold out, but the club returns some on the day of the game at the office behind the north stand.",
        ),
    ),
    (
        "one publisher's papers of two towns",
        false,
        0,
        (
            "Leadham council puts up the price of parking",
            "Drivers in Leadham will pay more to park from next month, after councillors voted for new charges at a meeting that went on until late. An hour in the centre will cost twice as much as it did, and evenings will no longer be free. The council says that it must close a gap in its budget that has grown since the grant from the government was cut. Shop owners fear that customers will drive to the retail parks outside Leadham in their place, and a petition has been signed by many. Residents can still buy a permit by the year, which will not change in price until the spring. The leader of the council said that nobody likes to pay more, but that the alternative was to close a library. A spokesman for motorists said that buses must come more often before people can be asked to leave their cars at home. The charges will be looked at again after a year. Signs will be put up over the coming weeks, and wardens have been told to give warnings at first.",
        ),
        (
            "Yorham council puts up the price of parking",
            "Drivers in Yorham will pay more to park from next month, after councillors voted for new charges at a meeting that went on until late. An hour in the centre will cost twice as much as it did, and evenings will no longer be free. The council says that it must close a gap in its budget that has grown since the grant from the government was cut. Shop owners fear that customers will drive to the retail parks outside Yorham in their place, and a petition has been signed by many. Residents can still buy a permit by the year, which will not change in price until the spring. The leader of the council said that nobody likes to pay more, but that the alternative was to close a library. A spokesman for motorists said that buses must come more often before people can be asked to leave their cars at home. The charges will be looked at again after a year. Signs will be put up over the coming weeks, and wardens have been told to give warnings at first.",
        ),
    ),
    (
        "an analysis that quotes a statement in full",
        false,
        4,
        (
            "Statement of the water authority",
            "The water authority regrets the interruption of supplies in the eastern districts and thanks all households for their patience. The main pump was replaced during the night, the network has been flushed, and samples were sent to the laboratory for tests. Until the results are known, water should be boiled before it is given to children.",
        ),
        (
            "Why the taps of the east run dry every summer",
            "For the fifth summer in a row, the women of the hill quarter carry their water up a hundred and ten steps, and nobody there believes any longer in bad luck. The pipes were laid by a firm that no longer exists, along a line that its own surveyor had warned against. Inside the archive of the province lies a letter of his, brown with age, in which he asks for steel where clay was used. No one answered him. Since then the town has grown to four times its size, and the wells that fed it have been sold to a bottling plant. On Sunday the utility put out a text that many have learnt by heart. It reads: The water authority regrets the interruption of supplies in the eastern districts and thanks all households for their patience. The main pump was replaced during the night, the network has been flushed, and samples were sent to the laboratory for tests. Until the results are known, water should be boiled before it is given to children. Engineers whom we asked laughed at it. A pump, they say, cannot push what is not there.",
        ),
    ),
    (
        "tomorrow's weather in Dutch",
        false,
        24,
        (
            "Het weer",
            "Op dinsdag blijft het droog aan de kust met een zwakke wind uit het noordwesten, en landinwaarts wordt het in de middag warm, terwijl de zee kalm blijft voor vissers.",
        ),
        (
            "Het weer",
            "Op woensdag blijft het droog aan de kust met een zwakke wind uit het noordwesten, en landinwaarts wordt het in de middag warm, terwijl de zee kalm blijft voor vissers.",
        ),
    ),
    (
        "tomorrow's weather in Russian",
        false,
        24,
        (
            "Погода",
            "Во вторник на побережье сохранится сухая погода со слабым ветром с северо-запада, в глубине страны днём будет жарко, а море останется спокойным для рыбаков.",
        ),
        (
            "Погода",
            "В среду на побережье сохранится сухая погода со слабым ветром с северо-запада, в глубине страны днём будет жарко, а море останется спокойным для рыбаков.",
        ),
    ),
    (
        "tomorrow's weather in Turkish",
        false,
        24,
        (
            "Hava durumu",
            "Hava salı günü kıyı boyunca kuru kalacak, kuzeybatıdan hafif bir rüzgâr esecek, iç kesimlerde öğleden sonra sıcak olacak ve deniz balıkçılar için sakin geçecek.",
        ),
        (
            "Hava durumu",
            "Hava çarşamba günü kıyı boyunca kuru kalacak, kuzeybatıdan hafif bir rüzgâr esecek, iç kesimlerde öğleden sonra sıcak olacak ve deniz balıkçılar için sakin geçecek.",
        ),
    ),
    (
        "a denial in Portuguese",
        false,
        4,
        (
            "Porto de Sines fecha",
            "O porto de Sines vai fechar no próximo mês para obras de dragagem, disse o capitão, e os navios para a Madeira partirão do cais de pesca até ao fim dos trabalhos na primavera.",
        ),
        (
            "Porto de Sines fecha",
            "O porto de Sines não vai fechar no próximo mês para obras de dragagem, disse o capitão, e os navios para a Madeira partirão do cais de pesca até ao fim dos trabalhos na primavera.",
        ),
    ),
    (
        "a denial in Swedish",
        false,
        4,
        (
            "Hamnen stängs",
            "Hamnen i Ystad stängs nästa månad för muddring, säger hamnkaptenen, och färjorna till Bornholm kommer att avgå från fiskekajen tills arbetet är klart i vår.",
        ),
        (
            "Hamnen stängs",
            "Hamnen i Ystad stängs inte nästa månad för muddring, säger hamnkaptenen, och färjorna till Bornholm kommer att avgå från fiskekajen tills arbetet är klart i vår.",
        ),
    ),
    (
        "a denial in Turkish",
        false,
        4,
        (
            "Bakandan açıklama",
            "Bakan, limanın gelecek ay tarama çalışmaları için kapatılacağını doğruladı ve feribotların çalışmalar bahar aylarında bitene kadar balıkçı iskelesinden kalkacağını söyledi.",
        ),
        (
            "Bakandan açıklama",
            "Bakan, limanın gelecek ay tarama çalışmaları için kapatılacağını yalanladı ve feribotların çalışmalar bahar aylarında bitene kadar balıkçı iskelesinden kalkacağını söyledi.",
        ),
    ),
    (
        "another player at the beginning of each sentence",
        false,
        2,
        (
            "Match report",
            "Maatoug scored twice in the second half and the visitors never found an answer to the runs on the left wing. The coach said that he was proud of his side and of the people who had come in the rain.",
        ),
        (
            "Match report",
            "Zwai scored twice in the second half and the visitors never found an answer to the runs on the left wing. The coach said that he was proud of his side and of the people who had come in the rain.",
        ),
    ),
    (
        "horoscopes of two signs",
        true,
        0,
        (
            "Horoscope for Leo",
            "A good day to begin something new. Someone from your past will write to you, and you should answer with care. Money matters can wait until the end of the week; take a walk in the evening.",
        ),
        (
            "Horoscope for Virgo",
            "A good day to begin something new. Someone from your past will write to you, and you should answer with care. Money matters can wait until the end of the week; take a walk in the evening.",
        ),
    ),
    (
        "a vote that went the other way",
        false,
        6,
        (
            "Parliament votes on the budget",
            "Parliament approved the budget on Monday evening after a debate of nine hours, in which members of all parties spoke about the price of bread and the state of the roads in the south.",
        ),
        (
            "Parliament votes on the budget",
            "Parliament rejected the budget on Monday evening after a debate of nine hours, in which members of all parties spoke about the price of bread and the state of the roads in the south.",
        ),
    ),
    (
        "a denial in Chinese",
        false,
        5,
        (
            "港口关闭",
            "港务局长周一表示，港口将于下月关闭进行疏浚，开往各岛的渡轮将从渔业码头出发，直到春季工程结束为止，旅客须提前一小时到达码头办理手续。",
        ),
        (
            "港口关闭",
            "港务局长周一表示，港口不会于下月关闭进行疏浚，开往各岛的渡轮将从渔业码头出发，直到春季工程结束为止，旅客须提前一小时到达码头办理手续。",
        ),
    ),
];

const ONE: &[Pair] = &[
    (
        "a teaser whose lines were joined",
        false,
        3,
        (
            "Mizran library opens",
            "Readers queued along Zawiya Street before dawn\nDirector Noura Tarhuni unlocked the blue door with the key that her grandfather kept\nConservators bound again thousands of books over five winters, most of them from the collection of Yusuf Gherian\nHis diaries lie in a case near the stairs, and visitors may turn the pages with cotton gloves.",
        ),
        (
            "Mizran library opens",
            "Readers queued along Zawiya Street before dawn Director Noura Tarhuni unlocked the blue door with the key that her grandfather kept Conservators bound again thousands of books…",
        ),
    ),
    (
        "tatweel and vowel marks",
        false,
        3,
        (
            "إغلاق ميناء زوارة",
            "أكد مدير ميناء زوارة إغلاق الميناء الشهر المقبل لأعمال التعميق، وقال إن العبارات المتجهة إلى مالطا ستغادر من رصيف الصيد حتى تنتهي الأعمال في الربيع.",
        ),
        (
            "إغـــلاق مينـاء زوارة",
            "أكَّدَ مديـــر مينـاء زوارة إغــلاق الميناء الشهر المقبل لأعمال التعميق، وقالَ إنَّ العبَّارات المتجهة الى مالطا ستغادر من رصيف الصيد حتي تنتهي الاعمال في الربيع.",
        ),
    ),
    (
        "an Arabic teaser with a line below it",
        false,
        3,
        (
            "إغلاق ميناء زوارة",
            "أكد مدير ميناء زوارة إغلاق الميناء الشهر المقبل لأعمال التعميق، وقال إن العبارات المتجهة إلى مالطا ستغادر من رصيف الصيد حتى تنتهي الأعمال في الربيع. وأضاف أن المسافرين سيحصلون على تذاكر مخفضة طوال هذه المدة.",
        ),
        (
            "إغلاق ميناء زوارة",
            "أكد مدير ميناء زوارة إغلاق الميناء الشهر المقبل لأعمال التعميق، وقال إن العبارات المتجهة إلى مالطا ستغادر من رصيف الصيد... اقرأ المزيد",
        ),
    ),
    (
        "another headline over a copy with a few other words",
        false,
        5,
        (
            "Port of Zuwara to close for dredging",
            "The port of Zuwara will close for dredging next month, the harbour master said, and ferries to Malta will leave from the fishing quay until the work is finished in spring. Fishermen have been promised compensation for the weeks in which they cannot land their catch at the usual place.",
        ),
        (
            "Ferries to Malta move to the fishing quay",
            "The port of Zuwara will close for dredging next month, the harbour master said, and boats to Malta will leave from the fishing quay until the work is finished in spring. Fishermen have been promised compensation for the weeks in which they cannot land their catch at the usual place.",
        ),
    ),
    (
        "a copy below a lead of its own",
        false,
        5,
        (
            "Port of Zuwara to close for dredging",
            "The port of Zuwara will close for dredging next month, the harbour master said, and ferries to Malta will leave from the fishing quay until the work is finished in spring. Fishermen have been promised compensation for the weeks in which they cannot land their catch at the usual place.",
        ),
        (
            "What travellers to Malta need to know",
            "Whoever has booked a passage should look at the ticket twice. Our reporter asked at the harbour.\nThe port of Zuwara will close for dredging next month, the harbour master said, and ferries to Malta will leave from the fishing quay until the work is finished in spring. Fishermen have been promised compensation for the weeks in which they cannot land their catch at the usual place.",
        ),
    ),
];

/// Whether each pair was merged, in either order, and why.
fn merged(pairs: &[Pair]) -> Vec<(&'static str, bool, Vec<Finding>)> {
    let hosts = |same: bool| if same { "paper.example" } else { "wire.example" };
    let judge = |(name, same_host, hours, one, other): &Pair| {
        let one = article(0, "paper.example", one.0, one.1);
        let other = article(*hours, hosts(*same_host), other.0, other.1);
        let there = one_by_one(&[one, other], Aliases::default());
        let back = one_by_one(&[other, one], Aliases::default());
        let is_merged = |resolutions: &[Resolution]| resolutions[1].duplicate_of.is_some();
        assert_eq!(is_merged(&there), is_merged(&back), "{name}: the order matters");
        let findings = there[1]
            .compared
            .iter()
            .map(|known| known.texts.finding)
            .collect();
        (*name, is_merged(&there), findings)
    };
    pairs.iter().map(judge).collect()
}

#[test]
fn other_news_in_the_same_form_stays_apart() {
    let wrong: Vec<_> = merged(APART)
        .into_iter()
        .filter(|(_, merged, _)| *merged)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_article_in_two_forms_is_one() {
    let missed: Vec<_> = merged(ONE)
        .into_iter()
        .filter(|(_, merged, _)| !*merged)
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}
