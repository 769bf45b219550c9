import VouchModel

/// Reads Dependabot alerts: the REST list of a repository or organisation, and the webhook event.
///
/// An alert says itself when it was found and when it was fixed, so it is a finding as a whole and
/// needs no earlier scans. The repository stands for the host.
enum GitHubDependabotCollector: Collector {
  static let format = "github_dependabot"
  static let summary = "GitHub Dependabot alerts, REST list or webhook"
  static let gives: [RecordType] = [.finding]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    let alert = json.has(all: "action", "alert") ? json["alert"] : json.firstListed
    return alert.has(all: "number", "state", "dependency")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.finding)
    guard let json = try item.json(format: format, reading) else { return }
    let problems = RepeatedProblems()
    if json.has("alert") {
      append(json["alert"], json.at("repository", "full_name").text, "/alert", problems, reading)
    }
    for (place, alert) in json.listed {
      append(alert, alert.at("repository", "full_name").text, place, problems, reading)
    }
    problems.report(to: reading)
  }

  private static func append(
    _ alert: JSON, _ repo: String?, _ place: String, _ problems: RepeatedProblems,
    _ reading: Reading
  ) {
    let address = alert["html_url"].text ?? alert["url"].text
    guard let repo = repo ?? repository(inAddress: address) ?? reading.item.subjectRepository else {
      problems.add(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    let advisory = alert["security_advisory"]
    let package = alert.at("dependency", "package", "name").text ?? ""
    let id = advisory["ghsa_id"].text ?? advisory["cve_id"].text ?? alert["number"].text ?? ""
    let manifest = alert.at("dependency", "manifest_path").text ?? ""
    var record = Record(.finding, place: place)
    record["asset_id"] = .text(repo)
    record["finding_key"] = .text("\(repo)|\(id) \(package)|\(manifest)")
    record["plugin_id"] = .text("\(id) \(package)")
    record["app"] = .text(package)
    record["name"] = .text(advisory["summary"].text)
    let ids = advisory["identifiers"].elements.compactMap { $0["value"].text }
    record["cves"] = .list(([advisory["cve_id"].text].compactMap(\.self) + ids).cves)
    addSeverity(advisory, alert, to: &record, place, problems, reading)
    record["first_seen"] = .instant(alert["created_at"].instant)
    record["last_seen"] = .instant(alert["updated_at"].instant)
    record["source"] = .text("dependabot")
    record["fixed_version"] = .text(
      alert.at("security_vulnerability", "first_patched_version", "identifier").text)
    addState(alert, to: &record, place, problems, reading)
    reading.append(record)
  }

  private static func addSeverity(
    _ advisory: JSON, _ alert: JSON, to record: inout Record, _ place: String,
    _ problems: RepeatedProblems, _ reading: Reading
  ) {
    let word = alert.at("security_vulnerability", "severity").text ?? advisory["severity"].text
    let rank = word.flatMap(severityRank)
    if rank == nil {
      problems.add(
        .unknownWord(
          format, "severity", word ?? "", at: reading.item.at(place),
          why: "a finding without severity has no deadline"))
    }
    let names = ["none", "low", "medium", "high", "critical"]
    record["severity"] = .text(rank.map { $0 < 0 ? "unknown" : names[Int($0)] } ?? "unknown")
    record["severity_rank"] = .integer(rank.flatMap { $0 < 0 ? nil : Int($0) })
    record["severity_basis"] = .text("vendor")
    record["score"] = .real(advisory.at("cvss", "score").real)
  }

  private static func addState(
    _ alert: JSON, to record: inout Record, _ place: String, _ problems: RepeatedProblems,
    _ reading: Reading
  ) {
    switch alert["state"].text {
    case "open": break
    case "fixed":
      record["fixed_at"] = .instant(alert["fixed_at"].instant)
      record["closed_by"] = .text("scan")
    // The dependency is gone, or a newer advisory says that it never was affected.
    case "auto_dismissed":
      record["fixed_at"] = .instant(alert["auto_dismissed_at"].instant)
      record["closed_by"] = .text("no_longer_detected")
    // Somebody decided so; the dependency is still there.
    case "dismissed": record["accepted_in_scanner"] = .flag(true)
    case let word:
      problems.add(
        .unknownWord(
          format, "state", word ?? "", at: reading.item.at(place),
          why: "the finding is counted as open"))
    }
  }
}
