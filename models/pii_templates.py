"""Sentence frames and word lists for the generator of made-up personal data, in English and Spanish.

What it is: data. A frame's slots are filled by `pii_generator.py`; `{name}`, `{addr}`, `{emp}`, `{med}`, `{quasi}`,
`{id}` and the like become marked spans, the rest stays visible. What it is not: real comments; no person is meant.
"""

ABOUT_PEOPLE = """
My name is {name} and {c}
I'm {name}, {c}
i am {name} and {c}
this is {name} from {place}, {c}
{name} here. {c}
{c} - {name}
{c} {name}
{c} Thanks, {name}
{c} Thank you! {name}, {street} resident
{c} Sincerely, {full}
{c} Regards, {full} {id}
{c} -{given} {initial}. {id}
{c} xoxo {given}
{c} ~ {given} & {given}
{c} signed, {full} and {full}
Hi {name}, {c}
Dear {name}, {c}
Hello {given}! {c}
hey {given} {c}
{given}, {c}
@ {given} {c}
ask {name} about it
My neighbor {name} {verb}
our neighbor {name} {verb} and nobody does anything
my neighbour {name}'s dog barks all night
{name}'s kids play in the street near {place}
{name}'s house is the one with the broken fence
that landlord {name} never answers
my landlord {name} raised the rent twice
{name} and {name} both signed the petition
{name}, {name} and {name} were at the meeting
Spoke with {name} from the tenants group, same story
I spoke to {name} at {org} on {day} and was told to wait
{name} told me {c}
{name} says {c}
{name} said that {c}
according to {name}, {c}
{c}, as {name} pointed out last {month}
I agree with {name} about {street}
I agree with {name}. {c}
+1 to what {name} wrote
> {name} wrote: {c}
On {month} {num}, {full} wrote: {c}
RT {given}: {c}
shoutout to {name} for fixing the light on {street}
kudos to {name}!! {c}
thank you {name} for cleaning up {place}
please thank {name} on the sanitation crew
Big thanks to {given} and {given} at {org}
My daughter {given}, {id}, goes to {place} and crosses there every day
My son {given} was almost hit on {street}
my kids {given} and {given} walk to {place}
my husband {given} uses a wheelchair and {c}
my wife {given} works nights so {c}
my mother {full} is 82 and {c}
grandma {given} can't get to the bus
my sister {given} got a ticket from officer {family}
Officer {family} was rude to me and my friend {full}
Dr. {family} at the clinic said the air is bad
Ms. {family} teaches at {place}
Mrs. {family} across the street {verb}
the {family} family on {street} {verb}
the {family}s next door {verb}
the guy upstairs, {name}, {verb}
a man named {name} {verb}
some lady called {name} {verb}
contact {full} at {id}
Contact: {full}, {id}
call {given} {id} for details
Name: {full}
Name: {full}; Phone: {id}; Issue: {c}
Reported by {full}: {c}
Complainant {full} states that {c}
Tenant: {full}, {addr}
patient {full}, born {id}, {med}
{full} ({id}) wants a call back
{full}, {addr}: {c}
{full} of {addr} asked about the permit
{full} lives at {addr}
{given} lives on {street} and {c}
email {given} at {id}
why does {name} get a permit and I don't
did {name} even read the report?
i wish i was {given}
i love {given} so much
lol {given} stop it
{given} is so funny 😂
wow {given} and {given} are so cute
who is {name}?
{name} for mayor
vote {full}!!
is {name} ever going to fix this
{name} is running again, {c}
{full} was arrested near {place} last {day}
poor {given}, {c}
RIP {full}, killed crossing {street}
happy birthday {given}!
{given} u coming to the meeting
{given} can u tell {given} that {c}
I saw {name} at {place} yesterday
{name} lied about the budget
trust me, {name} will never fix it
{num} years ago {name} promised this
FYI {name} and I disagree: {c}
cc {full}, {full}
Governor {family} ignored my friend {full}
Will {given} ever answer? {c}
Let {given} know that {c}
{name} drives a truck for {org}
{given} loves the playground at {place}
Attended by {full}, {full}, {full} and {num} others
The case of {full} shows that {c}
{name} (my roommate) {verb}
Please fix this. My number is {id}, ask for {given}
Me llamo {name} y {ce}
Soy {name}, vecina de {calle}, {ce}
Mi vecino {name} {verbo}
mi vecina {name} {verbo}
Mi hija {given} va a {lugar} y cruza por ahí
mi esposo {given} y yo {ce}
La señora {family} {verbo}
Don {given} {verbo}
Doña {given} siempre {verbo}
Gracias a {name} por arreglar {calle}
Hola {given}, {ce}
Estimada {name}: {ce}
{ce} Atentamente, {full}
{ce} Saludos, {given}
{ce} Firmado: {full}, DNI {id}
Hablé con {name} y {ce}
Según {name}, {ce}
Estoy de acuerdo con {name}
{name} dice que {ce}
a mi casero {name} no le importa nada
el señor {full} vive en {direc}
{full}, {direc}: {ce}
llamen a {given} al {id}
Nombre: {full} Teléfono: {id}
mi abuela {given} no puede salir
los niños de {given} juegan en {calle}
"""

