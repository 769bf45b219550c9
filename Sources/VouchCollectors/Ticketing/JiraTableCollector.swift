import VouchModel

/// Reads Jira's CSV export of issues ("all fields"), with its header in English.
///
/// The export has no history, so reopenings, pauses and changes of severity stay unknown. Its
/// times are of the exporting user's settings: without zone, by default like `09/Jan/24 3:54 PM`.
/// Columns that repeat are lists. Options: see ``TicketWriter``; a `field.C` names a column.
enum JiraTableCollector: Collector {
  static let format = "jira_csv"
  static let summary = "Jira: CSV export of issues, all fields"
  static let gives: [RecordType] = [.ticket, .incident]

  /// At most this many issues are in one export of Jira Cloud.
  private static let exportLimit = 1000
  /// Jira's default layouts, with hours of 12 and of 24.
  private static let patterns = ["d/MMM/yy h:mm a", "d/MMM/yy HH:mm", "d/MMM/yyyy h:mm a"]

  static func recognises(_ head: Head) -> Bool {
    guard let header = head.delimitedHeader else { return false }
    return header.contains("Issue key") && header.contains("Issue id")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let writer = TicketWriter(item, format: format, source: "jira", patterns: patterns, reading)
    var rows = 0
    try item.rows(format: format, reading) { header in
      if header.has("Issue key", "Created") { return true }
      reading.diagnose(.jiraColumns(at: item.at("L1")))
      return false
    } _: { row in
      rows += 1
      read(row, writer)
    }
    writer.finish()
    if rows == exportLimit { reading.diagnose(.jiraExportLimit(at: item.label)) }
  }

  private static func read(_ row: Row, _ writer: TicketWriter) {
    guard let key = row["Issue key"] else {
      writer.problems.add(.jiraRowWithoutKey(at: writer.item.at(row.place)))
      return
    }
    var ticket = Ticket(id: key)
    ticket.type = row["Issue Type"]
    ticket.severity = row["Priority"]
    ticket.status = row["Status"]
    ticket.createdAt = time("Created", row, writer)
    ticket.ownerID = row["Assignee Id"] ?? row["Assignee"]
    ticket.requesterID = row["Reporter Id"] ?? row["Reporter"]
    ticket.labels = row.header.has("Labels") ? row.all("Labels") : nil
    ticket.services = row.all("Components") + row.all("Component/s")
    ticket.links = row.allLinks
    ticket.dueAt = due(row, writer)
    ticket.resolvedAt = resolved(row, writer)
    ticket.acknowledgedAt = acknowledged(row, ticket, writer)
    writer.append(ticket, from: row.json, at: row.place)
  }

  private static func time(_ column: String, _ row: Row, _ writer: TicketWriter) -> Instant? {
    writer.times.instant(row[column], column, at: row.place, severity: .error)
  }

  /// A due date is a day that the export writes as its first minute; its last second counts.
  private static func due(_ row: Row, _ writer: TicketWriter) -> Instant? {
    guard let due = time("Due date", row, writer) else { return nil }
    let local = due.advanced(by: writer.item.zone?.offset(at: due) ?? 0)
    return local.seconds % 86400 == 0 ? due.advanced(by: 86399) : due
  }

  private static func resolved(_ row: Row, _ writer: TicketWriter) -> Instant? {
    let date = time("Resolved", row, writer)
    switch row["Status Category"] {
    case "Done":
      if date == nil {
        writer.problems.add(.jiraDoneWithoutDate(at: writer.item.at(row.place)))
      }
      return date
    case "To Do", "In Progress": return nil
    default: return date
    }
  }

  /// The field for reports on first responses; else the first comment by another person.
  private static func acknowledged(
    _ row: Row, _ ticket: Ticket, _ writer: TicketWriter
  ) -> Instant? {
    let measured = "Custom field ([CHART] Date of First Response)"
    if row[measured] != nil { return time(measured, row, writer) }
    return row.all("Comment").compactMap { cell in
      // date;account;text
      let parts = cell.split(separator: ";", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, String(parts[1]) != ticket.requesterID else { return nil }
      return writer.times.instant(String(parts[0]), "Comment", at: row.place)
    }.min()
  }
}

extension Row {
  /// The cells of every column of this name that hold something.
  fileprivate func all(_ column: String) -> [String] {
    cells(where: { $0 == column })
  }

  /// The issues that the columns `Inward issue link (..)` and `Outward issue link (..)` name; nil
  /// when the export has no such column.
  fileprivate var allLinks: [String]? {
    func isLink(_ name: String) -> Bool {
      name.hasPrefix("Inward issue link") || name.hasPrefix("Outward issue link")
    }
    return header.names.contains(where: isLink) ? cells(where: isLink) : nil
  }

  private func cells(where isWanted: (String) -> Bool) -> [String] {
    zip(header.names, cells).compactMap { name, cell in
      isWanted(name) && !isNoneSpelling(cell) ? cell : nil
    }
  }

  /// The row as an object, a column that repeats as an array.
  fileprivate var json: JSON {
    var values: [String: [JSON]] = [:]
    for (name, cell) in zip(header.names, cells) where !isNoneSpelling(cell) {
      values[name, default: []].append(.string(cell))
    }
    return .object(
      values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.onlyElement ?? .array($0.value)) })
  }
}

extension Diagnostic {
  fileprivate static func jiraColumns(at place: String) -> Diagnostic {
    Diagnostic(
      "jira_csv.columns-missing", .error, at: place,
      "the export has no columns 'Issue key' and 'Created'",
      why: "issues cannot be told apart or placed in the period",
      fix: "export all fields, with the profile's language set to English")
  }

  fileprivate static func jiraRowWithoutKey(at place: String) -> Diagnostic {
    Diagnostic(
      "jira_csv.no-key", .error, at: place, "a row has no issue key",
      why: "it cannot be told from the others", fix: "export again")
  }

  fileprivate static func jiraDoneWithoutDate(at place: String) -> Diagnostic {
    Diagnostic(
      "jira_csv.done-without-date", .error, at: place,
      "an issue is done and has no date in 'Resolved'",
      why: "it would count as open, and when it was resolved is not known",
      fix: "collect it through the REST interface with expand=changelog")
  }

  fileprivate static func jiraExportLimit(at place: String) -> Diagnostic {
    Diagnostic(
      "jira_csv.export-limit", .error, at: place,
      "the export has exactly 1000 rows, the most that Jira Cloud exports at once",
      why: "it is probably cut off, and the issues after it are missing",
      fix: "export in parts (by month), or collect through the REST interface")
  }
}
