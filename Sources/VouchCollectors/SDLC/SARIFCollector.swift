import VouchModel

/// Reads SARIF 2.1.0: static analysis, secret and dependency scanners.
///
/// Each run is a scan of a repository, which stands for the host: the address in
/// `versionControlProvenance`, the option `repo`, or the name of the file. A finding is a rule in
/// a file; lines move too easily to tell one finding from another. `runs: []` and `results: null`
/// prove nothing.
enum SARIFCollector: Collector {
  static let format = "sarif"
  static let summary = "SARIF 2.1.0 results of code scanners"
  static let gives: [RecordType] = [.scan, .scan_host, .finding]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    if json["$schema"].text?.lowercased().contains("sarif") ?? false { return true }
    // The version may stand behind the runs.
    return json["runs"][0]["tool"].has("driver")
      || json.has("runs") && json["version"].text?.hasPrefix("2.") ?? false
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var log = JSON.null
    var run: SARIFRun?
    var index = -1
    try item.json(format: format, each: ["runs/*/results/*"], reading) { rest in
      log = rest
      if rest["runs"].elements.isEmpty {
        reading.diagnose(.noRun("the log has no runs", at: item.label))
      }
      return true
    } _: { element in
      // Runs without results are begun too: they are clean scans.
      while index < element.indices[0] {
        run?.finish()
        index += 1
        run = SARIFRun(log["runs"][index], index, reading)
      }
      run?.add(element)
    }
    while index < log["runs"].elements.count - 1 {
      run?.finish()
      index += 1
      run = SARIFRun(log["runs"][index], index, reading)
    }
    run?.finish()
  }
}

/// One run while its results are read.
private final class SARIFRun {
  private let reading: Reading
  private let scan: ScanLedger
  private let host: String
  private let driver: JSON
  private let extensions: [JSON]
  private var findings: [Finding] = []
  private var positions: [String: Int] = [:]

  private struct Finding {
    let plugin: Plugin
    var severity: Int8
    var isAccepted: Bool
    /// Of the first result.
    let line: Int
  }

  /// Nil, with a diagnostic, when the run was not made.
  init?(_ run: JSON, _ index: Int, _ reading: Reading) {
    let item = reading.item
    let place = "/runs/\(index)"
    guard run["results"].array != nil else {
      reading.diagnose(.noRun("a run has no results", at: item.at(place)))
      return nil
    }
    self.reading = reading
    driver = run.at("tool", "driver")
    extensions = run.at("tool", "extensions").elements
    let tool = driver["name"].text ?? "sarif"
    let invocation = run["invocations"][0]
    let ended = invocation["endTimeUtc"].instant ?? invocation["startTimeUtc"].instant
    let address = run["versionControlProvenance"][0]["repositoryUri"].text
    host = item.options["repo"] ?? repository(inAddress: address) ?? item.provenance.name
    let category = run.at("automationDetails", "id").text
    scan = ScanLedger(
      reading, format: SARIFCollector.format, tool: tool.lowercased(),
      id: [tool, host, category, ended?.iso8601 ?? "\(item.digest.short)/\(index)"]
        .compactMap(\.self).joined(separator: " "), place: place)
    scan.record["tool_version"] = .text(
      driver["semanticVersion"].text ?? driver["version"].text)
    scan.record["policy"] = .text(category)
    scan.record["severity_basis"] = .text("vendor")
    scan.record["started_at"] = .instant(invocation["startTimeUtc"].instant)
    scan.record["ended_at"] = .instant(ended)
    scan.record["targets"] = .list(
      run["versionControlProvenance"].elements.compactMap { $0["revisionId"].text })
    if invocation["executionSuccessful"].flag == false {
      scan.record["status"] = .text("aborted")
    }
    reading.effectiveAt = reading.effectiveAt ?? ended
    scan.host(
      host, place: place,
      details: {
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("reads the source itself")
      }, sighting: nil)
  }

