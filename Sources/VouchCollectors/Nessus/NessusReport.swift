import VouchModel

/// Turns the hosts and items of one `.nessus` file into records and observations.
final class NessusReport {
  let item: EvidenceItem
  private let reading: Reading
  private let plugins: NessusPlugins

  /// What of the policy is worth keeping; everything else may hold passwords.
  static let preferences: Set<String> = ["TARGET", "severity_basis"]

  var hasPolicy = false
  var policyName: String?
  /// Of Report, or of the first host when there is none.
  private var line = 1
  private var targets: [String]?
  private var name = ""
  private var isWebScan = false
  private var hasReport = false
  /// The scan all observations belong to; nil until the first of them.
  private var scanID: String?
  /// Start and end of the first host, which name the scan.
  private var firstTimes: (start: NessusTime, end: NessusTime)?
  /// There are findings with a state of their own: a workbench export, which is no scan.
  private var isWorkbench = false
  private var host: NessusHost?
  /// The reading's number of the host; -1 until the scan it belongs to has begun.
  private var hostNumber: Int32 = -1
  /// Items of the host so far, and of these the findings of severity low and above.
  private var namedHost: Int32 = 0
  private var items = 0
  private var findings = 0
  /// By name; `order` keeps the file's order.
  private var hosts: [String: NessusHostSummary] = [:]
  private var order: [String] = []
  private var information: NessusScanInformation?
  private var usedPolicy: String?
  private var problems = Problems()

  /// What is reported once, with how often it was met and where first.
  private struct Problems {
    var withoutZone: (count: Int, line: Int)?
    var unfinished: (count: Int, line: Int)?
    var unknownResults: [String: Int] = [:]
  }

  init(_ reading: Reading) {
    self.reading = reading
    item = reading.item
    plugins = NessusPlugins(reading)
  }

  private var tool: String { isWebScan ? "tenable_was" : "nessus" }

  // MARK: Policy and report

  func take(preference: String, _ value: String) {
    switch preference {
    case "TARGET":
      targets = value.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
    case "severity_basis":
      if ["cvss_v2", "cvss_v3", "cvss_v4"].contains(value) { plugins.severityBasis = value }
    default: break
    }
  }

  func begin(name: String, type: String, line: Int) {
    hasReport = true
    self.line = line
    self.name = name
    isWebScan = type == "was"
    // Until the preference existed, severities followed CVSS v2.
    if hasPolicy, !isWebScan, plugins.severityBasis == nil { plugins.severityBasis = "cvss_v2" }
  }

  // MARK: Hosts

  func beginHost(_ name: String, line: Int) {
    hasReport = true
    host = NessusHost(name: name, line: line)
    namedHost = reading.host(name)
    hostNumber = -1
    items = 0
    findings = 0
  }

  func takeTag(_ tag: String, _ value: String) { host?.take(tag, value) }

  func endProperties() {
    if firstTimes == nil, let host { firstTimes = (host.start, host.end) }
  }

  /// Ends the host that is open, if any.
  ///
  /// - Parameter isWhole: false when the file was cut off inside it.
  func endHost(isWhole: Bool) {
    host?.items = items
    host?.findings = findings
    closeHost(isWhole: isWhole)
  }

  private func closeHost(isWhole: Bool) {
    guard let host else { return }
    self.host = nil
    if information == nil { information = host.information }
    usedPolicy = usedPolicy ?? host.policy
    let times = resolve(host)
    reading.append(host.sighting(source: tool, at: times.end ?? times.start))
    let isFinished = isWhole && host.end.isPresent
    if !isFinished {
      problems.unfinished = (
        (problems.unfinished?.count ?? 0) + 1, problems.unfinished?.line ?? host.line
      )
    }
    let summary = NessusHostSummary(
      line: host.line, seen: host.wasSeen, credentialed: host.isCredentialed, start: times.start,
      end: times.end, isFinished: isFinished, findings: host.findings, note: host.credentialNote)
    if hosts[host.name]?.merge(summary) == nil {
      hosts[host.name] = summary
      order.append(host.name)
    }
  }

