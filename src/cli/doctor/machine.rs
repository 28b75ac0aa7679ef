//! The machine: clock, swap, core dumps and ways out.

use std::{fs, path::Path};

use rustix::process::{DumpableBehavior, dumpable_behavior};

use super::Finding;
use crate::{
    config::{Address, Pipeline},
    connectors::Format,
    domain::{Clock, SystemClock},
};

/// No clock of a machine that runs this says an earlier year.
const YEAR_MIN: &str = "2026-01-01T00:00:00Z";

pub(super) fn findings(pipeline: &Pipeline) -> Vec<Finding> {
    vec![clock(), swap(), cores(), egress(pipeline), listeners(pipeline)]
}

/// Windows close by the clock.
fn clock() -> Finding {
    let now = SystemClock.now();
    if YEAR_MIN.parse().is_ok_and(|year| now < year) {
        return Finding::wrong("time", format!("it is said to be {now:.0}"), "set the clock");
    }
    let kept = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid", "/run/ntpd.pid"]
        .iter()
        .any(|path| Path::new(path).exists());
    match kept {
        true => Finding::well("time", format!("{now:.0}, kept by a time service")),
        false => Finding::look(
            "time",
            format!("{now:.0}, and no time service shows"),
            "windows close by this clock: keep it by NTP",
        ),
    }
}

/// Swap would put words on a disk.
fn swap() -> Finding {
    let table = fs::read_to_string("/proc/swaps").unwrap_or_default();
    let areas: Vec<&str> =
        table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let on_disk: Vec<&str> =
        areas.into_iter().filter(|area| !area.starts_with("/dev/zram")).collect();
    match on_disk.as_slice() {
        [] => Finding::well("swap", "none on a disk"),
        areas if areas.iter().all(|area| area.starts_with("/dev/dm-")) => Finding::look(
            "swap",
            format!("on {}", areas.join(", ")),
            "make sure that it is encrypted with a key that dies with the machine's power",
        ),
        areas => Finding::wrong(
            "swap",
            format!("on {}: comments held in memory could reach the disk", areas.join(", ")),
            "swapoff -a, or MemorySwapMax=0 for the service, or encrypt it with a random key",
        ),
    }
}

/// The program refuses core dumps at its start; here it is asked whether that took.
fn cores() -> Finding {
    match dumpable_behavior() {
        Ok(DumpableBehavior::NotDumpable) => Finding::well("core dumps", "refused by this program"),
        _ => Finding::wrong(
            "core dumps",
            "the system does not let them be refused",
            "LimitCORE=0 for the service",
        ),
    }
}

/// The product needs no way out, but to a service that the pipeline reads and to alerts' webhooks.
fn egress(pipeline: &Pipeline) -> Finding {
    let table = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let leads_out = leads_out(&table("/proc/net/route"), &table("/proc/net/ipv6_route"));
    let asks =
        matches!(&pipeline.format, Format::Remote(remote) if !remote.service.policy.loopback);
    let mut hooks = pipeline.alerts.iter().filter_map(|one| one.webhook.as_ref());
    let tells = hooks.any(|webhook| !webhook.loopback);
    match (leads_out, asks || tells) {
        (false, false) => Finding::well("egress", "no route leads out of this machine's networks"),
        (true, false) => Finding::look(
            "egress",
            "a route leads out, and the program needs none",
            "IPAddressDeny=any and IPAddressAllow=localhost for the service; see docs/SERVE.md",
        ),
        (true, true) => Finding::look(
            "egress",
            "a route leads out, which the pipeline's service or webhooks take and nothing else does",
            "IPAddressDeny=any, and IPAddressAllow= localhost, their hosts and the name server",
        ),
        (false, true) => Finding::look(
            "egress",
            "no default route leads out, and the pipeline names hosts on the network",
            "see that source.service.url and the webhooks of alerts can be reached from here",
        ),
    }
}

/// Whether the kernel's tables have a default route, of either protocol, that is no refusal.
fn leads_out(routes: &str, routes_v6: &str) -> bool {
    let of_v4 = |line: &str| line.split_whitespace().nth(1) == Some("00000000");
    let of_v6 = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [to, "00", _, _, _, _, _, _, _, device] = fields[..] else { return false };
        to.bytes().all(|digit| digit == b'0') && device != "lo"
    };
    routes.lines().skip(1).any(of_v4) || routes_v6.lines().any(of_v6)
}

fn listeners(pipeline: &Pipeline) -> Finding {
    let serve = &pipeline.serve;
    let told = format!("inside {}, outside {}", serve.inside, serve.outside);
    match &serve.inside {
        Address::Tcp(address) if !address.ip().is_loopback() => Finding::look(
            "listeners",
            told,
            "the inside listener speaks plain HTTP beyond this machine: put a proxy with TLS there",
        ),
        _ => Finding::well("listeners", told),
    }
}

#[cfg(test)]
mod tests {
    use super::leads_out;

    #[test]
    fn default_route_of_either_protocol_leads_out_and_a_refusal_does_not() {
        let head = "Iface\tDestination\tGateway\n";
        let zero = "0".repeat(32);
        let v6 = |device| format!("{zero} 00 {zero} 00 {zero} 0400 1 0 00200200 {device}\n");
        assert!(!leads_out(head, &v6("lo")));
        assert!(leads_out(head, &v6("eth0")));
        assert!(leads_out(&format!("{head}eth0\t00000000\t010011AC\n"), ""));
        assert!(!leads_out(
            &format!("{head}eth0\t000011AC\t00000000\n"),
            &v6("eth0").replacen("00 ", "40 ", 1)
        ));
    }
}
