import VouchModel

/// Reads issues from Jira's REST answers (search of Cloud and Data Center, boards and sprints of
/// Jira Software, a single issue), one answer or several in one JSON array.
///
/// With `expand=changelog` come the reopenings, the pauses and the changes of severity. With
/// `fields=*all` or the fields named come the first response (of Jira Service Management's SLA
/// field, or the first comment by another person) and approvals. Lists of statuses and fields are
/// kept as evidence and give no record. Options: see ``TicketWriter``; `done` names more statuses
/// that end a ticket, separated by commas.
enum JiraCollector: Collector {
  static let format = "jira"
  static let summary = "Jira: issues from REST answers, with changelog where it was asked for"
  static let gives: [RecordType] = [.ticket, .incident]

  static func recognises(_ head: Head) -> Bool {
    guard head.json != nil else { return false }
    let text = head.text
    let isJira = text.contains("/rest/api/") || text.contains("/rest/agile/")
    if text.contains("\"issues\"") {
      return isJira || text.contains("\"startAt\"") || text.contains("\"isLast\"")
    }
    if text.contains("\"fields\"") && text.contains("/issue/") { return isJira }
    return (isJira && text.contains("\"statusCategory\"") && head.json == "[")
      || (text.contains("\"clauseNames\"") && text.contains("\"navigable\""))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    if json[0].has("clauseNames") || json[0].has("statusCategory") {
      reading.diagnose(.jiraKeptOnly(at: item.label))
      return
    }
    let answers =
      json.array?.enumerated().map { (json: $0.element, place: "/\($0.offset)") }
      ?? [(json: json, place: "")]
    let jira = JiraIssues(item, reading)
    for answer in answers { jira.learnStatuses(answer.json) }
    for answer in answers { jira.read(answer.json, at: answer.place) }
    jira.finish(answers: answers.map(\.json))
  }
}