WITH_ADDRESS = """
I live at {addr} and {c}
We live at {addr}. {c}
we're at {addr}, the blue house
my address is {addr}
My mom's place at {addr} floods every time
{addr} has no smoke detectors
{addr} has been without heat for a month
there is trash in front of {addr}
Please send someone to {addr}. {c}
Send the notice to {addr}
mail it to {addr} please
Overgrown lot next to {addr}
the truck idling outside {addr} is killing me
noise complaint at {addr}, {c}
pickup was missed at {addr} again
Loud parties every weekend at {addr}, call {id}
Our house ({addr}) was hit by the flood
the building at {addr} is full of mold
{c} Come see it: {addr}
Address: {addr}
{addr}: {c}
I moved from {addr} to {addr}
Please deliver to {addr}, attention {full}
water leak at {addr}
Please update my billing address to {addr}
How do I change my address to {addr}?
Councilmember {family} lives at {addr} so let's all go there
the meeting is at my place, {addr}, at 6
i stay at {addr}
owner of {addr} rents it on airbnb
Vivo en {direc} y no hay agua
Vivimos en {direc}. {ce}
mi dirección es {direc}
la casa de {direc} está abandonada
Hay basura frente a {direc}
Envíen a alguien a {direc} por favor
mi mamá vive en {direc}, {ce}
"""

WITH_TRAITS = """
I have {med} and {c}
I've got {med}, {c}
because of my {med} I rely on the Route {num} bus
Since my {med} I cannot climb the stairs
my husband has {med} and {c}
my son has {med} so the noise is terrible
As someone with {med}, {c}
I was diagnosed with {med} last {month}
I take {drug} and cannot drive
living with {med} on {street} is hard
my {med} gets worse with the dust
tengo {medes} y {ce}
mi hijo tiene {medes} y {ce}
I work at {emp} and {c}
I work nights at {emp} so {c}
i work for {emp}
I'm a nurse at {emp}, {c}
My wife is a manager at {emp}
I drive a bus for {emp}
as an employee of {emp} I see this daily
my boss at {emp} won't give me time off
I clean offices at {emp} after midnight
I was fired from {emp} for speaking up
I've been a cashier at {emp} for {num} years
trabajo en {emp} y {ce}
mi esposo trabaja en {emp}
I am {quasi} and {c}
we are {quasi}
as {quasi}, {c}
I'm {quasi} in this neighborhood. {c}
You know me, I'm {quasi}
soy {quasies} y {ce}
"""

