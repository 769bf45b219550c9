import VouchModel

/// Reads `nft -j list ruleset`: the nftables packet filter of one host.
///
/// A ruleset with nothing but `metainfo` means that no firewall is loaded, which is an answer.
/// Chains of type `nat` and `route` decide nothing about who may come in and are left out.
enum NFTCollector: Collector {
  static let format = "nft"
  static let summary = "nftables ruleset of a host (nft -j list ruleset)"
  static let gives: [RecordType] = [.host_config, .rule, .host_sighting]

  static func recognises(_ head: Head) -> Bool { head.hasJSON("nftables[].metainfo") }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config, .rule)
    guard let host = reading.commandHost(format: format),
      let root = try item.json(format: format, reading)
    else { return }
    let ruleset = root["nftables"].elements
    let filter = NFTRuleset(ruleset).filter(item, reading)
    reading.appendCommandSighting(of: host)
    let digest = Digest.sha256(ruleset.map(NFTRuleset.withoutCounters).map(\.serialised).joined())
    reading.append(.hostFirewall(host, filter.firewall(digest: digest), place: "/nftables"))
    filter.appendRules(device: host, format: format, to: reading)
  }
}

/// The entries of a ruleset: chains, rules, and the sets and maps that rules refer to.
private struct NFTRuleset {
  private let entries: [JSON]
  private var sets: [String: [JSON]] = [:]

  init(_ entries: [JSON]) {
    self.entries = entries
    for entry in entries {
      for kind in ["set", "map"] where entry.has(kind) {
        let set = entry[kind]
        sets[key(set, set["name"])] = set["elem"].elements
      }
    }
  }

  /// Handles and counters differ from day to day without a change of the rules.
  static func withoutCounters(_ value: JSON) -> JSON {
    switch value {
    case .object(let members):
      .object(
        members.filter { !["handle", "packets", "bytes", "metainfo"].contains($0.key) }
          .map { ($0.key, withoutCounters($0.value)) })
    case .array(let elements): .array(elements.map(withoutCounters))
    default: value
    }
  }

  func filter(_ item: EvidenceItem, _ reading: Reading) -> PacketFilter {
    var filter = PacketFilter()
    for entry in entries {
      let chain = entry["chain"]
      guard let family = chain["family"].text, ["ip", "ip6", "inet"].contains(family),
        let name = chain["name"].text
      else { continue }
      let type = chain["type"].text
      // A chain without a type is reached from others; nat and route chains filter nothing.
      guard type == nil || type == "filter" else { continue }
      filter.chains[key(chain, chain["name"])] = PacketFilter.Chain(
        family: family, name: "\(chain["table"].text ?? "") \(name)", hook: chain["hook"].text,
        policyDrops: chain["policy"].text == "drop")
    }
    for (index, entry) in entries.enumerated() {
      let rule = entry["rule"]
      let chain = key(rule, rule["chain"])
      guard filter.chains[chain] != nil else { continue }
      let place = "/nftables/\(index)"
      guard let rules = rules(rule, at: place) else {
        reading.diagnose(.notDecoded(at: item.at(place)))
        continue
      }
      filter.chains[chain]?.rules += rules
    }
    return filter
  }

  private func key(_ entry: JSON, _ name: JSON) -> String {
    "\(entry["family"].text ?? "") \(entry["table"].text ?? "") \(name.text ?? "")"
  }

  /// A rule of nftables as rules of one verdict each; nil when a verdict cannot be told.
  private func rules(_ rule: JSON, at place: String) -> [PacketFilter.Rule]? {
    let id =
      "\(rule["family"].text ?? "") \(rule["table"].text ?? "") \(rule["chain"].text ?? "") "
      + "\(rule["handle"].text ?? "")"
    var plain = PacketFilter.Rule(id: id, comment: rule["comment"].text, place: place)
    for statement in rule["expr"].elements {
      guard let name = statement.object?.first?.key else {
        if let verdict = verdict(statement, rule) { plain.verdict = verdict }
        continue
      }
      switch name {
      case "match": narrow(&plain.match, statement["match"], rule)
      case "vmap": return mapped(statement["vmap"], plain, rule)
      case "limit": plain.match.conditions.append("limit")
      default:
        if let verdict = verdict(statement, rule) { plain.verdict = verdict }
      }
    }
    return [plain]
  }

  private func verdict(_ statement: JSON, _ rule: JSON) -> PacketFilter.Verdict? {
    switch statement.object?.first?.key ?? statement.text {
    case "accept": .accept
    case "drop": .drop
    case "reject": .reject
    case "jump": .jump(key(rule, statement.at("jump", "target")))
    case "goto": .goto(key(rule, statement.at("goto", "target")))
    case "return": .leave
    default: nil
    }
  }

