//! What keeps clients from using up the server: how many connections they get, how slow they may be,
//! and how often they may ask.
//!
//! The numbers are settings. [`Gate`] says who gets a connection; [`Meter`] counts what happens on
//! it, and [`drive`] ends it when that is too little; [`Paced`] holds bodies to the least rate;
//! [`Admission`] counts requests; [`OpenUploads`] counts uploads. Sizes are checked where the bytes
//! are counted.

mod admission;
mod drive;
mod gate;
mod meter;
mod paced;
mod rates;
mod refuse;
mod service;
mod uploads;
mod window;

pub(super) use admission::Admission;
pub(super) use drive::drive;
pub(super) use gate::{Entry, Gate, Reason};
pub(super) use meter::{Meter, Metered};
pub(super) use paced::is_too_slow;
pub(super) use refuse::busy;
pub(super) use service::{Visit, service};
pub(super) use uploads::OpenUploads;

use std::net::IpAddr;

use super::settings::start;

/// How many bits of an address of IPv6 tell clients apart: whoever has one has all that begin so.
const NEIGHBOURHOOD_BITS: u32 = 64;

/// Gives what stands for a client that nobody knows: its address, of IPv6 its network.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        address => start(address, NEIGHBOURHOOD_BITS).unwrap_or(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        for (address, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            let found = neighbourhood(address.parse().unwrap());
            assert_eq!(found, expected.parse::<IpAddr>().unwrap());
        }
    }
}
