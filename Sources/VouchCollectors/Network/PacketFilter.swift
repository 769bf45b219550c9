import VouchModel

/// A host's packet filter as chains of rules, whatever tool printed it.
///
/// nftables and iptables differ in how they write; what a control asks is the same: what happens to
/// a packet that no rule mentions, for IPv4 and for IPv6, and which rules let something in.
struct PacketFilter {
  /// What a rule does with a packet that it matches.
  enum Verdict: Hashable {
    case accept, drop, reject
    /// Go on in another chain, and come back (`jump`) or not (`goto`).
    case jump(String)
    case goto(String)
    case leave
    /// Counts, logs, marks: the packet goes on.
    case nothing
  }

  struct Rule {
    var id: String
    var match = PacketMatch()
    var verdict = Verdict.nothing
    var comment: String?
    var place: String
  }

  struct Chain {
    /// `ip`, `ip6`, or `inet` for both.
    var family: String
    var name: String
    /// `input`, `forward` …; nil for a chain that only other chains reach.
    var hook: String?
    var policyDrops = false
    var rules: [Rule] = []
  }

  /// By a key that is unique in the filter.
  var chains: [String: Chain] = [:]
  /// Interfaces are not printed, so a rule that seems to match everything may match one only.
  var hidesInterfaces = false

  // MARK: What happens to a packet that no rule mentions

  enum Outcome: String { case accept, drop }

  /// Whether a hook drops by default. `none` when no chain sits on it; nil when it cannot be told.
  ///
  /// Of several chains on one hook a drop in any wins; of the families the weaker one counts, since
  /// an open IPv6 beside a closed IPv4 is open.
  func policy(of hook: String) -> String? {
    let outcomes = ["ip", "ip6"].compactMap { outcome(of: hook, family: $0) }
    if outcomes.isEmpty { return "none" }
    if outcomes.contains(where: { $0 == .some(.accept) }) { return Outcome.accept.rawValue }
    return outcomes.contains { $0 == nil } ? nil : Outcome.drop.rawValue
  }

  /// Nil: no chain; `.some(nil)`: cannot be told.
  private func outcome(of hook: String, family: String) -> Outcome?? {
    let bases = chains.values.filter {
      $0.hook == hook && ($0.family == family || $0.family == "inet")
    }
    if bases.isEmpty { return nil }
    let outcomes = bases.map { outcome(ofBase: $0) }
    if outcomes.contains(.drop) { return .some(.drop) }
    return outcomes.contains(nil) ? .some(nil) : .some(.accept)
  }

  private func outcome(ofBase chain: Chain) -> Outcome? {
    if hidesInterfaces { return outcomeWithoutInterfaces(of: chain) }
    var seen: Set<String> = []
    return firstUnconditional(in: chain, &seen) ?? (chain.policyDrops ? .drop : .accept)
  }

  /// The verdict of the first rule that matches every packet; nil when there is none. A chain that
  /// was looked through before had none, so it is looked through once.
  private func firstUnconditional(in chain: Chain, _ seen: inout Set<String>) -> Outcome? {
    for rule in chain.rules where rule.match.isEverything {
      switch rule.verdict {
      case .accept: return .accept
      case .drop, .reject: return .drop
      case .jump(let key), .goto(let key):
        if let target = chains[key], seen.insert(key).inserted,
          let outcome = firstUnconditional(in: target, &seen)
        {
          return outcome
        }
        if case .goto = rule.verdict { return nil }
      case .leave: return nil
      case .nothing: break
      }
    }
    return nil
  }

  private func outcomeWithoutInterfaces(of chain: Chain) -> Outcome? {
    let everything = chain.rules.filter(\.match.isEverything).map(\.verdict)
    let accepts = everything.contains(.accept)
    let drops = everything.contains(.drop) || everything.contains(.reject)
    if chain.policyDrops { return accepts ? nil : .drop }
    return drops ? nil : .accept
  }

  /// `inet`, or the families that have a chain for incoming packets.
  var families: [String] {
    Set(chains.values.filter { $0.hook == "input" }.map(\.family)).sorted()
  }

