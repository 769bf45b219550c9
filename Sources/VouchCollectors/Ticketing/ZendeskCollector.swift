import VouchModel

/// Reads Zendesk tickets, with the metric sets, audits and SLA times that come beside them, one
/// answer or several in one JSON array.
///
/// A ticket alone does not say when it was solved: that is in `metric_sets` (side-load with
/// `include=metric_sets`) or in the audits. Audits alone are read when they begin with the ticket's
/// creation. SLA policies and ticket fields are kept as evidence and give no record. Options: see
/// ``TicketWriter``.
enum ZendeskCollector: Collector {
  static let format = "zendesk"
  static let summary = "Zendesk: tickets with metric sets and audits"
  static let gives: [RecordType] = [.ticket, .incident]

  static func recognises(_ head: Head) -> Bool {
    guard head.json != nil else { return false }
    let text = head.text
    if text.contains("\"sla_policies\"") || text.contains("\"ticket_fields\"") { return true }
    if text.contains("\"tickets\"") {
      return text.contains("zendesk") || text.contains("\"requester_id\"")
        || text.contains("\"next_page\"") || text.contains("\"has_more\"")
    }
    if text.contains("\"metric_sets\"") || text.contains("\"ticket_metrics\"") { return true }
    return text.contains("\"audits\"") && text.contains("\"ticket_id\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let answers =
      json.array?.enumerated().map { (json: $0.element, place: "/\($0.offset)") }
      ?? [(json: json, place: "")]
    let isTickets = answers.contains {
      $0.json.has("tickets") || $0.json.has("ticket") || $0.json.has("audits")
    }
    guard isTickets else {
      reading.diagnose(
        json.has("sla_policies") || json.has("ticket_fields")
          ? .zendeskKeptOnly(at: item.label) : .zendeskNoTickets(at: item.label))
      return
    }
    let tickets = ZendeskTickets(item, reading)
    for answer in answers { tickets.learn(answer.json, at: answer.place) }
    for answer in answers { tickets.read(answer.json, at: answer.place) }
    tickets.readAuditsAlone()
    tickets.finish(answers: answers.map(\.json))
  }
}

/// What the audits of one ticket tell.
private struct ZendeskHistory {
  var place: String
  var createdAt: Instant?
  var initial: [String: JSON] = [:]
  var changes: [String: [Ticket.Change]] = [:]
  var firstPublicReply: Instant?
  var authorOfCreation: String?

  /// The value of a field after all changes.
  func last(_ field: String) -> String? {
    changes[field]?.last?.to ?? initial[field]?.text
  }
}

private final class ZendeskTickets {
  private let format = ZendeskCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let writer: TicketWriter
  private var metrics: [String: JSON] = [:]
  private var histories: [String: ZendeskHistory] = [:]
  private var done: Set<String> = []
  private var count = 0

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    writer = TicketWriter(item, format: format, source: "zendesk", reading)
  }

  func finish(answers: [JSON]) {
    writer.finish()
    let total = answers.first { $0.has("tickets") }?["count"].integer
    reading.checkPage(format, of: "tickets", count: count, total: total)
    let last = answers.last ?? .null
    if total == nil {
      reading.checkNextPage(
        format,
        isThere: last["next_page"].text != nil || last.at("meta", "has_more").flag == true,
        field: "next_page")
    }
  }

  // MARK: What comes beside tickets

  func learn(_ answer: JSON, at place: String) {
    for set in answer["metric_sets"].elements + answer["ticket_metrics"].elements {
      if let id = set["ticket_id"].text { metrics[id] = set }
    }
    let audits = answer["audits"].elements
    for (index, audit) in audits.enumerated() {
      learnAudit(audit, at: "\(place)/audits/\(index)")
    }
  }

  private func learnAudit(_ audit: JSON, at place: String) {
    guard let id = audit["ticket_id"].text, let at = audit["created_at"].instant else { return }
    var history = histories[id] ?? ZendeskHistory(place: place)
    let author = audit["author_id"].text
    for event in audit["events"].elements {
      let field = event["field_name"].text ?? ""
      switch event["type"].text {
      case "Create":
        history.createdAt = history.createdAt ?? at
        history.authorOfCreation = author
        history.initial[field] = event["value"]
      case "Change":
        history.changes[field, default: []].append(
          Ticket.Change(at: at, from: event["previous_value"].text, to: event["value"].text))
      case "Comment"
      where event["public"].flag == true && history.createdAt != nil && history.createdAt != at
        && author != history.authorOfCreation:
        history.firstPublicReply = history.firstPublicReply ?? at
      default: break
      }
    }
    histories[id] = history
  }

  // MARK: Tickets

  func read(_ answer: JSON, at place: String) {
    if answer.has("ticket") { readTicket(answer["ticket"], at: "\(place)/ticket") }
    for (index, ticket) in answer["tickets"].elements.enumerated() {
      readTicket(ticket, at: "\(place)/tickets/\(index)")
    }
  }

  private func readTicket(_ json: JSON, at place: String) {
    count += 1
    guard let id = json["id"].text else {
      reading.diagnose(.zendeskNoID(at: item.at(place)))
      return
    }
    done.insert(id)
    var ticket = Ticket(id: id)
    ticket.type = json["type"].text
    ticket.severity = json["priority"].text
    ticket.status = json["status"].text
    ticket.createdAt = json["created_at"].instant
    ticket.ownerID = json["assignee_id"].text
    ticket.requesterID = json["requester_id"].text
    ticket.labels = json["tags"].strings
    ticket.dueAt = json["due_at"].instant
    ticket.links = json["problem_id"].text.map { [$0] } ?? (json.has("problem_id") ? [] : nil)
    fill(&ticket, from: histories[id])
    fill(
      &ticket,
      fromMetrics: json["metric_set"].object == nil ? metrics[id] ?? .null : json["metric_set"])
    checkSolved(ticket, at: place)
    if ticket.status.map(isSolved) != true { ticket.resolvedAt = nil }
    writer.append(ticket, from: json, at: place)
  }

