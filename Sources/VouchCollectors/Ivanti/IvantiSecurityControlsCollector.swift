import VouchModel

/// Reads answers of the Ivanti Security Controls REST interface (`/st/console/api/v1.0/...`).
///
/// Read are the answers of `patch/scans/{id}`, its `machines` and their `patches`, `patches`,
/// `agents`, `machines` and `patch/deployments/{id}/machines`, bare, in the collection object with
/// `value`, in the outer keys that connectors add, or several of these in one JSON array or
/// object. A list of patches names no machine: it needs its machine beside it
/// (`patch_scan_machine`), around it (`patches` inside the machine), or the option `asset`.
enum IvantiSecurityControlsCollector: Collector {
  static let format = "ivanti_isec"
  static let summary = "Ivanti Security Controls: REST answers on scans, machines, patches, agents"
  static let gives: [RecordType] = [.patch_event, .advisory, .host_sighting, .sensor]

  static func recognises(_ head: Head) -> Bool {
    guard head.json != nil else { return false }
    if head.text.contains("/st/console/api/") { return true }
    let marks = [
      ["\"scanItemId\"", "\"scanState\""], ["\"installedPatchCount\"", "\"missingPatchCount\""],
      ["\"expectedResultTotal\"", "\"receivedResultCount\""],
      ["\"agentId\"", "\"assignedPolicyId\"", "\"frameworkVersion\""],
    ]
    return marks.contains { $0.allSatisfy { head.text.contains($0) } }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let problems = RepeatedProblems()
    let walk = IvantiWalk(item, reading, problems)
    walk.gatherAdvisories(json)
    walk.visit(json, at: "", machine: nil)
    problems.report(to: reading)
    if !walk.foundAnything {
      reading.diagnose(.ivantiNothing(at: item.label))
    }
  }
}

/// A machine of a patch scan, as far as its patches need it.
private struct ScannedMachine {
  var name: String
  var assessedAt: Instant?
}

/// Goes through an answer and reads each object for what it is.
private final class IvantiWalk {
  private let format = IvantiSecurityControlsCollector.format
  private let source = "ivanti"
  private let item: EvidenceItem
  private let reading: Reading
  private let problems: RepeatedProblems
  private let times: TimeFields
  private var advisories: [String: JSON] = [:]
  private(set) var foundAnything = false

  init(_ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems) {
    self.item = item
    self.reading = reading
    self.problems = problems
    times = TimeFields(item, format: IvantiSecurityControlsCollector.format, problems: problems)
  }

  /// Collects what the answer itself says of patches, so that detected patches get their release
  /// date and CVEs from it.
  func gatherAdvisories(_ json: JSON) {
    if isAdvisory(json) {
      for id in json["patchIds"].strings ?? [] { advisories[id] = json }
    } else if case .object(let members) = json {
      for member in members { gatherAdvisories(member.value) }
    } else {
      for element in json.elements { gatherAdvisories(element) }
    }
  }

  func visit(_ json: JSON, at place: String, machine: ScannedMachine?) {
    if let elements = json.array {
      for (index, element) in elements.enumerated() {
        visit(element, at: "\(place)/\(index)", machine: machine)
      }
      return
    }
    guard json.object != nil else { return }
    if isScan(json) {
      readScan(json, at: place)
    } else if isMachine(json) {
      readMachine(json, at: place)
    } else if isDetectedPatch(json) {
      readPatch(json, at: place, machine: machine)
    } else if isAgent(json) {
      readAgent(json, at: place)
    } else if isAdvisory(json) {
      readAdvisory(json, at: place)
    } else if isDeployment(json) {
      readDeployment(json, at: place)
    } else if isInventoryMachine(json) {
      readInventoryMachine(json, at: place)
    } else {
      visitMembers(json, at: place, machine: machine)
    }
  }

  private func visitMembers(_ json: JSON, at place: String, machine: ScannedMachine?) {
    if let entries = json["value"].array {
      foundAnything = true
      reading.checkNextPage(
        format, isThere: json.at("links", "next", "href").text != nil, field: "links.next")
      if entries.isEmpty { reading.provides(.host_sighting) }
    }
    var machine = machine
    if json.has("patch_scan_machine") {
      machine = readMachine(json["patch_scan_machine"], at: "\(place)/patch_scan_machine")
      if json["detected_patches"].array != nil { reading.provides(.patch_event) }
      checkCounts(json["patch_scan_machine"], json["detected_patches"].elements, at: place)
    }
    for (key, value) in json.object ?? [] where key != "patch_scan_machine" && key != "links" {
      visit(value, at: "\(place)/\(key)", machine: machine)
    }
  }

