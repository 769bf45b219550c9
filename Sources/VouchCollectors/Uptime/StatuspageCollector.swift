import VouchModel

/// Reads the incidents and the maintenances of an Atlassian Statuspage
/// (`/api/v2/incidents.json`, `/api/v2/scheduled-maintenances.json`).
///
/// | option | meaning |
/// | --- | --- |
/// | `record` | `outage` (default) or `incident` |
/// | `counts_from` | least impact that is an outage: minor (default), major, critical |
/// | `service`, `service.W` | the service of every entry, or of those with component W |
///
/// An incident without components is of the page's name.
enum StatuspageCollector: Collector {
  static let format = "statuspage"
  static let summary = "Statuspage: incidents and scheduled maintenances"
  static let gives: [RecordType] = [.outage, .incident]

  /// The public list holds this many of the newest.
  private static let listLimit = 50

  static func recognises(_ head: Head) -> Bool {
    guard head.json == "{", head.text.contains("\"page\"") else { return false }
    return head.text.contains("\"incidents\"") || head.text.contains("\"scheduled_maintenances\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let page = StatusPage(item, reading, name: json.at("page", "name").text)
    for key in ["incidents", "scheduled_maintenances"] {
      guard let entries = json[key].array else { continue }
      page.isMaintenance = key == "scheduled_maintenances"
      for (index, entry) in entries.enumerated() { page.read(entry, at: "/\(key)/\(index)") }
      if entries.count == listLimit { reading.diagnose(.statuspageLimit(at: item.at("/\(key)"))) }
    }
    page.problems.report(to: reading)
  }
}

private final class StatusPage {
  private let format = StatuspageCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let name: String?
  private let services: MonitoredServices
  private let isIncidentList: Bool
  let problems = RepeatedProblems()
  var isMaintenance = false

  init(_ item: EvidenceItem, _ reading: Reading, name: String?) {
    self.item = item
    self.reading = reading
    self.name = name
    services = MonitoredServices(item)
    isIncidentList = item.options["record"] == "incident"
    if isIncidentList { reading.provides(.incident) } else { reading.provides(.outage) }
  }

  private static let impacts = ["none", "maintenance", "minor", "major", "critical"]

  func read(_ entry: JSON, at place: String) {
    guard let id = entry["id"].text, let start = start(of: entry) else {
      problems.add(.statuspageIncomplete(at: item.at(place)))
      return
    }
    // As written: `none` is an impact here, not a missing value.
    let impact = entry["impact"].string ?? ""
    guard let rank = Self.impacts.firstIndex(of: impact) else {
      problems.add(.statuspageImpact(at: item.at(place)))
      return
    }
    if isIncidentList {
      if !isMaintenance { reading.append(incident(entry, id, impact, start, at: place)) }
      return
    }
    let least = Self.impacts.firstIndex(of: item.options["counts_from"] ?? "minor") ?? 2
    let isPlanned = isMaintenance || impact == "maintenance"
    guard isPlanned || rank >= least else {
      problems.add(.statuspageNoOutage(at: item.at(place)))
      return
    }
    for service in servicesConcerned(entry) {
      reading.append(outage(entry, id, service, start, isPlanned: isPlanned, at: place))
    }
  }

  private func start(of entry: JSON) -> Instant? {
    if isMaintenance { return entry["scheduled_for"].instant ?? entry["started_at"].instant }
    let updates = entry["incident_updates"].elements.compactMap { $0["created_at"].instant }
    return entry["started_at"].instant ?? updates.min() ?? entry["created_at"].instant
  }

  private func servicesConcerned(_ entry: JSON) -> [String] {
    var names = entry["components"].elements.compactMap { $0["name"].text }
    for update in entry["incident_updates"].elements {
      names += update["affected_components"].elements.compactMap { $0["name"].text }
    }
    if names.isEmpty { names = [name].compactMap(\.self) }
    var concerned: [String] = []
    for name in names.map({ services($0) }) where !concerned.contains(name) {
      concerned.append(name)
    }
    return concerned
  }

  private func outage(
    _ entry: JSON, _ id: String, _ service: String, _ start: Instant, isPlanned: Bool,
    at place: String
  ) -> Record {
    var record = Record.outage(
      of: service, source: "statuspage", from: start, to: end(of: entry, at: place), at: place,
      planned: isPlanned)
    record["incident_id"] = .text(id)
    if isMaintenance {
      record["cause"] = .text("maintenance")
      record["announced_at"] = .instant(entry["created_at"].instant)
      record["window_start"] = .instant(entry["scheduled_for"].instant)
      record["window_end"] = .instant(entry["scheduled_until"].instant)
    }
    return record
  }

  private func end(of entry: JSON, at place: String) -> Instant? {
    switch entry["status"].text {
    case "resolved", "postmortem", "completed":
      if let end = entry["resolved_at"].instant { return end }
      problems.add(.statuspageResolvedWhen(at: item.at(place)))
      return nil
    default: return nil
    }
  }

  private func incident(
    _ entry: JSON, _ id: String, _ impact: String, _ start: Instant, at place: String
  ) -> Record {
    var record = Record(.incident, place: place)
    record["incident_id"] = .text(id)
    record["severity"] = .text(
      item.options["severity.\(impact)"]
        ?? ["critical": "critical", "major": "high", "minor": "medium", "none": "low"][impact])
    record["detected_at"] = .instant(start)
    record["declared_at"] = .instant(entry["created_at"].instant)
    record["resolved_at"] = .instant(end(of: entry, at: place))
    record["services"] = .list(servicesConcerned(entry))
    record["customer_impact"] = .flag(impact == "none" ? nil : true)
    return record
  }
}

extension Diagnostic {
  fileprivate static func statuspageLimit(at place: String) -> Diagnostic {
    Diagnostic(
      "statuspage.newest-only", .error, at: place,
      "the list holds 50 entries, the most that the public list holds",
      why: "older entries of the period may be missing",
      fix: "collect more often, or export the list with the management interface")
  }

  fileprivate static func statuspageIncomplete(at place: String) -> Diagnostic {
    Diagnostic(
      "statuspage.incomplete-entry", .error, at: place, "an entry has no id or no beginning",
      why: "it belongs to no period", fix: "collect the list again")
  }

  fileprivate static func statuspageImpact(at place: String) -> Diagnostic {
    Diagnostic(
      "statuspage.unknown-impact", .error, at: place,
      "an entry's impact is none of none, minor, major, critical, maintenance",
      why: "whether it was an outage is unknown", fix: "tell us the word and its meaning")
  }

  fileprivate static func statuspageNoOutage(at place: String) -> Diagnostic {
    Diagnostic(
      "statuspage.no-outage", .note, at: place,
      "an incident's impact is below the one from which it counts as an outage")
  }

  fileprivate static func statuspageResolvedWhen(at place: String) -> Diagnostic {
    Diagnostic(
      "statuspage.resolved-when", .error, at: place,
      "an entry is resolved and does not say when",
      why: "it counts as going on", fix: "collect the list again")
  }
}