  private func isSolved(_ status: String) -> Bool { status == "solved" || status == "closed" }

  private func fill(_ ticket: inout Ticket, from history: ZendeskHistory?) {
    guard let history else { return }
    let statuses = (history.changes["status"] ?? []).sorted { $0.at < $1.at }
    ticket.statusChanges = statuses.map { change in
      var change = change
      change.from = change.from.map(word)
      change.to = change.to.map(word)
      return change
    }
    ticket.severityChanges = (history.changes["priority"] ?? []).sorted { $0.at < $1.at }
    ticket.reopenedAt =
      statuses.last {
        ($0.from.map(isSolved) ?? false) && !($0.to.map(isSolved) ?? false)
      }?.at
    // Closed follows solved by rule, days later: the solution counts.
    ticket.resolvedAt =
      statuses.last {
        ($0.to.map(isSolved) ?? false) && !($0.from.map(isSolved) ?? false)
      }?.at
    ticket.acknowledgedAt = history.firstPublicReply
  }

  /// `pending` waits for the requester, `hold` for somebody else (support.zendesk.com, "About
  /// ticket statuses"), in words that ``TicketWriter`` knows.
  private func word(_ status: String) -> String {
    if item.options["pause.\(status)"] != nil { return status }
    return switch status {
    case "pending": "pending customer"
    case "hold": "on hold, third party"
    default: status
    }
  }

  private func fill(_ ticket: inout Ticket, fromMetrics set: JSON) {
    guard set.object != nil else { return }
    ticket.resolvedAt = set["solved_at"].instant ?? ticket.resolvedAt
    if ticket.acknowledgedAt == nil, let created = ticket.createdAt,
      let minutes = set.at("reply_time_in_minutes", "calendar").integer.flatMap({
        Int32(exactly: $0)
      })
    {
      ticket.acknowledgedAt = created.advanced(by: Int64(minutes) * 60)
    }
    if ticket.reopenedAt == nil, ticket.statusChanges == nil,
      let reopens = set["reopens"].integer, reopens > 0
    {
      writer.problems.add(.zendeskReopened(at: item.label))
    }
  }

  private func checkSolved(_ ticket: Ticket, at place: String) {
    guard let status = ticket.status, isSolved(status), ticket.resolvedAt == nil else { return }
    writer.problems.add(.zendeskSolvedWhen(at: item.at(place)))
  }

  // MARK: Audits without their ticket

  /// Audits alone make a ticket when they go back to its creation.
  func readAuditsAlone() {
    for (id, history) in histories.sorted(by: {
      ($0.value.place, $0.key) < ($1.value.place, $1.key)
    })
    where !done.contains(id) {
      guard let created = history.createdAt else {
        writer.problems.add(.zendeskAuditsBegin(at: item.at(history.place)))
        continue
      }
      var ticket = Ticket(id: id)
      ticket.createdAt = created
      ticket.type = history.last("type")
      ticket.severity = history.last("priority")
      ticket.status = history.last("status")
      ticket.ownerID = history.last("assignee_id")
      ticket.requesterID = history.last("requester_id")
      ticket.labels = history.initial["tags"]?.strings
      fill(&ticket, from: history)
      if ticket.status.map(isSolved) != true { ticket.resolvedAt = nil }
      writer.append(ticket, from: .null, at: history.place)
    }
  }
}

extension Diagnostic {
  fileprivate static func zendeskKeptOnly(at place: String) -> Diagnostic {
    Diagnostic(
      "zendesk.kept-only", .note, at: place,
      "a list of SLA policies or ticket fields is kept as evidence and gives no record")
  }

  fileprivate static func zendeskNoTickets(at place: String) -> Diagnostic {
    Diagnostic(
      "zendesk.no-tickets", .error, at: place, "the answer has neither tickets nor audits",
      why: "what comes beside tickets says nothing without them",
      fix: "collect /api/v2/tickets?include=metric_sets")
  }

  fileprivate static func zendeskNoID(at place: String) -> Diagnostic {
    Diagnostic(
      "zendesk.no-id", .error, at: place, "a ticket has no id",
      why: "it cannot be told from the others", fix: "collect the tickets again")
  }

  fileprivate static func zendeskReopened(at place: String) -> Diagnostic {
    Diagnostic(
      "zendesk.reopened-when", .warning, at: place,
      "a ticket was reopened, and its audits are not there to say when",
      why: "the time of the reopening stays unknown",
      fix: "put the ticket's audits into the same JSON array")
  }

  fileprivate static func zendeskSolvedWhen(at place: String) -> Diagnostic {
    Diagnostic(
      "zendesk.solved-when", .error, at: place,
      "a ticket is solved, and nothing here says when",
      why: "it would count as open",
      fix: "collect /api/v2/tickets?include=metric_sets, or add the audits")
  }

  fileprivate static func zendeskAuditsBegin(at place: String) -> Diagnostic {
    Diagnostic(
      "zendesk.audits-alone", .error, at: place,
      "the audits of a ticket do not begin with its creation, and the ticket is not there",
      why: "what the ticket was before them is unknown, so no record is made",
      fix: "put the tickets and their audits into one JSON array")
  }
}
