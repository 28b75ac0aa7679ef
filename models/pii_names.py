"""Names of many naming cultures, for the generator of made-up personal data.

What it is: lists written here for cultures whose names are rarely listed in Latin letters, joined
with the lists of the package Faker (MIT), and the ways in which names are put together. A tenth of
all parts, chosen by their hash, is kept out of training and used by the development set alone.
What it is not: a gazetteer of the product; nothing here is read when a text is redacted.
"""

import hashlib
import importlib
import random

# culture: (given names, family names, how the two are joined)
OWN = {
    "chinese": ("Wei Xiaoming Jing Mei Li-Hua Guoqiang Zhenyu Yuxuan Haoran Xinyi Ziyu Minghao Jiahui Lan Hong Jun Ling "
                "Qiang Shufen Xiulan Yan Tingting Wenjie Kai-Lin Meiling Yichen Ruoxi Bao Chenglong Dandan Fang Hui",
                "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Gao Lin Luo Zheng Liang Xie Tang "
                "Ouyang Sima Deng Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Ye Cheng Su Wei Lu Ding Ren", "both"),
    "cantonese": ("Ka-Wai Chi-Keung Siu-Ming Wing Yuen-Ling Kwok Wai-Man Mei-Yee Ho-Yin Tsz-Ching Pui-Shan Kit",
                  "Wong Chan Leung Cheung Lau Ng Kwok Tsang Tse Yeung Fung Mok Szeto Au Kwan Ho Yip Chow Lai Tam", "both"),
    "korean": ("Min-jun Seo-yeon Ji-woo Ha-eun Do-yun Soo-jin Hyun-woo Eun-ji Young-ho Kyung-sook Jae-hyun Mi-kyung "
               "Sung-min Yuna Hana Joon Hye-jin Sang-chul Bo-ram Dae-jung Jiyoung Minho Seojun Yeji",
               "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Hong Bae Noh Ryu Moon Namgoong", "both"),
    "vietnamese": ("Anh Thu Minh Linh Huong Tuan Hoa Duc Lan Phuong Thanh Quang Ngoc Trang Dung Hieu Khanh Mai Tam Van Bao "
                   "Chau Diem Giang Hien Kieu Loan My Nga Oanh Phuc Quyen Son Thuy Uyen Vinh Xuan Yen",
                   "Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Truong Dinh Mai Lam Luong Cao Ta Thach", "both"),
    "hmong_khmer_lao": ("Pa Houa Kou Mai Xue Tou Bee Chue Mee Nou Sopheap Sothea Bopha Dara Rithy Srey Chanthou Vanna "
                        "Khamla Bounmy Somchai Malaivanh Kao Yer Gao Pheng Ker",
                        "Vang Xiong Yang Thao Moua Her Lor Vue Cha Lee Sok Chea Keo Meas Phan Sengsavang Phommachanh Sisavath Inthavong Chhay", "west"),
    "japanese": ("Hiroshi Yuki Keiko Takumi Haruto Sakura Akiko Kenji Naoko Ren Aoi Masako Satoshi Emi Tomoko Daichi Yoko Shinji",
                 "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue Kimura Hayashi Shimizu Okafuji", "both"),
    "south_asian": ("Priya Arjun Lakshmi Rajesh Sunita Vikram Ananya Deepak Kavita Suresh Meenakshi Harpreet Gurpreet Jaspreet "
                    "Manjit Aarav Ishaan Divya Pooja Ravi Sanjay Nandini Padma Venkatesh Thilini Nimal Bishnu Sushila Tenzin Dolma "
                    "Farhana Rubina Shabnam Imran Zainab Nasreen Tariq Bilal Adeel Kiran Parvati Gopal Murugan Selvi",
                    "Patel Sharma Singh Kaur Gupta Reddy Iyer Nair Krishnamurthy Venkataraman Banerjee Mukherjee Chatterjee Das Bose "
                    "Joshi Desai Mehta Shah Khan Malik Chaudhry Qureshi Ahmed Hussain Rahman Begum Perera Fernando Wickramasinghe "
                    "Jayawardena Thapa Gurung Shrestha Sherpa Adhikari Subramaniam Pillai Rao Menon Bhattacharya Ghosh Gill Dhillon Sandhu Grewal", "west"),
    "arabic": ("Mohammed Ahmad Fatima Aisha Omar Yusuf Khalid Layla Noor Hassan Hussein Maryam Zaynab Ibrahim Mustafa Rania "
               "Samira Tarek Walid Hala Amal Bassam Dalia Faisal Ghada Huda Jamal Karim Lubna Mahmoud Nadia Osama Qasim Rasha Salma Tahani "
               "Abdul-Rahman Abdullah Abdulaziz Nour-Eddine",
               "al-Masri al-Hassan El-Sayed Haddad Khoury Nasser Mansour Saleh Hamdan Abdallah Aziz Farouk Najjar Shaheen Darwish "
               "Al-Rashid Al-Jabouri Al-Zahrani Abu-Zayd Bin-Talal Ben-Ali Benali Bouazza El-Amrani Haidar Sabbagh Kassem Awad Qasim Tamimi", "west"),
    "persian_kurdish_afghan": ("Farid Shirin Reza Parisa Dariush Leila Mehdi Nasrin Azadeh Behrouz Rojin Serhat Zarghuna Gulalai Najib Ahmadzai Freshta",
                               "Ahmadi Hosseini Karimi Rostami Tehrani Moradi Ghorbani Barzani Noorzai Stanikzai Popal Wardak Yousafzai Sadeghi Jafari", "west"),
    "west_african": ("Oluwaseun Chinedu Adaeze Ngozi Emeka Folasade Babatunde Chiamaka Obinna Ifeoma Kwame Kofi Ama Akosua Yaw Abena Kojo Efua "
                     "Mamadou Aminata Fatoumata Ousmane Moussa Awa Ibrahima Mariama Cheikh Adjoa Temitope Olumide Yetunde Ayodele Uchenna Nkechi Tunde Sade Segun",
                     "Okafor Adeyemi Okonkwo Eze Nwosu Adebayo Ogunleye Balogun Achebe Mensah Owusu Boateng Asante Appiah Osei Agyeman Diallo Traore Keita "
                     "Coulibaly Ndiaye Diop Sow Cissé Touré Camara Konaté Sesay Koroma Kamara Abiola Ekwueme Onyekachi Ogbonna Afolabi Danjuma Bello", "west"),
    "east_african": ("Wanjiru Kamau Achieng Otieno Njeri Mwangi Abebe Selam Tigist Haile Hiwot Dawit Mulugeta Almaz Tesfaye Asha Amina Farah Hodan Sahra "
                     "Abdirahman Ayaan Ifrah Juma Neema Baraka Zawadi Uwimana Nshuti Mukamana Kato Nakato Wairimu Chebet Kipchoge Jelani Makena Deng Nyibol",
                     "Kariuki Ochieng Odhiambo Kimani Waweru Mutua Bekele Tadesse Gebremariam Woldemichael Tekle Alemu Warsame Abdi Farah Jama Hersi Mohamud "
                     "Nkurunziza Habimana Mugisha Okello Museveni Mwakasege Nyerere Kipkemboi Cheruiyot Lual Majok Garang Desta Kebede", "west"),
    "southern_african": ("Thandiwe Sipho Nomvula Bongani Lerato Tshepo Kagiso Themba Zanele Ayanda Tendai Rutendo Chipo Farai Mpho Naledi Lindiwe",
                         "Dlamini Nkosi Ndlovu Khumalo Mokoena Zulu Mahlangu Sithole Moyo Ncube Chikwanha Mutasa Botha van-der-Merwe Pretorius Mabaso Radebe Molefe", "west"),
    "african_american": ("DeShawn Lakisha Tyrone Keisha Jamal Latoya Darnell Ebony Marquis Aaliyah Tanisha Trayvon Shanice Malik Imani Jaylen "
                         "D'Andre Tamika Rashad Monique LaToya Demetrius Shaniqua Kendrick Nia Jermaine Precious DaQuan Kiara Terrell Latrice",
                         "Washington Jefferson Booker Banks Jackson Robinson Coleman Gaines Mosley Bolden Ruffin Broadnax Battle Gadsden Pettway Whitfield Boykin", "west"),
    "polynesian": ("Leilani Kekoa Keoni Malia Kalani Sione Tevita Lupe Mele Tane Aroha Hemi Moana Tavita Fetu Sina Losa Semisi Ana-Maria Kaimana Noelani Pua Ikaika Viliami 'Ofa Salote",
                   "Kamaka Kealoha Kahananui Fa'alogo Tuiasosopo Leavasa Taufa Vainikolo Fonua Latu Tupou Faleolo Ngata Tamatea Parata Kawena Nakamoto Ho'okano Makua Fifita Moala Taumalolo", "west"),
    "native_american": ("Dakota Winona Takoda Aiyana Chayton Kaya Nizhoni Ahiga Hototo Mahkah Sequoyah Tayen Koda Chenoa Wilma Delbert Verna",
                        "Begay Yazzie Tsosie Benally Nez Tso Etsitty Redbird Running-Bear Two-Bulls Whitehorse Littlefeather Crow-Dog Mankiller Bear-Runner "
                        "Standing-Bear Iron-Cloud Blackhorse Nakai Peaches Roanhorse Spotted-Elk Tallchief Chee", "west"),
    "slavic": ("Olena Dmytro Oksana Taras Svetlana Vladimir Tatiana Sergei Natalia Yuri Ludmila Bogdan Agnieszka Małgorzata Krzysztof Zbigniew Wojciech "
               "Milica Dragan Snežana Zoran Jasmina Vesna Ivana Tomáš Jiří Ludmiła Galina Nadezhda Arkady Boris Halyna Yevhen Zuzana Lejla Emina",
               "Shevchenko Kovalenko Bondarenko Petrov Ivanova Kuznetsov Smirnova Volkov Kowalski Kowalska Nowak Wiśniewski Wójcik Szczepański Dvořák Novotný Horvat "
               "Jovanović Petrović Hadžić Begić Delić Milošević Nikolić Popov Dimitrov Melnyk Tkachuk Zielińska Hrynko Sokolova Mihajlović", "west"),
    "hispanic": ("María José Guadalupe Juan-Carlos Luz Xóchitl Citlali Ximena Joaquín Ramón Íñigo Begoña Consuelo Socorro Refugio Jesús Ángel Iván Yolanda Rigoberto "
                 "Graciela Lupita Chuy Pepe Nacho Paco Lalo Beto Concha Maricarmen Yesenia Yuliana Dayana Brayan Wilmer Yadira Marisol Inés Cuauhtémoc Nayeli Itzel Quetzalli",
                 "García Hernández Martínez Rodríguez de-la-Cruz de-León Del-Río Ruiz Vega Ortega Delgado Castañeda Ybarra Zúñiga Quiñones Peña Muñoz Ávila Chávez Xicoténcatl Huerta "
                 "Villaseñor Echeverría Urrutia Aguirre Zaldívar Tecuapetla Cuautle Ixba Pech Cahuich Quispe Mamani Condori Huamán Choque Montes-de-Oca San-Martín Ballesteros", "hispanic"),
    "haitian_caribbean": ("Jean-Baptiste Marie-Ange Wideline Fritz Guerline Ketly Dieudonné Mackenson Yvrose Delroy Shanique Winston Kadian Nerissa Hyacinth Leroy Marva",
                          "Pierre Joseph Toussaint Desrosiers Saint-Louis St-Fleur Charles Dorvil Jean-Louis Baptiste Étienne Ramkissoon Mohammed Persad Campbell Gayle Blackwood", "west"),
    "everyday": ("Sue Bob Jim Deb Barb Kathy Cindy Chuck Rick Randy Peg Trish Gus Hank Walt Mae Dot Bev Lenny Marge Ed Al Jo Flo Vern Gil Jeb Tex Skip Bud Junior Mimi Lulu "
                 "Tito Kiki Coco Bubba Mikey Jenn Nate Zach Kayla Kaylee Jayden Brayden Maddie Liv Emma Kate Katie Becky Josh Tyler Dylan Chloe Zoe Ryan Steph Ash Dani Alex Sam Pat Chris Jordan Taylor",
                 "Smith Johnson Jones Miller Davis Wilson Moore Anderson Thompson Harris Clark Lewis Walker Hall Allen Wright Scott Adams Nelson Carter Mitchell Roberts "
                 "Turner Phillips Campbell Parker Evans Edwards Collins Stewart Sanchez Morris Rogers Reed Cook Morgan Bell Murphy Bailey Cooper Richardson Cox Howard Ward "
                 "Hooper Garrity Whitcomb Abernathy Tuttle Pruitt O'Malley McAllister McKinnon O'Shea FitzGerald Mac-Donald Van-Horn Von-Trapp St.-Clair Hudak Kowalczyk Schultz", "west"),
    "words": ("Will Grace Mark May June April Hope Faith Joy Rose Lily Violet Daisy Ivy Dawn Summer Autumn Chase Grant Bill Frank Jack Art Rich Rob Drew Dale Cliff Glen Heath "
              "Rusty Sandy Sunny Pearl Ruby Jade Amber Crystal Melody Harmony Carol Robin Jay Ray Miles Max Dean Earl Duke Guy Gene Roman Christian August Augusta Lincoln Hunter Mason Cooper Tanner Charity Mercy Destiny Patience Angel Star Forest River Brook Holly Olive Basil Sage Reed Hazel",
              "Park Baker Cook Hill Woods Field Banks Rivers Lane Street Church School Price Case Best Love Day West East North Law Rice Fish Bird Stone Steel Bush Ford Knight King Bishop "
              "Pope Young Long Short White Black Brown Green Gray Little Small Strong Wise Savage Swift Moody Grim Frost Winter Summers Snow Rain Waters Lake Pond Brooks Marsh Meadows Moss Reed Bridges Gates Hall House Kitchen Tower Mason Carpenter Potter Fisher Farmer Shepherd Butler Page Read Booker Drinkwater Golightly Money Cash Penny Pound Early Noon Friday May", "west"),
    "east_script": ("小明 丽华 建国 秀英 志强 美玲 雅婷 민수 지영 서연 현우 太郎 花子 健一 さくら", "王 李 张 刘 陈 林 黄 김 이 박 최 佐藤 鈴木 田中", "script"),
    "other_script": ("Мария Иван Ольга Сергей Наталья Дмитрий Олена محمد فاطمة أحمد ليلى राजेश सुनीता प्रिया Γιώργος Μαρία Ελένη דוד רחל",
                     "Иванова Петров Смирнова Кузнецов Шевченко الحسن المصري حداد शर्मा सिंह पटेल Παπαδόπουλος כהן לוי", "west"),
}