WITH_IDS = """
write {id}
my account is {id} and was billed twice
case {id} is still open
call me at {id}
my plate is {id}
they printed my SSN {id} on the tax bill
paid with {id} and got charged twice
re parcel {id}, my appeal was ignored
text {id} if you find my dog
passport {id} was lost at {place}
DOB {id}
mi DNI es {id}
mi teléfono es {id}, {ce}
"""

CLEAN = """
{c}
{c} {c}
{ce}
Please fix the potholes on {street} near {street}
speeding on {street} and {street} is out of control
stop sign down at {street} and {street}
the light at {street} & {street} is out
{place} needs more benches
The playground at {place} is full of glass
Meet at {place} at noon
the bus stop on {street} by {place} needs a shelter
Traffic on {street} between {street} and {street} is terrible
{street} is a mess since {month}
repave {street}!
The {num}00 block of {street} floods
{place} is closed on {day}
We need a crosswalk in front of {place}
{org} should pay its taxes
{org} is building another store on {street}
I shop at {org} but parking is awful
the {org} on {street} leaves carts everywhere
{law} was a good idea
Repeal {law}
Why does the council want {law}?
{event} was great this year
no parking during {event}
{role} should resign
I wrote to {role} and got no answer
{role} promised to fix {street}
who is {role} now?
{role} never listens. {c}
{wordy}
{wordy} {c}
{c} {wordy}
Route {num} never runs on {day}
{city} does this better
I visited {city} last {month} and their buses are free
people with {med} need ramps
the clinic treats {med} and other conditions
fund research on {med}
we need more jobs at {org}
{org} laid off {num} workers
{generic}
{generic} {c}
watching {work} tonight
{work} was so good
{work} at {place} this {day}
listening to {work} lol
new {product} is out
my {product} broke again
{team} won last night
go {team}!!
Arreglen los baches de {calle}
El semáforo de {calle} con {calle} no funciona
{lugar} está muy sucio
Faltan bancos en {lugar}
{calle} está cortada desde {mes}
{cargo} no hace nada
{cargo} prometió arreglar {calle}
{palabras}
"""

WORDY = """
Will the city ever fix this?
Will and power are both needed here.
May is too late to mark the crosswalk.
In May and June the park is full; in August it is empty.
Bill 4021 would grant the chase funds nobody asked for.
House Bill 12 passed in April.
The bill is due in June.
I hope this passes. Hope is not a plan.
We need faith in the process.
It was a joy to see the rose garden in bloom.
Mark my words, rents rose again.
Please mark the lane.
Grant money should go to parks.
Apply for a grant before August.
Chase Bank closed its branch.
Do not chase the geese.
The frank truth: rich and poor alike need help.
Let's be frank.
Jack up the rates and people leave.
I would sue the city.
They rob us with fees.
Pat yourselves on the back.
Art in the park is great, more art please.
The art museum drew crowds.
Dawn to dusk hours are fine.
A ray of hope for Lincoln Park.
Max capacity is 40.
The gene bank at the university is closed.
Sandy soil along the river washes out in summer.
Rusty rails on the brook bridge.
Holly bushes block the view, so do the ivy and the violet beds.
Christian and Jewish leaders met.
Autumn leaves clog the drain. Winter is worse.
Summer camp is too expensive.
Mason jars and a hunter's stand were left there.
The dean of the college agreed.
The guy never came back.
Young people cannot afford it, long commutes, short leases.
Brown water from the tap. White paint. Black ice. Green space.
Price of gas is up, best price wins.
King tides flood the banks.
The church bells are loud. The school too.
Fish die in the pond. Birds too.
Cook stoves are a fire risk.
The baker on the corner closed.
A carpenter, a potter and a weaver share the hall.
Stone walls and steel gates.
Bush fires in the west, snow in the north.
Penny tax yes, property tax no.
Trump card for developers. It trumps everything.
Cash only? Really?
Love this park!
Mercy Hospital and Hope House are full.
Charity begins at home.
God bless. Jesus. Oh Lord. OMG. LOL.
Mom and Dad loved it here. My Grandma too.
I told my mother and my brother.
Sir, madam, ladies and gentlemen, neighbors.
Everyone said No. Nobody listens, Period.
MLK Day parade was lovely.
Nice job City Hall!
Yes Please. Thank You. Sincerely, a tired resident.
Signed, a concerned citizen
- A neighbor
Thanks, your friends at the block club
"""

