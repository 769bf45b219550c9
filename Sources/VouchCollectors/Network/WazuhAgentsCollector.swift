import VouchModel

/// Reads the agents of Wazuh (`GET /agents`): which hosts report, and when they last did.
///
/// The manager is agent 000 and has no last contact (9999-12-31): that it answered is the contact.
enum WazuhAgentsCollector: Collector {
  static let format = "wazuh_agents"
  static let summary = "Wazuh agents (GET /agents)"
  static let gives: [RecordType] = [.sensor, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let prefix = "data.affected_items[]."
    return head.hasJSON("\(prefix)lastKeepAlive") || head.hasJSON("\(prefix)registerIP")
      || head.hasJSON("\(prefix)dateAdd", "\(prefix)status")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.sensor)
    guard let root = try item.json(format: format, reading) else { return }
    let agents = root.at("data", "affected_items").elements
    reading.checkPage(
      format, of: "agents", count: agents.count,
      total: root.at("data", "total_affected_items").integer)
    for (index, agent) in agents.enumerated() {
      let place = "/data/affected_items/\(index)"
      guard let name = agent["name"].text else {
        reading.diagnose(
          .missingField(
            format, "name", at: item.at(place), why: "an agent without a name watches no host"))
        continue
      }
      let word = agent["status"].string ?? ""
      guard let mode = mode(word) else {
        reading.diagnose(
          .unknownWord(
            format, "status", word, at: item.at(place),
            why: "an agent that neither reports nor is silent proves nothing"))
        continue
      }
      reading.append(.wazuhSighting(agent, ref: name, place: place))
      var record = Record(.sensor, place: place)
      record["source"] = .text("wazuh")
      record["asset_id"] = .text(name)
      record["kind"] = .text("hids")
      let isManager = agent["id"].text == "000"
      record["last_event_at"] = .instant(
        isManager ? item.provenance.collectedAt : agent["lastKeepAlive"].instant)
      record["mode"] = .text(mode)
      reading.append(record)
    }
  }

  private static func mode(_ status: String) -> String? {
    switch status.lowercased() {
    case "active": "detect"
    case "disconnected", "never_connected", "pending": "off"
    default: nil
    }
  }
}
