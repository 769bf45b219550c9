import VouchModel

/// Reads CSV made from the reporting views of Ivanti Security Controls (schemas Reporting2 and
/// Reporting3): one row for a patch on a machine.
///
/// The columns of such a report are chosen by whoever wrote the query, so each of ours is looked
/// for under several names. Needed are the machine, the state, and a bulletin or KB. A state that
/// is only a number needs the option `platform` (`windows` or `linux`), since the two views number
/// their states differently.
enum IvantiReportCollector: Collector {
  static let format = "ivanti_report"
  static let summary = "Ivanti Security Controls: CSV of the reporting views, a row for each patch"
  static let gives: [RecordType] = [.patch_event, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard let header = head.delimitedHeader else { return false }
    let columns = IvantiColumns(Row.Header(header))
    return columns.isReport && columns.hasStateOfItsOwn
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let problems = RepeatedProblems()
    reading.provides(.patch_event, .host_sighting)
    var report: IvantiReport?
    try item.rows(format: format, allowsShort: true, reading) { header in
      let columns = IvantiColumns(header)
      guard columns.isReport else {
        reading.diagnose(.ivantiColumnsMissing(columns.missing, at: item.at("L1")))
        return false
      }
      report = IvantiReport(item, reading, problems, columns)
      return true
    } _: { row in
      report?.read(row)
    }
    problems.report(to: reading)
  }
}

/// Where the columns of a report are, by any of their known names.
private struct IvantiColumns {
  private let positions: [String: String]

