//! Articles that several tests need.

pub(super) const DAM: &str = "Engineers reopened the Qattara spillway on Monday after nine days of repairs that cost 4.2 \
million dinars, the regional water authority said. Salem Bunwara, who leads the works, said 37 divers and welders had \
replaced two corroded gates and poured 610 tonnes of concrete under floodlights.\n\
The reservoir had stood at 81 percent of its capacity when a night watchman heard the upper gate grind against its rail. \
Families in three villages below the wall were moved to a sports hall in Sidi Khalifa, and the coastal road was shut to \
lorries.\n\
Bunwara said the rail had been bent by a floating tree, and that cameras would now watch the intake day and night. A \
retired surveyor, Huda Ashour, who helped to build the wall in 1972, told residents at a meeting that the foundations were \
sound, but that the drains behind them had been forgotten for decades.\n\
Farmers asked for compensation for 190 hectares of barley that dried while the channels were empty. The authority promised \
an answer before the harvest and will publish the report of its inspectors in full.";

pub(super) const DAM_ARABIC: &str = "أعاد مهندسون فتح مفيض سد القطارة يوم الاثنين بعد تسعة أيام من أعمال الصيانة التي كلفت 4.2 مليون \
دينار، بحسب ما ذكرته هيئة المياه. وقال سالم بونوارة، المشرف على الأعمال، إن 37 غواصا ولحاما استبدلوا بوابتين متآكلتين وصبوا 610 أطنان من \
الخرسانة ليلا تحت الأضواء الكاشفة.\n\
وكان منسوب الخزان قد بلغ 81 في المئة من سعته عندما سمع حارس ليلي احتكاك البوابة العليا بسكتها. ونقلت عائلات من ثلاث قرى تقع أسفل \
الجدار إلى صالة رياضية في سيدي خليفة، كما أغلق الطريق الساحلي أمام الشاحنات.\n\
وأوضح بونوارة أن شجرة طافية تسببت في انحناء السكة، وأن كاميرات ستراقب المدخل ليل نهار. وقالت المساحة المتقاعدة هدى عاشور، التي شاركت \
في بناء الجدار سنة 1972، للسكان خلال لقاء إن الأساسات سليمة، غير أن المصارف التي خلفها أهملت عقودا طويلة.\n\
وطالب المزارعون بتعويض عن 190 هكتارا من الشعير جفت حين كانت القنوات فارغة، ووعدت الهيئة بالرد قبل موسم الحصاد ونشر تقرير مفتشيها كاملا.";

pub(super) const LIBRARY: &str = "Readers queued along Zawiya Street before dawn for the first day of the restored Mizran \
library, whose courtyard had been boarded up since a fire destroyed 14,000 volumes. Director Noura Tarhuni unlocked the \
blue door with the key that her grandfather, the first librarian, kept in a biscuit tin.\n\
Conservators dried, cleaned and bound again 6,300 books over five winters, most of them from the collection of the \
traveller Yusuf Gherian. His diaries of a crossing to Lake Chad lie in a case near the stairs; visitors may turn \
facsimile pages with cotton gloves.\n\
Tarhuni said that school classes come on Sundays and that borrowing stays free. A poet read under the orange trees until \
the lamps were lit.";

/// The first half of a text, to the end of a paragraph.
pub(super) fn half(text: &str) -> &str {
    let paragraphs: Vec<&str> = text.split('\n').collect();
    let kept: usize = paragraphs[..paragraphs.len() / 2]
        .iter()
        .map(|paragraph| paragraph.len() + 1)
        .sum();
    &text[..kept - 1]
}

/// The first sentence of a text.
pub(super) fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").unwrap();
    &text[..=end]
}
