import VouchModel

/// Reads `auditctl -s`, `auditctl -l`, or both one after the other: the audit daemon of one host.
///
/// Ask for both in one source (`auditctl -s; auditctl -l`): the column `audit` is filled by one
/// piece of evidence, and what it does not say is left out of the object.
enum AuditctlCollector: Collector {
  static let format = "auditctl"
  static let summary = "Audit daemon of a host (auditctl -s; auditctl -l)"
  static let gives: [RecordType] = [.host_config, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let lines = head.firstLines.filter { !$0.isEmpty }
    guard let first = lines.first else { return false }
    let isStatus =
      first.hasPrefix("enabled ") && lines.contains { $0.hasPrefix("backlog_limit ") }
      || first.hasPrefix("AUDIT_STATUS: ")
    return isStatus || lines.allSatisfy(isRule)
  }

  private static func isRule(_ line: some StringProtocol) -> Bool {
    line == "No rules" || line.hasPrefix("-w /") || line.hasPrefix("-a always,")
      || line.hasPrefix("-a never,") || line.hasPrefix("-a exit,")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config)
    guard let host = reading.commandHost(format: format) else { return }
    var status: [String: Int] = [:]
    var rules: Int?
    var watches: Set<String> = []
    try item.lines(reading) { bytes, _ in
      let line = String(decoding: bytes, as: UTF8.self).trimmed
      if isRule(line) {
        rules = (rules ?? 0) + (line == "No rules" ? 0 : 1)
        if let path = watched(line) { watches.insert(path) }
        return
      }
      // `enabled 1`, in old versions `AUDIT_STATUS: enabled=1 flag=1 lost=0`.
      for pair in line.split(separator: " ").map({ $0.split(separator: "=") })
      where pair.count == 2 {
        status[String(pair[0])] = Int(pair[1])
      }
      let words = line.split(separator: " ")
      if words.count >= 2, status[String(words[0])] == nil {
        status[String(words[0])] = Int(words[1])
      }
    }
    var members: [String] = []
    if let enabled = status["enabled"] { members.append("\"enabled\":\(enabled)") }
    if let rules {
      members.append("\"rules\":\(rules)")
      let paths = watches.sorted().map(JSONText.quoted).joined(separator: ",")
      members.append("\"watches\":[\(paths)]")
    }
    if let lost = status["lost"] { members.append("\"lost\":\(lost)") }
    reading.appendCommandSighting(of: host)
    var record = Record(.host_config, place: "L1")
    record["asset_id"] = .text(host)
    record["audit"] = .text("{\(members.joined(separator: ","))}")
    reading.append(record)
  }

  /// The path of `-w /etc/passwd -p wa`, or of `-F path=…` and `-F dir=…`, if writing is watched.
  private static func watched(_ rule: String) -> String? {
    if rule.hasPrefix("-a never") { return nil }
    let words = rule.split(separator: " ").map(String.init)
    func value(after option: String) -> String? {
      words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    func field(_ name: String) -> String? {
      words.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
    // Without permissions, all are watched.
    let permissions = value(after: "-p") ?? field("perm")
    guard permissions.map({ $0.contains("w") || $0.contains("a") }) ?? true else { return nil }
    let path = value(after: "-w") ?? field("path") ?? field("dir")
    guard let path else { return nil }
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}