  /// Start and end as instants: by their own offset or epoch form, or in the zone of the
  /// configuration. Without either they stay unknown.
  private func resolve(_ host: NessusHost) -> (start: Instant?, end: Instant?) {
    for (time, tag) in [(host.start, "HOST_START"), (host.end, "HOST_END")]
    where time.isUnreadable && time.instant == nil {
      reading.diagnose(.unreadableTime(tag, at: item.at("L\(host.line)")))
    }
    let offset = host.start.offset ?? host.end.offset
    let zone = host.information?.zone ?? item.zone
    let start = host.start.resolved(offset: offset, zone: zone)
    let end = host.end.resolved(offset: offset, zone: zone)
    if (start == nil && host.start.written != nil) || (end == nil && host.end.written != nil) {
      problems.withoutZone = (
        (problems.withoutZone?.count ?? 0) + 1, problems.withoutZone?.line ?? host.line
      )
    }
    return (start, end)
  }

  /// Names the scan by its report and by when its first host was begun.
  private func beginScan() {
    let start = firstTimes?.start ?? NessusTime()
    let time =
      start.resolved(offset: start.offset ?? firstTimes?.end.offset, zone: item.zone)?.iso8601
      ?? start.written.map { String($0.local.iso8601.dropLast()) } ?? item.digest.short
    let id = name.isEmpty ? time : "\(name) \(time)"
    scanID = id
    reading.scan(id, tool: tool)
  }

  // MARK: Items

  /// The reading's number of a plugin.
  func number(ofPlugin key: UnsafeBufferPointer<UInt8>, line: Int) -> Int32 {
    reading.plugin(plugins.plugin(key, line: line))
  }

  /// Takes one ordinary ReportItem. Hot: runs once for every kilobyte of a file of gigabytes.
  @inline(__always)
  func take(_ row: NessusRow, plugin: Int32, line: Int) {
    items &+= 1
    if hostNumber < 0 { beginObservations() }
    if row.severity > 0 { findings &+= 1 }
    reading.observe(
      Observation(
        host: hostNumber, plugin: plugin, port: row.port, transport: row.transport,
        severity: row.severity, line: Int64(line)))
  }

  /// Opens the scan, if it is not open yet, and gives the host its number.
  func beginObservations() {
    if scanID == nil { beginScan() }
    hostNumber = namedHost
  }

  /// Takes an item that says more than its finding, or is none.
  func takeUnusual(_ item: NessusItem) {
    items += 1
    if !item.hasState { beginObservations() }
    if scanID != nil { hostNumber = namedHost }
    if NessusHost.isAboutTheScan(item.pluginNumber) { takeScannerItem(item) }
    if !accepts(item) { return }
    if item.hasCompliance {
      takeCheck(item)
      return
    }
    if item.severity > 0 { findings += 1 }
    if item.hasState {
      isWorkbench = true
      takeFinding(item)
      return
    }
    let plugin = number(ofPlugin: item.key.all, line: item.line)
    reading.observe(
      Observation(
        host: hostNumber, plugin: plugin, port: max(0, item.port), transport: item.transport,
        severity: item.severity, line: Int64(item.line)))
  }

  /// Reports an item that lacks what identifies or rates it; false when it cannot be used.
  private func accepts(_ item: NessusItem) -> Bool {
    let place = self.item.at("L\(item.line)")
    if item.key.all.first == 0 {
      reading.diagnose(.itemWithoutPlugin(at: place))
      return false
    }
    if item.severity < 0 { reading.diagnose(.unknownSeverity(at: place)) }
    if item.port < 0, item.hasPort { reading.diagnose(.unknownPort(at: place)) }
    return true
  }

  private func takeScannerItem(_ item: NessusItem) {
    let number = item.pluginNumber
    let output = item.first(.output) ?? ""
    switch number {
    case 19506: host?.information = NessusScanInformation(output: output)
    case NessusHost.ping:
      if output.contains("considered as dead") || output.contains("is considered dead") {
        host?.isDead = true
      }
    default: host?.credentialPlugins.append(number)
    }
  }