FAKER_LOCALES = (
    "en_US en_GB en_IN en_NZ en_TH es_MX es_ES es_CO es_AR es_CL fr_FR fr_CA fr_QC de_DE de_AT de_CH it_IT pt_BR pt_PT nl_NL nl_BE "
    "sv_SE no_NO da_DK fi_FI is_IS pl_PL cs_CZ sk_SK sl_SI hr_HR ro_RO hu_HU tr_TR az_AZ id_ID vi_VN ga_IE yo_NG zu_ZA tw_GH et_EE lt_LT lv_LV uz_UZ sw fil_PH"
).split()

PARTICLES = ("de la", "de", "van", "van der", "von", "da", "dos", "di", "del", "el", "al", "bin", "ben", "ter", "le", "du")
SYLLABLES = ("ba be bo da de di do fa fe ga go ha he jo ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vi yo za ze zi "
             "sha che thi tra kri bren dal mar len tor win zel quin xan").split()
TITLES = "Mr. Mrs. Ms. Dr. Mr Mrs Ms Dr Miss Prof. Sr. Sra. Don Doña Pastor Rev. Sister Coach Señora Auntie Uncle Grandma Officer".split()


def held_out(part: str) -> bool:
    """Whether a part of a name belongs to the development set alone: one in ten, by its hash."""
    return hashlib.sha256(part.lower().encode()).digest()[0] < 26


