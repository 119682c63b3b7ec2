//! The facts about a rater and a ratee that a forecast may rest on, in words a person understands.

/// Names of the facts, in the order of a row.
pub const FACTS: [&str; 47] = [
    "what this rater usually gives",
    "what this person usually gets",
    "how generous this rater is beside others",
    "record of this person, seen through this rater's generosity",
    "what this person gave the rater",
    "what people the rater trusts said",
    "how much the people the rater trusts said",
    "how much the rater has rated",
    "how often this person has been rated",
    "how much this person has rated",
    "how often the rater has been rated",
    "share of bad ratings this person got",
    "share of bad ratings this rater gives",
    "how long this person has been here",
    "how long the rater has been here",
    "time since this person's last bad rating",
    "what the rater usually gets",
    "what this person usually gives",
    "the rater's last rating",
    "time since the rater's last rating",
    "the rater's last few ratings",
    "the rater's ratings of the last hours",
    "this person's last rating",
    "time since this person's last rating",
    "this person's last few ratings",
    "this person's ratings of the last days",
    "time since this person rated the rater",
    "share of bad ratings this person gives",
    "what people the rater distrusts said",
    "what people who judge like the rater said",
    "how many who judge like the rater said something",
    "how alike the two judge others",
    "what people who trust the rater said",
    "what people this person trusts think of the rater",
    "how many the rater rated lately",
    "how many rated this person lately",
    "how often the rater gives the least good rating",
    "how often the rater gives a clear recommendation",
    "mood of everybody lately",
    "spread of the ratings this person got",
    "spread of the ratings the rater gives",
    "worst rating this person got",
    "record of this person without the raters' generosity",
    "what well-rated people said",
    "worst rating the rater got",
    "this person's replies compared with what the person got",
    "how alike the raters of the two are",
];

/// Facts that a product leaves out where some ratings are private (warnings, whose authors are never named): all that
/// tell what the ratee said of the rater or of anybody, what others said of the rater (but that they rate the rater
/// well), how alike two people judge, and since when the two are known. What is left reads no rating by the ratee, and
/// of those about the rater only good ones: nobody can learn from a forecast who warned of them.
pub const LEFT_OUT: [usize; 17] = [4, 9, 10, 13, 14, 16, 17, 26, 27, 29, 30, 31, 33, 38, 44, 45, 46];