  private func takeCheck(_ item: NessusItem) {
    let check = NessusCheck(item)
    guard var record = check.record(place: "L\(item.line)") else {
      reading.diagnose(.checkWithoutID(at: self.item.at("L\(item.line)")))
      return
    }
    if !check.isKnownResult {
      problems.unknownResults[check.resultText] =
        problems.unknownResults[check.resultText] ?? item.line
    }
    record["scan_id"] = .text(scanID)
    record["asset_id"] = .text(host?.name)
    record["source"] = .text(tool)
    record.at = host.flatMap { resolvedEnd($0) }
    reading.append(record)
  }

  private func resolvedEnd(_ host: NessusHost) -> Instant? {
    let offset = host.start.offset ?? host.end.offset
    return host.end.resolved(offset: offset, zone: item.zone)
      ?? host.start.resolved(offset: offset, zone: item.zone)
  }

  /// Workbench exports list findings with their own dates and state instead of one scan's items.
  private func takeFinding(_ item: NessusItem) {
    guard let host else { return }
    var finding = TenableFinding(host: host.name, place: "L\(item.line)")
    finding.plugin = plugins.plugin(item.key.all, line: item.line)
    finding.isKnownExploited = finding.plugin.kev
    finding.port = Int(max(0, item.port))
    finding.transport = ["tcp", "udp", "icmp", "other"][Int(item.transport)]
    finding.severity = item.severity < 0 ? nil : Int(item.severity)
    finding.firstSeen = item.first(.firstFound).flatMap(tenableInstant)
    finding.lastSeen = item.first(.lastFound).flatMap(tenableInstant)
    finding.lastFixed = item.first(.lastFixed).flatMap(tenableInstant)
    if let problem = finding.setState(
      item.first(.state), reading, format: NessusCollector.format)
    {
      reading.diagnose(problem)
    }
    // Severity 0 informs and is no vulnerability (kpis.md, K4).
    if finding.severity != 0 { reading.append(finding.record) }
  }
}

// MARK: The end of the file

extension NessusReport {
  /// Writes what is only known when all hosts have been read.
  ///
  /// - Parameter isWhole: false when the file was cut off.
  func finish(isWhole: Bool) {
    guard hasReport else {
      if isWhole { reading.diagnose(.policyOnly(item)) }
      return
    }
    if scanID == nil, isWorkbench {
      reading.provides(.finding, .host_sighting)
      reportProblems()
      return
    }
    if scanID == nil { beginScan() }
    reading.provides(.scan, .scan_host, .host_sighting)
    let summaries = order.compactMap { name in hosts[name].map { (name, $0) } }
    let starts = summaries.compactMap(\.1.start)
    let ends = summaries.compactMap(\.1.end)
    reading.effectiveAt = ends.max() ?? starts.max()
    reading.append(
      scan(
        start: starts.min(), end: ends.max(),
        isComplete: isWhole && summaries.allSatisfy(\.1.isFinished)))
    for (name, summary) in summaries {
      reading.append(summary.record(scan: scanID ?? "", host: name))
    }
    reportProblems()
  }

  private func scan(start: Instant?, end: Instant?, isComplete: Bool) -> Record {
    var record = Record(.scan, place: "L\(line)", at: end ?? start)
    record["scan_id"] = .text(scanID)
    record["tool"] = .text(tool)
    record["tool_version"] = .text(information?.version)
    record["feed_version"] = .text(information?.feedVersion)
    record["feed_at"] = .instant(information?.feedAt)
    record["policy"] = .text(
      policyName.flatMap { $0.isEmpty ? nil : $0 } ?? information?.policy ?? usedPolicy)
    record["severity_basis"] = .text(plugins.severityBasis)
    record["started_at"] = .instant(start)
    record["ended_at"] = .instant(end)
    record["targets"] = .list(targets)
    record["status"] = .text(isComplete ? "completed" : "partial")
    return record
  }

