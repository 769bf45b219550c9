import VouchModel

/// Reads XCCDF results: OpenSCAP's and SCC's, alone, inside their benchmark, or in an ARF.
///
/// Rules that were not selected say nothing and are left out. A result that a person overrode
/// stays what the tool found; the override is recorded as a waiver made in the scanner.
enum XCCDFCollector: Collector {
  static let format = "xccdf"
  static let summary = "XCCDF results and ARF of OpenSCAP, SCC and others"
  static let gives: [RecordType] = [.scan, .scan_host, .compliance_check, .host_sighting, .waiver]

  static func recognises(_ head: Head) -> Bool {
    switch head.xmlRoot {
    case "Benchmark", "TestResult": head.text.contains("checklists.nist.gov/xccdf/")
    case "asset-report-collection": true
    default: false
    }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    try XCCDFResults(reading).read()
  }
}

private final class XCCDFResults {
  private let reading: Reading
  private let problems = RepeatedProblems()
  private let timeProblems = RepeatedProblems()
  private let times: TimeFields
  private var rules: [String: (title: String?, severity: String?)] = [:]
  private var runs: [Run] = []

  /// One `TestResult`.
  private final class Run {
    let element: XMLElement
    var benchmark: String?
    var target: String?
    var addresses: [String] = []
    var facts: [(name: String, value: String)] = []
    var profile: String?
    var checks = CheckList()
    var waivers: [Record] = []

