//! Hosts of a scenario's own: network namespaces on one bridge, whose lines can be cut or made bad. Root alone can make them.

use std::path::Path;
use std::process::Command;

/// Namespaces, each with one line to a bridge that this machine sits on; dropped, they are gone.
pub struct Network {
    bridge: String,
    hosts: usize,
    /// The first three numbers of every address.
    subnet: String,
}

impl Network {
    /// Makes so many hosts.
    ///
    /// # Errors
    /// What this machine lacks for it.
    pub fn make(hosts: usize) -> Result<Self, String> {
        let pid = std::process::id();
        let network = Self {
            bridge: format!("avz{pid}"),
            hosts,
            // Addresses of a process's own, out of those that are nobody's on the Internet.
            subnet: format!("10.{}.{}", 64 + pid / 256 % 64, pid % 256),
        };
        run("ip", &format!("link add {} type bridge", network.bridge))?;
        run("ip", &format!("addr add {}.1/24 dev {}", network.subnet, network.bridge))?;
        run("ip", &format!("link set {} up", network.bridge))?;
        for host in 0..hosts {
            network.make_host(host)?;
        }
        Ok(network)
    }

    fn make_host(&self, host: usize) -> Result<(), String> {
        let (namespace, line) = (self.namespace(host), format!("{}h{host}", self.bridge));
        run("ip", &format!("netns add {namespace}"))?;
        run("ip", &format!("link add {line} type veth peer name eth0 netns {namespace}"))?;
        run("ip", &format!("link set {line} master {} up", self.bridge))?;
        for what in [
            "ip link set lo up".to_owned(),
            format!("ip addr add {}/24 dev eth0", self.address(host)),
            "ip link set eth0 up".to_owned(),
            "nft add table inet fault".to_owned(),
        ] {
            self.within(host, &what)?;
        }
        Ok(())
    }

    /// The address of one.
    pub fn address(&self, host: usize) -> String {
        format!("{}.{}", self.subnet, host + 2)
    }

    /// Returns a command that runs `program` on one. Its process is the program's own.
    pub fn command(&self, host: usize, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(host)]).arg(program);
        command
    }

    /// Drops everything that goes in and out of one; nobody is told.
    pub fn cut_off(&self, host: usize) {
        self.fault(host, "iifname eth0 drop", "oifname eth0 drop");
    }

    /// Drops what goes between one and another.
    pub fn cut_between(&self, host: usize, other: usize) {
        let other = self.address(other);
        self.fault(host, &format!("ip saddr {other} drop"), &format!("ip daddr {other} drop"));
    }

    /// Drops so many of a hundred packets that one gets and sends, and lets through two megabits a second.
    pub fn make_bad(&self, host: usize, percent: u32) {
        let lose = format!("numgen random mod 100 < {percent} drop");
        self.fault(host, &lose, &lose);
        self.must(host, "tc qdisc replace dev eth0 root tbf rate 2mbit burst 8kb latency 400ms");
    }

    /// Ends every fault of one.
    pub fn mend(&self, host: usize) {
        self.must(host, "nft flush table inet fault");
        // There may be none, of which tc makes an error.
        let _none = self.within(host, "tc qdisc del dev eth0 root");
    }

    fn fault(&self, host: usize, incoming: &str, outgoing: &str) {
        for (chain, rule) in [("input", incoming), ("output", outgoing)] {
            self.must(
                host,
                &format!("nft add chain inet fault {chain} {{ type filter hook {chain} priority 0; }}"),
            );
            self.must(host, &format!("nft add rule inet fault {chain} {rule}"));
        }
    }

    fn must(&self, host: usize, what: &str) {
        self.within(host, what).unwrap_or_else(|error| panic!("{error}"));
    }

    fn within(&self, host: usize, what: &str) -> Result<(), String> {
        run("ip", &format!("netns exec {} {what}", self.namespace(host)))
    }

    fn namespace(&self, host: usize) -> String {
        format!("{}-{host}", self.bridge)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in 0..self.hosts {
            // A host that was never made is no reason to leave the others.
            let _ = run("ip", &format!("netns del {}", self.namespace(host)));
        }
        let _ = run("ip", &format!("link del {}", self.bridge));
    }
}

/// Runs a program with words that hold no spaces themselves.
fn run(program: &str, words: &str) -> Result<(), String> {
    let done = Command::new(program).args(words.split_whitespace()).output();
    let done = done.map_err(|e| format!("{program} cannot be run ({e}): `make setup-chaos` installs it"))?;
    if done.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&done.stderr);
    Err(format!("{program} {words}: {} (it needs root)", why.trim()))
}
