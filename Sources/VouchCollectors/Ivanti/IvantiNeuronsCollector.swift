import VouchModel

/// Reads pages of the Ivanti Neurons for Patch Management interface
/// (`/api/patch/content/v1/...`): `deployment-history`, `endpoint-vulnerability`, `notification`,
/// `cve` and `patch`.
///
/// Only the schema is public (help.ivanti.com), no recording. Fields are therefore looked for
/// under several names, and a status that is not known is reported. `patch-group-audit` is kept
/// as evidence; it gives no record.
enum IvantiNeuronsCollector: Collector {
  static let format = "ivanti_neurons"
  static let summary = "Ivanti Neurons for Patch Management: JSON pages of its interface"
  static let gives: [RecordType] = [.patch_event, .advisory, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.json != nil && head.text.contains("\"pageCount\"")
      && head.text.contains("\"currentPage\"") && head.text.contains("\"totalRecords\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let problems = RepeatedProblems()
    let pages = NeuronsPages(item, reading, problems)
    if let answers = json.array {
      for (index, answer) in answers.enumerated() { pages.read(answer, at: "/\(index)") }
      pages.checkTotal()
    } else {
      pages.read(json, at: "")
      reading.checkNextPage(
        format, isThere: (json["currentPage"].integer ?? 0) < (json["pageCount"].integer ?? 0),
        field: "pageCount")
      reading.reportedTotal = json["totalRecords"].integer
    }
    problems.report(to: reading)
  }
}

private final class NeuronsPages {
  private let format = IvantiNeuronsCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let problems: RepeatedProblems
  private let times: TimeFields
  private var sighted: Set<String> = []
  private var entries = 0
  private var total: Int?

  init(_ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems) {
    self.item = item
    self.reading = reading
    self.problems = problems
    times = TimeFields(item, format: IvantiNeuronsCollector.format, problems: problems)
  }

  func read(_ page: JSON, at place: String) {
    guard let data = page["data"].array else {
      reading.diagnose(.neuronsNoData(at: item.at(place)))
      return
    }
    total = page["totalRecords"].integer ?? total
    entries += data.count
    for (index, entry) in data.enumerated() { readEntry(entry, at: "\(place)/data/\(index)") }
  }

  /// All pages in one array have to add up.
  func checkTotal() {
    reading.checkPage(format, of: "entries", count: entries, total: total)
  }

  private func readEntry(_ entry: JSON, at place: String) {
    if entry.has("deploymentStatus") {
      readDeployment(entry, at: place)
    } else if entry.has("deviceStatus") || entry.has("assignedPolicy") {
      if let name = deviceName(entry, at: place) { sight(name, entry, at: place) }
    } else if entry.has("patchGroupAuditAction") {
      problems.add(.neuronsAudit(at: item.at(place)))
    } else if entry.has("cveId") || entry.has("cves") || entry.has("kbNumber") {
      readAdvisory(entry, at: place)
    } else {
      problems.add(.neuronsUnknownEntry(at: item.at(place)))
    }
  }

  private func deviceName(_ entry: JSON, at place: String) -> String? {
    for key in ["machineName", "deviceName", "hostName", "displayName", "name"] {
      if let name = entry[key].text { return name }
    }
    problems.add(.neuronsNameless(at: item.at(place)))
    return nil
  }

  private func sight(_ name: String, _ entry: JSON, at place: String) {
    guard sighted.insert(name).inserted else { return }
    reading.append(
      .hostSighting(
        source: "ivanti_neurons", ref: name, place: place,
        fqdn: entry["dnsName"].text ?? entry["fqdn"].text,
        addresses: entry["ipAddress"].text.map { [$0] } ?? [],
        agentID: entry["discoveryId"].text,
        os: entry["operatingSystem"].text ?? entry["osName"].text))
  }

  private func readDeployment(_ entry: JSON, at place: String) {
    guard let name = deviceName(entry, at: place) else { return }
    sight(name, entry, at: place)
    let word = entry["deploymentStatus"].text ?? ""
    guard let state = IvantiPatchState(neurons: word) else {
      problems.add(.ivantiUnknownState(format, word, at: item.at(place)))
      return
    }
    let started = times.instant(entry["deploymentStart"], "deploymentStart", at: place)
    let ended =
      times.instant(entry["deploymentEnd"], "deploymentEnd", at: place)
      ?? started.flatMap { start in
        entry["elapsedTimeSeconds"].integer.map { start.advanced(by: Int64($0)) }
      }
    var record = Record(.patch_event, place: place, at: ended ?? started)
    record["asset_id"] = .text(name)
    record["package"] = .text(first(entry, ["productName", "product", "patchName"]))
    record["advisory"] = .text(
      first(entry, ["notificationName", "kbNumber", "patchName", "notificationId"]))
    record["released_at"] = .instant(
      times.instant(entry["publishedDate"], "publishedDate", at: place))
    record["method"] = .text("package")
    record["source"] = .text("ivanti_neurons")
    record["severity"] = .text(ivantiSeverity(entry["severity"].text))
    record["state"] = .text(state.text)
    if state != .missing {
      record["applied_at"] = .instant(ended)
      record["awaiting_reboot"] = .flag(state == .installedAwaitingReboot)
    }
    reading.append(record)
  }

  private func readAdvisory(_ entry: JSON, at place: String) {
    guard
      let id = first(entry, ["notificationName", "kbNumber", "name", "notificationId", "cveId"])
    else { return }
    var record = Record(.advisory, place: place)
    record["source"] = .text("ivanti_neurons")
    record["advisory"] = .text(id)
    record["released_at"] = .instant(
      times.instant(entry["publishedDate"], "publishedDate", at: place)
        ?? times.instant(entry["releaseDate"], "releaseDate", at: place))
    record["cves"] = .list(entry["cves"].strings ?? entry["cveId"].text.map { [$0] })
    record["severity"] = .text(ivantiSeverity(entry["severity"].text))
    reading.append(record)
  }

  private func first(_ entry: JSON, _ keys: [String]) -> String? {
    keys.lazy.compactMap { entry[$0].text }.first
  }
}

extension IvantiPatchState {
  /// From `deploymentStatus`. `NotStarted` is the only value the public schema shows.
  fileprivate init?(neurons word: String) {
    switch word.lowercased().filter(\.isLetter) {
    case "notstarted", "inprogress", "scheduled", "pending", "failed", "failure", "error",
      "cancelled", "canceled", "timedout", "partialsuccess", "partiallysucceeded":
      self = .missing
    case "succeeded", "success", "successful", "complete", "completed": self = .installed
    default: self.init(word: word)
    }
  }
}

extension Diagnostic {
  fileprivate static func neuronsNoData(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_neurons.no-data", .error, at: place, "the answer has no list 'data'",
      why: "an answer without its list is an error message or another endpoint's",
      fix: "collect the page again")
  }

  fileprivate static func neuronsAudit(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_neurons.kept-only", .note, at: place,
      "an entry of the patch groups' audit is kept as evidence and gives no record")
  }

  fileprivate static func neuronsUnknownEntry(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_neurons.unknown-entry", .error, at: place,
      "the entry is of none of the endpoints that are read",
      why: "an entry that is not understood proves nothing",
      fix: "collect deployment-history, endpoint-vulnerability, notification, cve or patch")
  }

  fileprivate static func neuronsNameless(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_neurons.machine-unnamed", .error, at: place, "an entry names no machine",
      why: "it cannot be counted for any asset", fix: "export again with machineName")
  }
}