  // MARK: What an object is

  private func isScan(_ json: JSON) -> Bool {
    json.has("scanType") && (json.has("isComplete") || json.has("expectedResultTotal"))
  }
  private func isMachine(_ json: JSON) -> Bool {
    json.has("name") && (json.has("missingPatchCount") || json.has("installedPatchCount"))
  }
  private func isDetectedPatch(_ json: JSON) -> Bool {
    json.has("scanState") && (json.has("patchId") || json.has("scanItemId"))
  }
  private func isAgent(_ json: JSON) -> Bool { json.has("agentId") && json.has("machineName") }
  private func isAdvisory(_ json: JSON) -> Bool {
    json.has("bulletinId") && (json.has("releaseDate") || json.has("patchIds"))
      && !json.has("scanState")
  }
  private func isDeployment(_ json: JSON) -> Bool {
    json.has("name") && (json.has("patchStates") || json.has("overallState"))
  }
  private func isInventoryMachine(_ json: JSON) -> Bool {
    json.has("name")
      && (json.has("dnsName")
        || json.at("links", "self", "href").text?.contains("/api/v1.0/machines/") == true)
  }

  // MARK: Scans and machines

  /// A scan gives no record; an incomplete one makes everything beside it incomplete.
  private func readScan(_ json: JSON, at place: String) {
    foundAnything = true
    if json["isComplete"].flag == true,
      json["receivedResultCount"].integer == json["expectedResultTotal"].integer
    {
      return
    }
    reading.diagnose(.ivantiScanIncomplete(at: item.at(place)))
  }

  @discardableResult
  private func readMachine(_ json: JSON, at place: String) -> ScannedMachine? {
    foundAnything = true
    guard let name = json["name"].text else {
      problems.add(.ivantiNameless(at: item.at(place)))
      return nil
    }
    let machine = ScannedMachine(
      name: name, assessedAt: times.instant(json["completedOn"], "completedOn", at: place))
    sight(json, name: name, at: place, seenAt: machine.assessedAt)
    if let error = json["errorNumber"].integer, error != 0 {
      reading.diagnose(.ivantiNotAssessed(error, at: item.at(place)))
      return machine
    }
    for key in ["patches", "detectedPatches", "detected_patches"] {
      guard let patches = json[key].array ?? json[key]["value"].array else { continue }
      reading.provides(.patch_event)
      let inner = json[key].array == nil ? "\(key)/value" : key
      for (index, patch) in patches.enumerated() {
        readPatch(patch, at: "\(place)/\(inner)/\(index)", machine: machine)
      }
      checkCounts(json, patches, at: place)
    }
    return machine
  }

  private func readInventoryMachine(_ json: JSON, at place: String) {
    foundAnything = true
    guard let name = json["name"].text ?? json["dnsName"].text else { return }
    sight(json, name: name, at: place, seenAt: nil)
  }

  private func sight(_ json: JSON, name: String, at place: String, seenAt: Instant?) {
    let domain = json["domain"].text
    let addresses = ["lastKnownIPAddress", "lastKnownIP", "ipAddress", "address"]
      .compactMap { json[$0].text }
    var sighting = Record.hostSighting(
      source: source, ref: name, place: place,
      // A domain without a dot is a workgroup or a NetBIOS domain and no DNS name.
      fqdn: json["dnsName"].text
        ?? domain.flatMap { $0.contains(".") && !name.contains(".") ? "\(name).\($0)" : nil },
      addresses: addresses, agentID: json["agentId"].text,
      os: json["osName"].text ?? json["operatingSystem"].text)
    sighting.at = seenAt
    reading.append(sighting)
  }

