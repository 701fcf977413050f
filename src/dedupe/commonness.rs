//! How common a word is before any news was seen.
//!
//! Rarity carries the signal, but a young database has counted too little to know what is rare. So each word starts
//! with a guess: words that every language uses to build sentences tell nothing, words that news uses all day tell
//! little, and of the others names and long words are the rarer. What is counted soon outweighs the guess.

use std::collections::HashMap;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use super::cache::Mix;

/// Of a thousand articles, how many would have the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Commonness(pub(super) u16);

impl Commonness {
    /// In nearly every text of its language.
    pub(super) const STOP: Self = Self(600);
    /// News uses it all day.
    const NEWS: Self = Self(150);
    /// Names of places and peoples that are in the news every day.
    const WORLD: Self = Self(50);
    /// What an operator declares as a tag is what the newsroom writes about. No other guess has this number.
    pub(super) const DECLARED: Self = Self(31);
    const NAME: Self = Self(6);
}

/// The guess for a folded word, and whether it says when, or turns what is said around. `exact` and `term` are its hashes
/// with and without inflection.
pub(super) fn judge(exact: u64, term: u64, word: &str, is_name: bool) -> (Commonness, bool) {
    if let Some(known) = KNOWN.get(&exact) {
        return *known;
    }
    let bare = if term == exact { None } else { KNOWN.get(&term) };
    let commonness = bare.map_or_else(|| guess(word, is_name), |(commonness, _)| *commonness);
    (commonness, false)
}

fn guess(word: &str, is_name: bool) -> Commonness {
    if word.as_bytes()[0].is_ascii_digit() {
        return of_number(word);
    }
    if is_name {
        return Commonness::NAME;
    }
    let per_thousand = match word.chars().count() {
        0 | 1 => 300,
        // Pairs of Han characters or kana are whole words.
        2 if !word.is_ascii() => 25,
        2 | 3 => 150,
        4 | 5 => 50,
        6..=8 => 25,
        _ => 15,
    };
    Commonness(per_thousand)
}

fn of_number(word: &str) -> Commonness {
    match word.as_bytes() {
        [_] | [_, _] => Commonness(60),
        [b'1', b'9', _, _] | [b'2', b'0', _, _] => Commonness(60),
        _ => Commonness(8),
    }
}

static KNOWN: LazyLock<HashMap<u64, (Commonness, bool), Mix>> = LazyLock::new(|| {
    let mut known: HashMap<u64, (Commonness, bool), Mix> = HashMap::default();
    for (lists, commonness) in [
        (WORLD, Commonness::WORLD),
        (NEWS, Commonness::NEWS),
        (STOP, Commonness::STOP),
    ] {
        for word in lists.iter().flat_map(|list| list.split_whitespace()) {
            known.insert(xxh3_64(word.as_bytes()), (commonness, false));
        }
    }
    for word in turns() {
        let (_, is_turn) = known
            .entry(xxh3_64(word.as_bytes()))
            .or_insert((Commonness::NEWS, true));
        *is_turn = true;
    }
    known
});

fn turns() -> impl Iterator<Item = &'static str> {
    let lists = [DAYS, NUMBERS, TURNING, DENIALS].into_iter().flatten();
    lists.flat_map(|list| list.split_whitespace())
}

/// A bit for each group of [`DENIALS`]: which of them a word is one of.
pub(super) fn denial(exact: u64) -> u32 {
    DENYING.get(&exact).copied().unwrap_or(0)
}

static DENYING: LazyLock<HashMap<u64, u32, Mix>> = LazyLock::new(|| {
    let groups = DENIALS.iter().enumerate();
    let words = groups.flat_map(|(bit, group)| group.split_whitespace().map(move |word| (word, 1 << bit)));
    words.map(|(word, bit)| (xxh3_64(word.as_bytes()), bit)).collect()
});