  func add(_ element: JSONElement) {
    let result = element.json
    let kind = result["kind"].text ?? "fail"
    guard kind == "fail", result["baselineState"].text != "absent" else { return }
    let rule = rule(of: result)
    let id = result["ruleId"].text ?? result.at("rule", "id").text ?? rule["id"].text ?? "unknown"
    let location = result["locations"][0].at("physicalLocation", "artifactLocation")
    let file = location["uri"].text ?? ""
    var plugin = Plugin(id: file.isEmpty ? id : "\(id) \(file)", name: name(of: rule, id: id))
    plugin.family = rule.at("properties", "tags").strings?.first ?? ""
    plugin.cves = [id].cves
    plugin.score = score(result, rule)
    note(
      plugin, severity: rank(result, rule, element.pointer), isAccepted: isSuppressed(result),
      line: element.line)
  }

  /// One finding may have several results in its file; it is accepted when all of them are.
  private func note(_ plugin: Plugin, severity: Int8, isAccepted: Bool, line: Int) {
    guard let i = positions[plugin.id] else {
      positions[plugin.id] = findings.count
      findings.append(
        Finding(plugin: plugin, severity: severity, isAccepted: isAccepted, line: line))
      return
    }
    findings[i].severity = max(findings[i].severity, severity)
    findings[i].isAccepted = findings[i].isAccepted && isAccepted
  }

  private func name(of rule: JSON, id: String) -> String {
    rule.at("shortDescription", "text").text ?? rule["name"].text ?? id
  }

  /// The rule that a result refers to by index or id, in the driver or an extension.
  private func rule(of result: JSON) -> JSON {
    let reference = result["rule"]
    let component =
      reference.at("toolComponent", "index").integer.flatMap {
        extensions.indices.contains($0) ? extensions[$0] : nil
      } ?? driver
    let rules = component["rules"]
    if let i = result["ruleIndex"].integer ?? reference["index"].integer, i >= 0,
      !rules[i].isNull
    {
      return rules[i]
    }
    guard let id = result["ruleId"].text ?? reference["id"].text else { return .null }
    // A result may name a rule more closely: CA1000/1.
    return rules.elements.first { $0["id"].text == id }
      ?? rules.elements.first { $0["id"].text.map { id.hasPrefix($0 + "/") } ?? false } ?? .null
  }

  /// The CVSS number of a finding: `security-severity` of its rule, or what Dependency-Check writes.
  private func score(_ result: JSON, _ rule: JSON) -> Double? {
    let own = result["properties"]
    return rule.at("properties", "security-severity").real ?? own["security-severity"].real
      ?? own["cvssv3_baseScore"].real ?? own["cvssv2_score"].real
  }

  /// By the CVSS number where there is one, else by a word for the severity, else by the result's
  /// level, which is `warning` when nothing is written.
  private func rank(_ result: JSON, _ rule: JSON, _ place: String) -> Int8 {
    if let score = score(result, rule), let rank = cvssRank(score) { return rank }
    let word = result.at("properties", "severity").text ?? rule.at("properties", "severity").text
    if let rank = word.flatMap(severityRank) { return rank }
    // As written: `none` is a level here.
    let level =
      result["level"].string ?? rule.at("defaultConfiguration", "level").string ?? "warning"
    switch level {
    case "error": return 3
    case "warning": return 2
    case "note": return 1
    default: return scan.severity(level, place: place)
    }
  }

  /// Suppressed without a status, or accepted: somebody decided so. Under review or rejected: open.
  private func isSuppressed(_ result: JSON) -> Bool {
    result["suppressions"].elements.contains {
      let status = $0["status"].text ?? $0["state"].text
      return status == nil || status == "accepted"
    }
  }

  func finish() {
    for finding in findings {
      scan.observe(
        host, finding.plugin, severity: finding.severity, accepted: finding.isAccepted,
        line: finding.line)
    }
    scan.finish()
  }
}

extension Diagnostic {
  fileprivate static func noRun(_ what: String, at place: String) -> Diagnostic {
    Diagnostic(
      "sarif.no-run", .error, at: place, what,
      why: "it proves neither that a scanner ran nor that it found nothing",
      fix: "look at the scanner's own log, and collect the SARIF of a run that ended")
  }
}
