import VouchModel

/// Reads `iptables -L`, also with `-n` and `-v`: output for people, second best to iptables-save.
///
/// Without `-v` it hides interfaces, so a rule that seems to let everything in may be for the
/// loopback only. Where that decides, the default policy is left unknown and a warning says so.
enum IPTablesListCollector: Collector {
  static let format = "iptables_list"
  static let summary = "iptables rules of a host (iptables -L -n -v); prefer iptables-save"
  static let gives: [RecordType] = [.host_config, .rule, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let lines = head.firstLines
    guard let first = lines.firstIndex(where: { !$0.isEmpty }), lines[first].hasPrefix("Chain "),
      first + 1 < lines.count
    else { return false }
    let titles = lines[first + 1].split(separator: " ")
    return titles.starts(with: ["target", "prot", "opt"])
      || titles.starts(with: ["pkts", "bytes", "target", "prot", "opt"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config, .rule)
    guard let host = reading.commandHost(format: format) else { return }
    var list = IPTablesList()
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if !list.take(line, number) { reading.diagnose(.badRule(format, at: item.at("L\(number)"))) }
    }
    let filter = list.filter
    for hook in ["input", "forward"] where filter.policy(of: hook) == nil {
      reading.diagnose(.interfacesHidden(hook, at: item.label))
    }
    reading.appendCommandSighting(of: host)
    reading.append(
      .hostFirewall(host, filter.firewall(digest: .sha256(list.rulesAsText)), place: "L1"))
    filter.appendRules(device: host, format: format, to: reading)
  }
}

/// The lines of the listing: `Chain INPUT (policy DROP)`, a line of titles, a line for each rule.
private struct IPTablesList {
  private var family = "ip"
  private var chain: String?
  private var hasCounters = false
  private(set) var rulesAsText = ""
  private var chains = PacketFilter()

  var filter: PacketFilter {
    var filter = chains
    filter.hidesInterfaces = !hasCounters
    for key in filter.chains.keys { filter.chains[key]?.family = family }
    return filter
  }

  /// False for a rule that cannot be read.
  mutating func take(_ line: String, _ number: Int) -> Bool {
    let words = line.split(separator: " ")
    guard let first = words.first else { return true }
    if first == "Chain", words.count >= 3 {
      takeChain(words)
      return true
    }
    if first == "target" || first == "pkts" {
      hasCounters = first == "pkts"
      return true
    }
    guard let chain else { return true }
    let isTargetless = line.hasPrefix(" ") && !hasCounters
    guard let rule = rule(words, isTargetless: isTargetless, chain, number) else { return false }
    chains.chains[chain]?.rules.append(rule)
    rulesAsText += words.dropFirst(hasCounters ? 2 : 0).joined(separator: " ") + "\n"
    return true
  }

  /// `Chain INPUT (policy DROP 12 packets, 840 bytes)`, or `Chain DOCKER (1 references)`.
  private mutating func takeChain(_ words: [Substring]) {
    let name = String(words[1])
    let isBase = words[2] == "(policy"
    let drops = isBase && words.count > 3 && words[3].hasPrefix("DROP")
    chain = name
    rulesAsText += "Chain \(name) \(isBase ? drops ? "DROP" : "ACCEPT" : "-")\n"
    chains.chains[name] = PacketFilter.Chain(
      family: family, name: "filter \(name)", hook: isBase ? name.lowercased() : nil,
      policyDrops: drops)
  }

  /// `ACCEPT tcp -- 10.0.0.0/8 anywhere tcp dpt:ssh`, with counters and interfaces under `-v`.
  private mutating func rule(
    _ words: [Substring], isTargetless: Bool, _ chain: String, _ number: Int
  ) -> PacketFilter.Rule? {
    var rest = words.dropFirst(hasCounters ? 2 : 0)
    // IPv6 leaves the column of options empty.
    let options = rest.prefix(3).firstIndex { $0 == "--" || $0 == "-f" || $0 == "!f" }
    let hasTarget = options.map { $0 - rest.startIndex == 2 } ?? !isTargetless
    let target = hasTarget ? rest.popFirst() : nil
    guard let name = rest.popFirst() else { return nil }
    if options != nil { rest = rest.dropFirst() }
    let interface = hasCounters ? rest.popFirst() : nil
    if hasCounters { rest = rest.dropFirst() }
    guard let source = rest.popFirst(), rest.popFirst() != nil else { return nil }
    let ordinal = (chains.chains[chain]?.rules.count ?? 0) + 1
    if options == nil || source.contains(":") { family = "ip6" }

    var rule = PacketFilter.Rule(id: "", place: "L\(number)")
    rule.id = "\(family) filter \(chain) \(ordinal)"
    if let target { rule.verdict = .iptables(String(target), isGoto: rest.contains("[goto]")) }
    if name != "all", name != "0" { rule.match.protocols = [String(name)] }
    if !["anywhere", "0.0.0.0/0", "::/0"].contains(source) {
      if source.hasPrefix("!") {
        rule.match.conditions.append("from \(source)")
      } else {
        rule.match.sources = [String(source)]
      }
    }
    if let interface, interface != "*", interface != "any" {
      if interface == "lo" {
        rule.match.onlyLoopback = true
      } else {
        rule.match.conditions.append("in \(interface)")
      }
    }
    return Self.narrow(&rule, rest) ? rule : nil
  }

  /// The words behind the addresses: `tcp dpt:ssh ctstate NEW /* why */`.
  private static func narrow(_ rule: inout PacketFilter.Rule, _ words: ArraySlice<Substring>)
    -> Bool
  {
    var words = words
    while let word = words.popFirst() {
      if word == "/*" {
        rule.comment = words.prefix { $0 != "*/" }.joined(separator: " ")
        words = words.drop { $0 != "*/" }.dropFirst()
      } else if word.hasPrefix("dpt:") || word.hasPrefix("dpts:") {
        guard let ports = PacketMatch.ports(word.drop { $0 != ":" }.dropFirst()) else {
          return false
        }
        rule.match.ports = ports
      } else if word == "dports" {
        guard let ports = PacketMatch.ports(words.popFirst() ?? "") else { return false }
        rule.match.ports = ports
      } else if word == "ctstate" || word == "state" {
        rule.match.take(states: String(words.popFirst() ?? ""))
      } else if word == "reject-with" {
        words = words.dropFirst()
      } else if !["tcp", "udp", "multiport", "[goto]"].contains(word) {
        rule.match.conditions.append(String(word))
      }
    }
    return true
  }
}

extension Diagnostic {
  fileprivate static func interfacesHidden(_ hook: String, at place: String) -> Diagnostic {
    Diagnostic(
      "iptables_list.interfaces-hidden", .warning, at: place,
      "the default of chain \(hook.uppercased()) cannot be told",
      why: "without -v a rule for the loopback alone looks like one for everything",
      fix: "collect iptables-save, or iptables -L -n -v")
  }
}
