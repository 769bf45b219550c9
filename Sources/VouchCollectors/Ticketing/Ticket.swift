import VouchModel

/// A ticket as one export tells it. Nil is always "the export does not say".
struct Ticket {
  /// One change of a field. `from` and `to` as the system writes them.
  struct Change {
    var at: Instant
    var from: String?
    var to: String?
  }

  var id: String
  var type: String?
  /// Severity or priority as written.
  var severity: String?
  var createdAt: Instant?
  var acknowledgedAt: Instant?
  var resolvedAt: Instant?
  var reopenedAt: Instant?
  /// Every change of the status, oldest first; nil when the export has no history.
  var statusChanges: [Change]?
  /// Every change of the severity, oldest first; nil when the export has no history.
  var severityChanges: [Change]?
  var status: String?
  var services: [String] = []
  var ownerID: String?
  var requesterID: String?
  /// JSON text, as the column wants it.
  var approvals: String?
  var links: [String]?
  var labels: [String]?
  var dueAt: Instant?
  var rootCause: String?

  init(id: String) { self.id = id }
}

/// Turns tickets into `ticket` or `incident` records, as the options of the source say.
///
/// | option | meaning |
/// | --- | --- |
/// | `record` | `ticket` (default) or `incident`: the export is the list of incidents |
/// | `kind`, `kind.W` | kind of every ticket, or of those of type W |
/// | `severity.W` | critical, high, medium or low for what the export writes as W |
/// | `pause.W` | waiting_for_customer, waiting_for_vendor or none: status W stops the clock |
/// | `service`, `service.W` | service of every ticket, or of those of component W |
/// | `security` | true: every incident of this source is a security incident |
/// | `field.C` | dotted path in the export of a ticket that feeds column C, as in `field.contained_at: customfield_10200` |
final class TicketWriter {
  let item: EvidenceItem
  let format: String
  /// Value of `ticket.source`.
  let source: String
  let reading: Reading
  let problems: RepeatedProblems
  let times: TimeFields
  private let type: RecordType
  private let fields: [(column: Column, path: String)]
  private var withoutSeverity = 0
  private var written = 0

  init(
    _ item: EvidenceItem, format: String, source: String, patterns: [String] = [],
    _ reading: Reading
  ) {
    self.item = item
    self.format = format
    self.source = source
    self.reading = reading
    problems = RepeatedProblems()
    times = TimeFields(item, format: format, patterns: patterns, problems: problems)
    let record = item.options["record"] ?? "ticket"
    type = record == "incident" ? .incident : .ticket
    if record != "incident" && record != "ticket" {
      problems.add(.ticketRecord(format, record))
    }
    var fields: [(column: Column, path: String)] = []
    for (key, path) in item.options.sorted(by: { $0.key < $1.key }) where key.hasPrefix("field.") {
      let name = String(key.dropFirst(6))
      if let column = type.columns.first(where: { $0.name == name }) {
        fields.append((column, path))
      } else {
        problems.add(.ticketColumn(format, name, in: type))
      }
    }
    self.fields = fields
    reading.provides(type)
  }

  /// The path in the export that feeds a column by option; nil without the option.
  func path(of column: String) -> String? { fields.first { $0.column.name == column }?.path }

  /// Writes one ticket. `source` is its JSON, for the columns that options feed.
  func append(_ ticket: Ticket, from source: JSON, at place: String) {
    var record =
      type == .incident ? incident(ticket, at: place) : self.ticket(ticket, at: place)
    for field in fields {
      guard let json = source.value(atPath: field.path) else { continue }
      record[field.column.name] = value(json, of: field.column, at: place)
    }
    written += 1
    if ticket.createdAt == nil { problems.add(.ticketUndated(format, at: item.at(place))) }
    if record["severity"] == .null { withoutSeverity += 1 }
    reading.append(record)
  }

  /// Reports what was collected on the way. Call it once, at the end.
  func finish() {
    problems.report(to: reading)
    if withoutSeverity > 0 {
      reading.diagnose(.ticketsUnrated(format, withoutSeverity, of: written, at: item.label))
    }
  }

