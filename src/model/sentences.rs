//! Sentences for tests: what residents might write; nobody did.

/// Sixty civic sentences of all lengths and tones, in English.
pub(super) const SENTENCES: [&str; 60] = [
    "Fix the potholes.",
    "The bus was late again this morning and nobody at the stop knew why.",
    "I love the new playground in the park, my kids go there every day.",
    "Why is there still no crosswalk in front of the school?",
    "The streetlight on our corner has been out for three weeks and it feels unsafe to walk home.",
    "Thank you to the crew that cleared the snow so quickly!",
    "Trash has not been picked up on our block since Tuesday and the smell is awful.",
    "Rents keep rising and people who work here cannot afford to live here any more.",
    "The council meeting is on Thursday at seven.",
    "Please do not cut down the old trees along the avenue.",
    "Cyclists need a protected lane on the bridge, not paint.",
    "The library's new opening hours are great for students.",
    "Someone keeps dumping mattresses behind the supermarket.",
    "My water bill doubled and the office would not explain it.",
    "There are rats in the alley.",
    "The new traffic light made the junction much safer.",
    "Fireworks every night until two, when will the police do something about the noise?",
    "I do not mind the construction as long as it ends before winter.",
    "It took four months to get a simple permit for a fence.",
    "Our neighborhood finally has a farmers market and it is wonderful.",
    "Cars race down this street as if it were a highway; we need speed bumps before a child gets hurt.",
    "The survey says the shelter will have forty beds.",
    "Shame on the city for closing the only public pool in this part of town during a heat wave.",
    "Parking near the clinic is impossible.",
    "Can we please have benches at the bus stops for older people?",
    "The sidewalk is broken and my mother fell with her walker last week, she could have been badly hurt, and we reported this twice already without any answer at all.",
    "Great job on the mural.",
    "Nobody asked us before the zoning was changed.",
    "The river smells of sewage after every heavy rain.",
    "I support the new apartments if they are affordable.",
    "Dogs run loose in the park all the time.",
    "The app to report problems works well and the answer came the same day.",
    "Taxes go up every year and the roads get worse.",
    "The train should run later on weekends.",
    "There is a hole in the fence of the playground.",
    "After the storm the park was cleaned within a day, which was impressive.",
    "The teachers here are amazing but the school roof leaks and the classrooms are far too full.",
    "Where can I find the schedule for leaf collection?",
    "I feel safe walking here at night since the new lamps were put up.",
    "An abandoned car has been sitting in front of the church for two months.",
    "The clinic turned us away because they had no translator.",
    "More trees, fewer parking lots.",
    "Small shops are dying because the street has been closed for a year.",
    "The festival was fun, but the streets were full of garbage the next day.",
    "Graffiti all over the underpass again.",
    "The air near the highway makes my son cough.",
    "You cannot push a stroller along this road, there is no sidewalk at all.",
    "The city's budget is published on its website.",
    "The fire department came within minutes and saved the house, we are so grateful.",
    "People sleep in tents by the station and get no help from anyone.",
    "The roundabout confuses everyone, including the bus drivers.",
    "Let us vote on it.",
    "Our recycling bins were replaced for free, nice.",
    "The crossing signal is too short for anyone with a cane.",
    "The new bike path is beautiful and I use it to get to work.",
    "I have called about the broken hydrant six times.",
    "Stop building luxury towers.",
    "The meeting room has space for eighty people and the agenda will be sent by mail.",
    "Bring back the night bus!",
    "There should be a stop sign at this corner because drivers coming down the hill cannot see who is crossing until it is too late.",
];

/// Thirty civic sentences of all lengths and tones, in Spanish.
pub(super) const SPANISH: [&str; 30] = [
    "La calle está llena de baches y el autobús llega siempre tarde por la mañana.",
    "Me encanta la nueva biblioteca del barrio, es luminosa y tranquila.",
    "¿Por qué sigue sin haber un paso de peatones delante del colegio?",
    "La farola de nuestra esquina lleva tres semanas apagada y da miedo volver a casa.",
    "¡Gracias al equipo que quitó la nieve tan deprisa!",
    "Desde el martes no recogen la basura en nuestra manzana y el olor es insoportable.",
    "Los alquileres no paran de subir y quien trabaja aquí ya no puede vivir aquí.",
    "El pleno es el jueves a las siete.",
    "Por favor, no talen los árboles viejos de la avenida.",
    "Los ciclistas necesitan un carril protegido en el puente, no una raya pintada.",
    "El nuevo horario del polideportivo es estupendo para los estudiantes.",
    "Alguien tira colchones detrás del supermercado cada semana.",
    "Me ha llegado el doble en el recibo del agua y en la oficina no saben explicarlo.",
    "Hay ratas en el callejón de la iglesia.",
    "El nuevo semáforo ha hecho el cruce mucho más seguro.",
    "Petardos todas las noches hasta las dos, ¿cuándo hará algo la policía?",
    "Tardaron cuatro meses en darme el permiso para una valla.",
    "Por fin tenemos un mercado de productores en el barrio y es una maravilla.",
    "La encuesta dice que el albergue tendrá cuarenta camas.",
    "Qué vergüenza cerrar la única piscina pública en plena ola de calor.",
    "Aparcar cerca del centro de salud es imposible.",
    "La acera está rota y mi madre se cayó la semana pasada con el andador, podría haberse hecho mucho daño, y ya lo avisamos dos veces sin recibir respuesta.",
    "Nadie nos preguntó antes de cambiar el plan urbanístico.",
    "El río huele a cloaca cada vez que llueve fuerte.",
    "Apoyo los pisos nuevos si son asequibles.",
    "Los impuestos suben cada año y las calles están peor.",
    "Los profesores son fantásticos pero el techo del colegio tiene goteras.",
    "¿Dónde puedo consultar el calendario de recogida de enseres?",
    "La gente duerme en tiendas junto a la estación y nadie la ayuda.",
    "El ayuntamiento publica sus cuentas en la página web.",
];

/// Three hundred different texts made of one or two sentences.
pub(super) fn texts() -> Vec<String> {
    let count = SENTENCES.len();
    let pairs =
        (0..4).flat_map(|round| (0..count).map(move |i| (i, (i * 7 + round * 13 + 1) % count)));
    let pairs = pairs.map(|(a, b)| format!("{} {}", SENTENCES[a], SENTENCES[b]));
    SENTENCES.iter().map(|&text| text.to_owned()).chain(pairs).collect()
}

/// Sixty different texts in Spanish made of one or two sentences.
pub(super) fn spanish() -> Vec<String> {
    let count = SPANISH.len();
    let pair = |i: usize| format!("{} {}", SPANISH[i], SPANISH[(i * 7 + 4) % count]);
    SPANISH.iter().map(|&text| text.to_owned()).chain((0..count).map(pair)).collect()
}