private final class JiraIssues {
  private let format = JiraCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let writer: TicketWriter
  /// Statuses that end a ticket, by name.
  private var done: Set<String>
  private var open: Set<String> = []
  private var count = 0

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    writer = TicketWriter(item, format: format, source: "jira", reading)
    done = Set(
      (item.options["done"] ?? "").split(separator: ",").map { String($0.trimmingSpace) })
  }

  // MARK: Statuses

  /// A history names statuses without their category; the issues of the answer know some.
  func learnStatuses(_ answer: JSON) {
    for issue in issues(of: answer) {
      let status = issue.at("fields", "status")
      guard let name = status["name"].text else { continue }
      switch status.at("statusCategory", "key").text {
      case "done": done.insert(name)
      case "new", "indeterminate": if !done.contains(name) { open.insert(name) }
      default: break
      }
    }
  }

  private func isDone(_ status: String?) -> Bool { status.map(done.contains) ?? false }

  private func issues(of answer: JSON) -> [JSON] {
    answer["issues"].array ?? (answer.has("fields") ? [answer] : [])
  }

  // MARK: Answers

  func read(_ answer: JSON, at place: String) {
    if let issues = answer["issues"].array {
      for (index, issue) in issues.enumerated() {
        readIssue(issue, at: "\(place)/issues/\(index)")
      }
    } else if answer.has("fields") {
      readIssue(answer, at: place)
    } else {
      reading.diagnose(.jiraNoIssues(at: item.at(place)))
    }
  }

  func finish(answers: [JSON]) {
    writer.finish()
    guard let first = answers.first else { return }
    let total = answers.compactMap { $0["total"].integer }.first
    reading.checkPage(
      format, of: "issues", offset: first["startAt"].integer ?? 0, count: count, total: total)
    if total == nil {
      reading.checkNextPage(
        format, isThere: answers.last?["isLast"].flag == false, field: "nextPageToken")
    }
  }

  // MARK: One issue

  private func readIssue(_ issue: JSON, at place: String) {
    count += 1
    guard let key = issue["key"].text else {
      reading.diagnose(.jiraNoKey(at: item.at(place)))
      return
    }
    let fields = issue["fields"]
    var ticket = Ticket(id: key)
    ticket.type = fields.at("issuetype", "name").text
    ticket.severity = fields.at("priority", "name").text
    ticket.status = fields.at("status", "name").text
    ticket.createdAt = time(fields, "created", place)
    ticket.ownerID = person(fields["assignee"])
    ticket.requesterID = person(fields["reporter"])
    ticket.labels = fields["labels"].strings
    ticket.services = fields["components"].elements.compactMap { $0["name"].text }
    ticket.links = links(fields)
    ticket.dueAt = due(fields)
    ticket.approvals = approvals(fields)
    readHistory(issue, into: &ticket, at: place)
    ticket.resolvedAt = resolved(fields, ticket, at: place)
    ticket.acknowledgedAt = acknowledged(fields, ticket)
    writer.append(ticket, from: fields, at: place)
  }

  private func time(_ fields: JSON, _ field: String, _ place: String) -> Instant? {
    writer.times.instant(fields[field], field, at: place, severity: .error)
  }

  /// Cloud's account id, Data Center's name or key. Never an address: it is often hidden.
  private func person(_ person: JSON) -> String? {
    person["accountId"].text ?? person["name"].text ?? person["key"].text
  }

  private func links(_ fields: JSON) -> [String]? {
    guard let links = fields["issuelinks"].array else { return nil }
    return links.compactMap {
      $0.at("inwardIssue", "key").text ?? $0.at("outwardIssue", "key").text
    } + [fields.at("parent", "key").text].compactMap(\.self)
  }

  /// `duedate` is a day: its last second, at the offset that the same issue's other times have.
  private func due(_ fields: JSON) -> Instant? {
    guard let day = fields["duedate"].text.flatMap({ WrittenTime(iso: $0) }) else { return nil }
    if let instant = day.instant { return instant }
    let end = day.local.advanced(by: day.hasTime ? 0 : 86399)
    if let zone = item.zone { return zone.instant(local: end) }
    guard let created = fields["created"].text.flatMap({ WrittenTime(iso: $0) }),
      case .offset(let offset) = created.zone
    else { return nil }
    return end.advanced(by: -Int64(offset))
  }

  /// Approvals of Jira Service Management: a field whose entries have approvers.
  private func approvals(_ fields: JSON) -> String? {
    var approvals: [String]?
    for (_, value) in fields.object ?? [] {
      for approval in value.elements where approval.has("approvers") {
        let given = approval["approvers"].elements.filter {
          $0["approverDecision"].text?.lowercased() == "approved"
        }
        let at =
          jsmInstant(approval["completedDate"])?.seconds.description ?? "null"
        approvals =
          (approvals ?? [])
          + given.map {
            let id = person($0["approver"]).map(JSONText.quoted) ?? "null"
            return "{\"person_id\":\(id),\"at\":\(at)}"
          }
      }
    }
    return approvals.map { "[\($0.joined(separator: ","))]" }
  }

  // MARK: History

  private func readHistory(_ issue: JSON, into ticket: inout Ticket, at place: String) {
    guard let histories = issue.at("changelog", "histories").array else { return }
    if let total = issue.at("changelog", "total").integer, total > histories.count {
      reading.diagnose(.jiraHistoryCut(histories.count, of: total, at: item.at(place)))
    }
    let severityField = writer.path(of: "severity")?.split(separator: ".").first.map(String.init)
    var statuses: [Ticket.Change] = []
    var severities: [Ticket.Change] = []
    var reopenings: [Instant] = []
    for history in histories {
      guard let at = writer.times.instant(history["created"], "changelog.created", at: place)
      else { continue }
      for change in history["items"].elements {
        let from = change["fromString"].text
        let to = change["toString"].text
        let field = change["field"].text
        if field == "status" {
          statuses.append(Ticket.Change(at: at, from: from, to: to))
          if isDone(from), !isDone(to) { reopenings.append(at) }
        } else if field == "resolution", from != nil, to == nil {
          reopenings.append(at)
        }
        let isSeverity =
          severityField.map { change["fieldId"].text == $0 } ?? (field == "priority")
        if isSeverity {
          severities.append(Ticket.Change(at: at, from: from, to: to))
        }
      }
    }
    // Cloud lists the newest first, Data Center the oldest.
    ticket.statusChanges = statuses.sorted { $0.at < $1.at }
    ticket.severityChanges = severities.sorted { $0.at < $1.at }
    ticket.reopenedAt = reopenings.max()
  }

  /// The resolution of an issue whose status is done. The category of the status decides, since
  /// it is the only state that means the same in every workflow.
  private func resolved(_ fields: JSON, _ ticket: Ticket, at place: String) -> Instant? {
    let date = time(fields, "resolutiondate", place)
    let category = fields.at("status", "statusCategory", "key").text
    if category == "done" || isDone(ticket.status) {
      return date ?? enteredDone(ticket) ?? time(fields, "statuscategorychangedate", place)
    }
    if category == "new" || category == "indeterminate" {
      if date != nil { writer.problems.add(.jiraResolvedWhileOpen(at: item.at(place))) }
      return nil
    }
    return date
  }

  /// When the issue entered the statuses that end it, in the unbroken run that lasts until now.
  private func enteredDone(_ ticket: Ticket) -> Instant? {
    var entered: Instant?
    for change in (ticket.statusChanges ?? []).reversed() {
      guard isDone(change.to) else { break }
      entered = change.at
    }
    return entered
  }

  // MARK: First response

  /// The first response that Jira Service Management measured; else the earlier of the first
  /// change of status and the first comment by somebody else than the reporter.
  private func acknowledged(_ fields: JSON, _ ticket: Ticket) -> Instant? {
    if let measured = measuredFirstResponse(fields) { return measured }
    let comments = fields.at("comment", "comments").elements
      .filter { person($0["author"]) != ticket.requesterID }
      .compactMap { $0["created"].instant }
    return [ticket.statusChanges?.first?.at, comments.min()].compactMap(\.self).min()
  }

  private func measuredFirstResponse(_ fields: JSON) -> Instant? {
    for (_, value) in fields.object ?? [] where value.has("completedCycles") {
      guard value["name"].text?.lowercased().contains("first response") == true else { continue }
      return value["completedCycles"].elements.compactMap { jsmInstant($0["stopTime"]) }.min()
    }
    return nil
  }

  /// `{iso8601, jira, friendly, epochMillis}`, or a plain time.
  private func jsmInstant(_ json: JSON) -> Instant? {
    json["epochMillis"].instant ?? json["iso8601"].instant ?? json.instant
  }
}