  // MARK: Records

  private func ticket(_ ticket: Ticket, at place: String) -> Record {
    var record = Record(.ticket, place: place)
    record["source"] = .text(source)
    record["ticket_id"] = .text(ticket.id)
    record["kind"] = .text(kind(of: ticket.type))
    record["severity"] = .text(severity(ticket.severity, at: place))
    record["created_at"] = .instant(ticket.createdAt)
    record["acknowledged_at"] = .instant(ticket.acknowledgedAt)
    record["resolved_at"] = .instant(ticket.resolvedAt)
    record["reopened_at"] = .instant(ticket.reopenedAt)
    record["pauses"] = .text(pauses(of: ticket))
    record["severity_changes"] = .text(severityChanges(of: ticket, at: place))
    record["status"] = .text(ticket.status)
    record["service"] = .text(services(of: ticket).onlyElement)
    record["owner_id"] = .text(ticket.ownerID)
    record["requester_id"] = .text(ticket.requesterID)
    record["approvals"] = .text(ticket.approvals)
    record["links"] = .list(ticket.links)
    record["due_at"] = .instant(ticket.dueAt)
    record["labels"] = .list(ticket.labels)
    return record
  }

  private func incident(_ ticket: Ticket, at place: String) -> Record {
    var record = Record(.incident, place: place)
    record["incident_id"] = .text(ticket.id)
    record["ticket_id"] = .text(ticket.id)
    record["severity"] = .text(severity(ticket.severity, at: place))
    record["detected_at"] = .instant(ticket.createdAt)
    record["acknowledged_at"] = .instant(ticket.acknowledgedAt)
    record["resolved_at"] = .instant(ticket.resolvedAt)
    let services = services(of: ticket)
    if !services.isEmpty { record["services"] = .list(services) }
    record["root_cause"] = .text(ticket.rootCause)
    let isLabelled = ticket.labels?.contains { $0.lowercased() == "security" } == true
    record["security"] = .flag(
      isLabelled ? true : item.options["security"].flatMap(flagSpelling))
    return record
  }

  // MARK: Words

  /// The severity in our words; nil when none is set, or when the word is unknown (reported).
  func severity(_ written: String?, at place: String) -> String? {
    guard let written else { return nil }
    if let configured = item.options["severity.\(written)"] {
      if ["critical", "high", "medium", "low"].contains(configured) { return configured }
      problems.add(.ticketSeverityOption(format, configured))
      return nil
    }
    if isUnsetSeverity(written) { return nil }
    if let known = defaultTicketSeverity(written) { return known }
    problems.add(.ticketSeverity(format, written, at: item.at(place)))
    return nil
  }

  private func kind(of type: String?) -> String {
    type.flatMap { item.options["kind.\($0)"] } ?? item.options["kind"] ?? defaultTicketKind(type)
  }

  private func pauseReason(of status: String) -> String? {
    guard let configured = item.options["pause.\(status)"] else {
      return defaultPauseReason(status)
    }
    return configured == "none" ? nil : configured
  }

  private func services(of ticket: Ticket) -> [String] {
    if let service = item.options["service"] { return [service] }
    return ticket.services.map { item.options["service.\($0)"] ?? $0 }
  }

  // MARK: History

  /// `[[from, to, reason]]` from the statuses that stop the clock; nil without a history.
  private func pauses(of ticket: Ticket) -> String? {
    guard let changes = ticket.statusChanges else { return nil }
    var pauses: [(from: Instant, to: Instant?, reason: String)] = []
    var open: (from: Instant, reason: String)?
    let first = changes.isEmpty ? ticket.status : changes[0].from
    if let first, let created = ticket.createdAt, let reason = pauseReason(of: first) {
      open = (created, reason)
    }
    for change in changes {
      let reason = change.to.flatMap(pauseReason)
      if reason == open?.reason { continue }
      if let open { pauses.append((open.from, change.at, open.reason)) }
      open = reason.map { (change.at, $0) }
    }
    if let open { pauses.append((open.from, ticket.resolvedAt, open.reason)) }
    return "["
      + pauses.map { pause in
        let end = pause.to.map { String($0.seconds) } ?? "null"
        return "[\(pause.from.seconds),\(end),\(JSONText.quoted(pause.reason))]"
      }.joined(separator: ",") + "]"
  }