GENERIC = """
Section 8 waitlist is 3-5 years.
I support Option B over Option A.
Polling opens 7am to 8pm; bring chairs.
The budget is $555,000,123 and item 2024-0115-0042 is on page 212.
Only 12 of 40 units were built in 2019.
Lots of people work from home now.
Nurses and teachers cannot live here.
Single mothers need child care.
Veterans deserve better.
Immigrant families are scared.
Mental health matters.
Disabled people cannot use these stairs.
Opioids are killing our town.
Too many drunk drivers.
Deaf and blind residents were not asked.
Old people fall on the ice.
Uber and Lyft clog the lanes.
Posted on Facebook and Twitter and Instagram.
Google Maps sends trucks here.
See the Tribune article from Monday.
Covid closed the library.
The Democrats and Republicans agree for once.
American cities are built for cars. The Dutch and Danish know better.
English and Spanish signs please, and Vietnamese.
I'm not the only one who thinks so.
I am a big jazz fan and the concerts were great.
As a cyclist I feel unsafe.
I'm a homeowner and a taxpayer.
As a resident and voter I am disappointed.
I am a gamer, my brother is a fan of the channel.
we are tired of this
You are the best mayor ever lol
The only thing missing is a bench.
the only way to fix this is money
You are a hero!
This gives me a headache, makes me sick.
this meeting will be the death of me
The budget has a hole like cancer, traffic was insane, crazy, dumb.
Follow us, like and subscribe, first comment!
"""

PALABRAS = """
En mayo y junio no hay agua.
La paz y la luz son para todos.
Las flores del parque, la cruz del cerro.
Ojalá tengamos esperanza y salud.
Feliz Navidad a todos.
El domingo es mejor que el lunes.
Quiero más consuelo y menos ruido.
Los ángeles no pagan impuestos.
La virgen de Guadalupe tiene su fiesta en diciembre.
Dolores de cabeza por el ruido.
Que ganen las mercedes y no los ricos.
Firmado, una vecina cansada
"""

