import VouchModel

/// Reads Lynis' `lynis-report.dat`, the report of one audit of one host.
///
/// A test with a warning failed, one with a suggestion only is a warning, any other that ran
/// passed. Without `report_datetime_end` the audit was aborted.
enum LynisCollector: Collector {
  static let format = "lynis"
  static let summary = "Lynis audit report, lynis-report.dat"
  static let gives: [RecordType] = [.scan, .scan_host, .compliance_check, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.text.contains("\nreport_version_major=") || head.text.contains("\nlynis_version=")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    var report = LynisReport()
    try item.lines(reading) { line, number in
      let text = String(decoding: line, as: UTF8.self)
      // A value may hold `=`, a comment begins in the first column.
      guard !text.hasPrefix("#"), let equals = text.firstIndex(of: "=") else { return }
      report.add(
        String(text[..<equals]), String(text[text.index(after: equals)...]), line: number)
    }
    report.write(to: reading)
  }
}

private struct LynisReport {
  private var values: [String: String] = [:]
  private var lists: [String: [(text: String, line: Int)]] = [:]
  private var lines: [String: Int] = [:]

  mutating func add(_ key: String, _ value: String, line: Int) {
    if key.hasSuffix("[]") {
      lists[String(key.dropLast(2)), default: []].append((value, line))
    } else {
      values[key] = value
      lines[key] = line
    }
  }

  func write(to reading: Reading) {
    let item = reading.item
    guard let host = values["hostname"] ?? item.subjectHost else {
      reading.diagnose(.subjectUnknown(LynisCollector.format, at: item.label))
      return
    }
    let problems = RepeatedProblems()
    let times = TimeFields(item, format: LynisCollector.format, problems: problems)
    func time(_ key: String) -> Instant? {
      times.instant(values[key], key, at: place(key), severity: .error)
    }
    let started = time("report_datetime_start")
    let ended = time("report_datetime_end")
    let scan = ScanLedger(
      reading, format: LynisCollector.format, tool: "lynis",
      id: "lynis \(host) \(started?.iso8601 ?? item.digest.short)", place: place("lynis_version"),
      countsFindings: false)
    scan.record["tool_version"] = .text(values["lynis_version"])
    scan.record["policy"] = .text(values["test_category"])
    scan.record["severity_basis"] = .text("vendor")
    scan.record["started_at"] = .instant(started)
    scan.record["ended_at"] = .instant(ended)
    reading.effectiveAt = ended ?? started
    if values["report_datetime_end"] == nil {
      scan.record["status"] = .text("aborted")
      reading.diagnose(
        Diagnostic(
          "lynis.unfinished", .error, at: item.label, "the report has no report_datetime_end",
          why: "the audit was aborted, so tests that are not listed were not run",
          fix: "run lynis audit system again and let it finish"))
    }
    addHost(host, to: scan)
    problems.report(to: reading)
    scan.finish()
    for check in checks(of: host, scan, at: ended ?? started) { reading.append(check) }
  }

  private func place(_ key: String) -> String { lines[key].map { "L\($0)" } ?? "" }

  private func addHost(_ host: String, to scan: ScanLedger) {
    scan.host(
      host, place: place("hostname"),
      details: {
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("runs on the host itself")
      },
      sighting: {
        $0["hostname"] = .text(host)
        let domain = values["domainname"].flatMap { isNoneSpelling($0) ? nil : $0 }
        $0["fqdn"] = .text(domain.map { "\(host).\($0)" })
        $0["agent_id"] = .text(values["hostid2"] ?? values["hostid"])
        $0["os"] = .text(values["os_fullname"])
        let addresses = ["network_ipv4_address", "network_ipv6_address"].flatMap {
          (lists[$0] ?? []).map(\.text)
        }
        let reachable = addresses.filter { $0 != "127.0.0.1" && $0 != "::1" }
        $0["addresses"] = .list(reachable.isEmpty ? nil : reachable)
      })
  }

  private func checks(of host: String, _ scan: ScanLedger, at time: Instant?) -> [Record] {
    var checks = CheckList()
    func add(_ id: String, _ name: String?, _ result: String, place: String) {
      var check = Record(.compliance_check, place: place, at: time)
      check["scan_id"] = .text(scan.id)
      check["asset_id"] = .text(host)
      check["check_id"] = .text(id)
      check["name"] = .text(name)
      check["result"] = .text(result)
      check["benchmark"] = .text("lynis")
      check["source"] = .text("lynis")
      checks.add(check)
    }
    for (key, result) in [("warning", "failed"), ("suggestion", "warning")] {
      for (text, line) in lists[key] ?? [] {
        let fields = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard let id = fields.first, !id.isEmpty else { continue }
        add(id, fields.count > 1 ? fields[1] : nil, result, place: "L\(line)")
      }
    }
    for (key, result) in [("tests_executed", "passed"), ("tests_skipped", "not_applicable")] {
      for id in (values[key] ?? "").split(separator: "|") {
        add(String(id), nil, result, place: place(key))
      }
    }
    return checks.worst
  }
}