  /// `[{at, from, to}]`; nil without a history.
  private func severityChanges(of ticket: Ticket, at place: String) -> String? {
    guard let changes = ticket.severityChanges else { return nil }
    func word(_ written: String?) -> String {
      severity(written, at: place).map(JSONText.quoted) ?? "null"
    }
    return "["
      + changes.map {
        "{\"at\":\($0.at.seconds),\"from\":\(word($0.from)),\"to\":\(word($0.to))}"
      }.joined(separator: ",") + "]"
  }

  // MARK: Columns fed by options

  private func value(_ json: JSON, of column: Column, at place: String) -> Value {
    switch column.kind {
    case .instant:
      return .instant(times.instant(json, column.name, at: place, severity: .error))
    case .flag: return .flag(plain(json).flatMap(flagSpelling))
    case .integer: return .integer(json.integer)
    case .real: return .real(json.real)
    case .list: return .list(json.array?.compactMap(plain) ?? plain(json).map { [$0] })
    case .json: return json.isNull ? .null : .text(json.serialised)
    case .text, .host:
      let text = plain(json) ?? json[0].nonNull.flatMap(plain)
      switch column.name {
      case "severity": return .text(severity(text, at: place))
      case "kind": return .text(kind(of: text))
      default: return .text(text)
      }
    }
  }

  /// The text of a field: itself, or the usual member of the objects that stand for a choice, a
  /// person or a reference.
  private func plain(_ json: JSON) -> String? {
    if let text = json.text { return text }
    for key in ["value", "name", "accountId", "key", "id"] {
      if let text = json[key].text { return text }
    }
    return nil
  }
}

extension JSON {
  fileprivate var nonNull: JSON? { isNull ? nil : self }
}

extension Array {
  /// The element of an array that has exactly one.
  var onlyElement: Element? { count == 1 ? first : nil }
}

extension Diagnostic {
  fileprivate static func ticketRecord(_ format: String, _ record: String) -> Diagnostic {
    Diagnostic(
      "\(format).record", .error, at: "vouch.yaml",
      "record '\(record)' is neither ticket nor incident",
      why: "the export is read as tickets, and the incidents are missing",
      fix: "write record: ticket or record: incident")
  }

  fileprivate static func ticketColumn(
    _ format: String, _ name: String, in type: RecordType
  ) -> Diagnostic {
    let near = nearest(to: name, among: type.columns.map(\.name))
    return Diagnostic(
      "\(format).no-column", .error, at: "vouch.yaml",
      "\(type.name) has no column '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
      why: "field.\(name) feeds nothing", fix: "name a column of \(type.name)")
  }

  fileprivate static func ticketUndated(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).no-creation", .error, at: place, "a ticket has no time of creation",
      why: "it belongs to no period and has no deadline",
      fix: "export the time of creation, and set the zone of the source if it is written without")
  }

  fileprivate static func ticketSeverityOption(_ format: String, _ word: String) -> Diagnostic {
    Diagnostic(
      "\(format).severity-option", .error, at: "vouch.yaml",
      "'\(word)' is not one of critical, high, medium, low",
      why: "the severity of these tickets stays unknown",
      fix: "correct the option severity.<as written>")
  }

  fileprivate static func ticketSeverity(
    _ format: String, _ written: String, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).unknown-severity", .error, at: place,
      "'\(written)' is not a severity that is known here",
      why: "without a severity the ticket has no deadline; it stays unknown",
      fix: "add to the source's options: severity.\(written): high (or critical, medium, low)")
  }

  fileprivate static func ticketsUnrated(
    _ format: String, _ count: Int, of all: Int, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).no-severity", .warning, at: place, "\(count) of \(all) tickets have no severity",
      why: "without a severity a ticket has no deadline; it is unknown, not met",
      fix: "set a priority, or name the field that holds it in the option field.severity")
  }
}