  init(_ header: Row.Header) {
    positions = Dictionary(
      header.names.map { (Self.folded($0), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// `Install State`, `install_state` and `InstallState` are one name.
  private static func folded(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  private static let synonyms: [String: [String]] = [
    "machine": [
      "machinename", "machine", "computername", "computer", "hostname", "devicename", "name",
    ],
    "dns": ["dnsname", "fqdn"],
    "address": ["ipaddress", "lastknownip", "lastknownipaddress", "ip"],
    "os": ["operatingsystem", "osname", "os", "operatingsystemname"],
    "product": ["productname", "product", "affectedproduct", "packagename"],
    "bulletin": ["bulletinid", "bulletin", "bulletinname", "advisory", "advisoryname"],
    "kb": ["kb", "qnumber", "kbnumber", "kbarticle", "patchkb", "knowledgebase"],
    "patch": ["patchname", "patch", "patchid"],
    "state": ["installstate", "installstatename", "scanstate", "patchstate", "patchstatus"],
    "stateNumber": ["installstateid"],
    "status": ["state", "status"],
    "severity": ["vendorseverity", "severity", "severityname"],
    "type": ["patchtype", "patchtypename", "scantype"],
    "installed": ["installedon", "installdate", "installeddate", "dateinstalled"],
    "released": ["releasedon", "releasedate", "bulletinreleasedate", "bulletindate"],
    "assessed": [
      "assessedon", "endedon", "completedon", "scandate", "scanendedon", "lastassessed",
      "lastpatchassessment",
    ],
    "cves": ["cve", "cves", "cveid", "cveids"],
    // The view really spells it so (PatchScan view, column IsScanComlete).
    "complete": ["isscancomlete", "isscancomplete"],
  ]

  func name(_ column: String) -> String? {
    Self.synonyms[column]?.lazy.compactMap { positions[$0] }.first
  }

  func cell(_ column: String, _ row: Row) -> String? { name(column).flatMap { row[$0] } }

  private var hasState: Bool { hasStateOfItsOwn || name("status") != nil }
  /// A column of patch states, and not one that any export may have.
  var hasStateOfItsOwn: Bool { name("state") != nil || name("stateNumber") != nil }
  private var hasAdvisory: Bool { name("bulletin") != nil || name("kb") != nil }
  var isReport: Bool { missing.isEmpty }

  var missing: [String] {
    [
      name("machine") == nil ? "MachineName" : nil, hasState ? nil : "InstallState",
      hasAdvisory ? nil : "BulletinId or KB",
    ].compactMap { $0 }
  }
}

private final class IvantiReport {
  private let format = IvantiReportCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let problems: RepeatedProblems
  private let columns: IvantiColumns
  private let times: TimeFields
  private var sighted: Set<String> = []

  init(
    _ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems,
    _ columns: IvantiColumns
  ) {
    self.item = item
    self.reading = reading
    self.problems = problems
    self.columns = columns
    times = TimeFields(item, format: IvantiReportCollector.format, problems: problems)
  }

  func read(_ row: Row) {
    let place = row.place
    guard let machine = columns.cell("machine", row) else {
      problems.add(.ivantiRowWithoutMachine(at: item.at(place)))
      return
    }
    if columns.cell("complete", row).flatMap(flagSpelling) == false {
      problems.add(.ivantiReportScanIncomplete(at: item.at(place)))
    }
    let assessed = times.instant(columns.cell("assessed", row), "assessed", at: place)
    sight(machine, row, assessed)
    guard let state = state(row) else { return }
    if state == .irrelevant {
      problems.add(.ivantiIrrelevant(format, at: item.at(place)))
      return
    }
    reading.append(patchEvent(row, machine: machine, state: state, assessed: assessed))
  }

  private func state(_ row: Row) -> IvantiPatchState? {
    let place = item.at(row.place)
    let written = columns.cell("state", row) ?? columns.cell("status", row)
    if let written, Int(written) == nil {
      if let state = IvantiPatchState(word: written) { return state }
      problems.add(.ivantiUnknownState(format, written, at: place))
      return nil
    }
    // A cell that reads "none" is "Not Recorded".
    guard let number = (written ?? columns.cell("stateNumber", row)).flatMap(Int.init) else {
      return .undetermined
    }
    switch item.options["platform"] ?? platform(row) {
    case "windows": return known(IvantiPatchState(windows: number), number, place)
    case "linux": return known(IvantiPatchState(linux: number), number, place)
    default:
      problems.add(.ivantiPlatformUnknown(at: place))
      return nil
    }
  }

  private func known(_ state: IvantiPatchState?, _ number: Int, _ place: String)
    -> IvantiPatchState?
  {
    if state == nil { problems.add(.ivantiUnknownState(format, String(number), at: place)) }
    return state
  }

  private func platform(_ row: Row) -> String? {
    guard let os = columns.cell("os", row)?.lowercased() else { return nil }
    if os.contains("windows") { return "windows" }
    let families = ["linux", "red hat", "rhel", "centos", "ubuntu", "suse", "oracle", "debian"]
    return families.contains { os.contains($0) } ? "linux" : nil
  }

  private func sight(_ machine: String, _ row: Row, _ assessed: Instant?) {
    guard sighted.insert(machine).inserted else { return }
    var sighting = Record.hostSighting(
      source: "ivanti", ref: machine, place: row.place, fqdn: columns.cell("dns", row),
      addresses: columns.cell("address", row).map { [$0] } ?? [], os: columns.cell("os", row))
    sighting.at = assessed
    reading.append(sighting)
  }

  private func patchEvent(
    _ row: Row, machine: String, state: IvantiPatchState, assessed: Instant?
  ) -> Record {
    let place = row.place
    var record = Record(.patch_event, place: place, at: assessed)
    record["asset_id"] = .text(machine)
    record["package"] = .text(columns.cell("product", row))
    record["advisory"] = .text(
      ivantiAdvisory(bulletin: columns.cell("bulletin", row), kb: columns.cell("kb", row))
        ?? columns.cell("patch", row))
    record["cves"] = .list(columns.cell("cves", row).map(cveIDs(in:)))
    record["released_at"] = .instant(
      times.instant(columns.cell("released", row), "released", at: place))
    record["method"] = .text("package")
    record["source"] = .text("ivanti")
    record["security"] = .flag(ivantiIsSecurity(columns.cell("type", row)))
    record["severity"] = .text(ivantiSeverity(columns.cell("severity", row)))
    record["state"] = .text(state.text)
    switch state {
    case .installed, .installedAwaitingReboot:
      let installed = times.instant(columns.cell("installed", row), "installed", at: place)
      record["applied_at"] = .instant(installed)
      record["awaiting_reboot"] = .flag(state == .installedAwaitingReboot ? true : nil)
      if installed == nil { problems.add(.ivantiNoInstallDate(format, at: item.at(place))) }
    case .undetermined: problems.add(.ivantiUndetermined(format, at: item.at(place)))
    case .missing, .irrelevant: break
    }
    return record
  }
}

/// The CVE ids in a text, in upper case, in order, each once.
func cveIDs(in text: String) -> [String] {
  var ids: [String] = []
  for match in text.uppercased().matches(of: /CVE-\d{4}-\d{4,}/) {
    let id = String(match.output)
    if !ids.contains(id) { ids.append(id) }
  }
  return ids
}

extension Diagnostic {
  fileprivate static func ivantiColumnsMissing(_ columns: [String], at place: String) -> Diagnostic
  {
    Diagnostic(
      "ivanti_report.columns-missing", .error, at: place,
      "the report has no column for \(columns.joined(separator: ", "))",
      why: "without it a row cannot be counted for a machine and a patch",
      fix: "add the column to the report, or use format: table and name your columns")
  }

  fileprivate static func ivantiRowWithoutMachine(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_report.machine-unnamed", .error, at: place, "a row names no machine",
      why: "its patch cannot be counted for any asset",
      fix: "export the report again with MachineName in every row")
  }

  fileprivate static func ivantiReportScanIncomplete(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_report.scan-incomplete", .error, at: place,
      "a row belongs to a scan that is not complete",
      why: "machines are missing from the scan, so the populations it feeds are incomplete",
      fix: "export again once IsScanComlete is 1")
  }

  fileprivate static func ivantiPlatformUnknown(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_report.platform-unknown", .error, at: place,
      "the install state is a number, and neither the row nor the source says Windows or Linux",
      why: "3 means installed in one table and not missing in the other, 4 missing or installed",
      fix: "join the InstallState view for its words, or set the option platform: windows")
  }
}
