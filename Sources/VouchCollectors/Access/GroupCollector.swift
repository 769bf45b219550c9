import VouchModel

/// Reads `/etc/group` or `getent group`: the groups of the local accounts of one host.
///
/// Only listed members appear; a user's primary group stands in `passwd`. A member of `sudo`,
/// `wheel`, `admin` or `root`, or of a group that hands out root by its nature, is privileged.
/// Whoever is in none may still have rights in sudoers, so nothing is said of them.
enum GroupCollector: Collector {
  static let format = "group"
  static let summary = "Groups of a host (/etc/group, getent group)"
  static let gives: [RecordType] = [.account, .host_sighting]

  private static let rootEquivalent: Set<String> = [
    "root", "wheel", "sudo", "admin", "docker", "lxd", "disk", "shadow",
  ]

  static func recognises(_ head: Head) -> Bool {
    let lines = head.firstLines.filter { !$0.hasPrefix("#") && !$0.isEmpty }
    return !lines.isEmpty && lines.allSatisfy { entry($0) != nil }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let host = reading.commandHost(format: format) else { return }
    reading.appendCommandSighting(of: host)
    var groups: [String: [String]] = [:]
    var places: [String: Int] = [:]
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.isEmpty || line.hasPrefix("#") { return }
      guard let entry = entry(line) else {
        reading.diagnose(.badAccountEntry(format, fields: 4, at: item.at("L\(number)")))
        return
      }
      for member in entry.members {
        groups[member, default: []].append(entry.name)
        places[member] = places[member] ?? number
      }
    }
    for (member, names) in groups.sorted(by: { $0.key < $1.key }) {
      var record = Record.account(
        source: "linux", id: "\(host):\(member)", names: [member], place: "L\(places[member] ?? 1)")
      if !rootEquivalent.isDisjoint(with: names) { record["privileged"] = .flag(true) }
      record["roles"] = .list(names.sorted())
      record["hostname"] = .text(host)
      reading.append(record)
    }
  }

  /// `name:x:gid:user,user`.
  private static func entry(_ line: some StringProtocol) -> (name: String, members: [String])? {
    let fields = line.split(separator: Character(":"), omittingEmptySubsequences: false)
    guard fields.count == 4, !fields[0].isEmpty, Int(fields[2]) != nil else { return nil }
    return (String(fields[0]), fields[3].split(separator: Character(",")).map { String($0) })
  }
}
