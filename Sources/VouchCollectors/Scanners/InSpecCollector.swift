import VouchModel

/// Reads a log of Chef InSpec controls, one JSON object a line (the audit cookbook's file reporter).
enum InSpecCollector: Collector {
  static let format = "inspec"
  static let summary = "Chef InSpec control results, JSON Lines"
  static let gives: [RecordType] = [.scan, .scan_host, .compliance_check, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let first = head.jsonBeginning
    return first.has(all: "status", "platform", "profile", "results")
      || first.has(all: "id", "control_tags", "platform")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    let log = InSpecLog(reading)
    try item.jsonLines(format: format, reading) { log.read($0, line: $1) }
    log.finish()
  }
}

private final class InSpecLog {
  private let reading: Reading
  private let scan: ScanLedger
  private let problems = RepeatedProblems()
  private var checks = CheckList()
  private var started: Instant?
  private var ended: Instant?

  init(_ reading: Reading) {
    self.reading = reading
    scan = ScanLedger(
      reading, format: InSpecCollector.format, tool: "inspec",
      id: "inspec \(reading.item.digest.short)", countsFindings: false)
  }

  func read(_ json: JSON, line: Int) {
    let place = "L\(line)"
    guard let control = json["id"].text, let host = json.at("platform", "target_id").text else {
      problems.add(
        Diagnostic(
          "inspec.no-id", .error, at: reading.item.at(place),
          "a line names no control or no platform.target_id",
          why: "it cannot be counted for a host, so it is left out", fix: "collect the log again"))
      return
    }
    guard let outcome = outcome(json, place) else { return }
    let time = json["results"].elements.compactMap { $0["start_time"].instant }.min()
    note(json, host, time, place)
    var record = Record(.compliance_check, place: place, at: time)
    record["scan_id"] = .text(scan.id)
    record["asset_id"] = .text(host)
    record["check_id"] = .text(control)
    record["name"] = .text(json["title"].text)
    record["result"] = .text(outcome)
    record["benchmark"] = .text(
      [json.at("profile", "name").text, json.at("profile", "version").text].compactMap(\.self)
        .joined(separator: " "))
    record["severity"] = .text(json["impact"].real.map(Self.severity))
    record["source"] = .text("inspec")
    checks.add(record)
  }

  private func outcome(_ json: JSON, _ place: String) -> String? {
    switch json["status"].text {
    case "passed": return "passed"
    case "failed": return "failed"
    // `only_if` says that the control is not for this host.
    case "skipped": return "not_applicable"
    case "error": return "error"
    case let word:
      problems.add(
        .unknownWord(
          InSpecCollector.format, "status", word ?? "", at: reading.item.at(place),
          why: "a check without a result is not counted"))
      return nil
    }
  }

  /// InSpec's own names for its impacts (docs.chef.io/inspec/profiles/controls).
  private static func severity(_ impact: Double) -> String {
    switch impact {
    case ..<0.1: "none"
    case ..<0.4: "low"
    case ..<0.7: "medium"
    case ..<0.9: "high"
    default: "critical"
    }
  }

  private func note(_ json: JSON, _ host: String, _ time: Instant?, _ place: String) {
    if let time {
      started = min(started ?? time, time)
      ended = max(ended ?? time, time)
    }
    scan.record["policy"] = .text(json.at("profile", "name").text)
    let platform = [json.at("platform", "name").text, json.at("platform", "release").text]
    scan.host(
      host, place: place,
      details: { $0["credentialed"] = .flag(true) },
      sighting: {
        $0["hostname"] = .text(host)
        $0["fqdn"] = .text(host.contains(".") ? host : nil)
        $0["os"] = .text(platform.compactMap(\.self).joined(separator: " "))
      })
  }

  func finish() {
    scan.record["started_at"] = .instant(started)
    scan.record["ended_at"] = .instant(ended)
    reading.effectiveAt = ended
    problems.report(to: reading)
    scan.finish()
    for check in checks.worst { reading.append(check) }
  }
}