/// Words that alone turn an article into its opposite; a group a line, at most 32.
const DENIALS: &[&str] = &[
    "not dont didnt doesnt isnt wasnt arent werent wont cant couldnt wouldnt hasnt havent cannot",
    "no none nothing",
    "never",
    "deny denies denied",
    "false untrue",
    "nicht niet ikke inte",
    "kein keine keinen keiner geen ingen inget inga",
    "nie niemals nooit aldrig aldri",
    "dementiert ontkent ontkende benekter benægter dementerer dementerar fornekar nekar zaprzecza zaprzeczył zaprzeczyła",
    "pas nao nu",
    "jamais",
    "dement",
    "nunca jamas",
    "desmiente desmintio desmente desmentiu nega negou nego niega",
    "non",
    "mai",
    "smentisce smentito smentita",
    "не нет ні δεν לא",
    "لا",
    "لم لن",
    "ليس ليست",
    "نفي ينفي نفت تنفي",
    "никогда",
    "отрицает опроверг опровергла опровергли опровергает заперечує спростував спростувала",
    "degil yok yalanladi yalanliyor reddetti",
];

/// Words that build sentences, folded, a language a line: English, German, French, Spanish, Italian, Portuguese, Dutch,
/// Danish and Norwegian, Swedish, Polish, Turkish, Russian, Arabic.
const STOP: &[&str] = &[
    "a an the of to in on for and or at by with from as is are was were be been being it its this that these those his her \
     hers their theirs our ours your yours my mine he she they we you i me him them us who whom whose what which when where why how \
     but if so then than too very just also only even still again once here there all any both each few more most other some such \
     no nor not own same can could may might must shall should will would do does did doing done has have had having am s t d ll \
     re ve m about above after against among around before behind below between beyond down during into near off onto out \
     over since through toward under until up upon while because though although whether every another either neither much \
     many said says say told tell according dont didnt doesnt isnt wasnt arent werent wont cant couldnt wouldnt hasnt havent",
    "der die das den dem des ein eine einer einem einen eines und oder aber auch als am an auf aus bei bis da dann dass daß \
     dafur durch es er sie wir ihr ich du fur gegen hat haben hatte hatten ist sind war waren wird werden wurde wurden im in ins ja \
     kann konnen konnte man mehr mit nach nicht noch nun nur ob ohne schon sei sein seine seiner seinen seinem ihre ihrer ihren ihrem \
     sich so sollen soll sowie uber um unter vom von vor was weil wenn wer wie wieder wo zu zum zur zwischen diese dieser dieses \
     diesem diesen dort hier immer kein keine keinen mir mich uns euch sehr viel alle allem allen doch etwa ihm ihn",
    "le la les l un une des du de d et ou mais au aux a en dans par pour sur avec sans sous entre vers chez ce cet cette ces \
     son sa ses leur leurs il elle ils elles on nous vous je tu se qui que qu quoi dont ou ne pas plus moins tres bien est sont \
     etait etaient ete etre avoir ont avait avaient fait faire comme si aussi encore apres avant depuis lors selon tout tous \
     toute toutes autre autres meme deja notamment y n s c j m t lui cela ainsi alors donc peut",
    "el los las lo del al y o u e pero con sin por para sobre entre hasta desde hacia segun su sus mi tu este esta estos \
     estas ese esa eso aquel como que quien cual cuando donde porque si no ni ya mas menos muy tambien es son era eran ser estar \
     esta estan estaba fue fueron ha han habia haber hay se le les nos me te un una unos unas todo todos toda todas otro otra otros \
     otras mismo tras ante durante contra asi aunque cada",
    "il lo gli i uno una di da in con su per tra fra e ed o ma se che chi cui non piu anche come dove quando perche quindi \
     del della dello dei degli delle al alla allo ai agli alle dal dalla dai dalle nel nella nei nelle sul sulla sui sulle \
     sono era erano essere stato stata stati ha hanno aveva avere si ci vi ne suo sua suoi sue loro questo questa questi queste \
     quello quella ogni tutto tutti tutte gia ancora molto dopo prima contro anni",
    "o os as um uma uns umas do da dos das no na nos nas ao aos em por pelo pela pelos pelas para com sem sob e ou mas que \
     quem qual quando onde porque se nao mais menos muito tambem ja e sao era eram ser estar esta estao foi foram tem tinha ter ha \
     seu sua seus suas ele ela eles elas isso este essa este como ate depois antes entre",
    "het een en van op te dat die voor met zijn niet aan er om ook als dan maar bij nog naar uit door over tot worden wordt \
     werd heeft hebben had was waren is zij hij ze je we hun haar deze dit wel kan zou geen al meer",
    "og i det at en et den til er som pa de med han af for ikke der var mig sig men har om vi min havde ham hun nu over da \
     fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind nar vaere dog noget ha deres efter ned \
     skulle denne end dette mit ogsa under have dig anden hende mine alt meget sit sine vor mod disse hvis din nogle hos blive mange \
     bliver vaeret jeg etter av ble ved sa",
    "och att det som en pa ar av for med till den har de inte om ett han men var jag sig fran vi sa kan nar vid efter eller \
     ut under da skulle hade ska over man hon blev sin mot ocksa hans vara utan",
    "i w z na do sie nie ze to jest o po a jak za od jego co dla ktory ktora ktore juz przez tym oraz tego byl byla bylo \
     byc ma czy tak ale jej ich tylko przy sa moze pod te ten ta nad aby przed roku",
    "ve bir bu da de icin ile cok daha olan olarak gibi en ne mi ama ya kadar sonra var ki o her ise veya hem degil oldu \
     olduğu dedi diye ancak tarafindan",
    "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще нет о из \
     ему теперь когда даже ну вдруг ли если уже или ни быть был него до вас нибудь опять уж вам ведь там потом себя ничего ей может \
     они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под будет ж тогда кто этот того потому \
     этого какой совсем ним здесь этом один почти мой тем чтобы нее были куда зачем всех можно при об это также которые который",
    "في من علي الي عن مع هذا هذه ذلك تلك الذي التي الذين ما لا لم لن ان اذا او ثم بعد قبل كل بين حتي عند منذ خلال حول دون \
     كان كانت يكون تكون كما قد لقد هو هي هم نحن انا انت به بها له لها فيه فيها منه منها عليه عليها اليه اليها و ف ب ل ك اي ايضا حيث \
     بعض غير بل لكن لدي ضد عبر نحو امام ليس ليست وقال قال وقالت قالت واضاف اضاف واكد اكد وان وفي ومن وهو وهي التى ابو ابن عام اليوم",
];