extension Diagnostic {
  fileprivate static func jiraKeptOnly(at place: String) -> Diagnostic {
    Diagnostic(
      "jira.kept-only", .note, at: place,
      "a list of statuses or fields is kept as evidence and gives no record")
  }

  fileprivate static func jiraNoIssues(at place: String) -> Diagnostic {
    Diagnostic(
      "jira.no-issues", .error, at: place, "the answer has no list 'issues'",
      why: "an answer without its list is an error message or another endpoint's",
      fix: "collect /rest/api/2/search or /rest/api/3/search/jql")
  }

  fileprivate static func jiraNoKey(at place: String) -> Diagnostic {
    Diagnostic(
      "jira.no-key", .error, at: place, "an issue has no key",
      why: "it cannot be told from the others", fix: "collect the issues with their keys")
  }

  fileprivate static func jiraHistoryCut(_ count: Int, of total: Int, at place: String)
    -> Diagnostic
  {
    Diagnostic(
      "jira.changelog-cut", .error, at: place,
      "the changelog holds \(count) of \(total) changes",
      why: "reopenings, pauses and changes of severity may be among the others",
      fix: "collect the issue alone with expand=changelog, or /issue/KEY/changelog")
  }

  fileprivate static func jiraResolvedWhileOpen(at place: String) -> Diagnostic {
    Diagnostic(
      "jira.resolution-while-open", .warning, at: place,
      "an issue has a resolution date although its status is not done",
      why: "it is counted as open", fix: "clear the resolution in the workflow's reopening step")
  }
}
