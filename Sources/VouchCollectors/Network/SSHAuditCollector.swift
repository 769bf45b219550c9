import VouchModel

/// Reads ssh-audit's JSON: what an SSH server offers to anybody who connects.
///
/// That it answered is recorded as `sshd_listening`; each recommendation becomes a check that
/// failed (critical) or warns. What the server is set to, `sshd -T` tells.
enum SSHAuditCollector: Collector {
  static let format = "ssh_audit"
  static let summary = "ssh-audit: algorithms an SSH server offers (JSON)"
  static let gives: [RecordType] = [.host_config, .compliance_check, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("banner.raw", "banner.software") && head.text.contains("\"SSH-")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config, .compliance_check)
    guard let root = try item.json(format: format, reading) else { return }
    for (target, place) in targets(root) { append(target, at: place, item, reading) }
  }

  /// One server, or a list when several were scanned.
  private static func targets(_ root: JSON) -> [(JSON, String)] {
    guard let list = root.array else { return [(root, "")] }
    return list.enumerated().map { ($1, "/\($0)") }
  }

  private static func append(
    _ target: JSON, at place: String, _ item: EvidenceItem, _ reading: Reading
  ) {
    guard let address = target["target"].text else {
      reading.diagnose(
        .missingField(
          format, "target", at: item.at(place), why: "it cannot be told which server answered"))
      return
    }
    let host = hostPart(ofEndpoint: address)
    reading.append(.hostSighting(source: "ssh_audit", ref: host, place: place))
    var config = Record(.host_config, place: place)
    config["asset_id"] = .text(host)
    config["sshd_listening"] = .flag(true)
    reading.append(config)
    for (level, result) in [("critical", "failed"), ("warning", "warning")] {
      let changes = target.at("recommendations", level)
      for (change, kinds) in changes.object ?? [] {
        for (kind, names) in kinds.object ?? [] {
          for (number, name) in names.elements.enumerated() {
            let path = "\(place)/recommendations/\(level)/\(change)/\(kind)/\(number)"
            reading.append(
              check(name["name"].text ?? "", kind, change, level, result, host, at: path))
          }
        }
      }
    }
  }

  private static func check(
    _ name: String, _ kind: String, _ change: String, _ level: String, _ result: String,
    _ host: String, at place: String
  ) -> Record {
    let verbs = ["del": "remove", "chg": "change", "add": "add"]
    var record = Record(.compliance_check, place: place)
    record["asset_id"] = .text(host)
    record["check_id"] = .text("ssh-audit:\(kind):\(name)")
    record["name"] = .text("\(verbs[change] ?? change) \(kind) \(name)")
    record["result"] = .text(result)
    record["benchmark"] = .text("ssh-audit")
    record["severity"] = .text(level)
    record["source"] = .text("ssh_audit")
    return record
  }
}