  /// `ct state vmap { established : accept, invalid : drop }`: one rule an entry of the map.
  private func mapped(
    _ vmap: JSON, _ plain: PacketFilter.Rule, _ rule: JSON
  ) -> [PacketFilter.Rule]? {
    guard let entries = elements(vmap["data"], rule) else { return nil }
    var rules: [PacketFilter.Rule] = []
    for (number, entry) in entries.enumerated() {
      guard let verdict = verdict(entry[1], rule) else { return nil }
      var part = plain
      part.id += ".\(number + 1)"
      part.verdict = verdict
      narrow(
        &part.match, .object([("op", .string("==")), ("left", vmap["key"]), ("right", entry[0])]),
        rule)
      rules.append(part)
    }
    return rules
  }

  /// The elements of `{"set": […]}`, `[…]`, `"@name"` or of one value; nil for a name that the
  /// ruleset does not define.
  private func elements(_ value: JSON, _ rule: JSON) -> [JSON]? {
    if let array = value.array { return array }
    if value.has("set") { return value["set"].array ?? [value["set"]] }
    if let name = value.string, name.hasPrefix("@") {
      return sets[key(rule, .string(String(name.dropFirst())))]
    }
    return [value]
  }

  private func narrow(_ match: inout PacketMatch, _ test: JSON, _ rule: JSON) {
    let left = test["left"]
    let isEquality = ["==", "in"].contains(test["op"].text ?? "==")
    let values = elements(test["right"], rule)?.map { $0.has("elem") ? $0.at("elem", "val") : $0 }
    guard isEquality, let values, !values.isEmpty, take(&match, left, values) else {
      match.conditions.append(
        "\(described(left)) \(test["op"].text ?? "==") \(test["right"].serialised.prefix(200))")
      return
    }
  }

  /// Notes a test that a rule's columns can hold; false for any other.
  private func take(_ match: inout PacketMatch, _ left: JSON, _ values: [JSON]) -> Bool {
    let payload = left["payload"]
    switch (payload["protocol"].text, payload["field"].text) {
    case ("ip"?, "saddr"?), ("ip6"?, "saddr"?):
      let networks = values.compactMap(network)
      // A list of blocked addresses may have a hundred thousand: it stays one rule.
      guard networks.count == values.count, networks.count <= 256 else { return false }
      match.sources = networks
      return true
    case ("ip"?, "protocol"?), ("ip6"?, "nexthdr"?):
      match.protocols = values.compactMap(\.text)
      return true
    case (let name?, "dport"?):
      let ports = values.compactMap(self.ports)
      guard ports.count == values.count else { return false }
      match.ports = ports
      if name != "th" { match.protocols = [name] }
      return true
    default: break
    }
    switch left.at("meta", "key").text {
    case "l4proto"?:
      match.protocols = values.compactMap(\.text)
      return true
    case "iif"?, "iifname"?:
      guard values.count == 1, values[0].text == "lo" else { return false }
      match.onlyLoopback = true
      return true
    default: break
    }
    if left.at("ct", "key").text == "state" {
      match.take(states: values.compactMap(\.text).joined(separator: ","))
      return true
    }
    return false
  }

  private func network(_ value: JSON) -> String? {
    if let address = value.at("prefix", "addr").text, let length = value.at("prefix", "len").text {
      return "\(address)/\(length)"
    }
    if value.has("range"), let low = value["range"][0].text, let high = value["range"][1].text {
      return "\(low)-\(high)"
    }
    return value.text
  }

  private func ports(_ value: JSON) -> PacketMatch.Ports? {
    if value.has("range") {
      guard let low = value["range"][0].integer, let high = value["range"][1].integer else {
        return nil
      }
      return PacketMatch.Ports(first: low, last: high)
    }
    return (value.integer ?? value.text.flatMap(ServiceNames.port)).map {
      PacketMatch.Ports(first: $0, last: $0)
    }
  }

  private func described(_ left: JSON) -> String {
    let payload = left["payload"]
    if let name = payload["protocol"].text, let field = payload["field"].text {
      return "\(name) \(field)"
    }
    for kind in ["meta", "ct"] {
      if let key = left.at(kind, "key").text { return "\(kind) \(key)" }
    }
    return left.serialised
  }
}

extension Diagnostic {
  fileprivate static func notDecoded(at place: String) -> Diagnostic {
    Diagnostic(
      "nft.rule-not-decoded", .error, at: place,
      "the rule's verdicts come from a map that cannot be read",
      why: "what it lets in is missing from the list of rules",
      fix: "write the verdicts into the rule, or into a map whose elements the ruleset lists")
  }
}