    init(_ element: XMLElement) { self.element = element }
  }

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(reading.item, format: XCCDFCollector.format, problems: timeProblems)
  }

  func read() throws {
    let names: Set<String> = [
      "Rule", "rule-result", "target", "target-address", "fact", "profile", "benchmark",
    ]
    let format = XCCDFCollector.format
    let isWhole = try reading.item.xml(format: format, each: names, reading) { node, ancestors in
      if node.name == "Rule" {
        if let id = node["id"] { rules[id] = (node.text("title"), node["severity"]) }
      } else if let test = ancestors.last(where: { $0.name == "TestResult" }) {
        note(node, of: run(test, in: ancestors))
      }
    }
    problems.report(to: reading)
    for run in runs { write(run) }
    timeProblems.report(to: reading)
    if runs.isEmpty, isWhole {
      reading.diagnose(
        Diagnostic(
          "xccdf.no-result", .error, at: reading.item.label, "the file holds no TestResult",
          why: "a benchmark alone says what to check, not what was found",
          fix: "write the results with: oscap xccdf eval --results FILE"))
    }
  }

  private func run(_ test: XMLElement, in ancestors: [XMLElement]) -> Run {
    if let last = runs.last, last.element.line == test.line { return last }
    let run = Run(test)
    run.benchmark = ancestors.last { $0.name == "Benchmark" }?["id"]
    runs.append(run)
    return run
  }

  private func note(_ node: XMLNode, of run: Run) {
    switch node.name {
    case "target": run.target = run.target ?? node.text
    case "target-address": if let text = node.text { run.addresses.append(text) }
    case "fact":
      if let name = node["name"], let value = node.text { run.facts.append((name, value)) }
    case "profile": run.profile = node["idref"]
    case "benchmark": run.benchmark = node["id"] ?? run.benchmark ?? node["href"]
    default: addResult(node, to: run)
    }
  }

  // MARK: Rules

  private func addResult(_ node: XMLNode, to run: Run) {
    guard let rule = node["idref"], node.text("result") != "notselected" else { return }
    let override = node.child("override")
    let found = override?.text("old-result") ?? node.text("result")
    guard let outcome = outcome(found, node) else { return }
    let time = times.instant(node["time"], "rule-result time", at: node.place)
    var check = Record(.compliance_check, place: node.place, at: time)
    check["check_id"] = .text(rule)
    check["result"] = .text(outcome)
    check["severity"] = .text(node["severity"])
    run.checks.add(check)
    guard override != nil, let target = run.target else { return }
    var waiver = Record.scannerWaiver(
      tool: "xccdf", subject: "\(target)|\(rule)", place: node.place)
    waiver["reason"] = .text(override?.text("remark") ?? "overridden in the result")
    waiver["approver_id"] = .text(override?["authority"])
    waiver["approved_at"] = .instant(
      times.instant(override?["time"], "override time", at: node.place))
    run.waivers.append(waiver)
  }

  /// XCCDF 1.2, table 26.
  private func outcome(_ result: String?, _ node: XMLNode) -> String? {
    switch result {
    case "pass", "fixed": return "passed"
    case "fail": return "failed"
    case "error": return "error"
    case "unknown", "notchecked": return "unknown"
    case "notapplicable", "informational": return "not_applicable"
    default:
      problems.add(
        .unknownWord(
          XCCDFCollector.format, "result", result ?? "", at: reading.item.at(node.place),
          why: "a check without a result is not counted"))
      return nil
    }
  }

  // MARK: Records

  private func write(_ run: Run) {
    let element = run.element
    let place = element.place
    guard let target = run.target else {
      reading.diagnose(
        .missingField(
          XCCDFCollector.format, "target", at: reading.item.at(place),
          why: "the results cannot be counted for a host"))
      return
    }
    let started = times.instant(element["start-time"], "start-time", at: place)
    let ended = times.instant(element["end-time"], "end-time", at: place)
    let tool = run.facts.first { $0.name.hasSuffix("scanner:name") }?.value.lowercased() ?? "xccdf"
    let scan = ScanLedger(
      reading, format: XCCDFCollector.format, tool: tool,
      id: "\(tool) \(target) \((ended ?? started)?.iso8601 ?? reading.item.digest.short)",
      place: place, countsFindings: false)
    scan.record["tool_version"] = .text(
      run.facts.first { $0.name.hasSuffix("scanner:version") }?.value ?? element["test-system"])
    scan.record["policy"] = .text(run.profile)
    scan.record["feed_version"] = .text(element["version"])
    scan.record["started_at"] = .instant(started)
    scan.record["ended_at"] = .instant(ended)
    reading.effectiveAt = ended ?? started
    addHost(target, of: run, to: scan)
    scan.finish()
    for check in run.checks.worst { reading.append(completed(check, run, scan, target)) }
    for waiver in run.waivers { reading.append(waiver) }
  }

  private func completed(
    _ check: Record, _ run: Run, _ scan: ScanLedger, _ target: String
  ) -> Record {
    var check = check
    check["scan_id"] = .text(scan.id)
    check["asset_id"] = .text(target)
    check["benchmark"] = .text(run.benchmark)
    check["source"] = scan.record["tool"]
    guard case .text(let rule) = check["check_id"] else { return check }
    check["name"] = .text(rules[rule]?.title)
    if check["severity"] == .null { check["severity"] = .text(rules[rule]?.severity) }
    return check
  }

  private func addHost(_ target: String, of run: Run, to scan: ScanLedger) {
    func facts(_ suffixes: String...) -> [String] {
      run.facts.filter { fact in suffixes.contains { fact.name.hasSuffix($0) } }.map(\.value)
    }
    let isLocal: (String) -> Bool = {
      $0.hasPrefix("127.") || $0 == "::1" || $0 == "0:0:0:0:0:0:0:1" || $0.hasPrefix("fe80")
    }
    let addresses = run.addresses.filter { !isLocal($0) && isAddress($0) }
    let macs = facts(":MAC", ":mac").filter { $0 != "00:00:00:00:00:00" }
    var seen: Set<String> = []
    let distinct = macs.filter { seen.insert($0.lowercased()).inserted }
    scan.host(
      target, place: run.element.place,
      details: {
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("runs on the host itself")
      },
      sighting: {
        $0["hostname"] = .text(isAddress(target) ? nil : target)
        $0["fqdn"] = .text(facts(":fqdn").first ?? (target.contains(".") ? target : nil))
        $0["addresses"] = .list(addresses.isEmpty ? nil : addresses)
        $0["macs"] = .list(distinct.isEmpty ? nil : distinct)
      })
  }
}
