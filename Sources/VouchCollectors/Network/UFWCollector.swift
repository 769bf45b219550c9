import VouchModel

/// Reads `ufw status` or `ufw status verbose` of one host; only verbose says the defaults.
///
/// An active ufw is started at boot as well. IPv6 counts as covered when a rule for it is listed.
enum UFWCollector: Collector {
  static let format = "ufw"
  static let summary = "ufw of a host (ufw status verbose)"
  static let gives: [RecordType] = [.host_config, .rule, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let lines = head.firstLines
    guard let first = lines.first, first == "Status: active" || first == "Status: inactive" else {
      return false
    }
    return lines.count { !$0.isEmpty } == 1
      || lines.contains { $0.hasPrefix("To ") && $0.contains("Action") && $0.contains("From") }
      || lines.contains { $0.hasPrefix("Logging: ") }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config, .rule)
    guard let host = reading.commandHost(format: format) else { return }
    var status = UFWStatus()
    var rules: [(UFWRule, Int)] = []
    var text = ""
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self).trimmed
      if line.isEmpty { return }
      text += line.split(separator: " ").joined(separator: " ") + "\n"
      if status.take(line) { return }
      switch UFWRule.read(line) {
      case .success(let rule): rules.append((rule, number))
      case .failure(.unknownProfile):
        reading.diagnose(.profileUnknown(at: item.at("L\(number)")))
      case .failure(.noRule): reading.diagnose(.badRule(format, at: item.at("L\(number)")))
      }
    }
    guard let isActive = status.isActive else {
      reading.diagnose(
        .missingField(format, "Status", at: item.label, why: "ufw begins with its status"))
      return
    }
    reading.appendCommandSighting(of: host)
    let families = rules.contains { $0.0.isSix } ? ["ip", "ip6"] : ["ip"]
    reading.append(
      .hostFirewall(
        host, status.firewall(isActive, families: families, digest: .sha256(text)), place: "L1"))
    for (number, (rule, line)) in rules.enumerated() {
      for record in rule.records(device: host, id: "ufw \(number + 1)", place: "L\(line)") {
        reading.append(record)
      }
    }
  }
}

/// The lines before the table of rules.
private struct UFWStatus {
  private(set) var isActive: Bool?
  private var incoming: String?
  private var routed: String?

  /// False for a line of the table.
  mutating func take(_ line: String) -> Bool {
    if line.hasPrefix("Status: ") {
      isActive = line == "Status: active"
      return true
    }
    if line.hasPrefix("Default: ") {
      for part in line.dropFirst("Default: ".count).split(separator: ",") {
        let words = part.split(separator: " ")
        guard words.count == 2 else { continue }
        // With routing disabled the kernel forwards nothing, and ufw's policy is to drop.
        let policy = ["deny", "reject", "disabled"].contains(words[0]) ? "drop" : "accept"
        if words[1] == "(incoming)" { incoming = policy }
        if words[1] == "(routed)" { routed = policy }
      }
      return true
    }
    return line.hasPrefix("Logging: ") || line.hasPrefix("New profiles: ")
      || line.hasPrefix("To ") || line.hasPrefix("--")
  }

  func firewall(_ isActive: Bool, families: [String], digest: Digest) -> String {
    var members = ["\"loaded\":\(isActive)", "\"enabled\":\(isActive)"]
    if isActive {
      members.append("\"families\":[\(families.map(JSONText.quoted).joined(separator: ","))]")
      if let incoming { members.append("\"input_policy\":\"\(incoming)\"") }
      if let routed { members.append("\"forward_policy\":\"\(routed)\"") }
    } else {
      members += ["\"families\":[]", "\"input_policy\":\"none\"", "\"forward_policy\":\"none\""]
    }
    members.append("\"ruleset_digest\":\"\(digest.hex)\"")
    return "{\(members.joined(separator: ","))}"
  }
}

/// A line of the table: To, Action, From, and a comment.
private struct UFWRule {
  enum Failure: Error { case noRule, unknownProfile }

  private(set) var isSix = false
  private var action = ""
  private var direction = "in"
  private var sources: [String] = []
  private var protocols: [String] = []
  private var ports: [PacketMatch.Ports] = []
  private var conditions: [String] = []
  private var comment: String?

  private static let actions = [
    "ALLOW": "allow", "LIMIT": "allow", "DENY": "drop", "REJECT": "reject",
  ]
  private static let directions = ["IN": "in", "OUT": "out", "FWD": "forward"]

  static func read(_ line: String) -> Result<UFWRule, Failure> {
    var rule = UFWRule()
    let parts = line.split(separator: "#", maxSplits: 1)
    if parts.count == 2 { rule.comment = parts[1].trimmed }
    let words = (parts.first ?? "").split(separator: " ").map(String.init)
    guard let at = words.firstIndex(where: { actions[$0] != nil }), at > 0, at + 1 < words.count
    else { return .failure(.noRule) }
    rule.action = actions[words[at]] ?? ""
    if words[at] == "LIMIT" { rule.conditions.append("limited to 6 connections in 30 seconds") }
    var from = words[(at + 1)...]
    if let direction = from.first.flatMap({ directions[$0] }) {
      rule.direction = direction
      from = from.dropFirst()
    }
    guard rule.takeTo(words[..<at]) else { return .failure(.unknownProfile) }
    rule.takeFrom(from)
    return .success(rule)
  }

