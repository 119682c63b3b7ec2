//! Invented names. Given and family names are joined by chance within and across the lists, as in the city itself.

/// Each row: given names, family names that often go with them.
pub(super) const NAMES: &[(&[&str], &[&str])] = &[
    (
        &[
            "Marisol", "Javier", "Lupe", "Ernesto", "Ximena", "Rafael", "Itzel", "Octavio", "Paloma", "Joaquín",
            "Araceli", "Hernán", "Rocío", "Tomás",
        ],
        &[
            "Villaseñor",
            "Escamilla",
            "Orozco",
            "Bañuelos",
            "Tellez",
            "Zamudio",
            "Cisneros",
            "Murillo",
            "Arroyo",
            "Pacheco",
            "Lozano",
            "Quintero",
        ],
    ),
    (
        &[
            "Maya", "Owen", "Claire", "Russell", "Hattie", "Graham", "Louise", "Wade", "Bridget", "Neil", "Joanna",
            "Curtis", "Fern", "Dale", "Polly", "Hank",
        ],
        &[
            "Thornbury",
            "Maddox",
            "Ashby",
            "Pruitt",
            "Lockhart",
            "Fenwick",
            "Colby",
            "Haverford",
            "Tilden",
            "Rusk",
            "Beckett",
            "Sorrell",
            "Whitcomb",
        ],
    ),
    (
        &["Naomi", "Kenji", "Akiko", "Hiro", "Yuki", "Emi", "Takeshi", "Mariko", "Dean", "Sachi"],
        &["Hamasaki", "Oyama", "Kuroda", "Nishida", "Takemoto", "Shiraishi", "Matsuda", "Iwata", "Uyeda"],
    ),
    (
        &["Shirin", "Kamran", "Laleh", "Babak", "Parisa", "Dariush", "Roya", "Farhad", "Nasrin", "Cyrus"],
        &["Moradi", "Tehrani", "Javaheri", "Sohrabi", "Kashani", "Rostami", "Nikzad", "Farahani"],
    ),
    (
        &[
            "Imani", "Marcus", "Denise", "Terrell", "Yvonne", "Andre", "Keisha", "Reggie", "Simone", "Clarence",
            "Adaeze", "Tunde", "Hirut", "Dawit",
        ],
        &[
            "Broussard",
            "Gaines",
            "Holloway",
            "Merriweather",
            "Okafor",
            "Adeyemi",
            "Tesfaye",
            "Abebe",
            "Pettway",
            "Ransom",
            "Stallworth",
        ],
    ),
    (
        &["Soo-jin", "Daniel", "Hana", "Minho", "Grace", "Joon", "Eunice", "Paul", "Mina"],
        &["Paik", "Noh", "Ahn", "Seo", "Yoon", "Hwang", "Moon", "Chung"],
    ),
    (
        &["Priya", "Anil", "Kavita", "Rohan", "Meera", "Sanjay", "Leela", "Vikram", "Asha"],
        &["Venkatesan", "Deshpande", "Chaudhary", "Iyer", "Bhatt", "Kulkarni", "Gill", "Rao"],
    ),
    (
        &["Miriam", "Ezra", "Talia", "Saul", "Rivka", "Josh", "Dalia", "Abe", "Noa"],
        &["Rosenthal", "Katzman", "Feinberg", "Lifshitz", "Perlman", "Adler", "Zimmer", "Shapira"],
    ),
    (
        &["Mei", "Wendell", "Lian", "Howard", "Vivian", "Stanley", "Jia", "Connie", "Trang", "Minh", "Linh"],
        &["Fong", "Kwan", "Tsai", "Liang", "Chu", "Lau", "Huynh", "Truong", "Dinh"],
    ),
    (
        &["Ani", "Aram", "Lusine", "Vahan", "Sirun", "Olga", "Pavel", "Katya", "Milan", "Jelena"],
        &["Bedrosian", "Galstyan", "Minassian", "Petrosyan", "Belova", "Sokolov", "Novak", "Petrovic"],
    ),
    (
        &["Jun", "Marites", "Rey", "Luz", "Dante", "Corazon", "Nestor", "Liza"],
        &["Bautista", "Salonga", "Macaraeg", "Dimaculangan", "Tolentino", "Magsaysay", "Abad"],
    ),
    (
        &["Salma", "Karim", "Yasmin", "Nabil", "Rania", "Omar", "Hoda", "Tariq"],
        &["Khoury", "Mansour", "Darwish", "Najjar", "Sabbagh", "Haddadin", "Rizk"],
    ),
];
