//! The small words of each language: they say little and tell the language.
//!
//! Written from grammars, not from any text at hand. A word of several languages counts for each.

use std::{collections::HashMap, sync::LazyLock};

/// The languages with small words, in the order in which a draw is decided.
pub(super) const LANGUAGES: [&str; 7] = ["en", "es", "fr", "de", "pt", "it", "nl"];

const WORDS: [&str; LANGUAGES.len()] = [
    "the and to of is in for it that this these those with on are be been being have has had was \
     were not we you they i my our your their his her its at from by or as will would should can \
     could do does did don't doesn't didn't isn't aren't wasn't can't won't couldn't shouldn't \
     wouldn't it's i'm i've i'll i'd you're you've we're we've they're that's there's what's let's \
     he she him them us me an a all there here what when where which who how why if so no yes too \
     just but than then about out up down over into off again more most less many much very any \
     some every each other only also after before because between through during while until \
     without under near get gets got make makes made need needs want wants please fix stop keep \
     add build put go going come see know think like love hate good great bad better best new old \
     people now today tomorrow day time year years one two first last next city town street \
     streets road roads park parks school schools house housing homes bus buses bike bikes lane \
     lanes sidewalk sidewalks traffic trash garbage water trees light lights lighting parking \
     pothole potholes noise safe safety police fire library taxes tax rent public neighborhood \
     community downtown kids children families thanks thank happy night back way really right \
     never always still even such own same may might must shall let us lol cut cutting lower \
     higher tree trees removal remove trimming graffiti dumping illegal lamp sign signs signal \
     snow leaf leaves hole holes issue issues request report project walk cars speeding loud music \
     hello hi welcome sorry nice cool work working home life free",
    "el la los las un una unos unas de del al a y e o u que en con por para sin sobre entre desde \
     hasta hacia es son está están ser estar era fue ha han he hay había tiene tienen tener hacer \
     hace hacen no sí si se me te le les lo nos su sus mi mis tu tus nuestro nuestra nuestros \
     nuestras este esta estos estas ese esa esos esas eso esto aquí allí ahí donde dónde cuando \
     cuándo como cómo quien quién cual cuál qué porque pues pero más mas menos muy mucho mucha \
     muchos muchas poco todo toda todos todas otro otra otros otras ya también tampoco solo sólo \
     siempre nunca ni así entonces ahora hoy ayer mañana puede pueden poder debe deben quiero \
     quiere bien mal mejor peor gracias favor calle calles barrio ciudad agua parque parques \
     ayuntamiento acuerdo propuesta madrid gente vecinos años vez hacer sea según estoy eres soy \
     somos voy va van vamos cada algo nada nadie tan tanto igual creo ver día días hola saludos buena buenas bueno buenos gran idea votado apoyo \
     apoyado suerte totalmente felicidades besos cierto claro verdad",
    "le la les l' un une des de du d' au aux et ou où que qui quoi dont en dans sur sous avec sans \
     pour par entre vers chez est sont être était ai as a avons avez ont avoir il elle on nous \
     vous ils elles je j' tu me te se ne pas plus moins très trop bien mal mon ma mes ton ta tes \
     son sa ses notre nos votre vos leur leurs ce cet cette ces ça c'est n'est qu'il qu'on d'un \
     d'une l'on j'ai s'il mais donc or ni car si comme quand comment pourquoi parce tout tous \
     toute toutes bonjour bonsoir salut autre autres même aussi encore déjà toujours jamais rien fait faire peut veut \
     faut va aller rue rues ville quartier vélo pistes merci jour aujourd'hui demain y à été suis \
     êtes sommes contre après avant depuis quel quelle quels quelles",
    "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine \
     keinen ist sind war waren sein bin bist hat haben hatte wird werden wurde kann können muss \
     müssen soll sollte sollten darf ich du er sie es wir ihr mich mir dich dir uns euch ihn ihm \
     ihnen mein meine dein unser unsere zu zum zur von vom mit bei nach aus auf an am im in für \
     über unter vor hinter neben zwischen durch gegen ohne um bis seit auch noch nur schon sehr \
     mehr weniger viel viele alle alles so wie was wer wo wann warum weil dass daß wenn als denn \
     doch mal da hier dort jetzt heute morgen gestern immer nie man sich ja nein bitte danke \
     straße straßen stadt radweg ampel gut besser schön neu neue ganz wieder einfach etwas nichts \
     also habe machen macht gibt geht hallo guten gute abend nacht tag wochenende fest los \
     einmal endlich vielen leute mehr wirklich leider",
    "o a os as um uma uns umas de do da dos das no na nos nas ao à aos às em por pelo pela pelos \
     pelas para pra com sem sobre entre até e ou que não sim se me te lhe ele ela eles elas eu tu \
     você vocês nós é são ser está estão estar foi era tem têm ter há fazer faz mais menos muito \
     muita muitos muitas pouco todo toda todos todas outro outra meu minha meus minhas seu sua \
     seus suas nosso nossa este esta esse essa isso isto aquele aquela aqui ali onde quando como \
     quem qual porque mas também só já ainda sempre nunca nem agora hoje amanhã ontem pode podem \
     vai vou vamos bem mal melhor obrigado obrigada rua ruas cidade bairro gente tá né pro dia \
     tudo nada",
    "il lo la i gli le l' un uno una di del dello della dei degli delle a al allo alla ai agli \
     alle da dal dalla in nel nello nella nei nelle con su sul sulla per tra fra e ed o ma che chi \
     cui non più meno molto molti molta tutto tutti tutta tutte è sono era essere ho hai ha \
     abbiamo avete hanno avere fa fare può possono deve mi ti si ci vi ne se come quando dove \
     perché quale buongiorno buonanotte buonasera amore bella bello ciao anche ancora già sempre mai solo qui lì io tu lui lei noi voi loro mio mia miei \
     tuo tua suo sua nostro nostra questo questa questi queste quello quella bene male meglio \
     grazie strada città oggi domani ieri poi c'è cosa nulla niente così",
    "de het een en van op te dat die in is niet aan met als voor er maar om dan zou wat mijn men \
     dit zo door over ze zich bij ook tot je mij uit der daar haar naar heb hoe heeft hebben deze \
     u want nog zal zij nu ge geen omdat iets worden toch al waren veel meer doen toen moet ben \
     zonder kan hun dus alles onder ja werd wezen zelf tegen komen goed hier wie waarom straat \
     stad fiets wij ons onze",
];

/// For each language whether `word` is one of its small words.
pub(super) fn languages_of(word: &str) -> [bool; LANGUAGES.len()] {
    static TABLE: LazyLock<HashMap<&'static str, [bool; LANGUAGES.len()]>> = LazyLock::new(|| {
        let mut table = HashMap::new();
        for (at, words) in WORDS.iter().enumerate() {
            for word in words.split_whitespace() {
                table.entry(word).or_insert([false; LANGUAGES.len()])[at] = true;
            }
        }
        table
    });
    TABLE.get(word).copied().unwrap_or_default()
}
