import VouchModel

/// Reads incidents and other tasks from ServiceNow's Table API (`/api/now/table/incident`,
/// `change_request`, `sc_request`, `sc_req_item`, `problem`), one answer or several in one array.
///
/// Raw values are in UTC and every value is a string. With `sysparm_display_value=all` the raw
/// value beside the display text counts; with `true` there are only display texts, in the user's
/// language and zone. `made_sla` is no proof and not read. Options: see ``TicketWriter``.
enum ServiceNowCollector: Collector {
  static let format = "servicenow"
  static let summary = "ServiceNow: incidents, changes, requests from the Table API"
  static let gives: [RecordType] = [.ticket, .incident]

  static func recognises(_ head: Head) -> Bool {
    guard head.json != nil else { return false }
    let text = head.text
    if text.contains("\"result\"") {
      // Users have sys_class_name too, and no number.
      return text.contains("\"number\"") && !text.contains("\"user_name\"")
        && ["opened_at", "sys_class_name", "made_sla", "incident_state", "task_effective_number"]
          .contains { text.contains("\"\($0)\"") }
    }
    return text.contains("\"error\"") && text.contains("\"status\"")
      && text.contains("\"failure\"") && text.contains("\"detail\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let answers =
      json.array?.enumerated().map { (json: $0.element, place: "/\($0.offset)") }
      ?? [(json: json, place: "")]
    let tasks = ServiceNowTasks(item, reading)
    for answer in answers { tasks.read(answer.json, at: answer.place) }
    tasks.finish()
  }
}

private final class ServiceNowTasks {
  private let format = ServiceNowCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let writer: TicketWriter

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    writer = TicketWriter(item, format: format, source: "servicenow", reading)
  }

  func finish() { writer.finish() }

  func read(_ answer: JSON, at place: String) {
    if answer.has("error") {
      reading.diagnose(.serviceNowFailure(at: item.at(place)))
      return
    }
    guard
      let rows = answer["result"].array ?? (answer["result"].object.map { _ in [answer["result"]] })
    else {
      reading.diagnose(.serviceNowNoResult(at: item.at(place)))
      return
    }
    for (index, row) in rows.enumerated() { readTask(row, at: "\(place)/result/\(index)") }
  }

  private func readTask(_ row: JSON, at place: String) {
    guard let number = raw(row["number"]) else {
      writer.problems.add(.serviceNowNoNumber(at: item.at(place)))
      return
    }
    let task = Task(row: row, place: place)
    var ticket = Ticket(id: number)
    ticket.type = raw(row["sys_class_name"])
    ticket.severity = raw(row["priority"])
    ticket.status = status(task)
    ticket.createdAt = time(task, "opened_at") ?? time(task, "sys_created_on")
    ticket.reopenedAt = reopened(task)
    ticket.resolvedAt = resolved(task)
    ticket.ownerID = raw(row["assigned_to"])
    ticket.requesterID = raw(row["caller_id"]) ?? raw(row["requested_for"]) ?? raw(row["opened_by"])
    ticket.services = [raw(row["business_service"]) ?? raw(row["cmdb_ci"])].compactMap(\.self)
    ticket.links = ["parent", "parent_incident", "problem_id", "rfc", "caused_by"]
      .compactMap { raw(row[$0]) }
    ticket.dueAt = time(task, "due_date")
    ticket.labels = raw(row["category"]).map { [$0] }
    ticket.rootCause = raw(row["cause"])
    writer.append(ticket, from: row, at: place)
  }

  private struct Task {
    let row: JSON
    let place: String

    /// Display texts only: the state is then a word, not a number.
    var isDisplay: Bool {
      guard let state = row["state"].text ?? row["incident_state"].text else { return false }
      return Int(state) == nil
    }
  }

  /// The raw value: itself, `value` of a reference or of a pair, else the display text.
  private func raw(_ json: JSON) -> String? {
    json.text ?? json["value"].text ?? json["display_value"].text
  }

  /// Raw times are UTC. Display times are of the user's zone, which only the source knows.
  private func time(_ task: Task, _ field: String) -> Instant? {
    guard let text = raw(task.row[field]) else { return nil }
    if task.isDisplay { return writer.times.instant(text, field, at: task.place, severity: .error) }
    guard let time = WrittenTime(iso: text) else {
      writer.problems.add(.unreadableTime(format, field, .error, at: item.at(task.place)))
      return nil
    }
    return time.instant ?? time.local
  }