LAWS = "Megan's Law;Jessica's Law;the Ryan White Act;the Davis-Bacon Act;the Brady Bill;Proposition 13;the Mills Act;the Ellis Act;Title IX;the Jones Act;Leandra's Law;Marsy's Law;the Dodd-Frank Act;the Stafford Act;Ordinance 2024-11;Measure M;the Voting Rights Act;the Taft-Hartley rule;the Hatch Act;Ley Olimpia".split(";")
EVENTS = "Cinco de Mayo;the Martin Luther King parade;Cesar Chavez Day;St. Patrick's Day;Columbus Day;Juneteenth;Hurricane Sandy;Hurricane Maria;the Fourth of July;Mardi Gras;the Rose Parade;Veterans Day;Día de los Muertos;Black Friday;the Holly Fair;Easter;Ramadan;Diwali;Tet;Lunar New Year;the Jazz Fest;Memorial Day".split(";")
ROLES = "the mayor;the police chief;our councilmember;the superintendent;the city manager;the governor;the fire marshal;the parks director;the county clerk;the sheriff;the school board;the planning commission;the president;the senator;the principal;the code enforcement officer;the clerk at the desk;the ombudsman;The Mayor;Public Works;the Commissioner".split(";")
CARGOS = "el alcalde;la alcaldesa;el concejal;la concejala;el gobernador;la policía;el director de obras;la presidenta;el ayuntamiento;la regidora".split(";")
ORGS = "Walmart;Target;Wells Fargo;Chase Bank;Ford;Wendy's;McDonald's;Trader Joe's;Johnson & Johnson;Ben & Jerry's;John Deere;Macy's;Denny's;Papa John's;Sam's Club;Dollar General;Domino's;Kroger;Whole Foods;Home Depot;Lowe's;Amazon;FedEx;UPS;Comcast;Verizon;Morgan Stanley;Charles Schwab;Goldman Sachs;Harris Teeter;Fred Meyer;Barnes & Noble;Dick's Sporting Goods;Jack in the Box;Carl's Jr.;Arby's;Wegmans;Publix;H-E-B;Aldi;Costco;Mercy Hospital;St. Mary's Hospital;the YMCA;Housing Authority;Public Works;the DMV;City Hall;Con Edison;Waste Management;Veolia;Republic Services;Tesla;Mercedes;Harley-Davidson;Levi's;Ralph Lauren;Calvin Klein;the Lincoln Center;the Smithsonian;Habitat for Humanity;the Salvation Army;Catholic Charities;Planned Parenthood;Martha's Table;Meals on Wheels;Zara;Mercadona;El Corte Inglés;Metro de Madrid;EMT".split(";")
EMPLOYER_ENDS = "Hospital;Diner;Elementary;Middle School;Logistics;Foods;Medical Center;Auto Body;Nursing Home;Bakery;Law Group;Plumbing;& Sons;Industries;Construction;Landscaping;Hotel;Nail Salon;Pharmacy;Dental;Insurance;Trucking;University;Community College;Steel;Cleaners;Farms;LLC;Inc.;Daycare;Credit Union;Health System;Warehouse".split(";")
EMPLOYERS = "the Amazon warehouse;the post office on 5th;the Ford plant;the Tyson plant;the county jail;Walmart;Target;St. Luke's;the VA hospital;Denny's;the public library;Kroger;FedEx;UPS;Home Depot;the water department;the fire department;Starbucks;Dollar General;the Hyatt downtown;the GM assembly plant;Kaiser;Mercy Hospital;the state university;Boeing;the airport;Fruit of the Loom;Sysco;the DMV;Costco;the school district;IBM;Google;Mercadona;el Hospital General;la fábrica de Seat;Correos".split(";")
MEDICAL = "COPD;stage 3 COPD;stage 4 breast cancer;an HIV diagnosis;HIV;type 2 diabetes;type 1 diabetes;asthma;severe asthma;epilepsy;MS;multiple sclerosis;Parkinson's;Parkinson's disease;lupus;PTSD;bipolar disorder;schizophrenia;autism;ADHD;Down syndrome;cerebral palsy;sickle cell;Crohn's disease;kidney failure;congestive heart failure;a pacemaker;a heart condition;cystic fibrosis;Alzheimer's;dementia;early onset dementia;depression;major depression;anxiety;an opioid addiction;hepatitis C;long covid;rheumatoid arthritis;fibromyalgia;a seizure disorder;leukemia;lung cancer;prostate cancer;a high-risk pregnancy;glaucoma;macular degeneration;a spinal cord injury;Tourette's;celiac disease;sleep apnea;an oxygen tank;dialysis;chemo;tuberculosis;a stroke;a miscarriage;an eating disorder;hemophilia;ALS".split(";")
MEDICAL_BARE = "HIV diagnosis;cancer diagnosis;diabetes;asthma;COPD;epilepsy;chemo;dialysis;knee replacement;hip surgery;stroke;heart attack;PTSD;arthritis;lupus;MS;seizures;migraines;back surgery;transplant;Parkinson's;depression;pregnancy;bipolar disorder;heart condition".split(";")
MEDICAL_ES = "asma;diabetes;cáncer de mama;VIH;epilepsia;autismo;esclerosis múltiple;insuficiencia renal;una cardiopatía;depresión;Parkinson;lupus;EPOC;síndrome de Down".split(";")
DRUGS = "metformin;insulin;Suboxone;methadone;lithium;Zoloft;oxycodone;Adderall;warfarin;Prozac;Truvada;Seroquel;tamoxifen;Xanax".split(";")
QUASI = "the only Black family on the block;the only deaf teacher at the school;a single mother of triplets;the only wheelchair user in our building;the only Sikh family in town;a 97 year old veteran;the blind man who sells flowers on the corner;the only trans student at the high school;a Somali refugee with nine children;the only Muslim family on our street;a widowed firefighter;the only woman on the road crew;a retired astronaut;the last beekeeper in town;an undocumented mother of four;a former NFL player;the only Vietnamese priest in the county;the twins' foster mother;the one-armed crossing guard;the only gay couple on the cul-de-sac;a Holocaust survivor;the lottery winner;an ex-con on parole;a Navajo grandmother raising six kids".split(";")
QUASI_ES = "la única familia musulmana de la calle;madre soltera de trillizos;el único ciego del edificio;la única profesora sorda del colegio;un refugiado sirio con siete hijos;viuda de bombero".split(";")
WORKS = "Rick and Morty;Game of Thrones;Harry Potter;Finding Nemo;Hamlet;Romeo and Juliet;Grey's Anatomy;The Walking Dead;Bob's Burgers;Sherlock;Hannah Montana;Forrest Gump;Jane Eyre;Mary Poppins;Annie;Matilda;Wicked;Frozen;Moana;Shrek;Peter Pan;The Great Gatsby;Call of Duty;Mario Kart;Pokemon;Star Wars;Madden;Billie Jean;Jolene;Hey Jude".split(";")
PRODUCTS = "iPhone;Alexa;Siri;Galaxy;Xbox;Ford F-150;Toyota;Honda Civic;Jeep;Chevy;Dyson;Kindle;PlayStation;Chromebook;Tesla;Harley;Dell laptop;Nikes;Jordans;Ugg boots;Stanley cup;Keurig".split(";")
TEAMS = "Lakers;Packers;Real Madrid;Barcelona;Yankees;Giants;Texans;Blazers;Man United;Chelsea;Arsenal;Boca Juniors;Cowboys;Jaguars;Bills;Browns;Padres;Cardinals".split(";")
CITIES = "Portland;Houston;Lincoln;Madison;Jackson;Austin;San Francisco;Santa Fe;San Diego;Charlotte;Cleveland;Denver;Paris;Florence;Victoria;Sydney;Georgetown;Jacksonville;Santa Cruz;St. Paul;St. Louis;Houston Texas;Bowling Green;New Haven;Madrid;Guadalajara;Los Angeles;Virginia;Carolina;Georgia;Israel;Jordan;Chad;Kenya;Vietnam;Bogotá;Washington".split(";")
MONTHS = "January February March April May June July August September October November December spring summer year week".split()
MESES = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday weekends".split()
VERBS = ("keeps parking across the bike lane;plays loud music every night;has been without heat for a month;never picks up after his dog;called the city three times;got a ticket for nothing;"
         "put trash on my lawn;is running a business out of the garage;fell on the ice;lost everything in the flood;feels the same;agrees with me;says the same thing;won't return my calls;threatened me;"
         "helps everyone on the block;organised the cleanup;was hit by a car;burns leaves;has junk cars in the yard;feeds the pigeons").split(";")