  /// The machine's own counts against the patches that came with it.
  private func checkCounts(_ machine: JSON, _ patches: [JSON], at place: String) {
    let states = patches.map { $0["scanState"].text.flatMap(IvantiPatchState.init(word:)) }
    let installed = states.count { $0 == .installed || $0 == .installedAwaitingReboot }
    let missing = states.count { $0 == .missing }
    let saidInstalled = machine["installedPatchCount"].integer ?? 0
    let saidMissing =
      (machine["missingPatchCount"].integer ?? 0)
      + (machine["missingServicePackCount"].integer ?? 0)
    if installed < saidInstalled || missing < saidMissing {
      reading.diagnose(
        .ivantiPatchesLeftOut(
          listed: (installed, missing), said: (saidInstalled, saidMissing), at: item.at(place)))
    }
  }

  // MARK: Patches

  private func readPatch(_ json: JSON, at place: String, machine: ScannedMachine?) {
    foundAnything = true
    guard let name = machine?.name ?? item.configuredHost else {
      problems.add(.ivantiMachineUnknown(at: item.at(place)))
      return
    }
    let word = json["scanState"].text ?? ""
    guard let state = IvantiPatchState(word: word) else {
      problems.add(.ivantiUnknownState(format, word, at: item.at(place)))
      return
    }
    if state == .irrelevant {
      problems.add(.ivantiIrrelevant(format, at: item.at(place)))
      reading.provides(.patch_event)
      return
    }
    var record = patchEvent(json, at: place, host: name)
    record.at = machine?.assessedAt
    record["state"] = .text(state.text)
    if state == .undetermined { problems.add(.ivantiUndetermined(format, at: item.at(place))) }
    if state == .installed || state == .installedAwaitingReboot {
      let installed = times.instant(json["installedOn"], "installedOn", at: place)
      record["applied_at"] = .instant(installed)
      record["awaiting_reboot"] = .flag(state == .installedAwaitingReboot ? true : nil)
      if installed == nil { problems.add(.ivantiNoInstallDate(format, at: item.at(place))) }
    }
    reading.append(record)
  }

  private func patchEvent(_ json: JSON, at place: String, host: String) -> Record {
    let advisory = json["patchId"].text.flatMap { advisories[$0] } ?? .null
    var record = Record(.patch_event, place: place)
    record["asset_id"] = .text(host)
    record["package"] = .text(json["productName"].text ?? json["productId"].text)
    record["advisory"] = .text(
      ivantiAdvisory(bulletin: json["bulletinId"].text, kb: json["kb"].text)
        ?? json["patchId"].text)
    record["cves"] = .list(advisory["cve"].strings)
    record["released_at"] = .instant(
      times.instant(advisory["releaseDate"], "releaseDate", at: place))
    record["method"] = .text("package")
    record["source"] = .text(source)
    record["security"] = .flag(ivantiIsSecurity(json["patchType"].text))
    record["severity"] = .text(ivantiSeverity(json["vendorSeverity"].text))
    return record
  }

  private func readAdvisory(_ json: JSON, at place: String) {
    foundAnything = true
    guard let id = ivantiAdvisory(bulletin: json["bulletinId"].text, kb: json["kb"].text) else {
      return
    }
    var record = Record(.advisory, place: place)
    record["source"] = .text(source)
    record["advisory"] = .text(id)
    record["released_at"] = .instant(times.instant(json["releaseDate"], "releaseDate", at: place))
    record["cves"] = .list(json["cve"].strings)
    record["replaced_by"] = .list(json["replacedBy"].strings)
    record["severity"] = .text(ivantiSeverity(json["vendorSeverity"].text))
    reading.append(record)
  }

  /// One machine of a deployment, with what became of each patch. The next scan's record of the
  /// same patch replaces it.
  private func readDeployment(_ json: JSON, at place: String) {
    foundAnything = true
    guard let name = json["name"].text ?? json["dnsName"].text else { return }
    let updated = times.instant(json["lastUpdated"], "lastUpdated", at: place)
    sight(json, name: name, at: place, seenAt: updated)
    for (index, patch) in (json["patchStates"].array ?? []).enumerated() {
      let inner = "\(place)/patchStates/\(index)"
      let word = patch["overallState"].text ?? patch["state"].text ?? patch["status"].text ?? ""
      guard let state = IvantiPatchState(deployment: word) else {
        problems.add(.ivantiUnknownState(format, word, at: item.at(inner)))
        continue
      }
      var record = patchEvent(patch, at: inner, host: name)
      record.at = updated
      record["state"] = .text(state.text)
      if state == .installed || state == .installedAwaitingReboot {
        record["applied_at"] = .instant(
          times.instant(patch["finishedOn"], "finishedOn", at: inner)
            ?? times.instant(patch["lastUpdated"], "lastUpdated", at: inner) ?? updated)
        record["awaiting_reboot"] = .flag(state == .installedAwaitingReboot)
      }
      reading.append(record)
    }
  }

