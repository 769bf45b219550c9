import VouchModel

/// Reads Wazuh's alerts: `alerts.json` as JSON Lines, an array of alerts, or the answer of a search
/// in its index (`hits.hits[]._source`).
///
/// Rule levels are those of the dashboard: 15 and above critical, 12 high, 7 medium, below low.
enum WazuhAlertsCollector: Collector {
  static let format = "wazuh_alerts"
  static let summary = "Wazuh alerts (alerts.json, or an index search)"
  static let gives: [RecordType] = [.alert, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    ["", "[].", "hits.hits[]._source."].contains { prefix in
      head.hasJSON("\(prefix)rule.level", "\(prefix)agent.id")
    }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.alert)
    var alerts = WazuhAlerts(item, reading)
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.hasJSON("hits.hits[]") || head.json == "[" {
      guard let root = try item.json(format: format, reading) else { return }
      let hits = root.at("hits", "hits").array
      if let total = root.at("hits", "total", "value").integer, let hits {
        reading.checkPage(format, of: "alerts", count: hits.count, total: total)
      }
      for (index, entry) in (hits ?? root.elements).enumerated() {
        if hits != nil {
          alerts.append(entry["_source"], at: "/hits/hits/\(index)")
        } else {
          alerts.append(entry, at: "/\(index)")
        }
      }
    } else {
      try item.jsonLines(format: format, reading) { alerts.append($0, at: "L\($1)") }
    }
    reading.coversFrom = alerts.stream.first
    reading.coversTo = alerts.stream.last
  }
}

private struct WazuhAlerts {
  private let item: EvidenceItem
  private let reading: Reading
  private(set) var stream = EventStream()
  private var sighted: Set<String> = []

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
  }

  mutating func append(_ alert: JSON, at place: String) {
    let time = alert["timestamp"].instant ?? alert["@timestamp"].instant
    guard let id = alert["id"].text, let time else {
      reading.diagnose(
        .missingField(
          WazuhAlertsCollector.format, time == nil ? "timestamp" : "id", at: item.at(place),
          why: "an alert without them can be in no population"))
      return
    }
    stream.take(time)
    let agent = alert["agent"]
    let host = agent["name"].text
    if let host, sighted.insert(host).inserted {
      reading.append(.wazuhSighting(agent, ref: host, place: place))
    }
    var record = Record(.alert, place: place)
    record["source"] = .text("wazuh")
    record["alert_id"] = .text(id)
    let rule = alert["rule"]
    record["rule"] = .text(
      [rule["id"].text, rule["description"].text].compactMap { $0 }.joined(separator: " "))
    record["severity"] = .text(severity(rule["level"].integer))
    record["asset_id"] = .text(host)
    record["raised_at"] = .instant(time)
    record["account_id"] = .text(
      alert.at("data", "dstuser").text ?? alert.at("data", "srcuser").text)
    record["kind"] = .text("security")
    reading.append(record)
  }

  private func severity(_ level: Int?) -> String? {
    switch level {
    case let level? where level >= 15: "critical"
    case let level? where level >= 12: "high"
    case let level? where level >= 7: "medium"
    case .some: "low"
    case nil: nil
    }
  }
}

extension Record {
  /// A machine as Wazuh knows it; `any` is no address.
  static func wazuhSighting(_ agent: JSON, ref: String, place: String) -> Record {
    let addresses = [agent["ip"].text].compactMap { $0 }.filter { $0 != "any" }
    let os = [agent.at("os", "name").text, agent.at("os", "version").text].compactMap { $0 }
    return .hostSighting(
      source: "wazuh", ref: ref, place: place, addresses: addresses, agentID: agent["id"].text,
      os: os.isEmpty ? nil : os.joined(separator: " "))
  }
}