VERBOS = ("deja la basura en la calle;pone música toda la noche;no tiene agua desde ayer;nunca contesta;se cayó en la banqueta;estaciona en la ciclovía;ayuda a todos;quema hojas;tiene perros sueltos;me amenazó;"
          "pide lo mismo;firmó la petición").split(";")
COMMENTS = ("the bus is always late;the light has been out for weeks;nobody picks up the trash;we need a crosswalk here;rent is too high;please fix the potholes;the park is full of glass;the water tastes bad;"
            "I want a bike lane;taxes go up every year;the sidewalk is broken;cars speed through here;the noise never stops;I am very happy with the new library;we need more trees;this is unsafe for kids;"
            "my trash was not picked up;snow was never plowed;the meeting was useless;nobody answers the phone;the new playground is wonderful;please add benches;the drain is clogged;graffiti everywhere;rats everywhere").split(";")
COMMENTS_ES = ("el camión siempre llega tarde;no hay luz en la calle;nadie recoge la basura;necesitamos un paso de peatones;la renta está muy cara;arreglen los baches;el parque está sucio;el agua sale turbia;"
               "quiero un carril bici;hay mucho ruido;faltan árboles;es peligroso para los niños;gracias por la nueva biblioteca;no contestan el teléfono;la banqueta está rota").split(";")
