import VouchModel

/// Reads GitHub issues: lists and single issues of the REST interface, search results, webhook
/// events, `gh issue list --json`, and recordings of several requests with their headers.
///
/// A list holds pull requests too; they are changes and left out here. The severity stands in a
/// label (`severity: high`, `priority/critical`, `P1`, `sev2`). Reopenings are known only when an
/// issue carries its `timeline` or `events`. Options: see ``TicketWriter``; `severity.L` may name
/// any label L.
enum GitHubIssuesCollector: Collector {
  static let format = "github_issues"
  static let summary = "GitHub: issues from the REST interface or gh, pull requests left out"
  static let gives: [RecordType] = [.ticket, .incident]

  static func recognises(_ head: Head) -> Bool {
    guard head.json != nil else { return false }
    let text = head.text
    if text.contains("\"repository_url\"") && text.contains("\"comments_url\"")
      && text.contains("\"labels_url\"")
    {
      return !text.contains("\"review_comments_url\"")
    }
    return text.contains("\"number\"") && text.contains("\"createdAt\"")
      && text.contains("\"closedAt\"") && text.contains("\"labels\"")
      && !text.contains("\"mergedAt\"") && !text.contains("\"headRefName\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let issues = GitHubIssues(item, reading)
    issues.visit(json, at: "")
    issues.finish()
  }
}

private final class GitHubIssues {
  private let format = GitHubIssuesCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let writer: TicketWriter
  private var seen: Set<String> = []
  private var lastLink: String?

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    writer = TicketWriter(item, format: format, source: "github", reading)
  }

  func finish() {
    writer.finish()
    reading.checkNextPage(
      format, isThere: lastLink?.contains("rel=\"next\"") == true, field: "link: rel=next")
  }

  /// An issue, a list, a page of a search, an event, or a recorded request around one of these.
  func visit(_ json: JSON, at place: String) {
    if let elements = json.array {
      for (index, element) in elements.enumerated() { visit(element, at: "\(place)/\(index)") }
    } else if json.has("response") && json.has("path") {
      lastLink = json.at("headers", "link").text
      visit(json["response"], at: "\(place)/response")
    } else if json.has("items") && json.has("total_count") {
      visit(json["items"], at: "\(place)/items")
      checkSearch(json, at: place)
    } else if json.has("issue") && json.has("action") {
      visit(json["issue"], at: "\(place)/issue")
    } else if json.has("number") {
      readIssue(json, at: place)
    } else {
      reading.diagnose(.githubNoIssue(at: item.at(place)))
    }
  }

  private func checkSearch(_ json: JSON, at place: String) {
    reading.checkPage(
      format, of: "issues", count: json["items"].elements.count,
      total: json["total_count"].integer)
    if json["incomplete_results"].flag == true {
      reading.diagnose(.githubIncomplete(at: item.at(place)))
    }
  }

  // MARK: One issue

  private func readIssue(_ issue: JSON, at place: String) {
    if issue.has("pull_request") {
      writer.problems.add(.githubPullRequest(at: item.at(place)))
      return
    }
    guard let id = id(of: issue) else {
      reading.diagnose(.githubNoIssue(at: item.at(place)))
      return
    }
    // Pages that shift while they are fetched repeat issues.
    guard seen.insert(id).inserted else { return }
    var ticket = Ticket(id: id)
    let labels = issue["labels"].elements.compactMap { $0["name"].text ?? $0.text }
    ticket.labels = labels
    ticket.type = issue.at("type", "name").text ?? labels.first(where: isKind)
    ticket.severity = labels.lazy.compactMap(self.severity).first
    ticket.status = issue["state"].text?.lowercased()
    ticket.createdAt = time(issue, "created_at", "createdAt", place)
    ticket.ownerID =
      issue["assignees"][0]["login"].text ?? issue.at("assignee", "login").text
    ticket.requesterID = issue.at("user", "login").text ?? issue.at("author", "login").text
    if ticket.status == "closed" {
      ticket.resolvedAt = time(issue, "closed_at", "closedAt", place)
    }
    readEvents(issue, into: &ticket, at: place)
    writer.append(ticket, from: issue, at: place)
  }

  /// `owner/repository#13`; the number alone when the export does not name the repository.
  private func id(of issue: JSON) -> String? {
    guard let number = issue["number"].integer else { return nil }
    let address =
      issue["repository_url"].text ?? issue["html_url"].text ?? issue["url"].text ?? ""
    let path = address.firstRange(of: "/repos/").map { address[$0.upperBound...] }
    let repository =
      path?.prefixMatch(of: /[^\/]+\/[^\/?#]+/)?.output
      ?? address.firstMatch(of: /:\/\/[^\/]+\/([^\/]+\/[^\/?#]+)/)?.1
    return "\(repository ?? "")#\(number)"
  }

  private func time(_ issue: JSON, _ rest: String, _ graph: String, _ place: String) -> Instant? {
    let field = issue.has(rest) ? rest : graph
    return writer.times.instant(issue[field], field, at: place, severity: .error)
  }

  /// What a label rates the issue as; nil for other labels. The label itself when the options
  /// name it, `high` of `severity: high`, and `P1`, `sev-2`, `critical` as they are.
  private func severity(_ label: String) -> String? {
    if item.options["severity.\(label)"] != nil { return label }
    let text = label.lowercased()
    if let match = text.wholeMatch(of: /(?:severity|priority|prio|sev)[\s:\/_\-]+(\w+)/) {
      return String(match.1)
    }
    let plain = /(?:sev|[ps])-?[0-5]|critical|blocker|urgent|high|medium|low/
    return text.wholeMatch(of: plain) == nil ? nil : text
  }

  private func isKind(_ label: String) -> Bool {
    item.options["kind.\(label)"] != nil || defaultTicketKind(label) != "issue"
  }

  /// The events of the issue, when the export carries them.
  private func readEvents(_ issue: JSON, into ticket: inout Ticket, at place: String) {
    guard let events = issue["timeline"].array ?? issue["events"].array else { return }
    var reopened: [Instant] = []
    var answers: [Instant] = []
    for event in events {
      guard let at = event["created_at"].instant else { continue }
      let actor = event.at("actor", "login").text ?? event.at("user", "login").text
      if event["event"].text == "reopened" { reopened.append(at) }
      let isAnswer = ["commented", "assigned", "labeled"].contains(event["event"].text ?? "")
      if isAnswer, actor != ticket.requesterID { answers.append(at) }
    }
    ticket.reopenedAt = reopened.max()
    ticket.acknowledgedAt = answers.min()
  }
}

extension Diagnostic {
  fileprivate static func githubNoIssue(at place: String) -> Diagnostic {
    Diagnostic(
      "github_issues.no-issue", .error, at: place, "the value is neither an issue nor a list",
      why: "issues may be missing from the export",
      fix: "collect /repos/OWNER/NAME/issues?state=all")
  }

  fileprivate static func githubIncomplete(at place: String) -> Diagnostic {
    Diagnostic(
      "github_issues.incomplete-results", .error, at: place,
      "GitHub says that the search was cut off by its time limit",
      why: "issues are missing from the answer", fix: "narrow the search, or list the issues")
  }

  fileprivate static func githubPullRequest(at place: String) -> Diagnostic {
    Diagnostic(
      "github_issues.pull-request", .note, at: place,
      "a pull request in the list of issues is a change and not read as a ticket")
  }
}
