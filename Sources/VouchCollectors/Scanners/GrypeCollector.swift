import VouchModel

/// Reads Grype's JSON: images, directories and SBOMs.
enum GrypeCollector: Collector {
  static let format = "grype"
  static let summary = "Grype JSON: images, directories, SBOMs"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    guard let matches = json["matches"].array else { return false }
    return matches.first?.has(any: "vulnerability", "artifact") ?? true
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var report: GrypeReport?
    try item.json(format: format, each: ["matches/*", "ignoredMatches/*"], reading) { rest in
      report = GrypeReport(rest, reading)
      return true
    } _: { element in
      report?.read(element, isIgnored: element.pattern == 1)
    }
    report?.finish()
  }
}

/// One Grype report while it is read.
private final class GrypeReport {
  private let reading: Reading
  private let scan: ScanLedger
  private let artifact: String

  init(_ rest: JSON, _ reading: Reading) {
    self.reading = reading
    let source = rest["source"]
    // An object for images, text for directories and files.
    artifact =
      source.at("target", "userInput").text ?? source["target"].text ?? source["name"].text
      ?? reading.item.provenance.name
    let descriptor = rest["descriptor"]
    let run = descriptor["timestamp"].instant
    scan = ScanLedger(
      reading, format: GrypeCollector.format, tool: "grype",
      id: "grype \(artifact) \(run?.iso8601 ?? reading.item.digest.short)")
    let built =
      descriptor.at("db", "built").instant ?? descriptor.at("db", "status", "built").instant
    scan.record["tool_version"] = .text(descriptor["version"].text)
    scan.record["feed_at"] = .instant(built)
    scan.record["feed_version"] = .text(
      descriptor.at("db", "schemaVersion").text
        ?? descriptor.at("db", "status", "schemaVersion").text)
    scan.record["severity_basis"] = .text("vendor")
    scan.record["targets"] = .list([artifact])
    scan.record["ended_at"] = .instant(run)
    reading.effectiveAt = run
    let isImage = source["type"].text == "image"
    let os = [rest.at("distro", "name").text, rest.at("distro", "version").text].compactMap(\.self)
    let hostname = isImage ? imageRepository(artifact) : artifact
    scan.host(
      artifact, place: "/source",
      details: {
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("reads the artifact's own package lists")
      },
      sighting: {
        $0["hostname"] = .text(hostname)
        $0["os"] = .text(os.isEmpty ? nil : os.joined(separator: " "))
      })
  }

  func read(_ element: JSONElement, isIgnored: Bool) {
    let vulnerability = element.json["vulnerability"]
    let package = element.json["artifact"]
    guard let id = vulnerability["id"].text, let name = package["name"].text else {
      reading.diagnose(
        Diagnostic(
          "grype.no-id", .error, at: reading.item.at(element.pointer),
          "a match has no vulnerability id or no package name",
          why: "it cannot be told from the others, so it is left out",
          fix: "export the report again"))
      return
    }
    let related = element.json["relatedVulnerabilities"].elements
    var plugin = Plugin(id: "\(id) \(name)", name: "\(id) in \(name)")
    plugin.app = name
    plugin.family = package["type"].text ?? ""
    plugin.cves = ([id] + related.compactMap { $0["id"].text }).cves
    plugin.score = score(vulnerability) ?? related.lazy.compactMap { self.score($0) }.first
    let fix = vulnerability["fix"]
    plugin.fixedVersion = (fix["versions"].strings ?? []).joined(separator: ", ")
    plugin.fixAvailableAt = fix["available"].elements.compactMap { released($0["date"]) }.min()
    plugin.kev = !vulnerability["knownExploited"].elements.isEmpty
    scan.observe(
      artifact, plugin,
      severity: scan.severity(vulnerability["severity"].text, place: element.pointer),
      accepted: isIgnored, line: element.line)
  }

  /// A release date is a day everywhere; the start of the day in UTC stands for it.
  private func released(_ json: JSON) -> Instant? {
    json.instant ?? json.text.flatMap { WrittenTime(iso: $0) }.map { Zone.utc.instant($0) }
  }

  /// The newest CVSS version's base score.
  private func score(_ vulnerability: JSON) -> Double? {
    vulnerability["cvss"].elements
      .max { ($0["version"].text ?? "") < ($1["version"].text ?? "") }
      .flatMap { $0.at("metrics", "baseScore").real }
  }

  func finish() { scan.finish() }
}