STREET_NAMES = ("Martin Luther King Jr;Cesar Chavez;James Monroe;Lee;Lincoln;Washington;Jefferson;Madison;Rosa Parks;Malcolm X;Frederick Douglass;Harriet Tubman;John F. Kennedy;Robert E. Lee;Sam Houston;"
                "Elm;Oak;Maple;Main;Church;Grand;State;Union;Chapel;Whalley;Dixwell;Campbell;Smallhouse;Baker;Grant;Sherman;Douglas;Howard;Willow;Rose;Victoria;St. James;Mary;Ann;Elizabeth;Charles;William;George;"
                "Henry;Rivera;Ortega;Taylor;Jackson;Harrison;Cleveland;Johnson;Wilson;Mill;River;Park;2nd;3rd;5th;9th;N. 3rd;E 42nd;South 12th;Dr. Pedro Albizu;Clara Barton;Helen Keller;Ella T. Grasso;Billy Graham;Natcher").split(";")
STREET_ENDS = "St Street Ave Avenue Blvd Rd Road Dr Drive Ln Lane Ct Court Pl Way Pkwy Terrace Circle st ave rd blvd".split()
CALLES = "calle Reforma;avenida Juárez;calle de Alcalá;Paseo de la Castellana;calle Hidalgo;calle Miguel Ángel;avenida Simón Bolívar;calle Santa Engracia;la Gran Vía;calle San Bernardo;calle José Ortega y Gasset;calle Doctor Esquerdo;avenida Emiliano Zapata;calle Benito Juárez;calle Goya;calle Velázquez;calle Lope de Vega".split(";")
PLACES = ("Lincoln Elementary;Roosevelt Park;Washington Middle School;Madison High;Kennedy Center;Franklin Library;Jackson Square;Wilson Bridge;Tubman House;Chavez Park;Rosa Parks Elementary;Edgewood Park;East Rock;Union Station;"
          "St. Mary's Church;Grace Church;Hope Cemetery;Fair Haven;Fernwood Cove;Dwight Hall;Lake Elizabeth;Mount Hood;Fort Mason;George Washington Bridge;Logan Airport;Dulles;the Carver Community Center;John Muir Park;Riverfront Park;"
          "the Booker T. Washington School;the Ted Kennedy playground;Houston Stadium;Bryant Park;Grant Park;Marcus Garvey Park;James Hillhouse High;Wilbur Cross;Johnson Creek;Lewis and Clark Trail;Smith Tower;Victoria Station;Wooster Square;the Hill;Westville;Newhallville").split(";")
LUGARES = "la plaza Mayor;el parque del Retiro;el colegio Miguel Hernández;la plaza de Santa Ana;el hospital Gregorio Marañón;el instituto Cervantes;la estación de Atocha;el parque Juan Carlos I;el puente de Vallecas;la biblioteca Vasconcelos;el barrio de Lavapiés;el metro San Bernardo;la glorieta de Quevedo;el estadio Santiago Bernabéu".split(";")