  /// Whether anything filters incoming packets: a rule, or a policy of dropping.
  var isLoaded: Bool {
    chains.values.contains { $0.hook == "input" && ($0.policyDrops || !$0.rules.isEmpty) }
  }
}

/// Which packets a rule is about.
struct PacketMatch {
  struct Ports: Hashable {
    var first: Int
    var last: Int
  }

  /// Networks; empty for any.
  var sources: [String] = []
  /// `tcp`, `udp`, `icmp` …; empty for any.
  var protocols: [String] = []
  /// Destination ports; empty for any.
  var ports: [Ports] = []
  /// Only replies to connections that others opened.
  var onlyReplies = false
  /// Only packets from this machine to itself.
  var onlyLoopback = false
  /// Whatever else narrows the rule.
  var conditions: [String] = []

  var isEverything: Bool {
    sources.isEmpty && protocols.isEmpty && ports.isEmpty && !onlyReplies && !onlyLoopback
      && conditions.isEmpty
  }

  /// This match inside another, as when a rule is reached through a jump.
  func within(_ outer: PacketMatch) -> PacketMatch {
    var both = self
    both.sources = sources.isEmpty ? outer.sources : sources
    both.protocols = protocols.isEmpty ? outer.protocols : protocols
    both.ports = ports.isEmpty ? outer.ports : ports
    both.onlyReplies = onlyReplies || outer.onlyReplies
    both.onlyLoopback = onlyLoopback || outer.onlyLoopback
    both.conditions = outer.conditions + conditions
    return both
  }
}

extension PacketFilter {
  // MARK: Records

  /// The rules of the chains on a hook, in the order in which packets meet them, those in other
  /// chains with what the way to them demands; nil when there are more ways than can be followed.
  private func rules(from hook: String) -> [(family: String, chain: String, rule: Rule)]? {
    var found: [(String, String, Rule)] = []
    var steps = 0
    func walk(_ chain: Chain, _ outer: PacketMatch, _ seen: Set<String>) {
      for rule in chain.rules where steps < Self.stepLimit {
        steps += 1
        var inner = rule
        inner.match = rule.match.within(outer)
        switch rule.verdict {
        case .accept, .drop, .reject:
          if hidesInterfaces, inner.match.isEverything {
            inner.match.conditions = ["interface not shown"]
          }
          found.append((chain.family, chain.name, inner))
        case .jump(let key), .goto(let key):
          if let target = chains[key], !seen.contains(key), seen.count < 64 {
            walk(target, inner.match, seen.union([key]))
          }
        case .leave, .nothing: break
        }
      }
    }
    for key in chains.keys.sorted() {
      if let chain = chains[key], chain.hook == hook { walk(chain, PacketMatch(), [key]) }
    }
    return steps < Self.stepLimit ? found : nil
  }

  /// Forty chains that each jump twice to the next make a million million ways.
  private static let stepLimit = 200_000

  private static let directions = [
    ("ingress", "in"), ("prerouting", "in"), ("input", "in"), ("forward", "forward"),
    ("output", "out"), ("postrouting", "out"),
  ]

  func appendRules(device: String, format: String, to reading: Reading) {
    reading.provides(.rule)
    var occurrences: [String: Int] = [:]
    for (hook, direction) in Self.directions {
      guard let rules = rules(from: hook) else {
        reading.diagnose(.tooManyWays(format, hook, at: reading.item.label))
        continue
      }
      for (family, chain, rule) in rules {
        guard Self.parts(of: rule, family: family, direction: direction) <= Self.partLimit else {
          reading.diagnose(.tooManyParts(format, at: reading.item.at(rule.place)))
          continue
        }
        for record in Self.records(
          rule, family: family, chain: chain, direction: direction, device: device)
        {
          var record = record
          // A chain that two others jump to gives its rules twice.
          if case .text(let id) = record["rule_id"] {
            occurrences[id, default: 0] += 1
            if let n = occurrences[id], n > 1 { record["rule_id"] = .text("\(id) #\(n)") }
          }
          reading.append(record)
        }
      }
    }
  }

  /// Records that one rule may become: a source, protocol and port each.
  private static let partLimit = 10_000