def faker_names(locale: str) -> tuple:
    """(given, family) names of one locale of Faker; empty where it has none in simple lists."""
    try:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    except ImportError:
        return (), ()
    plain = lambda value: value if isinstance(value, (tuple, list, dict)) else ()
    listed = lambda *names: [n for name in names for n in plain(getattr(provider, name, ())) if n.strip()]
    given = listed("first_names") or listed("first_names_female", "first_names_male")
    return given, listed("last_names") or listed("last_names_female", "last_names_male")


class Names:
    """Draws whole names; `dev` draws only parts kept out of training, and training none of them."""

    def __init__(self, chance: random.Random, dev: bool):
        self.chance, self.pools = chance, []
        wanted = lambda parts: [p.replace("-", " ") if p[0].isupper() and p.count("-") and p.split("-")[0] in SPACED else p
                                for p in dict.fromkeys(parts) if held_out(p) == dev]
        for given, family, way in OWN.values():
            self.pools.append((wanted(given.split()), wanted(family.split()), way, 3.0))
        for locale in FAKER_LOCALES:
            given, family = faker_names(locale)
            if given and family:
                way = "hispanic" if locale.startswith("es") else "west"
                self.pools.append((wanted(given), wanted(family), way, 1.5 if locale == "en_US" else 0.7))
        self.pools = [pool for pool in self.pools if pool[0] and pool[1]]
        self.weights = [pool[3] for pool in self.pools]

    def made_up(self) -> str:
        return "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(2, 3))).capitalize()

    def parts(self) -> tuple:
        given, family, way, _ = self.chance.choices(self.pools, self.weights)[0]
        if self.chance.random() < 0.06:
            return self.made_up(), self.made_up(), "west"
        return self.chance.choice(given), self.chance.choice(family), way

    def given(self) -> str:
        return self.parts()[0]

    def family(self) -> str:
        return self.parts()[1]

    def full(self) -> str:
        """A given and a family name, put together as the culture or the writer would."""
        one, two, way = self.parts()
        roll = self.chance.random()
        if way == "script":
            return two + one
        if way == "both" and roll < 0.4:
            return f"{two} {one}"
        if way == "hispanic" and roll < 0.35:
            return f"{one} {two} {self.family() if roll < 0.05 else self.chance.choice(['López', 'Gómez', 'Cruz', 'Ramos', two])}"
        if roll < 0.08:
            return f"{one} {self.chance.choice('ABCDEFGHJKLMNPRSTW')}. {two}"
        if roll < 0.13:
            return f"{one} {two}-{self.family()}"
        if roll < 0.17:
            return f"{one} {self.chance.choice(PARTICLES)} {two}"
        if roll < 0.21:
            return f"{one} {self.given()} {two}"
        if roll < 0.24:
            return f"{two}, {one}"
        if roll < 0.26:
            return f'{one} "{self.given()}" {two}'
        if roll < 0.28:
            return f"{one} {two} {self.chance.choice(['Jr.', 'Sr.', 'III', 'Jr'])}"
        return f"{one} {two}"

    def any(self) -> tuple:
        """(what stands before it, a name) in any of the shapes people use for each other."""
        roll = self.chance.random()
        if roll < 0.50:
            return "", self.full()
        if roll < 0.74:
            return "", self.given()
        if roll < 0.80:
            return "", f"{self.given()} {self.chance.choice('ABCDEFGHJKLMNPRSTW')}{self.chance.choice(['.', ''])}"
        if roll < 0.84:
            return "", f"{self.chance.choice('ABCDEFGHJKLMNPRSTW')}. {self.family()}"
        if roll < 0.87:
            return "", self.family()
        return self.chance.choice(TITLES) + " ", self.family() if roll < 0.96 else self.full()


SPACED = frozenset("Running Two Crow Bear Standing Iron Spotted Mac Van Von St. de del Del Montes San Juan Al van".split())