/// Places in [`STOP`] of the languages whose denials, days and numbers are words of their own that are known here: all but
/// Turkish and Arabic, which write them into other words.
const FAMILIAR: [usize; 11] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11];

/// In which familiar languages a word builds sentences, a bit for each.
pub(super) fn languages(exact: u64) -> u16 {
    LANGUAGES.get(&exact).copied().unwrap_or(0)
}

static LANGUAGES: LazyLock<HashMap<u64, u16, Mix>> = LazyLock::new(|| {
    let mut languages: HashMap<u64, u16, Mix> = HashMap::default();
    for (bit, at) in FAMILIAR.into_iter().enumerate() {
        for word in STOP[at].split_whitespace() {
            *languages.entry(xxh3_64(word.as_bytes())).or_default() |= 1 << bit;
        }
    }
    languages
});

/// What news writes all day: English, German, French and Spanish, Arabic.
const NEWS: &[&str] = &[
    "new news report reported reporter reporters people man men woman women child children year month week day days today \
     yesterday tomorrow time first last next two three four five six seven eight nine ten hundred thousand million billion percent \
     per part place way thing world country state states government official officials president minister prime police group \
     family home city town area north south east west national international public former members member house party political \
     company companies business market work life number end late early long high back old big small great good right left local \
     general mr mrs ms dr make made makes making take took taken taking get got give given go going went come came see seen know \
     think want need use used using call called find found show shows showed keep kept let set put run statement told added \
     including including expected announced according spokesman spokeswoman sunday saturday well now never like since image \
     caption photo picture video read share story click follow newsletter media website article press agency reuters associated afp \
     comment comments percent lot help ago already later earlier away around several across despite amid",
    "jahr jahre jahren jahres uhr prozent euro millionen milliarden menschen land zeit tag tage tagen woche wochen monat neue \
     neuen neuer neues erste ersten zwei drei vier ende heute gestern morgen sagte sagt laut seit deutsche deutschen deutschland \
     regierung polizei mann frau kinder stadt viele anderen bereits gibt geht macht damit dabei weiter steht leben bild foto video",
    "an ans annee annees jour jours mois semaine hier demain aujourd hui deux trois premier premiere pays ministre president \
     gouvernement police personnes millions milliards euros article photo video ano anos dia dias mes semana dos tres primer primera \
     pais ministro presidente gobierno policia personas millones segun parte anni giorno giorni oggi ieri governo polizia",
    "رئيس وزير وزاره حكومه دوله مجلس عضو اعضاء لجنه وطني دولي عربي محلي بلاد مدينه منطقه يوم شهر سنه عام اعوام سنوات ايام \
     مليون الف مليار نسبه بيان تصريح مصدر مصادر خبر اخبار صوره فيديو وكاله صحيفه قناه موقع وفق بحسب اعلن اعلنت ذكر ذكرت اشار اشارت \
     جديد جديده اول ثاني اخر كبير عدد جانب اطار عمل مسؤول متحدث اجتماع لقاء",
];