  private static func parts(of rule: Rule, family: String, direction: String) -> Int {
    let match = rule.match
    return [
      sources(of: match, family: family, direction: direction).count,
      max(1, match.protocols.count), max(1, match.ports.count),
    ].reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? .max : $0 * $1 }
  }

  private static func records(
    _ rule: Rule, family: String, chain: String, direction: String, device: String
  ) -> [Record] {
    let match = rule.match
    let sources = sources(of: match, family: family, direction: direction)
    let protocols = match.protocols.isEmpty ? ["any"] : match.protocols
    let ports: [PacketMatch.Ports?] = match.ports.isEmpty ? [nil] : match.ports
    let parts = sources.count * protocols.count * ports.count
    var records: [Record] = []
    for source in sources {
      for name in protocols {
        for port in ports {
          var record = Record(.rule, place: rule.place)
          record["device_id"] = .text(device)
          record["rule_id"] = .text(parts > 1 ? "\(rule.id) \(records.count + 1)" : rule.id)
          record["chain"] = .text(chain)
          record["direction"] = .text(direction)
          record["source_net"] = .text(source)
          record["protocol"] = .text(name)
          record["dest_port"] = .integer(port?.first)
          record["dest_port_to"] = .integer(port?.last)
          record["action"] = .text(rule.verdict.action)
          record["comment"] = .text(rule.comment)
          let conditions =
            direction == "out"
            ? match.sources.map { "from \($0)" } + match.conditions
            : match.conditions
          if !conditions.isEmpty { record["condition"] = .text(conditions.joined(separator: ", ")) }
          records.append(record)
        }
      }
    }
    return records
  }

  /// What stands in `source_net`. A rule for replies or for the machine itself opens nothing to
  /// anybody, so it does not stand there as open to any network.
  private static func sources(
    of match: PacketMatch, family: String, direction: String
  ) -> [String?] {
    if direction == "out" { return [nil] }
    if match.onlyReplies { return ["established"] }
    if match.onlyLoopback { return [family == "ip6" ? "::1/128" : "127.0.0.0/8"] }
    if !match.sources.isEmpty { return match.sources }
    switch family {
    case "ip6": return ["::/0"]
    case "ip": return ["0.0.0.0/0"]
    default: return ["0.0.0.0/0", "::/0"]
    }
  }

  /// The `firewall` column. `enabled` (loaded again at boot) is known to some tools only.
  func firewall(digest: Digest, enabled: Bool? = nil) -> String {
    var members = ["\"loaded\":\(isLoaded)"]
    if let enabled { members.append("\"enabled\":\(enabled)") }
    members.append("\"families\":[\(families.map(JSONText.quoted).joined(separator: ","))]")
    for (key, hook) in [("input_policy", "input"), ("forward_policy", "forward")] {
      if let policy = policy(of: hook) { members.append("\"\(key)\":\"\(policy)\"") }
    }
    members.append("\"ruleset_digest\":\"\(digest.hex)\"")
    return "{\(members.joined(separator: ","))}"
  }
}

extension PacketFilter.Verdict {
  fileprivate var action: String {
    switch self {
    case .accept: "allow"
    case .drop: "drop"
    case .reject: "reject"
    case .jump, .goto, .leave, .nothing: ""
    }
  }
}

extension Record {
  /// The row of a host with its column `firewall` only.
  static func hostFirewall(_ host: String, _ json: String, place: String) -> Record {
    var record = Record(.host_config, place: place)
    record["asset_id"] = .text(host)
    record["firewall"] = .text(json)
    return record
  }
}

extension Diagnostic {
  fileprivate static func tooManyParts(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).too-many-parts", .error, at: place,
      "the rule's sources, protocols and ports multiply to more than can be listed",
      why: "the rule is left out, so the list of rules is incomplete",
      fix: "split the rule, or use sets of ranges")
  }

  fileprivate static func tooManyWays(
    _ format: String, _ hook: String, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).too-many-ways", .error, at: place,
      "the chains behind '\(hook)' jump to each other in more ways than can be followed",
      why: "the list of rules would not come to an end, so it is left out",
      fix: "simplify the jumps between chains")
  }
}