  // MARK: Agents

  private func readAgent(_ json: JSON, at place: String) {
    foundAnything = true
    guard let name = json["machineName"].text else { return }
    sight(json, name: name, at: place, seenAt: nil)
    var record = Record(.sensor, place: place)
    record["source"] = .text(source)
    record["asset_id"] = .text(name)
    record["kind"] = .text("patch_agent")
    record["last_event_at"] = .instant(
      times.instant(json["lastCheckIn"], "lastCheckIn", at: place))
    if let status = json["status"].text, status.lowercased() != "installed" {
      problems.add(.ivantiAgentStatus(at: item.at(place)))
      record["mode"] = .text("off")
    }
    reading.append(record)
    if let assigned = json["assignedPolicyId"].text, let reported = json["reportedPolicyId"].text,
      assigned != reported
    {
      problems.add(.ivantiPolicyPending(at: item.at(place)))
    }
  }
}

extension IvantiPatchState {
  /// From the state of a patch in a deployment. No list of these words is published; those of the
  /// console's deployment tracker are read, and failures count as missing.
  fileprivate init?(deployment word: String) {
    switch word.lowercased().filter(\.isLetter) {
    case "failed", "scheduled", "executing", "inprogress", "pending", "canceled", "cancelled",
      "notexecuted", "copying", "downloading":
      self = .missing
    case "succeeded", "success", "successful", "finished", "complete", "completed",
      "successfullyinstalled":
      self = .installed
    default: self.init(word: word)
    }
  }
}

extension Diagnostic {
  fileprivate static func ivantiNothing(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.nothing-read", .error, at: place,
      "the answer holds no scan, machine, patch, advisory, deployment or agent",
      why: "an answer that is not understood proves nothing",
      fix: "collect patch/scans/{id}/machines and their patches, agents, or patches")
  }

  fileprivate static func ivantiScanIncomplete(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.scan-incomplete", .error, at: place,
      "the patch scan is not complete, or received fewer results than it expected",
      why: "machines are missing from it, so the populations it feeds are incomplete",
      fix: "wait until isComplete is true and receivedResultCount equals expectedResultTotal")
  }

  fileprivate static func ivantiNotAssessed(_ error: Int, at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.not-assessed", .error, at: place,
      "the machine was not assessed: errorNumber \(error)",
      why: "its patches are unknown, not absent",
      fix: "correct the machine's credentials or reachability and scan it again")
  }

  fileprivate static func ivantiNameless(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.machine-unnamed", .error, at: place, "a scanned machine has no name",
      why: "its patches cannot be counted for any asset",
      fix: "resolve the machine's name in the console and scan it again")
  }

  fileprivate static func ivantiMachineUnknown(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.machine-unknown", .error, at: place,
      "a list of detected patches does not say which machine it is of",
      why: "the patches cannot be counted for any asset",
      fix:
        "keep the list beside its machine ({\"patch_scan_machine\": ..., \"detected_patches\": [...]}), or set the option asset:"
    )
  }

  fileprivate static func ivantiPatchesLeftOut(
    listed: (installed: Int, missing: Int), said: (installed: Int, missing: Int), at place: String
  ) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.patches-left-out", .error, at: place,
      "\(listed.installed) installed and \(listed.missing) missing patches are listed; the machine counts \(said.installed) and \(said.missing)",
      why: "patches that were not exported cannot be tested",
      fix: "ask for all of them: count=1000, and follow links.next")
  }

  fileprivate static func ivantiAgentStatus(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.agent-not-installed", .warning, at: place,
      "an agent's status is not 'Installed'",
      why: "it is counted as switched off",
      fix: "install the agent again or remove it from the console")
  }

  fileprivate static func ivantiPolicyPending(at place: String) -> Diagnostic {
    Diagnostic(
      "ivanti_isec.policy-pending", .warning, at: place,
      "an agent reports another policy than the one assigned to it",
      why: "the assigned settings are not in force on that machine yet",
      fix: "let the agent check in")
  }
}