/// Countries, their peoples and capitals, and who speaks for them: English, German, French and Spanish, Arabic.
const WORLD: &[&str] = &[
    "america american americans usa us u china chinese russia russian russians britain british uk england english scotland scottish \
     wales ireland irish france french germany german germans italy italian spain spanish portugal portuguese greece greek turkey \
     turkish poland polish ukraine ukrainian europe european africa african asia asian australia australian canada canadian mexico \
     mexican brazil brazilian argentina india indian pakistan pakistani afghanistan afghan iran iranian iraq iraqi syria syrian israel \
     israeli israelis palestine palestinian palestinians lebanon lebanese jordan egypt egyptian libya libyan libyans tunisia tunisian \
     algeria algerian morocco moroccan sudan saudi arabia arab arabs yemen qatar emirates japan japanese korea korean nigeria kenya \
     ethiopia netherlands dutch belgium austria switzerland swiss sweden swedish norway denmark finland hungary romania islamic muslim \
     muslims christian jewish london paris berlin moscow beijing washington brussels rome madrid jerusalem cairo tripoli benghazi tehran \
     ankara istanbul kyiv york california texas florida eu un nato united nations republic kingdom union council parliament congress \
     senate republican republicans democrat democrats foreign defence defense interior finance ministry court army military navy forces \
     airport airlines airline university school hospital church street park league cup club",
    "usa amerika amerikanische us russland russische russischen ukraine ukrainische europa europaische eu china frankreich \
     italien spanien turkei osterreich schweiz polen israel iran bundesregierung bundestag bundeskanzler kanzler munchen hamburg wien \
     bayern cdu csu spd grune grunen fdp afd",
    "etats unis americain americains russie russe allemagne allemand espagne italie chine grande bretagne algerie tunisie maroc \
     libye europeenne union estados unidos eeuu rusia ucrania francia alemania italia espana europea israel mexico",
    "ليبيا ليبي ليبيه طرابلس بنغازي مصر مصري قاهره تونس تونسي جزاير جزائر جزائري مغرب مغربي سودان سعودي سعوديه امارات قطر يمن عراق \
     عراقي سوريا سوري لبنان لبناني اردن فلسطين فلسطيني اسرائيل اسرائيلي ايران ايراني تركيا تركي روسيا روسي اوكرانيا صين صيني امريكا \
     امريكي اميركي متحد ولايات فرنسا فرنسي المانيا ايطاليا ايطالي بريطانيا بريطاني اوروبا اوروبي افريقيا افريقي اتحاد امم نواب \
     برلمان محكمه جيش قوات عسكري خارجيه داخليه دفاع بنك مركزي",
];

