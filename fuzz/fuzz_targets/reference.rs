//! Every name that parses is printed as text that parses as the same name.

#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use hreg::digest::Digest;
use hreg::name::{ChartName, Host, Precedence, Reference, Repository, SpaceName, Tag, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    prints_what_it_parses::<Reference>(text);
    prints_what_it_parses::<Repository>(text);
    prints_what_it_parses::<SpaceName>(text);
    prints_what_it_parses::<ChartName>(text);
    prints_what_it_parses::<Tag>(text);
    prints_what_it_parses::<Version>(text);
    prints_what_it_parses::<Digest>(text);
    if let Ok(host) = Host::parse(text) {
        assert_eq!(Host::parse(host.as_str()).ok(), Some(host));
    }
    if let Ok(version) = Version::parse(text) {
        assert_eq!(Version::of_tag(&version.tag()), Some(version));
    }
    if let Some((one, other)) = text.split_once(' ') {
        is_ordered(one, other);
    }
});

fn prints_what_it_parses<T: FromStr + Display + Debug + PartialEq>(text: &str) {
    if let Ok(name) = text.parse::<T>() {
        let printed = name.to_string();
        assert_eq!(printed.parse::<T>().ok(), Some(name), "{text:?} is printed as {printed:?}");
    }
}

fn is_ordered(one: &str, other: &str) {
    if let (Ok(one), Ok(other)) = (Precedence::parse(one), Precedence::parse(other)) {
        assert_eq!(one.cmp(&other), other.cmp(&one).reverse());
    }
}