  // MARK: State

  /// The base system's states. Sites add others, which stay open unless the option `done` names
  /// them.
  private static let states = [
    "1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed",
    "8": "Canceled",
  ]

  private func isIncident(_ task: Task) -> Bool {
    raw(task.row["sys_class_name"])?.lowercased() == "incident" || task.row.has("incident_state")
  }

  private func status(_ task: Task) -> String? {
    guard let state = raw(task.row["state"]) ?? raw(task.row["incident_state"]) else { return nil }
    if let shown = task.row.at("state", "display_value").text { return shown }
    return isIncident(task) ? Self.states[state] ?? state : state
  }

  private func isDone(_ task: Task) -> Bool {
    let status = status(task) ?? ""
    let state = raw(task.row["state"]) ?? ""
    let configured = (item.options["done"] ?? "").split(separator: ",").map {
      String($0.trimmingSpace)
    }
    if configured.contains(status) || configured.contains(state) { return true }
    if isIncident(task), ["6", "7", "8"].contains(state) { return true }
    let words = ["resolved", "closed", "canceled", "cancelled", "complete", "completed"]
    if words.contains(where: { status.lowercased().hasPrefix($0) }) { return true }
    // Other tables number their states differently; `active` is common to all of them.
    return !isIncident(task) && raw(task.row["active"]).flatMap(flagSpelling) == false
  }

  private func resolved(_ task: Task) -> Instant? {
    let resolved = time(task, "resolved_at")
    let closed = time(task, "closed_at")
    guard isDone(task) else {
      if resolved != nil || closed != nil {
        writer.problems.add(.serviceNowOpenWithEnd(at: item.at(task.place)))
      }
      return nil
    }
    if let resolved, let closed, resolved > closed {
      writer.problems.add(.serviceNowDisorder(at: item.at(task.place)))
    }
    guard let end = resolved ?? closed else {
      writer.problems.add(.serviceNowDoneWithoutEnd(at: item.at(task.place)))
      return nil
    }
    return end
  }

  private func reopened(_ task: Task) -> Instant? {
    if let time = time(task, "reopened_time") { return time }
    if let count = raw(task.row["reopen_count"]).flatMap(Int.init), count > 0 {
      writer.problems.add(.serviceNowReopened(at: item.at(task.place)))
    }
    return nil
  }
}

extension Diagnostic {
  fileprivate static func serviceNowFailure(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.failure", .error, at: place, "the server answered with an error",
      why: "nothing was exported", fix: "check the user's rights on the table and collect again")
  }

  fileprivate static func serviceNowNoResult(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.no-result", .error, at: place, "the answer has no list 'result'",
      why: "an answer without its list is an error message", fix: "collect it again")
  }

  fileprivate static func serviceNowNoNumber(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.no-number", .error, at: place, "a row has no number",
      why: "it cannot be told from the others",
      fix: "add number to sysparm_fields, or collect all fields")
  }

  fileprivate static func serviceNowOpenWithEnd(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.open-with-end", .warning, at: place,
      "a task has resolved_at or closed_at although its state is open",
      why: "the state counts: it is open, perhaps reopened",
      fix: "correct the state in ServiceNow, or name it in the option done")
  }

  fileprivate static func serviceNowDisorder(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.resolved-after-closed", .warning, at: place,
      "a task was resolved after it was closed",
      why: "one of the two times is wrong; the later one counts",
      fix: "look at the task's history in ServiceNow")
  }

  fileprivate static func serviceNowDoneWithoutEnd(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.done-without-end", .error, at: place,
      "a task is resolved or closed and has neither resolved_at nor closed_at",
      why: "it would count as open, and when it was resolved is not known",
      fix: "add resolved_at and closed_at to sysparm_fields")
  }

  fileprivate static func serviceNowReopened(at place: String) -> Diagnostic {
    Diagnostic(
      "servicenow.reopened-when", .warning, at: place,
      "a task was reopened and does not say when",
      why: "the time of the reopening stays unknown",
      fix: "add reopened_time to sysparm_fields")
  }
}
