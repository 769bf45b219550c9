import VouchModel

/// Reads `systemctl show UNIT … -p Id,LoadState,UnitFileState,ActiveState` of one host: whether the
/// packet filter is started at boot (`firewall.enabled`), and whether the SSH server runs
/// (`sshd_listening`).
///
/// The row's `firewall` has this one key; the filter's own output has the others.
enum SystemdUnitsCollector: Collector {
  static let format = "systemd_units"
  static let summary = "Units of a host (systemctl show): firewall at boot, SSH server running"
  static let gives: [RecordType] = [.host_config, .host_sighting]

  private static let firewalls: Set<String> = [
    "nftables", "iptables", "ip6tables", "netfilter-persistent", "firewalld", "ufw",
  ]
  private static let servers: Set<String> = ["ssh", "sshd"]

  static func recognises(_ head: Head) -> Bool {
    let keys = head.firstLines.filter { !$0.isEmpty }.map { $0.prefix { $0 != "=" } }
    return Set(keys).isSuperset(of: ["Id", "UnitFileState", "ActiveState"])
      && Set(keys).isSubset(of: [
        "Id", "LoadState", "UnitFileState", "ActiveState", "SubState", "Names", "Description",
      ])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config)
    guard let host = reading.commandHost(format: format) else { return }
    var units: [[String: String]] = [[:]]
    try item.lines(reading) { bytes, _ in
      let line = String(decoding: bytes, as: UTF8.self)
      guard !line.isEmpty else {
        units.append([:])
        return
      }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { units[units.count - 1][String(parts[0])] = String(parts[1]) }
    }
    // A unit that is not installed is shown too, with the state not-found.
    let known = units.filter { $0["Id"] != nil && $0["LoadState"] != "not-found" }
    reading.appendCommandSighting(of: host)
    var record = Record(.host_config, place: "L1")
    record["asset_id"] = .text(host)
    if units.contains(where: { firewalls.contains(name($0)) }) {
      let enabled = known.contains {
        firewalls.contains(name($0)) && $0["UnitFileState"]?.hasPrefix("enabled") == true
      }
      record["firewall"] = .text("{\"enabled\":\(enabled)}")
    }
    if units.contains(where: { servers.contains(name($0)) }) {
      record["sshd_listening"] = .flag(
        known.contains { servers.contains(name($0)) && $0["ActiveState"] == "active" })
    }
    reading.append(record)
  }

  /// `nftables` of `nftables.service`, `ssh` of `ssh.socket`.
  private static func name(_ unit: [String: String]) -> String {
    String((unit["Id"] ?? "").prefix { $0 != "." })
  }
}