  private func reportProblems() {
    if let (count, line) = problems.withoutZone {
      let hint = information?.zoneAbbreviation
      reading.diagnose(.zoneUnknown(hosts: count, hint: hint, at: item.at("L\(line)")))
    }
    if let (count, line) = problems.unfinished, scanID != nil {
      reading.diagnose(.unfinishedHosts(count, at: item.at("L\(line)")))
    }
    for (_, line) in problems.unknownResults.sorted(by: { $0.value < $1.value }) {
      reading.diagnose(.unknownResult(at: item.at("L\(line)")))
    }
  }
}

extension Diagnostic {
  static func version1(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.version-1", .error, at: place,
      "the root is NessusClientData: the version 1 format of Nessus 3 and older",
      why: "it is built differently, and read as version 2 it would seem to hold no results",
      fix: "export the scan as .nessus (v2) from Nessus 4 or newer")
  }

  static func wrongRoot(_ root: String, _ item: EvidenceItem) -> Diagnostic {
    Diagnostic(
      "nessus.wrong-root", .error, at: item.at("L1"),
      "the root element is <\(root.prefix(64))>; a .nessus file begins with <NessusClientData_v2>",
      why: "it is another format, so nothing was read from it",
      fix: "take 'format: nessus' out of the source, or export the scan as .nessus")
  }

  fileprivate static func policyOnly(_ item: EvidenceItem) -> Diagnostic {
    Diagnostic(
      "nessus.policy-only", .warning, at: item.label, "the file holds a policy and no report",
      why: "a policy shows what would be scanned, not that anything was",
      fix: "export the scan's results, not its policy")
  }

  fileprivate static func zoneUnknown(hosts: Int, hint: String?, at place: String) -> Diagnostic {
    let named =
      hint.map { "; plugin 19506 writes '\($0)', which may stand for several zones" } ?? ""
    return Diagnostic(
      "nessus.zone-unknown", .error, at: place,
      "HOST_START and HOST_END are local times without a zone, hosts: \(hosts)\(named)",
      why: "their instants are not known, so it cannot be told when these hosts were scanned",
      fix: "set 'zone:' of the source to the scanner's zone, e.g. 'zone: Europe/Berlin'")
  }

  fileprivate static func unreadableTime(_ tag: String, at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.bad-time", .error, at: place,
      "\(tag) is neither 'Tue Mar 22 14:54:47 2022' nor ISO 8601",
      why: "it cannot be told when the host was scanned",
      fix: "export the scan again; do not edit the file")
  }

  fileprivate static func unfinishedHosts(_ count: Int, at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.host-unfinished", .warning, at: place,
      "hosts not scanned to the end: \(count); HOST_END or a part of their items is missing",
      why: "findings that are absent on them are not known to be fixed",
      fix: "let the scan finish, then export it; scan_host lists the hosts without ended_at")
  }

  fileprivate static func itemWithoutPlugin(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.item-without-plugin", .error, at: place, "a ReportItem has no pluginID",
      why: "without the test's number a result cannot be followed from scan to scan",
      fix: "export the scan again; the tool that wrote this file may have lost it")
  }

  fileprivate static func unknownSeverity(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.unknown-severity", .error, at: place, "severity is not one of Nessus's 0 to 4",
      why: "the item's deadline follows from its severity",
      fix: "export the scan again; the tool that wrote this file may have changed it")
  }

  fileprivate static func unknownPort(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.unknown-port", .error, at: place, "port is not a number from 0 to 65535",
      why: "the port is part of what tells one finding from another; 0 is used",
      fix: "export the scan again; the tool that wrote this file may have changed it")
  }

  fileprivate static func checkWithoutID(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.check-without-id", .error, at: place,
      "a compliance item has neither compliance-check-id nor compliance-check-name",
      why: "one plugin stands for hundreds of checks, so this one cannot be told from the others",
      fix: "export the scan again from Nessus 5 or newer")
  }

  fileprivate static func unknownResult(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus.unknown-result", .warning, at: place,
      "compliance-result is not PASSED, FAILED, WARNING or ERROR",
      why: "the check is kept with the result 'unknown', which is neither good nor a deviation",
      fix: "look at the result in the scanner")
  }
}
