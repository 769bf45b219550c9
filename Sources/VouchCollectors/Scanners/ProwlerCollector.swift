import VouchModel

/// Reads Prowler's results: OCSF JSON (version 4 and later) and its semicolon CSV.
///
/// Checks that passed are kept: they are the evidence. A muted failure stays a failure; that it
/// was muted is recorded as a waiver made in the scanner, which is no waiver of the organisation.
enum ProwlerCollector: Collector {
  static let format = "prowler"
  static let summary = "Prowler cloud checks, OCSF JSON or CSV"
  static let gives: [RecordType] = [.scan, .scan_host, .compliance_check, .host_sighting, .waiver]

  static func recognises(_ head: Head) -> Bool {
    if let header = head.delimitedHeader {
      return Set(header).isSuperset(of: ["CHECK_ID", "STATUS", "MUTED", "RESOURCE_UID"])
    }
    let first = head.jsonBeginning[0]
    return first.at("metadata", "product", "name").text == "Prowler"
      || first.at("metadata", "event_code").text != nil && first.has("status_code")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    let report = ProwlerReport(reading)
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.json == nil {
      try item.rows(format: format, separator: ";", reading) { report.read($0) }
    } else {
      try item.json(format: format, each: ["*"], reading) { rest in
        rest.array != nil
      } _: {
        report.read($0)
      }
    }
    report.finish()
  }
}

/// One run of Prowler while it is read.
private final class ProwlerReport {
  /// What both forms of the report say of one check on one resource.
  private struct Result {
    var place: String
    var check: String?
    var title: String?
    var status: String?
    var isMuted = false
    var severity: String?
    var resource: String?
    var account: String?
    var time: Instant?
    var version: String?
    var benchmarks: [String] = []
  }

  private let reading: Reading
  private let problems = RepeatedProblems()
  private let times: TimeFields
  private let scan: ScanLedger
  private var checks = CheckList()
  private var started: Instant?
  private var ended: Instant?

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(reading.item, format: ProwlerCollector.format, problems: problems)
    scan = ScanLedger(
      reading, format: ProwlerCollector.format, tool: "prowler",
      id: "prowler \(reading.item.digest.short)", countsFindings: false)
    scan.record["severity_basis"] = .text("vendor")
  }

  func read(_ row: Row) {
    add(
      Result(
        place: row.place, check: row["CHECK_ID"], title: row["CHECK_TITLE"], status: row["STATUS"],
        isMuted: row["MUTED"].flatMap(flagSpelling) ?? false, severity: row["SEVERITY"],
        resource: row["RESOURCE_UID"] ?? row["RESOURCE_NAME"], account: row["ACCOUNT_UID"],
        time: times.instant(row["TIMESTAMP"], "TIMESTAMP", at: row.place),
        version: row["PROWLER_VERSION"],
        benchmarks: (row["COMPLIANCE"] ?? "").split(separator: "|")
          .compactMap { $0.split(separator: ":").first?.trimmed }))
  }

  func read(_ element: JSONElement) {
    let json = element.json
    let resource = json["resources"][0]
    add(
      Result(
        place: element.pointer, check: json.at("metadata", "event_code").text,
        title: json.at("finding_info", "title").text, status: json["status_code"].text,
        isMuted: json["status"].text == "Suppressed", severity: json["severity"].text,
        resource: resource["uid"].text ?? resource["name"].text,
        account: json.at("cloud", "account", "uid").text,
        // `time` is epoch seconds; `time_dt` is the same without a zone.
        time: json["time"].instant ?? json.at("finding_info", "created_time").instant,
        version: json.at("metadata", "product", "version").text,
        benchmarks: (json.at("unmapped", "compliance").object ?? []).map(\.key)))
  }

  private func add(_ result: Result) {
    guard let check = result.check, let resource = result.resource ?? result.account else {
      reading.diagnose(
        Diagnostic(
          "prowler.no-id", .error, at: reading.item.at(result.place),
          "a result names no check or no resource",
          why: "it cannot be told from the others, so it is left out", fix: "export it again"))
      return
    }
    guard let outcome = outcome(result) else { return }
    note(result)
    var record = Record(.compliance_check, place: result.place, at: result.time)
    record["scan_id"] = .text(scan.id)
    record["asset_id"] = .text(resource)
    record["check_id"] = .text(check)
    record["name"] = .text(result.title)
    record["result"] = .text(outcome)
    record["benchmark"] = .text(
      result.benchmarks.isEmpty ? nil : result.benchmarks.joined(separator: ", "))
    record["severity"] = .text(result.severity?.lowercased())
    record["source"] = .text("prowler")
    checks.add(record)
    if result.isMuted, outcome == "failed" {
      reading.append(
        .scannerWaiver(tool: "prowler", subject: "\(resource)|\(check)", place: result.place))
    }
  }

  private func outcome(_ result: Result) -> String? {
    switch result.status {
    case "PASS": return "passed"
    case "FAIL": return "failed"
    // A person has to look; nothing was tested.
    case "MANUAL": return "unknown"
    default:
      problems.add(
        .unknownWord(
          ProwlerCollector.format, "status", result.status ?? "",
          at: reading.item.at(result.place), why: "a check without a result is not counted"))
      return nil
    }
  }

  /// Keeps what the results say of the run as a whole.
  private func note(_ result: Result) {
    if let time = result.time {
      started = min(started ?? time, time)
      ended = max(ended ?? time, time)
    }
    scan.record["tool_version"] = .text(result.version)
    guard let account = result.account else { return }
    scan.host(
      account, place: result.place, details: { $0["credentialed"] = .flag(true) }, sighting: nil)
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

extension Record {
  /// An acceptance that somebody made in a scanner. It has no approver and no end.
  static func scannerWaiver(tool: String, subject: String, place: String) -> Record {
    var waiver = Record(.waiver, place: place)
    waiver["waiver_id"] = .text("\(tool) \(subject)")
    waiver["finding_key"] = .text(subject)
    waiver["reason"] = .text("muted in \(tool)")
    waiver["scanner_side"] = .flag(true)
    return waiver
  }
}