/// Days and months. In a bulletin they are what is new.
const DAYS: &[&str] = &[
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october \
     november december",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar marz mai juni juli oktober dezember",
    "lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril juin juillet aout septembre octobre novembre \
     decembre lunes martes miercoles jueves viernes sabado domingo enero febrero marzo abril junio julio agosto septiembre octubre \
     noviembre diciembre lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "الاثنين الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت الاحد يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر \
     نوفمبر ديسمبر شباط اذار نيسان ايار حزيران تموز ايلول",
    "segunda terca quarta quinta sexta janeiro fevereiro marco maio junho julho agosto setembro outubro novembro dezembro gennaio \
     febbraio aprile maggio giugno luglio settembre ottobre dicembre luni marti miercuri joi vineri sambata duminica",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag maart mei augustus mandag tirsdag onsdag torsdag fredag lordag \
     sondag lørdag søndag mandagen mandags tisdag lordagen marts maj augusti oktober desember",
    "poniedziałek wtorek srode sroda czwartek piatek sobote sobota niedziele niedziela stycznia lutego marca kwietnia maja czerwca \
     lipca sierpnia wrzesnia pazdziernika listopada grudnia pazartesi sali carsamba persembe cuma cumartesi pazar ocak subat mart \
     nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "понедельник вторник среду среда четверг пятницу пятница субботу суббота воскресенье понеділок вівторок середу четвер пятницю \
     суботу неділю января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
];

/// Numbers in words: a toll that rises is news. Without those that mean something else in another language.
const NUMBERS: &[&str] = &[
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen \
     twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousands dozen dozens",
    "zwei drei vier funf sechs sieben acht neun zehn elf zwolf zwanzig dreißig vierzig funfzig hundert deux trois quatre cinq sept \
     huit neuf dix onze douze quinze vingt trente quarante cinquante cent",
    "dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cien due tre quattro cinque sei sette otto \
     dieci undici dodici venti trenta cento dois duas quatro sete oito nove dez doze vinte trinta",
    "twee drie vijf zes zeven negen tien twaalf twintig dertig honderd fem seks syv otte atte elleve tolv tyve tva fyra sju nio tio \
     elva tjugo",
    "dwa dwie dwoch trzy trzech cztery czterech piec pieciu szesc szesciu siedem siedmiu osiem osmiu dziewiec dziesiec dziesieciu \
     два две двух двое три трех трёх трое четыре четырех пять пяти шесть шести семь семи восемь восьми девять десять десяти",
    "اثنان اثنين اثنتين ثلاثه ثلاث اربعه اربع خمسه خمس سته ست سبعه سبع ثمانيه ثماني تسعه تسع عشره عشر عشرين ثلاثين اربعين خمسين مائه",
];

/// What makes an article say the opposite of another in the same words.
const TURNING: &[&str] = &[
    "not no never none nothing without neither nor dont didnt doesnt isnt wasnt arent werent wont cant couldnt wouldnt hasnt havent \
     cannot correction corrected corrects retracts retraction false untrue wrong wrongly",
    "deny denies denied confirm confirms confirmed refuse refuses refused accept accepts accepted reject rejects rejected approve \
     approves approved rise rises rose risen fall falls fell fallen gain gains gained drop drops dropped increase increases \
     increased decrease decreases decreased raise raises raised cut cuts lower lowers lowered up down win wins won lose loses lost \
     defeat defeats defeated beat beats beaten open opens opened close closes closed reopen reopens reopened reopening closing \
     start starts started stop stops stopped arrest arrests arrested release releases released support supports supported oppose \
     opposes opposed guilty innocent acquitted convicted alive dead higher strong weak",
    "nicht kein keine keinen keiner nie niemals ohne falsch berichtigung korrektur dementiert bestatigt steigt sinkt gestiegen \
     gesunken gewinnt verliert pas jamais sans dement confirme hausse baisse gagne perd nunca sin desmiente confirma sube baja gana \
     pierde non mai senza smentisce conferma aumenta diminuisce не нет",
    "لا لم لن ليس ليست غير دون نفي ينفي نفت تنفي اكد يؤكد اكدت تؤكد ارتفاع ارتفع ارتفعت انخفاض انخفض انخفضت تراجع تراجعت صعود هبوط \
     فوز فاز خساره خسر فتح افتتاح اغلاق اغلق اغلقت قبول قبل رفض رفضت يرفض ايقاف وقف استئناف تصحيح تصويب توضيح",
];