  /// `22`, `80,443/tcp`, `10.0.0.1/esp`, `10.0.0.1 8080`, `Anywhere`, a profile; `(v6)`, `on eth0`.
  private mutating func takeTo(_ words: ArraySlice<String>) -> Bool {
    var words = takeInterface(words)
    if words.first == "Anywhere" { return true }
    if let address = words.first, Self.isAddress(address) {
      let parts = address.split(separator: "/")
      if let last = parts.last, parts.count > 1, Int(last) == nil {
        protocols = [String(last)]
        conditions.append("to \(parts.dropLast().joined(separator: "/"))")
      } else {
        conditions.append("to \(address)")
      }
      words = words.dropFirst()
      if words.isEmpty { return true }
    }
    let text = words.joined(separator: " ")
    if let profile = Self.profiles[text] {
      ports = profile.map { PacketMatch.Ports(first: $0, last: $0) }
      protocols = ["tcp"]
      return true
    }
    let parts = text.split(separator: "/")
    guard let list = parts.first, list.allSatisfy({ $0.isNumber || $0 == "," || $0 == ":" }),
      let ports = PacketMatch.ports(list)
    else { return false }
    self.ports = ports
    if parts.count > 1 { protocols = [String(parts[1])] }
    return true
  }

  private mutating func takeFrom(_ words: ArraySlice<String>) {
    var words = takeInterface(words)
    if let address = words.popFirst(), address != "Anywhere" {
      let parts = address.split(separator: "/")
      let isProtocol = parts.count > 1 && parts.last.map { Int($0) == nil } == true
      sources = [isProtocol ? parts.dropLast().joined(separator: "/") : address]
      if address.contains(":") { isSix = true }
    }
    if !words.isEmpty { conditions.append("from port \(words.joined(separator: " "))") }
  }

  /// Takes `(v6)` and `on eth0` out.
  private mutating func takeInterface(_ words: ArraySlice<String>) -> ArraySlice<String> {
    var rest = Array(words)
    if let at = rest.firstIndex(of: "(v6)") {
      isSix = true
      rest.remove(at: at)
    }
    if let at = rest.firstIndex(of: "on"), at + 1 < rest.count {
      conditions.append("on \(rest[at + 1])")
      rest.removeSubrange(at...(at + 1))
    }
    return rest[...]
  }

  private static func isAddress(_ word: String) -> Bool {
    let address = word.prefix { $0 != "/" }
    let isFour = address.split(separator: ".").count == 4
    return isFour || (address.count { $0 == ":" } >= 2 && !address.contains(","))
  }

  /// Application profiles of the packages Debian and Ubuntu ship.
  private static let profiles: [String: [Int]] = [
    "OpenSSH": [22], "SSH": [22], "Apache": [80], "Apache Full": [80, 443],
    "Apache Secure": [443], "Nginx HTTP": [80], "Nginx HTTPS": [443], "Nginx Full": [80, 443],
    "WWW": [80], "WWW Secure": [443], "WWW Full": [80, 443], "Postfix": [25],
    "Postfix SMTPS": [465], "Postfix Submission": [587], "Dovecot IMAP": [143],
    "Dovecot Secure IMAP": [993], "Dovecot POP3": [110], "Dovecot Secure POP3": [995],
  ]

  func records(device: String, id: String, place: String) -> [Record] {
    let any = isSix ? "::/0" : "0.0.0.0/0"
    let networks = sources.isEmpty ? [any] : sources
    let ranges: [PacketMatch.Ports?] = ports.isEmpty ? [nil] : ports
    return ranges.enumerated().map { number, range in
      var record = Record(.rule, place: place)
      record["device_id"] = .text(device)
      record["rule_id"] = .text(ranges.count > 1 ? "\(id) \(number + 1)" : id)
      record["direction"] = .text(direction)
      if direction != "out" { record["source_net"] = .text(networks[0]) }
      record["protocol"] = .text(protocols.first ?? "any")
      record["dest_port"] = .integer(range?.first)
      record["dest_port_to"] = .integer(range?.last)
      record["action"] = .text(action)
      record["comment"] = .text(comment)
      if !conditions.isEmpty { record["condition"] = .text(conditions.joined(separator: ", ")) }
      return record
    }
  }
}

extension Diagnostic {
  fileprivate static func profileUnknown(at place: String) -> Diagnostic {
    Diagnostic(
      "ufw.profile-unknown", .error, at: place,
      "the rule is for an application profile whose ports are not in the output",
      why: "what it lets in is missing from the list of rules",
      fix: "write the rule with ports, or collect iptables-save beside it")
  }
}
